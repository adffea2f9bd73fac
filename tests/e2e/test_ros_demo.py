"""The main job, as a user runs it: `fleet demo --headless`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.fleet_run import ROOT

pytestmark = [pytest.mark.ros, pytest.mark.slow]


@pytest.mark.timeout(420)
def test_the_headless_demo_does_all_that_it_must(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fleet", "demo", "--headless", "--run-dir", str(tmp_path / "run"), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.stdout, done.stderr[-3000:]
    result = json.loads(done.stdout)
    broken = [f"{f['what']}: {f['detail']}" for f in result["expectations"] if not f["kept"]]
    assert not broken, f"{broken}\n{done.stderr[-3000:]}"
    assert done.returncode == 0
    assert result["report"]["questions"] >= 3
    assert {q["operator"] for q in result["report"]["question_lines"]} == {"Mia Berger"}
