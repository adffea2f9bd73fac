"""How busy people are with questions: the price of asking rises with it, and nothing else."""

from __future__ import annotations

from fleet.supervisor.state import FleetState

WINDOW_S = 600.0
BEARABLE = 2.0  # questions in ten minutes that one operator can bear at most (ISA-18.2, EEMUA 191)


def load(state: FleetState, now_s: float) -> float:
    """Questions put in the last ten minutes, relative to what is bearable: 1 is as much as there should be."""
    lately = sum(1 for e in state.escalations.values() if now_s - e.raised_at_s <= WINDOW_S)
    return lately / BEARABLE
