"""Directives that contradict each other: the same object to two ends, or two loads for one place.

Found when a task becomes ready, by looking at what is open; nothing moves for the later one before it is decided which
directive stands. What is under way meanwhile goes on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.escalation import evidence as of
from fleet.escalation.deciding import decide_or_ask
from fleet.escalation.raising import Question, ask
from fleet.model import events as ev
from fleet.model.escalation import Cause, GroundingCheck, Option, Prediction, Severity
from fleet.model.instruction_events import TaskYields
from fleet.model.ruling import Choice, Ruled
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft

WHICH_WINS = "which_directive_wins"
SETTLE = "settle_directives"
_MOVES = ("carry", "place", "hand_over")
_WRONG_COSTS_S = 300.0
_NEVER_S = 1e15
_FAR_S = 600.0  # a deadline so much nearer counts in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """`later` and the open tasks of other directives that it contradicts, over an object or a place."""

    later: Task
    earlier: tuple[Task, ...]
    over: str
    same_object: bool


def watch_conflicts(draft: Draft) -> None:
    """Look at every task that became ready in this step; let those go on whose turn has come."""
    _release(draft)
    ready = [e.task_id for e in draft.events if isinstance(e, ev.TaskChanged) and e.state is TaskState.QUEUED]
    for task_id in dict.fromkeys(ready):
        check_task(draft, task_id)


def check_task(draft: Draft, task_id: str) -> None:
    """Ask which directive stands, if this task contradicts another that is open."""
    task = draft.state.tasks[task_id]
    if task.state is not TaskState.QUEUED or task.attempt:
        return
    found = conflict_of(draft, task)
    if found is not None:
        _which_wins(draft, found)


def conflict_of(draft: Draft, task: Task) -> Conflict | None:
    """What the task contradicts, or None. The same state gives the same, in every process."""
    if task.spec.skill not in _MOVES:
        return None
    thing, end = task.grounded.get("object"), _end(task)
    others = [o for o in draft.state.open_tasks() if _elsewhere(draft, task, o)]
    same = tuple(o for o in others if o.grounded.get("object") == thing and _end(o) not in (None, end))
    if same:
        return Conflict(later=task, earlier=same, over=str(thing), same_object=True)
    to = task.grounded.get("to")
    there = tuple(o for o in others if to is not None and o.grounded.get("to") == to and o.grounded["object"] != thing)
    return Conflict(later=task, earlier=there, over=str(to), same_object=False) if there else None


def _end(task: Task) -> object:
    return task.grounded.get("to") or task.grounded.get("person")


def _elsewhere(draft: Draft, task: Task, other: Task) -> bool:
    """Whether `other`, which is open, moves something known for another directive that is not in order with it."""
    if other.spec.skill not in _MOVES or other.task_id == task.task_id:
        return False
    if not isinstance(other.grounded.get("object"), str) or _directive(draft, other) == _directive(draft, task):
        return False
    if other.task_id in draft.state.yielding.get(task.task_id, ()) or _waits_for(draft, other, task):
        return False
    return not _waits_for(draft, task, other)


def _directive(draft: Draft, task: Task) -> str:
    mission = draft.state.missions[task.mission_id]
    return mission.directive_id or mission.mission_id


def _waits_for(draft: Draft, task: Task, other: Task) -> bool:
    """Whether `task` begins only once `other` is done."""
    open_ids, seen = list(task.spec.depends_on), set()
    while open_ids:
        name = open_ids.pop()
        if name == other.task_id:
            return True
        if name not in seen and name in draft.state.tasks:
            seen.add(name)
            open_ids += draft.state.tasks[name].spec.depends_on
    return False


# ---- the question -------------------------------------------------------------------------------------------


def _which_wins(draft: Draft, found: Conflict) -> None:
    options = _options(draft, found)
    features = _features(draft, found)
    scores = _scores(features, found.same_object)
    wins = [o for o in options if o.option_id != "corrected"]
    choice = Choice(
        decision_class=WHICH_WINS,
        severity=Severity.MEDIUM,
        options=tuple(o.label for o in wins),
        scores=scores,
        features=features,
        loss_if_wrong=_WRONG_COSTS_S,
        answers=(("later", "corrected"), *((o.option_id,) for o in wins[1:])),
    )
    task_ids = (found.later.task_id, *(o.task_id for o in found.earlier))

    def act(chosen: int) -> None:
        for task_id in task_ids:
            if not draft.state.tasks[task_id].state.terminal:
                settle(draft, task_id, wins[chosen].action, "supervisor")

    subject = {"task": found.later.task_id, "object": str(found.later.grounded.get("object", ""))}
    decide_or_ask(draft, choice, subject, act=act, ask=lambda ruled: _ask(draft, found, options, ruled))


def _ask(draft: Draft, found: Conflict, options: Sequence[Option], ruled: Ruled) -> str:
    later, first = found.later, found.earlier[0]
    what = f"{found.over} is to go to two places" if found.same_object else f"two loads are to go to {found.over}"
    escalation_id = ask(
        draft,
        Question(
            cause=Cause.DIRECTIVES_CONFLICT,
            decision_class=WHICH_WINS,
            severity=Severity.MEDIUM,
            text=f"{what}: {_said(first)}, and now {_said(later)}. Which stands?",
            unknowns=(f"whether {later.requested_by} knew of what {first.requested_by} had asked for",)
            if later.requested_by != first.requested_by
            else (f"whether {later.requested_by} meant to replace it, or wants both",),
            options=tuple(options),
            evidence=tuple(of.of_task(t) for t in (later, *found.earlier)),
            subject=f"{found.over}|{later.task_id}",
            tasks=(later, *found.earlier),
            keeps_running=True,
            ruled=ruled,
        ),
    )
    because = f"{escalation_id} asks which directive stands"
    draft.change(later, TaskState.ESCALATED, because, escalation_id=escalation_id, forget_robot=True)
    return escalation_id


def _said(task: Task) -> str:
    to = _end(task)
    return f"{task.requested_by} wants {task.grounded.get('object')} at {to} ({task.spec.why or 'no reason given'})"


def _short(task: Task) -> str:
    return f"{task.requested_by}, {task.grounded.get('object')} to {_end(task)}"


def _options(draft: Draft, found: Conflict) -> tuple[Option, ...]:
    later, first = found.later, found.earlier[0]
    same = all(o.requested_by == later.requested_by for o in found.earlier)
    earlier_ids = [o.task_id for o in found.earlier]
    replace_earlier = {"do": SETTLE, "cancel": earlier_ids, "after": []}
    person = GroundingCheck(
        name="given by the same person",
        ok=same,
        detail=f"{later.requested_by} gave both" if same else f"by {first.requested_by} and {later.requested_by}",
    )
    cost = _cost(draft, found.earlier)
    made = [
        _option("later", f"The later stands: {_short(later)}", replace_earlier, cost),
        _option(
            "earlier",
            f"The earlier stands: {_short(first)}",
            {"do": SETTLE, "cancel": [later.task_id], "after": []},
            _cost(draft, (later,)),
        ),
    ]
    if found.same_object:
        in_turn = {"do": SETTLE, "cancel": [], "after": earlier_ids}
        label = f"Both, one after the other: first {_end(first)}, then {_end(later)}"
        made.append(_option("in_turn", label, in_turn, f"{later.task_id} waits until {', '.join(earlier_ids)} ended"))
    label = f"{later.requested_by} corrected themselves: the later replaces the earlier"
    made.append(_option("corrected", label, replace_earlier, cost, person))
    return tuple(made)


def _option(option_id: str, label: str, action: dict[str, Any], cost: str, *checks: GroundingCheck) -> Option:
    return Option(
        option_id=option_id,
        label=label,
        action=action,
        predicted=Prediction(basis=cost),
        if_wrong=f"what somebody counts on is not done: {cost}",
        reversible=not action["cancel"],
        checks=tuple(checks),
    )


def _cost(draft: Draft, losers: Sequence[Task]) -> str:
    """What it costs if these lose: the tasks and all that wait for them."""
    lost = {t.task_id for t in losers}
    for other in draft.state.open_tasks():  # in the order they came, so that a chain is found in one pass
        if lost & set(other.spec.depends_on):
            lost.add(other.task_id)
    waiting = sorted(lost - {t.task_id for t in losers})
    done = max((t.fraction for t in losers), default=0.0)
    text = f"cancels {', '.join(sorted(t.task_id for t in losers))} ({losers[0].spec.why or 'no reason given'})"
    text += f", and {', '.join(waiting)}, which wait for it" if waiting else ""
    return text + (f"; {done:.0%} of it was done" if done else "")


def _features(draft: Draft, found: Conflict) -> tuple[float, ...]:
    """(priority, deadline, authority, same person), each in [-1, 1], above 0 where it speaks for the later one."""
    later, first = found.later, found.earlier[0]
    priority = (later.spec.priority - max(o.spec.priority for o in found.earlier)) / 100
    slack = [_slack(draft, t) for t in (first, later)]
    deadline = max(-1.0, min(1.0, (slack[0] - slack[1]) / _FAR_S))
    authority = float(bool(_authority(draft, later))) - float(bool(_authority(draft, first)))
    same = 1.0 if all(o.requested_by == later.requested_by for o in found.earlier) else 0.0
    return (round(priority, 6), round(deadline, 6), authority, same)


def _slack(draft: Draft, task: Task) -> float:
    deadline = task.spec.deadline_s
    return _FAR_S if deadline is None else min(_FAR_S, max(0.0, deadline - draft.now_s))


def _authority(draft: Draft, task: Task) -> str:
    directive = draft.state.directives.get(draft.state.missions[task.mission_id].directive_id or "")
    return directive.authority if directive is not None else ""


def _scores(features: Sequence[float], same_object: bool) -> tuple[float, ...]:
    """Scores of later, earlier and (for one object) both in turn. A guess with nothing learnt in it, which is why the
    gate asks until people's answers have shown how good it is."""
    priority, deadline, authority, same = features
    later = 1.0 / (1.0 + math.exp(-(3.0 * priority + 1.5 * deadline + 1.5 * authority + 2.0 * same)))
    both = 0.2 if same_object else 0.0
    scores = (round(later * (1 - both), 6), round((1 - later) * (1 - both), 6))
    return (*scores, both) if same_object else scores


# ---- what follows -------------------------------------------------------------------------------------------


def settle(draft: Draft, task_id: str, action: Mapping[str, Any], operator: str) -> None:
    """Carry the decision out for one of the tasks: it is cancelled, waits for its turn, or goes on."""
    task = draft.state.tasks[task_id]
    if task_id in action["cancel"]:
        because = f"{operator} decided that another directive stands"
        draft.withdraw(task, because)
        draft.change(task, TaskState.CANCELLED, because, forget_robot=True)
    elif task.state not in (TaskState.ESCALATED, TaskState.QUEUED):
        return  # it was under way all along
    elif action["after"] and task_id not in action["after"]:
        because = f"{operator} decided: after {', '.join(action['after'])}"
        draft.emit(TaskYields(task_id=task_id, to=tuple(action["after"]), because=because))
        draft.change(task, TaskState.BLOCKED, because, not_before_s=_NEVER_S)
    elif task.state is TaskState.ESCALATED and _asked_here(draft, task):
        draft.change(task, TaskState.QUEUED, f"{operator} decided that it stands", reset_ladder=True)


def _asked_here(draft: Draft, task: Task) -> bool:
    asked = draft.state.escalations.get(task.escalation_id or "")
    return asked is not None and asked.cause is Cause.DIRECTIVES_CONFLICT


def _release(draft: Draft) -> None:
    """Tasks that stood back go on once those before them have ended."""
    for task_id, before in list(draft.state.yielding.items()):
        task = draft.state.tasks[task_id]
        if all(draft.state.tasks[t].state.terminal for t in before):
            draft.emit(TaskYields(task_id=task_id, to=(), because="those before it have ended"))
            if task.state is TaskState.BLOCKED:
                draft.change(task, TaskState.QUEUED, "those before it have ended", not_before_s=0.0)


def ask_again(draft: Draft, task: Task, escalation_id: str) -> None:
    """The question about it fell away: it goes on, unless there is still something that it contradicts."""
    if task.escalation_id == escalation_id and task.state in (TaskState.ESCALATED, TaskState.BLOCKED):
        draft.change(task, TaskState.QUEUED, "the question fell away", forget_robot=True, not_before_s=0.0)
        check_task(draft, task.task_id)
