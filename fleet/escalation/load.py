"""How busy people are with questions: the price of asking rises with it, and nothing else."""

from __future__ import annotations

from fleet.supervisor.state import FleetState

WINDOW_S = 600.0
BEARABLE = 2.0  # questions in ten minutes that one operator can bear at most (ISA-18.2, EEMUA 191: about 1, 2 at most)


def load(state: FleetState, now_s: float, people: int = 1) -> float:
    """Questions put to people in the last ten minutes, relative to what `people` on shift can bear: 1 is as much as
    there should be. What was silenced or put aside before anybody saw it costs nobody anything."""
    lately = sum(1 for at_s in state.queue.put_at_s if now_s - at_s <= WINDOW_S)
    return lately / (BEARABLE * max(people, 1))
