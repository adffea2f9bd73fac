"""A whole small fleet behind a real HTTP server: SQLite, the supervisor, scripted robots; nothing is stood in for
but the robots and ROS."""

from __future__ import annotations

import contextlib
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from api.app import create_app
from api.auth.users import UserStore
from api.ports import Heard, LeaderSeen
from api.projection import Projection
from api.server import Server
from api.settings import ApiSettings
from fleet.allocation.assignment import OptimalAssignment
from fleet.audit.keeper import AuditKeeper, KeeperSettings
from fleet.audit.notes import Verifier
from fleet.bus.inprocess import InProcessBus
from fleet.clock import SystemClock
from fleet.journal.errors import StoreBusy
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import LinkDown, NotFound
from fleet.model.escalation import Shift
from fleet.model.requests import Role
from fleet.supervisor.context import Context
from fleet.supervisor.runner import Runner
from fleet.supervisor.settings import SupervisorSettings
from fleet.traffic.seen import TrafficSeen
from fleet.travel import TravelModel
from robot_adapters.scripted import Script, ScriptedHumanoid, scripted_description
from tests.fleet.supervisor.building import a_site

# Halls speak plain HTTP: a client needs no certificates, and reading all of the system's takes it 20 ms.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def until(condition: Callable[[], Any], what: str, within_s: float = 15.0) -> Any:
    """Wait for `condition` to give something true, and return that."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError(f"not within {within_s} s: {what}")


class HallClock(SystemClock):
    """Real time, which a test can push on."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.began_s = time.time()

    def now_s(self) -> float:
        """Fleet time begins at 1000 s."""
        return 1000.0 + time.time() - self.began_s + self.ahead_s

    def wall_s(self) -> float:
        return time.time() + self.ahead_s


class HallStopLine:
    """`StopLine` straight to the adapters, and on record for the tests."""

    def __init__(self, robots: Mapping[str, ScriptedHumanoid]) -> None:
        self.robots = robots
        self.told: list[tuple[str, str | None, str, str]] = []
        self.broken = False

    def _tell(self, what: str, robot_id: str | None, because: str, by: str) -> None:
        if self.broken:
            raise LinkDown("the stop line's other end is gone")
        if robot_id is not None and robot_id not in self.robots:
            raise NotFound("robot", robot_id, ", ".join(self.robots))
        self.told.append((what, robot_id, because, by))

    def hold_all(self, because: str, by: str) -> None:
        self._tell("hold", None, because, by)

    def release_all(self, because: str, by: str) -> None:
        self._tell("release", None, because, by)

    def hold(self, robot_id: str, because: str, by: str) -> None:
        self._tell("hold", robot_id, because, by)

    def release(self, robot_id: str, because: str, by: str) -> None:
        self._tell("release", robot_id, because, by)


class Hall:
    """The fleet, its API at `url`, and people who are logged in."""

    def __init__(
        self,
        folder: Path,
        *,
        audited: bool = False,
        supervisor: dict[str, Any] | None = None,
        witnesses: Sequence[Verifier] = (),
        **settings: Any,
    ):
        """`audited`: an accountable record is kept beside the journal; `supervisor`: settings of its."""
        self.folder = folder
        self._supervising = supervisor or {}
        self.clock = HallClock()
        kept = KeeperSettings(
            folder=folder, deployment="hall", shift=Shift(accountable="Sam"), witnesses=witnesses, poll_s=0.02
        )
        self.audit = AuditKeeper(kept, self._journal, self.clock) if audited else None
        self.site = a_site()
        self.store = SqliteStore(folder / "fleet.db", busy_timeout_s=0.5)
        self.robots = {name: self._robot(name) for name in ("r1", "r2")}
        self.stop_line = HallStopLine(self.robots)
        self.settings = ApiSettings(auth_path=folder / "auth.db", port=0, **{"settle_within_s": 15.0, **settings})
        self.users = UserStore(self.settings.auth_path, self.clock)
        if first := self.users.first_run_token():
            self.users.redeem(first, "Root")
        self.projection = Projection(self.store, self.clock, self.settings.poll_s)
        self.app = self._app()
        self.paused = threading.Event()
        self._stepping = threading.Event()
        self._end = threading.Event()
        self._runner = self._supervisor()
        self._threads: list[threading.Thread] = []
        self._clients: list[httpx.Client] = []

    def _robot(self, name: str) -> ScriptedHumanoid:
        description = replace(scripted_description(name), host="hall")
        robot = ScriptedHumanoid(description, self.clock.now_s, Script(default_seconds=0.3))
        robot.connect()
        return robot

    def _supervisor(self) -> Runner:
        settings = SupervisorSettings(**{"verify_within_s": 0.5, "retry_delay_s": 0.1, **self._supervising})
        travel = TravelModel(self.site)
        return Runner(
            store=self.store,
            bus=InProcessBus(self.robots, self.clock),
            clock=self.clock,
            context=Context(site=self.site, settings=settings, travel=travel, allocator=OptimalAssignment()),
            supervisor_id="sup-1",
            idle_period_s=0.02,
        )

    def _app(self) -> FastAPI:
        return create_app(
            self.settings,
            self.store,
            self.projection,
            self.stop_line,
            HallTelemetry(self),
            self.clock,
            site=self.site,
            users=self.users,
            audit=self.audit,
        )

    def _journal(self) -> SqliteStore:
        return SqliteStore(self.folder / "fleet.db", read_only=True)

    traffic: TrafficSeen | None = None

    # ---- Telemetry ------------------------------------------------------------------------------------------

    def robots_heard(self) -> dict[str, Heard]:
        return {name: Heard(state=robot.state(), age_s=0.1) for name, robot in self.robots.items()}

    def leader(self) -> LeaderSeen | None:
        return None if self.paused.is_set() else LeaderSeen(supervisor_id="sup-1", epoch=1, age_s=0.1)

    # ---- life -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.server = Server(self.app, self.settings, graceful_s=1)
        self.url = self.server.url
        for target in (self.server.run, self._lead):
            thread = threading.Thread(target=target, daemon=True)
            thread.start()
            self._threads.append(thread)
        if self.audit is not None:
            self.audit.__enter__()
        until(lambda: self.server.started and len(self.projection.state.robots) == 2, "the hall is ready")

    def _lead(self) -> None:
        while not self._end.wait(0.004):
            self._stepping.set()
            if not self.paused.is_set():
                with contextlib.suppress(StoreBusy):  # as the supervisor's process does: it tries again
                    self._runner.run_once()
            self._stepping.clear()

    def stop(self) -> None:
        if self.audit is not None:
            self.audit.__exit__(None, None, None)
        for client in self._clients:
            client.close()
        self._end.set()
        self.server.should_exit = True
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "a thread of the hall did not end"
        self._runner.close()
        self.users.close()
        self.store.close()

    @contextlib.contextmanager
    def supervisor_away(self) -> Iterator[None]:
        """Nobody takes requests up, and the API does not wait for it as long as it would."""
        self.paused.set()
        until(lambda: not self._stepping.is_set(), "a step under way ends")
        with self._impatient(settle_within_s=0.15):
            try:
                yield
            finally:
                self.paused.clear()

    @contextlib.contextmanager
    def _impatient(self, **settings: float) -> Iterator[None]:
        context = self.app.state.api
        patient, context.settings = context.settings, replace(context.settings, **settings)
        try:
            yield
        finally:
            context.settings = patient

    @contextlib.contextmanager
    def store_locked(self) -> Iterator[None]:
        """Somebody else has the store's file for themselves."""
        other = sqlite3.connect(self.folder / "fleet.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            with self._impatient(store_within_s=0.3):
                yield
        finally:
            other.execute("ROLLBACK")
            other.close()

    def streams(self) -> int:
        """How many clients follow the stream now."""
        return int(self.app.state.api.streams)

    # ---- people ---------------------------------------------------------------------------------------------

    def token(self, name: str, role: Role) -> str:
        invitation, _ = self.users.invite(role, name, "Root")
        return self.users.redeem(invitation)[0]

    def client(self, name: str = "Ana", role: Role = Role.OPERATOR) -> httpx.Client:
        """A logged-in person. `client.post(..., headers={})` as with httpx."""
        client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token(name, role)}"},
            timeout=20,
            verify=NO_CERTIFICATES,
        )
        self._clients.append(client)
        return client

    def stranger(self) -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=20, verify=NO_CERTIFICATES)
        self._clients.append(client)
        return client


class HallTelemetry:
    """`Telemetry` of a hall."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def robots(self) -> dict[str, Heard]:
        return self._hall.robots_heard()

    def leader(self) -> LeaderSeen | None:
        return self._hall.leader()

    def traffic(self) -> TrafficSeen | None:
        return self._hall.traffic


def carry(**more: Any) -> dict[str, Any]:
    """A task that can be done here."""
    task = {"skill": "carry", "parameters": {"object": "box_a", "to": "table_1"}, "why": "it is needed there"}
    return {**task, **more}
