# ruff: noqa: ARG001  (all handlers have the same signature, whether or not they need the time)
"""What events make of deadlines that people move."""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.DeadlineMoved)
def _moved(state: FleetState, event: ev.DeadlineMoved, at_s: float) -> FleetState:
    task = state.tasks[event.task_id]
    return state.with_task(replace(task, spec=replace(task.spec, deadline_s=event.deadline_s)))
