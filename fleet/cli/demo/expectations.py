"""What must have happened, checked against the journal: each expectation is one line, kept or not, with why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fleet.cli.demo.scenario import Expect, ExpectedQuestion, Scenario
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.escalation import DecidedHow, Escalation, EscalationState
from fleet.model.evidence import Verdict
from fleet.model.robot import Posture
from fleet.model.tasks import MissionState, Task, TaskState
from fleet.supervisor.state import FleetState


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation and whether it was kept."""

    what: str
    kept: bool
    detail: str = ""


class Evaluation:
    """Looks at one run: the state at its end, and the records that led to it."""

    def __init__(self, scenario: Scenario, state: FleetState, records: Sequence[Record]) -> None:
        self._expect: Expect = scenario.expect
        self._operator = scenario.operator.name
        self._dispatcher = scenario.dispatcher
        self._missions = [a.mission["mission_id"] for a in scenario.arrivals]
        self._state = state
        self._events = [r.event for r in records]
        self._tasks = {t.task_id: t for t in state.tasks.values() if t.mission_id in self._missions}

    def findings(self, *, answered: bool = True) -> list[Finding]:
        """Every expectation of the scenario; without `answered`, only those that need no operator script."""
        found = [*self._job(), self._claims_checked(), *self._silent(), *self._fallen(), *self._false_claim()]
        if answered:
            found += [self._question(q) for q in self._expect.questions]
            found += [*self._grounded(), self._by_a_person()]
        return found

    # The job

    def _job(self) -> Iterator[Finding]:
        expect, state = self._expect, self._state
        missions = [state.missions[m] for m in self._missions if m in state.missions]
        by = {m.requested_by for m in missions}
        yield Finding(
            f"{expect.missions} missions submitted over HTTP by {self._dispatcher}",
            len(missions) == expect.missions and by == {self._dispatcher},
            f"{len(missions)} by {', '.join(sorted(by)) or 'nobody'}",
        )
        ended = [t for t in self._tasks.values() if t.state.terminal]
        yield Finding(f"{expect.tasks} tasks ended", len(ended) == expect.tasks, f"{len(ended)} of {len(self._tasks)}")
        if expect.all_done:
            others = [f"{t.task_id} {t.state.value}" for t in self._tasks.values() if t.state is not TaskState.DONE]
            yield Finding("every task is done", not others, ", ".join(others))
            open_missions = [m.mission_id for m in missions if m.state is not MissionState.DONE]
            yield Finding("every mission is done", not open_missions, ", ".join(open_missions))
        used = self._robots_that_worked()
        idle = sorted(set(state.robots) - used)
        yield Finding(
            f"each of {expect.robots} robots took up a command over ROS",
            len(used) == expect.robots == len(state.robots),
            f"without: {', '.join(idle)}" if idle else f"{len(used)} did",
        )

    def _robots_that_worked(self) -> set[str]:
        # Only a report that came back from the robot's host counts, not that a command was made for it.
        return {
            e.update.robot_id
            for e in self._events
            if isinstance(e, ev.CommandReported) and e.update.status is not CommandStatus.REJECTED
        }

    def _claims_checked(self) -> Finding:
        unverified = [
            t.task_id
            for t in self._tasks.values()
            if t.state is TaskState.DONE and not self._confirmed(t) and not self._accepted(t)
        ]
        what = "no task counts as done on a robot's word alone"
        return Finding(what, not unverified, f"not confirmed: {', '.join(unverified)}" if unverified else "")

    def _confirmed(self, task: Task) -> bool:
        verification = self._state.verifications.get(task.claim_id or "")
        claim = self._state.claims.get(task.claim_id or "")
        if verification is None or claim is None or verification.verdict is not Verdict.CONFIRMED:
            return False
        return bool(set(verification.sources) - {claim.robot_id})

    def _accepted(self, task: Task) -> bool:
        """Whether a person took it on their own word."""
        return any(
            task.task_id in e.task_ids and e.decision is not None and e.decision.option_id == "accept"
            for e in self._state.escalations.values()
        )

    # What went wrong

    def _silent(self) -> Iterator[Finding]:
        robot_id = self._expect.silent
        if robot_id is None:
            return
        lost_at = self._index(lambda e: isinstance(e, ev.ContactLost) and e.robot_id == robot_id)
        back_at = self._index(lambda e: isinstance(e, ev.ContactRegained) and e.robot_id == robot_id, lost_at or 0)
        yield Finding(f"{robot_id}: contact lost", lost_at is not None)
        yield Finding(f"{robot_id}: contact regained", lost_at is not None and back_at is not None)
        task = self._task_at(robot_id, lost_at)
        kept = task is not None and task.state is TaskState.DONE and task.robot_id == robot_id
        detail = f"{task.task_id} is {task.state.value} by {task.robot_id}" if task else "it had no task"
        yield Finding(f"{robot_id}: its task was not failed, and it did it itself", kept, detail)

    def _task_at(self, robot_id: str, index: int | None) -> Task | None:
        """The task that the robot had when the event at `index` came."""
        had: str | None = None
        for event in self._events[: index or 0]:
            if isinstance(event, ev.TaskAssigned) and event.robot_id == robot_id:
                had = event.task_id
        return self._tasks.get(had or "")

    def _fallen(self) -> Iterator[Finding]:
        robot_id = self._expect.fallen
        if robot_id is None:
            return
        fell_at = self._index(
            lambda e: (
                isinstance(e, ev.RobotReported) and e.state.robot_id == robot_id and e.state.posture is Posture.FALLEN
            )
        )
        yield Finding(f"{robot_id}: reported that it lies on the floor", fell_at is not None)
        task = self._task_at(robot_id, fell_at)
        moved = task is not None and task.state is TaskState.DONE and task.robot_id not in (None, robot_id)
        detail = f"{task.task_id} is {task.state.value} by {task.robot_id}" if task else "it had no task"
        yield Finding(f"{robot_id}: what it carried was brought by another robot", moved, detail)
        later = [
            e.task_id
            for e in self._events[fell_at or 0 :]
            if isinstance(e, ev.TaskAssigned) and e.robot_id == robot_id and fell_at is not None
        ]
        yield Finding(f"{robot_id}: nothing was assigned to it after its fall", not later, ", ".join(later))

    def _false_claim(self) -> Iterator[Finding]:
        robot_id = self._expect.false_claim
        if robot_id is None:
            return
        caught = [
            self._state.claims[v.claim_id]
            for v in self._state.verifications.values()
            if v.verdict is Verdict.CONTRADICTED and self._state.claims[v.claim_id].robot_id == robot_id
        ]
        yield Finding(f"{robot_id}: its claim of a delivery was contradicted by evidence", bool(caught))
        task = self._tasks.get(caught[0].task_id) if caught else None
        redone = task is not None and task.state is TaskState.DONE and task.robot_id not in (None, robot_id)
        detail = f"{task.task_id} is {task.state.value} by {task.robot_id}" if task else ""
        yield Finding(
            f"{robot_id}: another robot did it, confirmed", redone and bool(task and self._confirmed(task)), detail
        )

    # Questions

    def _question(self, wanted: ExpectedQuestion) -> Finding:
        about = wanted.task or wanted.robot or "the job"
        what = f"asked about {about} ({wanted.cause.value}), answered by {self._operator}, carried out"
        asked = [e for e in self._state.escalations.values() if self._matches(e, wanted)]
        if not asked:
            return Finding(what, False, "it was never asked")
        for escalation in asked:
            decision = escalation.decision
            if decision is None or decision.how is not DecidedHow.ANSWERED or decision.operator != self._operator:
                continue
            complete = bool(escalation.options and escalation.evidence and escalation.safe_default and decision.reason)
            if complete and escalation.state is EscalationState.CLOSED:
                return Finding(what, True, f"{escalation.escalation_id}: {decision.option_id}")
        states = ", ".join(f"{e.escalation_id} {e.state.value}" for e in asked)
        return Finding(what, False, states)

    @staticmethod
    def _matches(escalation: Escalation, wanted: ExpectedQuestion) -> bool:
        return (
            escalation.cause is wanted.cause
            and (wanted.task is None or wanted.task in escalation.task_ids)
            and (wanted.robot is None or wanted.robot in escalation.robot_ids)
        )

    def _grounded(self) -> Iterator[Finding]:
        wanted = self._expect.grounded
        if wanted is None:
            return
        task = self._tasks.get(wanted.task)
        meant = task.grounded.get("object") if task else None
        yield Finding(f"{wanted.task} means {wanted.object}, as the operator said", meant == wanted.object, str(meant))

    def _by_a_person(self) -> Finding:
        left = [
            e.escalation_id
            for e in self._state.escalations.values()
            if e.open or (e.decision is not None and e.decision.how is DecidedHow.SAFE_DEFAULT)
        ]
        return Finding("no question was left to its safe default", not left, ", ".join(left))

    def _index(self, fits: object, after: int = 0) -> int | None:
        assert callable(fits)
        return next((i for i, e in enumerate(self._events) if i >= after and fits(e)), None)
