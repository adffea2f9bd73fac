"""Teams, and what people change about tasks, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.model import events as ev
from fleet.model.tasks import Stage

Line = tuple[str, str, str]
_BEGIN = {Stage.GATHER: "walk to their places at the load", Stage.CARRY: "lift it and carry it together"}


def _advanced(event: ev.TeamAdvanced) -> Line:
    names = " and ".join(m.robot_id for m in event.members)
    if not any(m.command_id for m in event.members):
        return "task", "notice", f"{names} stand still with the load of {event.task_id} in their hands"
    return "task", "", f"{names} {_BEGIN[event.stage]}: {event.task_id}"


def _pinned(event: ev.TaskPinned) -> Line:
    only = f"is for {event.robot_id} only" if event.robot_id else "is for any robot"
    but = f", but not for {', '.join(event.not_robots)}" if event.not_robots else ""
    return "task", "notice", f"{event.task_id} {only}{but} ({event.because})"


def _ordered(event: ev.TaskOrdered) -> Line:
    waits = f"waits for {', '.join(event.depends_on)}" if event.depends_on else "waits for no other task"
    return "task", "notice", f"{event.task_id} {waits} ({event.because})"


SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.TeamAdvanced: _advanced,
    ev.TaskPinned: _pinned,
    ev.TaskOrdered: _ordered,
}
