"""Tasks that no plan has done in time: a person is told which limit binds, and asked what shall give way."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fleet.allocation.limits import Limits, limits
from fleet.escalation.out_of_time import of_limits, out_of_time
from fleet.model.errors import FleetError
from fleet.model.escalation import Cause, Evidence
from fleet.model.tasks import Task
from fleet.supervisor.draft import Draft
from fleet.supervisor.looking import is_look
from fleet.supervisor.why import asked_about

_log = logging.getLogger(__name__)
_ITERATIONS = 10  # of search for each limit that is relaxed
_ANSWERED_S = 10.0
_AFTER_S = 3.0  # robots may be about to report, and plans about to be better


def watch_hard_deadlines(draft: Draft, left: Mapping[str, str], ready: list[Task]) -> None:
    """Ask once about each task that the plan leaves undone because of its hard deadline.

    Args:
        left: tasks that the plan leaves undone, and why.
        ready: tasks that may be given out now.
    """
    for task in ready:
        if task.task_id not in left or not task.spec.hard_deadline or is_look(task):
            continue
        deadline_s = task.spec.deadline_s
        if deadline_s is None or deadline_s < draft.now_s + _ANSWERED_S:
            continue  # nobody could answer in time
        if draft.waited_s(task.changed_at_s) < _AFTER_S or _asked(draft, task):
            continue
        found = limits_of(draft, task)
        if found is not None and not found.met:
            out_of_time(draft, task, found)


def limits_of(draft: Draft, task: Task) -> Limits | None:
    """What keeps the task from being done (in time); None where that cannot be worked out."""
    try:
        asked = asked_about(draft, task, iterations=_ITERATIONS)
        return limits(asked.weigher, task.task_id, reasons=asked.reasons, closed=asked.closed)
    except FleetError as error:
        _log.info("no limits of %s: %s", task.task_id, error)
        return None


def evidence_of_limits(draft: Draft, task: Task) -> tuple[Evidence, ...]:
    """The same as evidence for a question; nothing where it cannot be worked out."""
    found = limits_of(draft, task)
    return of_limits(found, draft.now_s) if found is not None else ()


def _asked(draft: Draft, task: Task) -> bool:
    """Whether somebody was asked about this deadline; one that was moved since and cannot be kept is another."""
    return any(
        e.cause is Cause.OUT_OF_TIME
        and task.task_id in e.task_ids
        and not any(o.action.get("deadline_s") == task.spec.deadline_s for o in e.options)
        for e in draft.state.escalations.values()
    )
