"""What a journal tells of a run: happenings, the timeline for people, and the rows of the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.escalation import Escalation, Option, Prediction
from fleet.model.robot import Posture, RobotState
from fleet.model.tasks import Task, TaskState
from fleet.model.wire import to_plain
from fleet.scenario import facts
from fleet.scenario.pattern import Happening
from fleet.scenario.record import Moment, OptionRow, QuestionRow, Span, TaskRow
from fleet.supervisor.state import FleetState

_QUIET = (ev.RobotDescribed, ev.ObjectFound, ev.ObservationMade, ev.TaskProgressed)
_LONG = 200


def happenings(records: Iterable[Record], kinds: set[str], since_s: float = 0.0) -> list[Happening]:
    """The events of these kinds, as expectations see them. Times are from `since_s` on."""
    return [
        Happening(at_s=round(r.at_s - since_s, 3), kind=type(r.event).__name__, fields=facts.flat(r.event))
        for r in records
        if type(r.event).__name__ in kinds
    ]


def timeline(records: Iterable[Record], since_s: float = 0.0) -> Iterator[Moment]:
    """What a person would want to read of a journal."""
    postures: dict[str, tuple[Posture, bool]] = {}
    for record in records:
        event = record.event
        if isinstance(event, _QUIET):
            continue
        if isinstance(event, ev.CommandReported) and event.update.status is CommandStatus.RUNNING:
            continue
        if isinstance(event, ev.RobotReported):
            now = (event.state.posture, event.state.e_stop)
            before = postures.get(event.state.robot_id)
            postures[event.state.robot_id] = now
            if before is None or not _worth_telling(before, now):
                continue
        plain = to_plain(event)
        yield Moment(
            at_s=round(record.at_s - since_s, 3),
            source="journal",
            kind=type(event).__name__,
            text=in_words(event, plain),
            fields=_short(plain),
        )


def _worth_telling(before: tuple[Posture, bool], now: tuple[Posture, bool]) -> bool:
    gait = {Posture.STANDING, Posture.WALKING}
    return before[1] != now[1] or (before[0] is not now[0] and not {before[0], now[0]} <= gait)


_ORDER = (
    "task_id",
    "mission_id",
    "robot_id",
    "robot_ids",
    "cause",
    "question",
    "state",
    "status",
    "verdict",
    "posture",
    "how",
    "option_id",
    "operator",
    "because",
    "reason",
    "problem",
    "detail",
)


def in_words(event: object, plain: dict[str, Any] | None = None) -> str:
    """One line for people."""
    fields = facts.flat_plain(plain if plain is not None else to_plain(event))
    told = []
    for name in _ORDER:
        value = fields.get(name)
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        if value not in (None, "", {}) and not isinstance(value, dict):
            told.append(f"{name} {value}" if name in ("because", "reason", "detail") else str(value))
    text = ", ".join(dict.fromkeys(told))
    return f"{type(event).__name__} {text}"[: 2 * _LONG]


def _short(plain: dict[str, Any]) -> dict[str, Any]:
    """Plain fields without the long ones: a report is made of thousands of these."""
    found: dict[str, Any] = {}
    for name, value in facts.flat_plain(plain).items():
        if "." in name or isinstance(value, dict) or value in (None, "", []):
            continue
        if isinstance(value, list):
            if len(value) > 8 or any(isinstance(v, (dict, list)) for v in value):
                continue
        found[name] = value[:_LONG] if isinstance(value, str) else value
    return found


def task_rows(state: FleetState, since_s: float = 0.0) -> tuple[TaskRow, ...]:
    """A row for each task."""
    return tuple(
        TaskRow(
            task_id=t.task_id,
            mission_id=t.mission_id,
            skill=t.spec.skill,
            state=t.state.value,
            robot_id=t.robot_id,
            attempts=t.attempt,
            late=t.late,
            because=t.because,
            requested_at_s=_at(t.requested_at_s, since_s) or 0.0,
            finished_at_s=_at(t.finished_at_s, since_s),
            deadline_s=_at(t.spec.deadline_s, since_s),
            priority=t.spec.priority,
            depends_on=t.spec.depends_on,
        )
        for t in state.tasks.values()
    )


def _at(time_s: float | None, since_s: float) -> float | None:
    return None if time_s is None else round(time_s - since_s, 3)


def question_rows(state: FleetState, since_s: float = 0.0) -> tuple[QuestionRow, ...]:
    """A row for each question, with what could be answered and what was."""
    return tuple(_question(e, since_s) for e in state.escalations.values())


def _predicted(e: Escalation, option: Option) -> Prediction:
    """By the newest rollouts, if there were any."""
    preview = e.preview(option.option_id)
    return option.predicted if preview is None else preview.prediction


def _question(e: Escalation, since_s: float) -> QuestionRow:
    d = e.decision
    seen = {o.option_id: _predicted(e, o) for o in e.options}
    return QuestionRow(
        escalation_id=e.escalation_id,
        cause=e.cause.value,
        severity=e.severity.value,
        question=e.question,
        options=tuple(
            OptionRow(
                option_id=o.option_id,
                label=o.label,
                possible=o.possible,
                success=seen[o.option_id].success,
                duration_s=seen[o.option_id].duration_s,
                if_wrong=o.if_wrong,
            )
            for o in e.options
        ),
        safe_default=e.safe_default,
        evidence=tuple(f"{x.kind} of {x.source}: {x.summary}" for x in e.evidence),
        task_ids=e.task_ids,
        robot_ids=e.robot_ids,
        raised_at_s=_at(e.raised_at_s, since_s) or 0.0,
        deadline_s=_at(e.deadline_s, since_s) or 0.0,
        state=e.state.value,
        decided_at_s=_at(d.decided_at_s, since_s) if d is not None else None,
        closed_at_s=_at(e.closed_at_s, since_s),
        how=d.how.value if d is not None else None,
        operator=d.operator if d is not None else None,
        option_id=d.option_id if d is not None else None,
        reason=d.reason if d is not None else None,
        carried_out=e.carried_out,
        replaced_by=e.replaced_by,
    )


_OFF_HANDS = (TaskState.QUEUED, TaskState.REQUESTED)


def spans(records: Sequence[Record], since_s: float = 0.0) -> tuple[Span, ...]:
    """Who had which task when, and when robots were silent, fallen, held or stopped."""
    return (*_task_spans(records, since_s), *_robot_spans(records, since_s))


def _task_spans(records: Sequence[Record], since_s: float) -> list[Span]:
    found: list[Span] = []
    open_spans: dict[str, tuple[str, float]] = {}
    last: dict[str, str] = {}

    def close(task_id: str, state: str, at_s: float | None) -> None:
        if task_id in open_spans:
            robot_id, begun = open_spans.pop(task_id)
            found.append(Span(kind="task", subject=robot_id, label=task_id, state=state, from_s=begun, to_s=at_s))

    for record in records:
        event, at_s = record.event, round(record.at_s - since_s, 3)
        if isinstance(event, ev.TaskAssigned):
            close(event.task_id, "queued", at_s)
            open_spans[event.task_id] = (event.robot_id, at_s)
        elif isinstance(event, ev.TaskChanged):
            last[event.task_id] = event.state.value
            if event.state.terminal or event.state in _OFF_HANDS or event.forget_robot:
                close(event.task_id, event.state.value, at_s)
    for task_id in list(open_spans):
        close(task_id, last.get(task_id, "assigned"), None)
    return sorted(found, key=lambda s: s.from_s)


def _robot_spans(records: Sequence[Record], since_s: float) -> list[Span]:
    found: list[Span] = []
    begun: dict[tuple[str, str], float] = {}

    def mark(robot_id: str, state: str, on: bool, at_s: float) -> None:
        key = (robot_id, state)
        if on:
            begun.setdefault(key, at_s)
        elif key in begun:
            found.append(_robot_span(robot_id, state, begun.pop(key), at_s))

    for record in records:
        event, at_s = record.event, round(record.at_s - since_s, 3)
        if isinstance(event, ev.RobotReported):
            for state, on in _conditions(event.state).items():
                mark(event.state.robot_id, state, on, at_s)
        elif isinstance(event, (ev.ContactLost, ev.ContactRegained)):
            mark(event.robot_id, "silent", isinstance(event, ev.ContactLost), at_s)
    found += [_robot_span(robot_id, state, at_s, None) for (robot_id, state), at_s in begun.items()]
    return sorted(found, key=lambda s: s.from_s)


def _conditions(state: RobotState) -> dict[str, bool]:
    return {
        "fallen": state.posture is Posture.FALLEN,
        "held": state.holding,
        "e_stop": state.e_stop,
        "charging": state.docked_at is not None,
    }


def _robot_span(robot_id: str, state: str, from_s: float, to_s: float | None) -> Span:
    return Span(kind="robot", subject=robot_id, label="", state=state, from_s=from_s, to_s=to_s)


def at_end(state: FleetState) -> dict[str, dict[str, dict[str, Any]]]:
    """Tasks, missions and robots as the supervisor knows them, by field path."""
    return {
        "task": {k: _task_fields(t) for k, t in state.tasks.items()},
        "mission": {k: facts.flat(m) for k, m in state.missions.items()},
        "robot": {k: facts.flat(r) for k, r in state.robots.items()},
    }


def _task_fields(task: Task) -> dict[str, Any]:
    return {**facts.flat(task), "task_id": task.task_id}
