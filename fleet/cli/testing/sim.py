"""A fleet in this process and in virtual time: a fleet made by a test, or a scenario file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fleet.cli.scenario.build import Built, build, known_ids
from fleet.cli.scenario.checks import check_expectations
from fleet.cli.scenario.play import Play
from fleet.cli.testing.base import OPERATOR, FleetUnderTest, to_yaml
from fleet.cli.testing.errors import ExpectationBroken
from fleet.model.errors import LinkDown
from fleet.model.requests import RequestBody, Role, SetHold
from fleet.scenario.expect import Expectation
from fleet.scenario.load import load_scenario, scenario_from_text
from fleet.scenario.record import Finding, RunRecord
from fleet.scenario.spec import Scenario
from fleet.supervisor.state import FleetState
from sim_worlds.truth import Truth
from sim_worlds.world import World

TAKEN_WITHIN_S = 5.0
_ACCEPTED = "every mission is accepted"
"""The one rule of `fleet.scenario.rules` that a test may break on purpose: it then sees `RequestRefused`."""

Robots = Mapping[str, str] | Sequence[Mapping[str, Any]]


def scenario_of(
    *,
    name: str,
    folder: Path,
    site: str = "ward",
    robots: Robots | None = None,
    people: Any = None,
    faults: Any = None,
    **fields: Any,
) -> Scenario:
    """A scenario without expectations that goes on for as long as the test likes.

    Args:
        robots: id to model, or entries of `fleet` in a scenario file; None: one unitree_g1 named g1.
        fields: further fields of a scenario file, e.g. `sensing`, `operator`, `supervisor`, `arrivals`.

    Raises:
        FileError: naming the field, its value, and what would be right.
    """
    if robots is None:
        robots = {"g1": "unitree_g1"}
    entries = [{"id": k, "model": v} for k, v in robots.items()] if isinstance(robots, Mapping) else list(robots)
    plain: dict[str, Any] = {
        "format": "humanoid-fleet-scenario/2",
        "name": name,
        "protects": "what the test asserts",
        "within_s": 1e6,
        "ends": "at_time",
        "site": site,
        "fleet": entries,
        "people": people,
        "faults": faults,
        **fields,
        "expect": [{"bound": "tasks >= 0"}],
    }
    text = to_yaml({k: v for k, v in plain.items() if v is not None})
    return replace(scenario_from_text(text, "fleet_sim(...)", folder), expectations=())


def ids_of(built: Built, state: FleetState) -> dict[str, list[str]]:
    """Ids by kind that expectations may name: those of the scenario, and what the test has submitted."""
    known = known_ids(built)
    return {**known, "task": [*known["task"], *state.tasks], "mission": [*known["mission"], *state.missions]}


class FleetSim(FleetUnderTest):
    """The world, the robots' adapters, the supervisor and its journal in one process: the same seed gives the same
    run, bit for bit. `world` and `truth()` are for asserting, nothing of the fleet sees
    them."""

    def __init__(self, scenario: Scenario, seed: int, journal: Path, replay_command: str) -> None:
        super().__init__(replay_command)
        self.built: Built = build(scenario, seed)
        self._play: Play = Play(self.built, journal)
        self._journal, self._asked = journal, 0
        self._wait(lambda: len(self.state.robots) == len(self._play.stack.adapters))

    @classmethod
    def make(cls, *, seed: int, journal: Path, replay_command: str, **fields: Any) -> FleetSim:
        """From what a test says; see `scenario_of`."""
        return cls(scenario_of(**fields), seed, journal, replay_command)

    @property
    def state(self) -> FleetState:
        """The supervisor's state; empty while it is killed."""
        return self._play.state

    @property
    def now_s(self) -> float:
        """Fleet time in s since the start."""
        return self._play.now_s

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self._journal

    @property
    def seed(self) -> int:
        """What everything random comes from."""
        return self.built.seed

    @property
    def world(self) -> World:
        """The world itself."""
        return self._play.stack.world

    def truth(self) -> Truth:
        """Where everything really is."""
        return self.world.truth()

    def tick(self) -> None:
        """0.1 s of everything."""
        self._play.step()

    def _wait(self, condition: Callable[[], bool]) -> None:
        end_s = self.now_s + TAKEN_WITHIN_S
        while not condition() and self.now_s < end_s - 1e-9:
            self.tick()

    def request(self, body: RequestBody, by: str = OPERATOR) -> None:
        """See `FleetUnderTest`. While the supervisor is killed, the request waits in the inbox."""
        __tracebackhide__ = True
        stack = self._play.stack
        if isinstance(body, SetHold) and body.engage:
            self._stop(body)
        self._asked += 1
        kind = type(body).__name__
        asked = stack.ask(by, Role.OPERATOR, f"test-{self._asked}-{kind}", body)
        if not stack.supervised:
            return
        self._wait(lambda: asked.request_id in self.state.requests)
        note = self.state.requests.get(asked.request_id)
        if note is None:
            raise self.refuse(kind, "not taken up", "", f"the supervisor did not look at it for {TAKEN_WITHIN_S:g} s")
        if not note.accepted:
            raise self.refuse(kind, note.problem, note.field, note.detail)

    def _stop(self, body: SetHold) -> None:
        """As the API does: to the robots directly, a stop waits for no supervisor."""
        for robot_id, adapter in self._play.stack.adapters.items():
            if body.robot_id in (None, robot_id):
                try:
                    adapter.hold(body.reason)
                except LinkDown:
                    continue

    def check(self, expectations: Sequence[Expectation]) -> None:
        """Raise `FileError` for an expectation that can never be evaluated here."""
        known = ids_of(self.built, self.state)
        check_expectations(replace(self.built.scenario, expectations=tuple(expectations)), known, truth=True)

    def record(self, expectations: Sequence[Expectation] = ()) -> RunRecord:
        """The record of the run so far: these expectations, those of the scenario, and the rules that hold always."""
        wanted = (*expectations, *self.built.scenario.expectations)
        self._play.built = replace(self.built, scenario=replace(self.built.scenario, expectations=wanted))
        try:
            run = self._play.record(self.built.scenario.name, self.settled, str(self._journal))
        finally:
            self._play.built = self.built
        return replace(run, replay_command=self.replay_command)

    def broken_rules(self, record: RunRecord) -> tuple[Finding, ...]:
        """The rules of every run that this one did not keep; a refusal that the test has seen is none."""
        broken = (f for f in record.findings if f.kind == "rule" and not f.kept)
        return tuple(f for f in broken if not (f.what == _ACCEPTED and self.refusals))

    def close(self) -> None:
        """Let go of the world and the journal."""
        self._play.close()


class ScenarioSim(FleetSim):
    """A scenario file under test. `play()` runs it to its end; until then a test may look at it, and step in."""

    @classmethod
    def load(cls, file: Path, *, seed: int | None, journal: Path, replay_command: str) -> ScenarioSim:
        """Raises `FileError` or `BadInput` for a scenario that is none, as `fleet sim run` does."""
        scenario = load_scenario(file)
        return cls(scenario, scenario.spec.seed if seed is None else seed, journal, replay_command)

    def play(self) -> RunRecord:
        """Run it to its end.

        Raises:
            ExpectationBroken: one of its expectations, or a rule that holds in every run, was not kept.
        """
        __tracebackhide__ = True
        ended = self._play.play()
        run = self._play.record(self.built.scenario.name, ended, str(self._journal))
        run = replace(run, replay_command=self.replay_command)
        if run.broken:
            raise ExpectationBroken(run.broken)
        return run
