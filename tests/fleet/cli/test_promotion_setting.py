"""Promotion is a setting of a deployment's world."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.cli.world import world_parts
from fleet.deployment.fields import FileError
from fleet.deployment.load import load_deployment
from sim_worlds.promotion import PromotionRule

FILE = """format: humanoid-fleet-deployment/1
name: small
site: ward
run_directory: out/small
world: {promotion: {near_incident_m: NEAR}}
shift: {accountable: Mia Berger}
hosts:
  - name: ward
    robots:
      - {id: g1_1, model: unitree_g1, adapter: sim_kinematic, tier: T0, start: dock_1}
"""


def test_the_rule_reaches_the_world(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(FILE.replace("NEAR", "2.5"))
    parts = world_parts(load_deployment(file))
    assert parts.promotion == PromotionRule(near_incident_m=2.5)
    assert parts.robots[0].tier == "T0"


def test_an_impossible_rule_is_refused_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(FILE.replace("NEAR", "-1"))
    with pytest.raises(FileError, match=r"small.yaml, line 5: world.promotion.near_incident_m: got -1"):
        load_deployment(file)
