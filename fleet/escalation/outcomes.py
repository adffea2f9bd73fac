"""What an answer led to, as far as the state tells."""

from __future__ import annotations

from fleet.model.escalation import Decision, Escalation
from fleet.model.tasks import TaskState
from fleet.supervisor.state import FleetState

CAME_BACK_WITHIN_S = 600.0


def turned_out(state: FleetState, asked: Escalation, made: Decision) -> str:
    """`well` (all tasks done), `came_back` (the same question about one of the tasks within ten minutes), `failed`,
    `open` (not known yet), or `ended` (there was nothing left to do)."""
    again = (
        e
        for e in state.escalations.values()
        if e.dedup_key == asked.dedup_key and 0.0 < e.raised_at_s - made.decided_at_s <= CAME_BACK_WITHIN_S
    )
    if any(set(asked.task_ids) & set(e.task_ids) for e in again):
        return "came_back"
    tasks = [state.tasks[t] for t in asked.task_ids if t in state.tasks]
    if not tasks or all(t.state is TaskState.CANCELLED for t in tasks):
        return "ended"
    if any(t.state is TaskState.FAILED for t in tasks):
        return "failed"
    return "well" if all(t.state.terminal for t in tasks) else "open"
