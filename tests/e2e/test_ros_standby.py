"""Two supervisors: the second stands by, and takes over when the first is gone."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.cli.http import FleetClient
from fleet.cli.ports import free_port
from fleet.model.events import SupervisorStarted
from fleet.model.tasks import TaskState
from tests.e2e.fleet_run import SMALL, fleet, journal, status, wait_for

pytestmark = [pytest.mark.ros, pytest.mark.slow, pytest.mark.timeout(180)]


class Site:
    """A small deployment that runs."""

    def __init__(self, folder: Path, domain: int) -> None:
        self.folder, self.run_dir = folder, folder / "run"
        self.file = folder / "small.yaml"
        self.file.write_text(SMALL.format(folder=self.run_dir))
        self.port, self.domain = free_port("127.0.0.1"), domain
        self.children: list[subprocess.Popen[bytes]] = []
        self.start("--port", str(self.port), "--domain-id", str(domain))

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        child = fleet("up", str(self.file), *options, log=self.folder / "fleet.log")
        self.children.append(child)
        return child

    def client(self) -> FleetClient:
        rows = ("world", "host_ward", "supervisor", "api")
        wait_for(lambda: all(status(self.run_dir).get(r, {}).get("phase") == "ready" for r in rows), 90, self.log())
        import json

        token = json.loads((self.run_dir / "first-login.json").read_text())["token"]
        client = FleetClient(f"http://127.0.0.1:{self.port}", patience_s=20)
        client.login(token=token, name="Ana")
        return client

    def log(self) -> str:
        return (self.folder / "fleet.log").read_text()[-2000:]

    def leaders(self) -> list[str]:
        return [r.event.supervisor_id for r in journal(self.run_dir)[1] if isinstance(r.event, SupervisorStarted)]

    def end(self) -> None:
        for child in reversed(self.children):
            child.send_signal(signal.SIGINT)
        for child in self.children:
            try:
                child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                child.kill()


@pytest.fixture
def site(tmp_path: Path, ros_domain_id: int) -> Iterator[Site]:
    site = Site(tmp_path, ros_domain_id)
    yield site
    site.end()


def test_the_second_supervisor_stands_by_and_takes_over(site: Site) -> None:
    with site.client() as client:
        second = site.start("--standby")
        standby = site.run_dir / "supervisor_2.status.json"
        wait_for(lambda: standby.exists() and '"ready"' in standby.read_text(), 60, "the second supervisor")
        refused = site.start("--port", str(free_port("127.0.0.1")))
        assert refused.wait(timeout=30) == 2
        assert "already runs here" in site.log()
        assert site.leaders() == ["supervisor"]

        carry = {"skill": "carry", "parameters": {"object": "white_1", "to": "pharmacy_3"}, "why": "a test"}
        client.post("/v1/tasks", {**carry, "task_id": "white"}, key="white")
        wait_for(lambda: _task(site, "white").state is TaskState.EXECUTING, 30, "the task on a robot")
        os.kill(status(site.run_dir)["supervisor"]["pid"], signal.SIGKILL)
        wait_for(lambda: site.leaders()[:2] == ["supervisor", "supervisor_2"], 20, "the second supervisor to lead")
        # The first is started again, and now stands by itself.
        wait_for(lambda: status(site.run_dir)["supervisor"]["phase"] == "ready", 60, "the first supervisor again")

        client.post("/v1/tasks", {"skill": "dock", "why": "a test", "task_id": "home"}, key="home")
        wait_for(lambda: _task(site, "white").state is TaskState.DONE, 120, f"the carried box; {_task(site, 'white')}")
        wait_for(lambda: _task(site, "home").state is TaskState.DONE, 60, "the task given after the change")
        assert site.leaders() == ["supervisor", "supervisor_2"]
        assert _task(site, "white").attempt == 1
        second.send_signal(signal.SIGINT)
        wait_for(lambda: len(site.leaders()) == 3, 20, "the first to lead again, at once when the second left in order")


def _task(site: Site, task_id: str):  # type: ignore[no-untyped-def]
    return journal(site.run_dir)[0].tasks[task_id]
