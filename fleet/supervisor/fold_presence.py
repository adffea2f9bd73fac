"""What events make of where people are."""

from __future__ import annotations

from fleet.model import events as ev
from fleet.model.altered import altered
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.PeopleSeen)
def _seen(state: FleetState, event: ev.PeopleSeen, at_s: float) -> FleetState:
    return altered(state, people_seen={**state.people_seen, event.zone: at_s})
