"""Host processes with scripted robots, and somebody who supervises them, for ROS tests."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.bus.base import Facts
from fleet.model.commands import CommandUpdate, ExecuteSkill
from fleet.model.robot import RobotState
from fleet.ros.bus import RosBus
from fleet.ros.spin import RosSession
from fleet.supervisor.state import EPOCH_STRIDE

HOST_SCRIPT = Path(__file__).with_name("scripted_host.py")


class HostProcess:
    """One adapter host in its own process; its robots' deeds lie in `folder`."""

    def __init__(self, env: dict[str, str], folder: Path, host: str, *robots: str) -> None:
        self.env, self.folder, self.host, self.robots = env, folder, host, robots
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(HOST_SCRIPT), self.host, str(self.folder), *self.robots]
        self.process = subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == "ready"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(5)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)

    def times_done(self, command_id: str) -> int:
        path = self.folder / f"done-{command_id}"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def set_silent(self, robot_id: str, silent: bool) -> None:
        switch = self.folder / f"silent-{robot_id}"
        if silent:
            switch.touch()
        else:
            switch.unlink()


class Supervisor:
    """A bus with somebody at it who beats and listens; remembers all that was heard."""

    def __init__(self, domain: int, epoch: int = 1, name: str = "supervisor") -> None:
        self.session = RosSession(name, domain_id=domain, arguments=[])
        self.bus = RosBus(self.session)
        self.epoch, self.beating = epoch, True
        self.updates: list[CommandUpdate] = []
        self.states: dict[str, RobotState] = {}
        self.heard = Facts()
        self.known: set[str] = set()
        self.observed: list[Any] = []

    def listen(self) -> None:
        if self.beating:
            self.bus.beat("s", self.epoch, 7)
        self.heard = self.bus.collect()
        self.updates += self.heard.updates
        self.states |= {s.robot_id: s for s in self.heard.states}
        self.known |= {d.robot_id for d in self.heard.descriptions}
        self.observed += self.heard.observations

    def until(self, happened: Callable[[], Any], within_s: float = 30.0) -> Any:
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            self.listen()
            if result := happened():
                return result
            time.sleep(0.02)
        pytest.fail(f"did not happen within {within_s:g} s; states: {self.states}; updates: {self.updates}")

    def ready(self, *robots: str) -> None:
        """Wait until the robots are known and free to move."""
        self.until(lambda: all(r in self.states and not self.states[r].holding for r in robots))

    def command(self, command_id: str, robot_id: str, seconds: float = 0.4, **more: Any) -> ExecuteSkill:
        fields = {"skill": "wait", "parameters": {"seconds": seconds}, "epoch": self.epoch * EPOCH_STRIDE, **more}
        return ExecuteSkill(command_id=command_id, robot_id=robot_id, task_id=f"t-{command_id}", **fields)

    def ends(self, command_id: str) -> list[CommandUpdate]:
        return [u for u in self.updates if u.command_id == command_id and u.status.final]

    def end(self, command_id: str, within_s: float = 30.0) -> CommandUpdate:
        return self.until(lambda: self.ends(command_id), within_s)[0]


@pytest.fixture
def domain(ros_domain_id: int, ros_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> int:
    """A domain of this test's own, for this process too."""
    for name in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOG_DIR"):
        monkeypatch.setenv(name, ros_env[name])
    return ros_domain_id


@pytest.fixture
def start_host(domain: int, ros_env: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., HostProcess]]:
    """Starts host processes, and ends them."""
    started: list[HostProcess] = []

    def start(host: str, *robots: str) -> HostProcess:
        folder = tmp_path / host
        folder.mkdir(exist_ok=True)
        started.append(HostProcess(ros_env, folder, host, *robots))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait(5)
        one.process.stdout.close()


@pytest.fixture
def supervise(domain: int) -> Iterator[Callable[..., Supervisor]]:
    """Makes supervisors, and closes them."""
    made: list[Supervisor] = []

    def make(epoch: int = 1, name: str = "supervisor") -> Supervisor:
        made.append(Supervisor(domain, epoch, name))
        return made[-1]

    yield make
    for one in made:
        one.bus.close()
