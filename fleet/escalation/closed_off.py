"""The question of work that will be late because its way is closed: open it, do the work later, or not at all?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.allocation.weighing import seconds
from fleet.escalation import evidence as of
from fleet.escalation.deciding import ask_always
from fleet.escalation.out_of_time import MOVE_DEADLINE
from fleet.escalation.raising import Question, cancel_option
from fleet.model import events as ev
from fleet.model.escalation import Cause, Evidence, Option, Prediction, Severity
from fleet.model.tasks import Task
from fleet.model.wire import digest
from fleet.supervisor.closed_off import ClosedOff, Reopened
from fleet.supervisor.draft import Draft

OPEN_WAYS = "open_ways"
CLASS = "closed_off"
_SPARE, _LEAST_SPARE_S = 0.15, 20.0  # robots are slower than plans: so much more than the least is offered


def closed_off(draft: Draft, task: Task, off: ClosedOff, opened: Reopened) -> None:
    """Its deadline cannot be kept while that is closed. It stays held back meanwhile."""
    deadline_s = task.spec.deadline_s
    assert deadline_s is not None, "what has no deadline cannot miss it"
    left = f"{opened.robot_id} would need {seconds(opened.takes_s)} for it"
    options = [o for o in (_open(draft, off, opened), _later(draft, off, opened, deadline_s)) if o is not None]
    ask_always(
        draft,
        Question(
            cause=Cause.CLOSED_OFF,
            decision_class=CLASS,
            severity=Severity.MEDIUM,
            text=f"{off.because}. {task.task_id} is behind it, due in {seconds(deadline_s - draft.now_s)}; {left}."
            " What now?",
            unknowns=("whether it can be opened", "what the deadline is worth"),
            options=(*options, _wait(task), cancel_option("Cancel the task")),
            evidence=(of.of_task(task), _closure(draft, off)),
            subject=subject_of(task, off),
            tasks=(task,),
            keeps_running=True,
        ),
        {"task": task.task_id, "mission": task.mission_id, "skill": task.spec.skill},
        conflicts=("its deadline and what is closed do not go together",),
    )


def subject_of(task: Task, off: ClosedOff) -> str:
    """What the question is about: another closure, or a deadline that was moved, is another question."""
    return f"{task.task_id} {'+'.join(off.what)} {task.spec.deadline_s:.0f}"


def was_asked(draft: Draft, task: Task, off: ClosedOff) -> bool:
    """Whether it was asked about, whatever came of it."""
    about = f"|{subject_of(task, off)}|"
    return any(e.cause is Cause.CLOSED_OFF and about in e.dedup_key for e in draft.state.escalations.values())


def open_ways(draft: Draft, task_id: str, action: Mapping[str, Any], operator: str) -> None:
    """A person said that what people had closed is to be open again."""
    for what in action["what"]:
        if what in draft.state.closures:
            because = f"{operator} opened it for {task_id}"
            draft.emit(ev.WayOpened(what=what, by=operator, because=because))


def _open(draft: Draft, off: ClosedOff, opened: Reopened) -> Option | None:
    """Only where people closed all of it, without a time that the site or maintenance keeps."""
    if not set(off.what) <= draft.state.closures.keys():
        return None
    return Option(
        option_id="open",
        label=f"Open {' and '.join(off.what)} to robots now",
        action={"do": OPEN_WAYS, "what": list(off.what)},
        predicted=Prediction(
            basis=f"{opened.robot_id} sets out at once", duration_s=round(opened.takes_s, 1), makes_late=()
        ),
        if_wrong="robots go where somebody wanted none",
    )


def _later(draft: Draft, off: ClosedOff, opened: Reopened, deadline_s: float) -> Option | None:
    """By when it could be done if it opens when it is said to; None where nobody knows when."""
    if off.opens_at_s is None:
        return None
    ends_s = off.opens_at_s + opened.takes_s
    to_s = round(ends_s + max(_SPARE * (ends_s - draft.now_s), _LEAST_SPARE_S), 1)
    if to_s <= deadline_s:
        return None
    return Option(
        option_id="later",
        label=f"Do it when that opens, up to {seconds(to_s - deadline_s)} later than was asked for",
        action={"do": MOVE_DEADLINE, "deadline_s": to_s},
        predicted=Prediction(
            basis="given out so that a robot is there when it opens",
            duration_s=round(ends_s - draft.now_s, 1),
            makes_late=(),
        ),
        if_wrong="it comes too late to be of use",
    )


def _wait(task: Task) -> Option:
    hard = task.spec.hard_deadline
    return Option(
        option_id="wait",
        label="Leave it closed; the work waits" + (", and is given up at its deadline" if hard else ", and is late"),
        action={"do": "keep_waiting"},
        predicted=Prediction(basis="it is given out as soon as there is a way", makes_late=(task.task_id,)),
        if_wrong="the work is late" if not hard else "the work is not done",
    )


def _closure(draft: Draft, off: ClosedOff) -> Evidence:
    closures = [draft.state.closures[w] for w in off.what if w in draft.state.closures]
    return Evidence(
        kind="closure",
        ref=", ".join(off.what),
        summary=off.because,
        source=closures[0].by if closures else "site",
        at_s=max((c.since_s for c in closures), default=draft.now_s),
        digest=digest([off.what, off.because]),
    )
