"""Plays a scenario against a running deployment, in a thread of its own: HTTP calls may wait, the process manager
(which must live in the main thread) may not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fleet.cli.demo.people import Dispatcher, Operator, fleet_time, let_in
from fleet.cli.demo.scenario import Scenario
from fleet.cli.http import ApiProblem, FleetClient
from fleet.model.errors import FleetError, LinkDown

_STEP_S = 0.25
_TERMINAL = ("done", "cancelled", "failed")


class JobOverdue(FleetError):
    """The job did not end in the time that its scenario allows."""


@dataclass(slots=True)
class Progress:
    """How far the job is, for the display. Written by one thread, read by another."""

    now_s: float = 0.0
    tasks: dict[str, str] = field(default_factory=dict)
    questions: int = 0

    @property
    def ended(self) -> int:
        """Tasks in a terminal state."""
        return sum(state in _TERMINAL for state in self.tasks.values())


class Director:
    """Lets the people in, submits, answers (if there is an operator script to play), and watches for the end."""

    def __init__(
        self,
        admin: FleetClient,
        scenario: Scenario,
        tell: Callable[[str], None],
        *,
        answers: bool,
        patience_s: float = 60.0,
    ) -> None:
        self._admin, self._scenario, self._tell = admin, scenario, tell
        self._answers, self._patience_s = answers, patience_s
        self._stop = threading.Event()
        self.progress = Progress()
        self.error: FleetError | None = None
        self._thread = threading.Thread(target=self._run, name="director", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Give up; returns when the thread has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=self._patience_s)

    @property
    def running(self) -> bool:
        """Whether it still plays."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._play()
        except FleetError as error:
            self.error = error

    def _play(self) -> None:
        scenario = self._scenario
        dispatching = let_in(self._admin, scenario.dispatcher, self._patience_s)
        dispatcher = Dispatcher(dispatching, scenario.arrivals, self._tell)
        operator: Operator | None = None
        if self._answers:
            client = let_in(self._admin, scenario.operator.name, self._patience_s)
            operator = Operator(client, scenario.operator, self._tell)
        # Fleet time can go back a little (the world restarts from its checkpoint): the bound is on steady time.
        latest = 0.0
        while not self._stop.is_set():
            now_s = fleet_time(dispatching)
            latest = max(latest, now_s)
            dispatcher.step(now_s)
            if operator is not None:
                operator.step(now_s)
            if self._look(dispatching, dispatcher, now_s):
                return
            if dispatcher.begun_s is not None and latest > dispatcher.begun_s + scenario.within_s:
                open_tasks = [t for t, state in self.progress.tasks.items() if state not in _TERMINAL]
                raise JobOverdue(f"not done after {scenario.within_s:g} s of fleet time: {', '.join(open_tasks)}")
            self._stop.wait(_STEP_S)

    def _look(self, client: FleetClient, dispatcher: Dispatcher, now_s: float) -> bool:
        """Whether every task of the scenario has ended, and no robot of it is still out of contact."""
        missions = {a.mission["mission_id"] for a in self._scenario.arrivals}
        tasks = [t for t in client.pages("/v1/tasks") if t["mission_id"] in missions]
        self.progress.now_s = now_s
        self.progress.tasks = {t["task_id"]: t["state"] for t in tasks}
        if not dispatcher.done or any(t["state"] not in _TERMINAL for t in tasks):
            return False
        robots = client.get("/v1/robots")["items"]
        return all(r["in_contact"] for r in robots)


def first_admin(url: str, token: str, within_s: float) -> FleetClient:
    """Log in with the first run's one-time token. The token can be used once: a lost answer cannot be repeated."""
    end = time.monotonic() + within_s
    client = FleetClient(url)
    while True:
        try:
            client.login(token=token, name="Demo admin")
            return client
        except LinkDown:
            if time.monotonic() > end:
                raise
        except ApiProblem as problem:
            if not problem.retriable or time.monotonic() > end:
                raise
        time.sleep(0.2)
