"""Events of teams, and of what people change about tasks that they asked for before."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event
from fleet.model.tasks import Member, Stage


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAdvanced:
    """All members were through with a stage: they were told to begin the next one, together. `members` as they are now,
    with their new commands."""

    task_id: str
    stage: Stage
    members: tuple[Member, ...]


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPinned:
    """A person said who may do a task that had been asked for before: `robot_id` and no other (None: any), and none of
    `not_robots`."""

    task_id: str
    robot_id: str | None
    not_robots: tuple[str, ...]
    by: str
    because: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOrdered:
    """A person said what a task waits for that had been asked for before, of whichever mission."""

    task_id: str
    depends_on: tuple[str, ...]
    by: str
    because: str
