"""SIGKILL of the supervisor, the API and the world at seeded moments of the demo: the job is done all the same."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fleet.cli.demo.director import Director
from fleet.cli.demo.finale import finale
from fleet.cli.demo.people import let_in
from fleet.cli.demo.scenario import Scenario, load_scenario
from fleet.cli.demo.stage import Stage, placed
from fleet.cli.http import FleetClient
from fleet.cli.running import StopSignals, running
from fleet.deployment.load import load_deployment
from fleet.deployment.processes import ProcessManager
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.errors import FleetError
from fleet.supervisor.state import FleetState
from sim_worlds.records import Effect
from sim_worlds.remote import RemoteWorld
from tests.e2e.fleet_run import DEMO, SCENARIO, journal

pytestmark = [pytest.mark.ros, pytest.mark.slow, pytest.mark.timeout(480)]

SEED = 11
RATE = 2.0
VICTIMS = ("supervisor", "api", "world") * 3
FIRST_S, LAST_S = 12.0, 130.0
HOLD_WITHIN_S = 3.0  # 2 s without a heartbeat, and the time for the state to come round
HUNG_S = 6.0  # a supervisor is not dead at once: it hangs for so long, and nobody restarts it, before it is killed


@dataclass
class Outage:
    """One end of a supervisor: when it began to hang, and when it was killed (steady time, s)."""

    begun_s: float
    ended_s: float = float("inf")


@dataclass
class Chaos:
    """Kills one process after the other, each at its moment and once the last one is back.

    Supervisors hang first (SIGSTOP): a killed one is back before the robots can miss it.
    """

    manager: ProcessManager
    plan: list[tuple[float, str]]
    killed: list[tuple[float, str]] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)

    def __call__(self, director: Director) -> None:
        if self.outages and self.outages[-1].ended_s == float("inf"):
            if time.monotonic() < self.outages[-1].begun_s + HUNG_S:
                return
            self.outages[-1].ended_s = time.monotonic()
            self.manager.kill("supervisor")
        if not self.plan or director.progress.now_s < self.plan[0][0] or not self.manager.all_ready():
            return
        at_s, name = self.plan.pop(0)
        self.killed.append((at_s, name))
        if name == "supervisor":
            self.manager.signal(name, signal.SIGSTOP)
            self.outages.append(Outage(time.monotonic()))
        else:
            self.manager.kill(name)


class Watcher(threading.Thread):
    """Looks at the robots through the API, as an operator would: (steady time, robots' live states)."""

    def __init__(self, client: FleetClient) -> None:
        super().__init__(daemon=True)
        self._client, self.ending = client, threading.Event()
        self.seen: list[tuple[float, list[dict[str, Any]]]] = []

    def run(self) -> None:
        while not self.ending.wait(0.2):
            try:
                robots = self._client.get("/v1/robots")["items"]
            except FleetError:
                continue  # the API is one of the victims
            self.seen.append((time.monotonic(), [r["live"] for r in robots if r["live"]]))

    def during(self, outage: Outage) -> Iterator[dict[str, Any]]:
        """States of robots that can be heard, once they must have noticed."""
        for at_s, robots in self.seen:
            if at_s < outage.ended_s:
                said = [r for r in robots if r["age_s"] < 1.0]  # by then: what they said, not when it was read
                yield from (r["state"] for r in said if outage.begun_s + HOLD_WITHIN_S < at_s - r["age_s"])


@dataclass
class Run:
    """What is left of the run."""

    scenario: Scenario
    state: FleetState
    records: list[Record]
    effects: tuple[Effect, ...]
    killed: list[tuple[float, str]]
    holding: list[bool]
    broken: list[str]

    @property
    def tasks(self) -> list[str]:
        return [t["task_id"] for a in self.scenario.arrivals for t in a.mission["tasks"]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("crashes")
    told: list[str] = []
    scenario = load_scenario(SCENARIO)
    plan, claim = placed(load_deployment(DEMO), folder / "run", 0, None, RATE)
    random_ = random.Random(SEED)
    moments = sorted(random_.uniform(FIRST_S, LAST_S) for _ in VICTIMS)
    victims = random_.sample(VICTIMS, len(VICTIMS))
    with StopSignals() as signals, running(plan, lambda n, t: told.append(f"{n} {t}")) as manager:
        stage = Stage(plan, scenario, manager, signals, told.append)
        stage.start()
        chaos = Chaos(manager, list(zip(moments, victims, strict=True)))
        watcher: list[Watcher] = []

        def each_step(director: Director) -> None:
            if not watcher and stage.admin is not None and director.progress.tasks:
                watcher.append(Watcher(let_in(stage.admin, "Watcher", 1.0)))
                watcher[0].start()
            if watcher:
                chaos(director)

        stage.each_step = each_step
        try:
            stage.play(answers=True)
        except FleetError as error:
            told.append(f"FAILED: {error}")
        link = RemoteWorld(stage.paths.world_socket)
        effects = link.effects()
        link.close()
        watcher[0].ending.set()
    claim.release()
    state, records = journal(Path(plan.run_directory))
    result = finale(plan, scenario, answered=True)
    return Run(
        scenario=scenario,
        state=state,
        records=records,
        effects=effects,
        killed=chaos.killed,
        holding=[s["holding"] for outage in chaos.outages for s in watcher[0].during(outage)],
        broken=[f"{f.what}: {f.detail}" for f in result.findings if not f.kept] + (told if not result.kept else []),
    )


def test_every_victim_was_killed_at_its_moment(run: Run) -> None:
    assert Counter(name for _, name in run.killed) == Counter(VICTIMS)


def test_no_accepted_task_is_lost_and_each_comes_to_its_end(run: Run) -> None:
    assert set(run.tasks) <= set(run.state.tasks)
    assert [t for t in run.tasks if not run.state.tasks[t].state.terminal] == []


def test_the_job_goes_as_without_the_kills(run: Run) -> None:
    assert not run.broken, "\n".join(run.broken)


def test_nothing_physical_happened_twice(run: Run) -> None:
    twice = {key: n for key, n in Counter((e.command_id, e.kind) for e in run.effects).items() if n > 1}
    assert not twice
    ends = Counter(e.task_id for e in run.effects if e.kind in ("place", "give") and e.task_id in run.tasks)
    assert {task: n for task, n in ends.items() if n > 1} == {}


def test_no_command_was_made_or_done_twice(run: Run) -> None:
    made = Counter(r.event.command_id for r in run.records if isinstance(r.event, ev.TaskAssigned))
    assert {c: n for c, n in made.items() if n > 1} == {}
    done = Counter(
        r.event.update.command_id
        for r in run.records
        if isinstance(r.event, ev.CommandReported) and r.event.update.status is CommandStatus.DONE
    )
    assert {c: n for c, n in done.items() if n > 1} == {}


def test_no_answered_question_is_asked_again(run: Run) -> None:
    asked = Counter((e.dedup_key, e.situation_digest) for e in run.state.escalations.values())
    answered = {(e.dedup_key, e.situation_digest) for e in run.state.escalations.values() if e.decision is not None}
    assert {key for key in answered if asked[key] > 1} == set()


def test_robots_hold_while_nobody_commands_them(run: Run) -> None:
    assert len(run.holding) >= 10, "the outages were too short to be looked at"
    assert all(run.holding)
