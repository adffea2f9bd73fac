"""The world's process takes people and conditions from files, and its checkpoint belongs to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim_worlds.checkpoint import write_atomically
from sim_worlds.errors import CheckpointError
from sim_worlds.process import build_world, parser
from sim_worlds.site import bundled_site


def arguments(folder: Path) -> list[str]:
    return [
        *("--site", str(bundled_site())),
        *("--robots", str(folder / "robots.yaml")),
        *("--people", str(folder / "people.yaml")),
        *("--conditions", str(folder / "conditions.yaml")),
        *("--socket", str(folder / "socket")),
        *("--checkpoint", str(folder / "checkpoint")),
    ]


def test_people_and_conditions_come_from_files_and_survive_a_restart(tmp_path: Path) -> None:
    (tmp_path / "robots.yaml").write_text("robots: [{id: r1, model: xpeng_iron, body: kinematic, dock: dock_1}]")
    (tmp_path / "people.yaml").write_text("people: [{id: visitor, routine: wander, zones: [lab]}]")
    (tmp_path / "conditions.yaml").write_text("battery: {health_of: {r1: 0.5}}\nsensing: {cameras: {swap: 0.1}}")
    args = parser().parse_args(arguments(tmp_path))
    world = build_world(args)
    world.advance(4.0)
    write_atomically(tmp_path / "checkpoint", world.checkpoint())
    again = build_world(args)
    assert again.people.state("visitor") == world.people.state("visitor")
    assert again.conditions == world.conditions and again.conditions.battery.health_of == {"r1": 0.5}
    for w in (world, again):
        w.close()
    (tmp_path / "conditions.yaml").write_text("battery: {health_of: {r1: 0.9}}")
    with pytest.raises(CheckpointError, match="conditions: the checkpoint is of another world"):
        build_world(args)
