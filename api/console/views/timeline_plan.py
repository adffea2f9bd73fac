"""The plan, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.console.views.words import span
from fleet.model import events as ev

Line = tuple[str, str, str]
_NAMED = 3


def _made(event: ev.PlanMade) -> Line:
    moved = [f"{change.task_id} to {', '.join(change.after)}" for change in event.changes if change.after]
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    what = f": {'; '.join(moved[:_NAMED])}{more}" if moved else ""
    return "task", "minor", f"The plan was made anew, because {event.because}{what}"


def _chosen(event: ev.PlanChosen) -> Line:
    return "task", "notice", f"{', '.join(event.first)} first, before {', '.join(event.after)} ({event.because})"


def _later(event: ev.DeadlineMoved) -> Line:
    until = span(event.deadline_s)
    return "task", "notice", f"{event.task_id} may be done until {until} of fleet time ({event.because})"


SAYERS: dict[type, Callable[[Any], Line]] = {ev.PlanMade: _made, ev.PlanChosen: _chosen, ev.DeadlineMoved: _later}
