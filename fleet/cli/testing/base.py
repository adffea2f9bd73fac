"""What a fleet under test can do, whether it runs in this process or as processes over ROS 2."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from fleet.cli.testing.errors import ExpectationBroken, NotInTime, RequestRefused
from fleet.deployment.fields import parse_yaml
from fleet.model.errors import InvalidField
from fleet.model.escalation import Escalation, Option
from fleet.model.requests import AnswerEscalation, RequestBody, SetHold, SubmitMission
from fleet.model.tasks import Task
from fleet.scenario.expect import Expectation, read_expectations
from fleet.scenario.load import as_mission
from fleet.scenario.record import Finding, RunRecord
from fleet.supervisor.state import FleetState

DISPATCHER, OPERATOR = "Devi Rao", "Mia Berger"
_BOUND = re.compile(r"\s*[a-z_]+\s*(<=|>=|==|!=|<|>).*")


class Instant(float):
    """Fleet time in s. May be awaited, which changes nothing: `await sim.forward(...)` and `sim.forward(...)` are the
    same."""

    def __await__(self) -> Generator[None, None, Instant]:
        yield from ()
        return self


class FleetUnderTest(ABC):
    """A fleet of simulated humanoids with the real supervisor. Time stands still except in `forward`, and for the tick
    or two that a request needs."""

    def __init__(self, replay_command: str) -> None:
        self.replay_command = replay_command
        self.refusals = 0
        self._missions = 0

    # What each kind does its own way

    @property
    @abstractmethod
    def state(self) -> FleetState:
        """The supervisor's state."""

    @property
    @abstractmethod
    def now_s(self) -> float:
        """Fleet time in s since the start."""

    @property
    @abstractmethod
    def journal(self) -> Path:
        """The journal's file."""

    @abstractmethod
    def tick(self) -> None:
        """Let a little time go by."""

    @abstractmethod
    def request(self, body: RequestBody, by: str = OPERATOR) -> None:
        """Ask the supervisor for something, as the API does, and wait until it has taken it up.

        Raises:
            RequestRefused: it did not accept it.
        """

    @abstractmethod
    def record(self, expectations: Sequence[Expectation] = ()) -> RunRecord:
        """The record of the run so far, with these expectations held against it."""

    @abstractmethod
    def check(self, expectations: Sequence[Expectation]) -> None:
        """Raise `FileError` for an expectation that can never be evaluated here."""

    @abstractmethod
    def broken_rules(self, record: RunRecord) -> tuple[Finding, ...]:
        """The rules of every run that this one did not keep, so that a test that asserts nothing of them fails too."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""

    # Time

    def forward(
        self,
        seconds: float | None = None,
        *,
        until: Callable[[FleetState], object] | None = None,
        at_most_s: float = 600.0,
    ) -> Instant:
        """Let fleet time go by: so many seconds, or until `until(state)` is true.

        Raises:
            NotInTime: `until` was not true within `at_most_s`.
            InvalidField: not exactly one of `seconds` and `until`, or a time that is not above 0.
        """
        __tracebackhide__ = True
        if (seconds is None) == (until is None):
            raise InvalidField("forward", "both" if until else "neither", "either seconds, or until")
        length = at_most_s if seconds is None else seconds
        if not 0 < length < 1e7:
            raise InvalidField("forward", length, "a number of seconds above 0")
        end_s = self.now_s + length
        while not (until is not None and until(self.state)):
            if self.now_s >= end_s - 1e-9:
                if until is None:
                    break
                raise NotInTime(f"not within {at_most_s:g} s of fleet time (now {self.now_s:.1f} s): {_words(until)}")
            self.tick()
        return Instant(self.now_s)

    # Requests

    def submit(
        self,
        *tasks: Mapping[str, Any],
        mission_id: str | None = None,
        title: str = "",
        why: str = "asked for by the test",
        by: str = DISPATCHER,
    ) -> str:
        """Submit a mission: its tasks, in the form that POST /v1/missions takes, or one whole mission (with `tasks`).

        Ids may be left out: the tasks of `test-1` are then `test-1-1`, `test-1-2` and so on. `deadline_in_s` of a task
        counts from now. Returns the mission's id.

        Raises:
            RequestRefused: the supervisor did not accept it.
            InvalidField: it is no mission.
        """
        __tracebackhide__ = True
        self._missions += 1
        whole = dict(tasks[0]) if len(tasks) == 1 and "tasks" in tasks[0] else {"tasks": list(tasks)}
        name = str(mission_id or whole.get("mission_id") or f"test-{self._missions}")
        listed = whole.get("tasks")
        if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
            raise InvalidField("submit", listed, "at least one task")
        numbered = [{"task_id": f"{name}-{n}", **task} for n, task in enumerate(listed, start=1)]
        about = {"title": title or name, "why": why}
        plain = {**about, **whole, "mission_id": name, "tasks": numbered}
        self.request(SubmitMission(mission=as_mission(plain, self.now_s)), by)
        return name

    def answer(
        self,
        question: str | Escalation | None = None,
        *,
        option: str | None = None,
        choose: Mapping[str, Any] | None = None,
        reason: str = "decided by the test",
        by: str = OPERATOR,
    ) -> str:
        """Answer an open question. Returns the id of the option that was chosen.

        Args:
            question: its id, its cause, or itself; None where only one is open.
            option: the option's id; or
            choose: what the option's action has, e.g. `{"do": "requeue"}` (`*`: any value); the first possible one.

        Raises:
            InvalidField: no such open question or option; it lists those that there are.
            RequestRefused: the supervisor did not accept it, e.g. because the question has changed (`stale`).
        """
        __tracebackhide__ = True
        asked = self._question(question)
        chosen = _option(asked, option, choose)
        body = AnswerEscalation(
            escalation_id=asked.escalation_id,
            option_id=chosen.option_id,
            reason=reason,
            shown_digest=asked.shown_digest,
        )
        self.request(body, by)
        return chosen.option_id

    def _question(self, question: str | Escalation | None) -> Escalation:
        wanted = question.escalation_id if isinstance(question, Escalation) else question
        there = self.state.open_escalations()
        found = [e for e in there if wanted in (None, e.escalation_id, e.cause.value)]
        if len(found) != 1 and not (found and wanted is not None):
            listed = ", ".join(f"{e.escalation_id} ({e.cause.value})" for e in there) or "none is open"
            raise InvalidField("question", wanted, f"one of the open questions: {listed}")
        return found[0]

    def hold_all(self, reason: str = "held by the test", by: str = OPERATOR) -> None:
        """Hold every robot. Raises `RequestRefused`."""
        self.request(SetHold(robot_id=None, engage=True, reason=reason), by)

    def release_all(self, reason: str = "released by the test", by: str = OPERATOR) -> None:
        """Let every robot go on. Raises `RequestRefused`."""
        self.request(SetHold(robot_id=None, engage=False, reason=reason), by)

    def refuse(self, what: str, problem: str, field: str, detail: str) -> RequestRefused:
        """The error for a request that was not accepted."""
        self.refusals += 1
        return RequestRefused(what, problem, field, detail)

    # Looking

    def task(self, task_id: str) -> Task:
        """A task as it stands. Raises `InvalidField` naming those that there are."""
        found = self.state.tasks.get(task_id)
        if found is None:
            raise InvalidField("task", task_id, "one of " + (", ".join(self.state.tasks) or "no tasks at all"))
        return found

    @property
    def settled(self) -> bool:
        """Whether there are tasks, all of them have ended, and every robot is heard."""
        state = self.state
        heard = all(r.in_contact for r in state.robots.values())
        return bool(state.tasks) and all(t.state.terminal for t in state.tasks.values()) and heard

    def expect(self, *wanted: str | Mapping[str, Any]) -> RunRecord:
        """Hold expectations against the run so far; returns its record.

        Each is what a scenario file says under `expect`: `"falls <= 0"` (a bound), the text of one entry
        (`"never: {event: collision}"`), or a mapping.

        Raises:
            ExpectationBroken: one was not kept; the text has the last minute before it and the command that replays.
            FileError: no expectation, or one that can never be evaluated here.
        """
        __tracebackhide__ = True
        expectations = read_wanted(wanted)
        self.check(expectations)
        record = self.record(expectations)
        broken = tuple(f for f in record.findings[: len(expectations)] if not f.kept)
        if broken:
            raise ExpectationBroken(broken)
        return record


def read_wanted(wanted: Sequence[str | Mapping[str, Any]]) -> tuple[Expectation, ...]:
    """Expectations as a test writes them. Raises `FileError`."""
    entries = [_entry(w) for w in wanted]
    if not entries:
        raise InvalidField("expect", entries, 'at least one expectation, e.g. "falls <= 0"')
    return read_expectations(parse_yaml(to_yaml(entries), "expect(...)"))


def _entry(wanted: str | Mapping[str, Any]) -> Any:
    if isinstance(wanted, Mapping):
        return dict(wanted)
    if _BOUND.fullmatch(wanted):
        return {"bound": wanted}
    try:
        return yaml.safe_load(wanted)
    except yaml.YAMLError as problem:
        raise InvalidField("expect", wanted, f"a bound, or an entry of `expect` ({problem})") from None


class _Written(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def to_yaml(plain: Any) -> str:
    """As a person would write it into a file, without references. Raises `InvalidField` for what YAML cannot say."""
    try:
        return yaml.dump(plain, Dumper=_Written, sort_keys=False, allow_unicode=True, width=1000)
    except yaml.YAMLError as problem:
        raise InvalidField("fleet_sim", plain, f"plain lists, mappings, texts and numbers ({problem})") from None


def _option(asked: Escalation, option: str | None, choose: Mapping[str, Any] | None) -> Option:
    if (option is None) == (choose is None):
        raise InvalidField("answer", "both" if option else "neither", "either option, or choose")
    for offered in asked.options:
        if offered.option_id == option:
            return offered
        if choose is not None and offered.possible and _does(offered.action, choose):
            return offered
    listed = "; ".join(
        f"{o.option_id} {dict(o.action)}{'' if o.possible else ' (not possible)'}" for o in asked.options
    )
    raise InvalidField("option", option or choose, f"one of the options of {asked.escalation_id}: {listed}")


def _does(action: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(bool(action.get(k)) if v == "*" else str(action.get(k)) == str(v) for k, v in wanted.items())


def _words(until: Callable[[FleetState], object]) -> str:
    """What was waited for: the lambda's own text where it can be had."""
    import inspect

    try:
        text = " ".join(inspect.getsource(until).split())
    except (OSError, TypeError):
        return str(getattr(until, "__name__", until))
    return text
