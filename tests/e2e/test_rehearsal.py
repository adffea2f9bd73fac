"""The demo's job without ROS: the real world, adapters, supervisor and journal in one process, in virtual time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO, SCENARIO = ROOT / "deployments" / "demo.yaml", ROOT / "scenarios" / "demo.yaml"
FLEET = str(Path(sys.executable).with_name("fleet"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def start(*options: str) -> subprocess.Popen[str]:
    command = [FLEET, "sim", str(DEMO), "--scenario", str(SCENARIO), "--json", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=380)
    assert out.startswith("{"), err
    result: dict[str, Any] = json.loads(out)
    return result


def test_the_whole_job_is_done_and_is_the_same_bit_for_bit_in_another_process(tmp_path: Path) -> None:
    journal = tmp_path / "fleet.sqlite"
    first, second = start("--journal", str(journal)), start()
    one, other = finished(first), finished(second)
    assert [f for f in one["expectations"] if not f["kept"]] == []
    assert first.returncode == 0
    assert (one["state_digest"], one["world_digest"]) == (other["state_digest"], other["world_digest"])
    again = [FLEET, "journal", "replay", str(journal)]
    replayed = subprocess.run([*again, "--expect", one["state_digest"], "--deployment", str(DEMO)], check=False)
    assert replayed.returncode == 0, "the journal gives the same state and the same decisions"
