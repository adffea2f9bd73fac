"""The plan, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.model import events as ev

Line = tuple[str, str, str]
_NAMED = 3


def _made(event: ev.PlanMade) -> Line:
    moved = [f"{change.task_id} to {', '.join(change.after)}" for change in event.changes if change.after]
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    what = f": {'; '.join(moved[:_NAMED])}{more}" if moved else ""
    return "task", "minor", f"The plan was made anew, because {event.because}{what}"


SAYERS: dict[type, Callable[[Any], Line]] = {ev.PlanMade: _made}
