"""Tasks that somebody chose to go before others, where two plans cost the same."""

from __future__ import annotations

from fleet.supervisor.state import FleetState

_FAVOUR = 10.0  # so much more counts a task that was chosen, while one that it goes before is open


def favour_of(state: FleetState, task_id: str) -> float:
    """How much more the task counts than by its priority."""
    over = state.preferred.get(task_id, ())
    return _FAVOUR if any(t in state.tasks and not state.tasks[t].state.terminal for t in over) else 1.0
