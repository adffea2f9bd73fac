"""Running deployments for the end-to-end tests: a run directory, port and domain each, and a look from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet.journal.base import Record
from fleet.journal.sqlite import SqliteStore
from fleet.supervisor.fold import replay
from fleet.supervisor.state import FleetState

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "deployments" / "demo.yaml"
SCENARIO = ROOT / "scenarios" / "demo.yaml"

SMALL = """\
format: humanoid-fleet-deployment/1
name: small
site: ward
run_directory: {folder}
shift: {{accountable: Mia Berger}}
world: {{seed: 7, rate: 3}}
hosts:
  - name: ward
    robots:
      - {{id: iron_1, model: xpeng_iron, adapter: sim_kinematic, start: dock_2}}
      - {{id: gr2_1, model: fourier_gr2, adapter: sim_kinematic, start: dock_3}}
"""


def fleet(*arguments: str, log: Path) -> subprocess.Popen[bytes]:
    """Start the `fleet` command."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "fleet", *arguments], cwd=ROOT, env={**os.environ}, stdout=output, stderr=output
        )


def journal(run_dir: Path) -> tuple[FleetState, list[Record]]:
    """The state and the records of a run, running or ended."""
    with SqliteStore(run_dir / "fleet.sqlite", read_only=True) as store:
        records = store.read()
    return replay(records), records


def status(run_dir: Path) -> dict[str, dict[str, Any]]:
    """What runs there, by process name."""
    try:
        rows = json.loads((run_dir / "status.json").read_text())
    except (OSError, ValueError):
        return {}
    return {row["name"]: row for row in rows}


def wait_for(condition: Callable[[], Any], within_s: float, what: str) -> Any:
    """The first true value of `condition()`. Fails after `within_s`."""
    end = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"not within {within_s:g} s: {what}"
        time.sleep(0.1)
