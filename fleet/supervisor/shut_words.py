"""What robots say of doors and lifts that do not let them through, from the reasons that they give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fleet.model import events as ev
from fleet.model.altered import altered
from fleet.model.closures import SaidShut
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.state import FleetState

DOUBTED_S = 120.0
"""After a robot has said that a door is shut, it is tried again."""
_SHUT = re.compile(r"\b(door|lift) (\w+) (is locked|is shut|does not open|is out of order)\b")
"""The words of a robot that a door or lift does not let through (docs/how-to/write-an-adapter.md)."""


def shut_in(reason: str, robot_id: str) -> Iterator[tuple[str, str]]:
    """Doors and lifts that this reason of a robot names: id and who says what of it."""
    for kind, name, how in _SHUT.findall(reason):
        yield name, f"{robot_id} says that {kind} {name} {how}"


def after_words(state: FleetState, task: Task, event: ev.TaskChanged, at_s: float) -> FleetState:
    """What robots said is kept with the journal, so that a new supervisor knows it; `task` as it was before."""
    robot = task.robot_id or ""
    own = event.state is TaskState.BLOCKED or event.because.startswith(f"{robot}: ")
    if not robot or not own:
        return state
    said = {w: SaidShut(what=w, because=b, at_s=at_s) for w, b in shut_in(event.because, robot)}
    if not said:
        return state
    lasting = {w: s for w, s in state.said_shut.items() if at_s - s.at_s < DOUBTED_S}
    return altered(state, said_shut={**lasting, **said})


__all__ = ["DOUBTED_S", "after_words", "shut_in"]
