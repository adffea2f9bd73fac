"""From a journal's events to what became of every question, as far as the load on people is concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.escalation import DecidedHow, EscalationState
from fleet.model.severity import Severity
from fleet.model.tasks import TaskState


@dataclass(kw_only=True)
class Asked:
    """One question. Times are fleet time in s, None for what never happened. `put_at_s`: people were first told."""

    escalation_id: str
    source: str
    cause: str
    severity: Severity
    raised_at_s: float
    deadline_s: float
    safe_default: str
    waits: frozenset[str]  # options that leave everything as it is: holding safely, waiting on
    task_ids: tuple[str, ...]
    robot_ids: tuple[str, ...]
    zone: str = ""
    put_at_s: float | None = None
    acknowledged_at_s: float | None = None
    decided_at_s: float | None = None
    closed_at_s: float | None = None
    how: DecidedHow | None = None
    option_id: str = ""
    by: str = ""
    overtaken: bool = False
    pages: int = 0
    tiers: int = 0
    shelved: int = 0
    silenced_by: str = ""
    silenced_source: str = ""

    @property
    def seen_at_s(self) -> float | None:
        """When somebody took it up: acknowledged it, or decided it at once."""
        times = [t for t in (self.acknowledged_at_s, self._answered_at_s) if t is not None]
        return min(times) if times else None

    @property
    def _answered_at_s(self) -> float | None:
        return self.decided_at_s if self.how is DecidedHow.ANSWERED else None


@dataclass(kw_only=True)
class TaskFate:
    """What became of a task. `asked`: a question was ever about it."""

    task_id: str
    by_person: bool
    deadline_s: float | None
    state: TaskState | None = None
    ended_at_s: float | None = None
    because: str = ""
    asked: bool = False


@dataclass(kw_only=True)
class Gathered:
    """Everything that the figures are made of."""

    begins_s: float | None = None
    ends_s: float = 0.0
    questions: dict[str, Asked] = field(default_factory=dict)
    tasks: dict[str, TaskFate] = field(default_factory=dict)
    floods: list[tuple[float, float | None]] = field(default_factory=list)
    outages: int = 0
    outage_questions: dict[str, str] = field(default_factory=dict)
    windows: int = 0
    acted: int = 0
    reviewed: int = 0
    reviewed_wrong: list[tuple[str, float]] = field(default_factory=list)  # ruling, chance of the review


def gather(records: Iterable[Record]) -> Gathered:
    """Read a journal, oldest record first. Journals from before there was a queue count every question as put to
    people when it was raised."""
    found = Gathered()
    for record in records:
        found.begins_s = record.at_s if found.begins_s is None else found.begins_s
        found.ends_s = max(found.ends_s, record.at_s)
        _HANDLERS.get(type(record.event), _nothing)(found, record.event, record.at_s)
    has_queue = any(q.put_at_s is not None for q in found.questions.values())
    for question in found.questions.values():
        if not has_queue and not question.silenced_by:
            question.put_at_s = question.raised_at_s
        for task_id in question.task_ids:
            if task_id in found.tasks:
                found.tasks[task_id].asked = True
    return found


def _nothing(_found: Gathered, _event: object, _at_s: float) -> None:
    """Most events say nothing about the load on people."""


def _raised(found: Gathered, event: ev.EscalationRaised, at_s: float) -> None:
    it = event.escalation
    found.questions[it.escalation_id] = Asked(
        escalation_id=it.escalation_id,
        source=it.dedup_key,
        cause=it.cause.value,
        severity=it.severity,
        raised_at_s=at_s,
        deadline_s=it.deadline_s,
        safe_default=it.safe_default,
        waits=frozenset(o.option_id for o in it.options if o.action.get("do") in ("hold", "keep_waiting")),
        task_ids=it.task_ids,
        robot_ids=it.robot_ids,
    )


def _merged(found: Gathered, event: ev.EscalationMerged, _at_s: float) -> None:
    question = found.questions[event.escalation_id]
    question.task_ids = tuple(dict.fromkeys(question.task_ids + event.task_ids))


def _routed(found: Gathered, event: ev.EscalationRouted, _at_s: float) -> None:
    found.questions[event.escalation_id].zone = event.zone


def _notified(found: Gathered, event: ev.EscalationNotified, at_s: float) -> None:
    for escalation_id in event.notice.escalation_ids:
        question = found.questions[escalation_id]
        question.put_at_s = at_s if question.put_at_s is None else question.put_at_s
        question.pages += event.notice.page
        question.tiers = max(question.tiers, event.notice.tier + 1)


def _acknowledged(found: Gathered, event: ev.EscalationAcknowledged, at_s: float) -> None:
    question = found.questions[event.escalation_id]
    question.acknowledged_at_s = at_s if question.acknowledged_at_s is None else question.acknowledged_at_s


def _decided(found: Gathered, event: ev.EscalationDecided, at_s: float) -> None:
    it = event.decision
    question = found.questions[it.escalation_id]
    question.decided_at_s, question.how, question.option_id, question.by = at_s, it.how, it.option_id, it.operator


def _moved(found: Gathered, event: ev.EscalationMoved, at_s: float) -> None:
    question = found.questions[event.escalation_id]
    question.overtaken = question.overtaken or event.state is EscalationState.STALE
    if event.state is EscalationState.CLOSED:
        question.closed_at_s = at_s


def _postponed(found: Gathered, event: ev.EscalationPostponed, _at_s: float) -> None:
    found.questions[event.escalation_id].deadline_s = event.deadline_s


def _shelved(found: Gathered, event: ev.EscalationShelved, _at_s: float) -> None:
    found.questions[event.escalation_id].shelved += 1


def _suppressed(found: Gathered, event: ev.EscalationSuppressed, _at_s: float) -> None:
    question = found.questions[event.escalation_id]
    question.silenced_by = question.silenced_by or event.suppressed.kind
    question.silenced_source = event.suppressed.source


def _flood(found: Gathered, _event: ev.FloodBegan, at_s: float) -> None:
    found.floods.append((at_s, None))


def _flood_over(found: Gathered, _event: ev.FloodEnded, at_s: float) -> None:
    if found.floods:
        found.floods[-1] = (found.floods[-1][0], at_s)


def _outage(found: Gathered, _event: ev.OutageBegan, _at_s: float) -> None:
    found.outages += 1


def _outage_asked(found: Gathered, event: ev.OutageAsked, _at_s: float) -> None:
    found.outage_questions.setdefault(event.outage_id, event.escalation_id)


def _window(found: Gathered, _event: ev.MaintenanceSet, _at_s: float) -> None:
    found.windows += 1


def _mission(found: Gathered, event: ev.MissionAccepted, _at_s: float) -> None:
    for task in event.mission.tasks:
        found.tasks[task.task_id] = TaskFate(
            task_id=task.task_id, by_person=event.by != "supervisor", deadline_s=task.deadline_s
        )


def _task(found: Gathered, event: ev.TaskChanged, at_s: float) -> None:
    task = found.tasks.get(event.task_id)
    if task is not None:
        task.state, task.because = event.state, event.because
        task.ended_at_s = at_s if event.state.terminal else None


def _ruled(found: Gathered, event: ev.RulingMade, _at_s: float) -> None:
    found.acted += event.ruled.ruling.act


def _reviewed(found: Gathered, event: ev.RulingReviewed, _at_s: float) -> None:
    found.reviewed += 1
    if event.verdict.value == "wrong":
        found.reviewed_wrong.append((event.ruling_id, event.chance))


_HANDLERS: dict[type, Callable[[Gathered, Any, float], None]] = {
    ev.EscalationRaised: _raised,
    ev.EscalationMerged: _merged,
    ev.EscalationRouted: _routed,
    ev.EscalationNotified: _notified,
    ev.EscalationAcknowledged: _acknowledged,
    ev.EscalationDecided: _decided,
    ev.EscalationMoved: _moved,
    ev.EscalationPostponed: _postponed,
    ev.EscalationShelved: _shelved,
    ev.EscalationSuppressed: _suppressed,
    ev.FloodBegan: _flood,
    ev.FloodEnded: _flood_over,
    ev.OutageBegan: _outage,
    ev.OutageAsked: _outage_asked,
    ev.MaintenanceSet: _window,
    ev.MissionAccepted: _mission,
    ev.TaskChanged: _task,
    ev.RulingMade: _ruled,
    ev.RulingReviewed: _reviewed,
}
