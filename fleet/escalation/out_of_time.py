"""The question of a task that cannot be done by its hard deadline: which limit binds, what relaxing it would buy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.allocation.limits import Limits, Relief
from fleet.allocation.weighing import seconds
from fleet.escalation import evidence as of
from fleet.escalation.deciding import ask_always
from fleet.escalation.plans_alike import CHOOSE
from fleet.escalation.raising import Question, cancel_option
from fleet.model import events as ev
from fleet.model.escalation import Cause, Evidence, Option, Prediction, Severity
from fleet.model.tasks import Task
from fleet.model.wire import digest
from fleet.supervisor.draft import Draft

MOVE_DEADLINE = "move_deadline"
_SPARE, _LEAST_SPARE_S = 0.15, 20.0  # robots are slower than plans: so much more than the least is offered
_MOST = 6


def of_limits(found: Limits, now_s: float) -> tuple[Evidence, ...]:
    """What keeps the task from being done in time, one piece for each limit that would help if it were relaxed."""
    return tuple(
        Evidence(
            kind="limit",
            ref=f"{relief.kind} {relief.subject}",
            summary=_helps(relief),
            source="supervisor",
            at_s=now_s,
            digest=digest(relief),
        )
        for relief in found.reliefs[:_MOST]
    )


def _helps(relief: Relief) -> str:
    if relief.meets:
        return f"it could be done if {relief.text}"
    return f"if {relief.text}, it would end {seconds(relief.buys_s)} sooner, which is not enough alone"


def out_of_time(draft: Draft, task: Task, found: Limits) -> None:
    """No plan has it done by its hard deadline. What runs goes on meanwhile; so does the search for a plan."""
    options = [o for o in (_later(draft, found), _first(found)) if o is not None]
    ask_always(
        draft,
        Question(
            cause=Cause.OUT_OF_TIME,
            decision_class="which_limit",
            severity=Severity.MEDIUM,
            text=f"{found.sentence} What shall give way?",
            unknowns=("what the deadline is worth", "whether robots will be faster than the plan expects"),
            options=(*options, cancel_option("Cancel the task")),
            evidence=(of.of_task(task), *of_limits(found, draft.now_s)),
            subject=task.task_id,
            tasks=(task,),
            keeps_running=True,
        ),
        {"task": task.task_id, "mission": task.mission_id, "skill": task.spec.skill},
        conflicts=("its deadline and the rest of the work do not go together",),
    )


def _later(draft: Draft, found: Limits) -> Option | None:
    relief = next((r for r in found.reliefs if r.kind == "deadline" and r.meets), None)
    if relief is None or found.wanted_s is None or relief.ends_s is None:
        return None
    spare_s = max(_SPARE * (relief.ends_s - draft.now_s), _LEAST_SPARE_S)
    to_s = round(found.wanted_s + relief.amount + spare_s, 1)
    return Option(
        option_id="later",
        label=f"Do it, up to {seconds(to_s - found.wanted_s)} later than was asked for",
        action={"do": MOVE_DEADLINE, "deadline_s": to_s},
        predicted=Prediction(
            basis="the plan made anew with that deadline",
            duration_s=round(relief.ends_s - draft.now_s, 1),
            makes_late=(),
        ),
        if_wrong="it comes too late to be of use",
    )


def _first(found: Limits) -> Option | None:
    relief = next((r for r in found.reliefs if r.kind == "priority" and r.meets), None)
    if relief is None or not relief.harms:
        return None
    losers = [h.task_id for h in relief.harms]
    return Option(
        option_id="first",
        label=f"It goes first; {', '.join(losers[:3])} {'pays' if len(losers) == 1 else 'pay'} for it",
        action={"do": CHOOSE, "first": [found.task_id], "after": losers},
        predicted=Prediction(basis=f"the plan made anew in that order: {relief.text}", makes_late=tuple(losers)),
        if_wrong="what others count on is late, or is not done",
    )


def move_deadline(draft: Draft, task_id: str, action: Mapping[str, Any], operator: str) -> None:
    """A person said that it may be done later."""
    draft.emit(
        ev.DeadlineMoved(
            task_id=task_id,
            deadline_s=float(action["deadline_s"]),
            by=operator,
            because=f"{operator} decided that it may be done later",
        )
    )
