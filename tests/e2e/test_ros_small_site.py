"""A small deployment: the command line against it, then two supervisors, of which the second takes over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.cli.http import FleetClient
from fleet.cli.ports import DomainClaim, free_port
from fleet.model.tasks import Task, TaskState
from tests.e2e.fleet_run import ROOT, Site, journal, status, wait_for

pytestmark = [pytest.mark.ros, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    claim = DomainClaim(50)  # also sees fleets of other programs, which domain_coordinator does not
    site = Site(tmp_path_factory.mktemp("small"), claim.domain_id)
    yield site
    site.end()
    claim.release()


@pytest.fixture(scope="module")
def admin(site: Site) -> Iterator[FleetClient]:
    with site.client() as client:
        yield client


def _task(site: Site, task_id: str) -> Task:
    return journal(site.run_dir)[0].tasks[task_id]


def test_the_command_line_does_a_shifts_work(site: Site, admin: FleetClient, tmp_path: Path) -> None:
    env = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "FLEET_URL": site.url}

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "fleet", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    assert run("robots")[0] == 1  # not logged in
    token = admin.post("/v1/invitations", {"role": "operator", "name": "Devi Rao"})["token"]
    assert "as Devi Rao (operator)" in run("login", site.url, "--token", token)[1]
    assert run("login", site.url, "--token", token)[0] == 1  # once only

    code, out = run("robots", "--json")
    assert code == 0
    assert {r["robot_id"] for r in json.loads(out)} == {"iron_1", "gr2_1"}
    assert run("task", "submit", "dance", "--why", "x")[0] == 2
    assert run("task", "submit", "carry", "object=fluids_1", "to=lab_1", "--why", "x")[0] == 2  # 12 kg, nobody here
    submit = ("task", "submit", "dock", "--why", "a test", "--robot", "gr2_1", "--id", "park", "--key", "k1")
    assert "park" in run(*submit)[1]
    assert run(*submit)[0] == 0  # the same key: the same task
    assert run(*submit[:-1], "k2")[0] == 1  # another request for an id that is taken
    mission = tmp_path / "mission.yaml"
    mission.write_text(
        "{mission_id: m1, title: t, why: w, tasks: [{task_id: far, skill: inspect, "
        "parameters: {target: store}, robot_id: iron_1}]}"
    )
    assert "far" in run("task", "submit", "--file", str(mission))[1]
    assert [t["task_id"] for t in json.loads(run("task", "list", "--json")[1])] == ["park", "far"]

    assert run("hold-all", "somebody fell")[0] == 0
    wait_for(
        lambda: all(r["live"]["state"]["holding"] for r in admin.get("/v1/robots")["items"]), 10, "robots that hold"
    )
    assert "somebody fell" in json.dumps(admin.get("/v1/robots"))
    assert run("release-all", "all is well")[0] == 0
    assert run("task", "cancel", "far", "--reason", "not needed")[0] == 0
    assert run("task", "cancel", "far", "--reason", "again")[0] == 1
    assert "cancelled" in run("task", "show", "far")[1]
    assert run("task", "show", "nothing")[0] == 2
    wait_for(lambda: _task(site, "park").state is TaskState.DONE, 60, "the robot at its dock")
    assert "no questions" in run("escalations", "list")[1]
    code, out = run("report")
    assert (code, "1 done" in out, "1 cancelled" in out) == (0, True, True)
    assert run("journal", "verify", str(site.run_dir))[0] == 0
    assert run("status", str(site.run_dir))[0] == 0
    assert run("logout")[0] == 0
    assert run("robots")[0] == 1


def test_the_second_supervisor_stands_by_and_takes_over(site: Site, admin: FleetClient) -> None:
    second = site.start("--standby")
    standby = site.run_dir / "supervisor_2.status.json"
    wait_for(lambda: standby.exists() and '"ready"' in standby.read_text(), 60, "the second supervisor")
    refused = site.start("--port", str(free_port("127.0.0.1")))
    assert refused.wait(timeout=30) == 2
    assert "already runs here" in site.log()
    assert site.leaders() == ["supervisor"]

    carry = {"skill": "carry", "parameters": {"object": "white_1", "to": "pharmacy_3"}, "why": "a test"}
    admin.post("/v1/tasks", {**carry, "task_id": "white"}, key="white")
    wait_for(lambda: _task(site, "white").state is TaskState.EXECUTING, 30, "the task on a robot")
    # Frozen and not killed: one that is started again under its name may take the lead back before it runs out.
    first = status(site.run_dir)["supervisor"]["pid"]
    os.kill(first, signal.SIGSTOP)
    wait_for(lambda: site.leaders() == ["supervisor", "supervisor_2"], 20, "the second supervisor to lead")
    os.kill(first, signal.SIGCONT)  # it still believes that it leads, and must not get through with that

    admin.post("/v1/tasks", {"skill": "dock", "why": "a test", "task_id": "home"}, key="home")
    wait_for(lambda: _task(site, "white").state is TaskState.DONE, 120, f"the carried box; {_task(site, 'white')}")
    wait_for(lambda: _task(site, "home").state is TaskState.DONE, 60, "the task given after the change")
    assert site.leaders() == ["supervisor", "supervisor_2"]
    assert _task(site, "white").attempt == 1
    second.send_signal(signal.SIGINT)
    wait_for(lambda: len(site.leaders()) == 3, 20, "the first to lead again, at once when the second left in order")
