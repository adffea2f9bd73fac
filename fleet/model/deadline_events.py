"""Events of deadlines that people move."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineMoved:
    """A person said that a task may be done later than was asked for; `deadline_s` is fleet time."""

    task_id: str
    deadline_s: float
    by: str
    because: str
