"""Every shipped scenario: all expectations kept, and the same in two processes, bit for bit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLEET = str(Path(sys.executable).with_name("fleet"))
NAMES = [f.stem for f in sorted((ROOT / "scenarios").glob("*.yaml")) if "scenario/2" in f.read_text(encoding="utf-8")]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
Runs = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Runs, Runs]:
    """All scenarios, played in one process, and in another one in another order: what ran before must not matter."""
    files = [str(ROOT / "scenarios" / f"{name}.yaml") for name in NAMES]
    command = [FLEET, "sim", "run", "--json"]
    processes = [
        subprocess.Popen([*command, *order], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for order in (files, files[::-1])
    ]
    found = []
    for process in processes:
        out, err = process.communicate(timeout=590)
        assert out.startswith("{"), err
        found.append({run["scenario"]: run for run in json.loads(out)["runs"]})
    return found[0], found[1]


@pytest.mark.parametrize("name", NAMES)
def test_the_scenario_keeps_what_it_protects_and_is_the_same_in_another_process(
    name: str, both: tuple[Runs, Runs]
) -> None:
    one, other = both[0][name], both[1][name]
    assert one["verdict"] == "kept", (one["error"], one["broken"])
    digests = ("journal_digest", "state_digest", "poses_digest")
    assert [one[d] for d in digests] == [other[d] for d in digests]
