"""Putting a question: once for one situation, however many tasks and robots it holds up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fleet.escalation.precedents import precedents
from fleet.escalation.situation import situation_digest
from fleet.model import events as ev
from fleet.model.escalation import Cause, Escalation, Evidence, GroundingCheck, Option, Prediction, Severity
from fleet.model.ruling import Ruled
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.needs import late_after

_LEAST_TIME_S = 10.0
HOLD = "hold_safely"
HOLD_RECHECK_S = 300.0
_IN_VAIN, _LATELY_S = 3, 600.0  # so often in so long the same answer brought the same question back


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a rule wants to know. `subject` goes into the dedup key: an object, a description, or a skill."""

    cause: Cause
    decision_class: str
    severity: Severity
    text: str
    unknowns: tuple[str, ...]
    options: tuple[Option, ...]
    evidence: tuple[Evidence, ...]
    zone: str = ""
    subject: str = ""
    tasks: tuple[Task, ...] = ()
    robot_ids: tuple[str, ...] = ()
    object_ids: tuple[str, ...] = ()
    keeps_running: bool = False  # the tasks go on while the question is open
    ruled: Ruled | None = None  # the gate's ruling that led to it
    instruction_id: str = ""  # what it is about, where no task was made yet
    because: str = ""  # what went wrong, in the words the text is made of
    deadline_s: float | None = None  # a deadline that is not one of its tasks'
    safe_default: str = HOLD  # another option only where holding would be the greater harm; it is then not offered


def hold_option(draft: Draft, tasks: tuple[Task, ...]) -> Option:
    """The option that every question has, and the safe default: leave everything as it is, robots stable."""
    return Option(
        option_id=HOLD,
        label="Hold safely: leave it as it is and ask again later",
        action={"do": "hold", "recheck_s": HOLD_RECHECK_S},
        predicted=Prediction(
            basis="nothing moves for this task",
            duration_s=HOLD_RECHECK_S,
            makes_late=tuple(late for t in tasks for late in late_after(draft, t, HOLD_RECHECK_S) or ()),
        ),
        if_wrong="the task is late",
    )


def cancel_option(label: str) -> Option:
    """Give the task up, and what depends on it."""
    return Option(
        option_id="cancel",
        label=label,
        action={"do": "cancel"},
        predicted=Prediction(basis="the task ends, what depends on it is cancelled"),
        if_wrong="the work is not done and has to be asked for again",
        reversible=False,
    )


def ask(draft: Draft, question: Question) -> str:
    """Raise the question, or add to the open one about the same thing. Returns the escalation's id."""
    key = "|".join((question.cause.value, question.zone or "-", question.subject or "-", question.decision_class))
    task_ids = tuple(t.task_id for t in question.tasks)
    known = next((e for e in draft.state.open_escalations() if e.dedup_key == key), None)
    if known is not None:
        escalation_id = known.escalation_id
        merged_tasks = tuple(dict.fromkeys(known.task_ids + task_ids))
        merged_robots = tuple(dict.fromkeys(known.robot_ids + question.robot_ids))
        if (merged_tasks, merged_robots) != (known.task_ids, known.robot_ids):
            facts = situation_digest(
                draft.state, draft.context.site, question.cause, merged_tasks, merged_robots, known.object_ids
            )
            draft.emit(
                ev.EscalationMerged(
                    escalation_id=escalation_id,
                    situation_digest=facts,
                    task_ids=task_ids,
                    robot_ids=question.robot_ids,
                )
            )
    else:
        escalation_id = f"E{len(draft.state.escalations) + 1}"
        draft.emit(ev.EscalationRaised(escalation=_escalation(draft, question, escalation_id, key, task_ids)))
    for task in () if question.keeps_running else question.tasks:
        draft.change(
            draft.state.tasks[task.task_id],
            TaskState.ESCALATED,
            question.text,
            escalation_id=escalation_id,
            forget_robot=True,
        )
    return escalation_id


def _escalation(
    draft: Draft, question: Question, escalation_id: str, key: str, task_ids: tuple[str, ...]
) -> Escalation:
    return Escalation(
        escalation_id=escalation_id,
        dedup_key=key,
        cause=question.cause,
        decision_class=question.decision_class,
        severity=question.severity,
        question=question.text,
        unknowns=question.unknowns,
        options=_with_default(draft, question, key),
        evidence=question.evidence,
        safe_default=question.safe_default,
        raised_at_s=draft.now_s,
        deadline_s=_deadline(draft, question.tasks, question.deadline_s),
        situation_digest=situation_digest(
            draft.state, draft.context.site, question.cause, task_ids, question.robot_ids, question.object_ids
        ),
        raised_by="supervisor",
        task_ids=task_ids,
        robot_ids=question.robot_ids,
        object_ids=question.object_ids,
        ruled=question.ruled,
        instruction_id=question.instruction_id,
        because=question.because,
        precedents=precedents(draft.state, question.cause, key, question.ruled, question.object_ids),
    )


def _with_default(draft: Draft, question: Question, key: str) -> tuple[Option, ...]:
    options = tuple(_with_history(draft, key, o) for o in question.options)
    return options if question.safe_default != HOLD else (*options, hold_option(draft, question.tasks))


def _with_history(draft: Draft, key: str, option: Option) -> Option:
    """Say how often trying again was chosen for this lately, and strike it out once that is clearly in vain."""
    if option.action.get("do") != "requeue":
        return option
    before = [
        e
        for e in draft.state.escalations.values()
        if e.dedup_key == key
        and e.decision is not None
        and e.decision.option_id == option.option_id
        and draft.now_s - e.decision.decided_at_s <= _LATELY_S
    ]
    if not before:
        return option
    times = "once" if len(before) == 1 else f"{len(before)} times"
    check = GroundingCheck(
        name="not in vain before",
        ok=len(before) < _IN_VAIN,
        detail=f"chosen {times} in the last {_LATELY_S / 60:g} minutes, and the question came back",
    )
    return replace(option, checks=(*option.checks, check))


def _deadline(draft: Draft, tasks: tuple[Task, ...], wanted_s: float | None) -> float:
    """The sooner of the usual time to answer and the tasks' own deadlines, but never so soon that nobody could."""
    latest = draft.now_s + draft.context.settings.answer_within_s
    for deadline_s in (wanted_s, *(task.spec.deadline_s for task in tasks)):
        if deadline_s is not None:
            latest = min(latest, deadline_s)
    return max(latest, draft.now_s + _LEAST_TIME_S)
