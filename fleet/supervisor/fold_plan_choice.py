# ruff: noqa: ARG001  (all handlers have the same signature, whether or not they need the time)
"""What events make of choices between plans."""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.PlanChosen)
def _chosen(state: FleetState, event: ev.PlanChosen, at_s: float) -> FleetState:
    """The newest choice counts: who was to go first and is to go after now, does."""
    ended = {t for t in state.preferred if t not in state.tasks or state.tasks[t].state.terminal}
    kept = {t: over for t, over in state.preferred.items() if t not in ended}
    for task_id in event.after:
        if task_id in kept:
            kept[task_id] = tuple(t for t in kept[task_id] if t not in event.first)
    for task_id in event.first:
        kept[task_id] = tuple(dict.fromkeys((*kept.get(task_id, ()), *event.after)))
    return replace(state, preferred={t: over for t, over in sorted(kept.items()) if over})
