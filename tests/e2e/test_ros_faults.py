"""Under ROS 2, with messages late, twice and lost, supervisor and host killed: the work is done all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.cli.ports import DomainClaim
from fleet.model.tasks import TaskState
from tests.e2e.fleet_run import ROOT, Site, journal, status, wait_for

pytestmark = [pytest.mark.ros, pytest.mark.slow, pytest.mark.timeout(240)]

FAULTS = """
    - {id: slow, kind: messages_late, at_s: 0, duration_s: 400, lag_s: [0.0, 0.4], probability: 0.5}
    - {id: echo, kind: messages_duplicated, at_s: 0, duration_s: 400, lag_s: [0.1, 2.0], probability: 0.3}
    - {id: noise, kind: messages_lost, at_s: 0, duration_s: 400, probability: 0.2}
    - {id: crash, kind: process_killed, process: supervisor, at_s: 24, duration_s: 1}
    - {id: host, kind: process_killed, process: host, at_s: 36, duration_s: 1}
"""


def test_a_carry_is_done_once_whatever_is_killed_and_lost(tmp_path: Path) -> None:
    claim = DomainClaim(60)
    faults = "[" + ", ".join(line.strip()[2:] for line in FAULTS.strip().splitlines()) + "]"
    site = Site(tmp_path, claim.domain_id, faults)
    try:
        with site.client() as admin:
            token = admin.post("/v1/invitations", {"role": "operator", "name": "Devi Rao"})["token"]
        env = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "FLEET_URL": site.url}

        def run(*arguments: str) -> str:
            command = [sys.executable, "-m", "fleet", *arguments]
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        run("login", site.url, "--token", token)
        run("task", "submit", "carry", "object=blue_1", "to=station_1", "--why", "a test", "--id", "t1", "--key", "k")
        wait_for(lambda: journal(site.run_dir)[0].tasks["t1"].state is TaskState.DONE, 120, site.log())
        names = ("supervisor", "host_ward")
        wait_for(lambda: all(status(site.run_dir)[n]["restarts"] == 1 for n in names), 90, site.log())
        wait_for(lambda: all(r["phase"] == "ready" for r in status(site.run_dir).values()), 60, site.log())
        assert journal(site.run_dir)[0].tasks["t1"].state is TaskState.DONE
        assert "killed, as a fault of the deployment" in site.log()
        run("journal", "verify", str(site.run_dir))
    finally:
        site.end()
        claim.release()
