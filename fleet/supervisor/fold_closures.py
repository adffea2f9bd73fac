"""What events make of what is closed to robots."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from fleet.model import events as ev
from fleet.model.altered import altered
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.WayClosed)
def _closed(state: FleetState, event: ev.WayClosed, at_s: float) -> FleetState:
    return altered(state, closures={**state.closures, event.closure.what: event.closure})


@on(ev.WayOpened)
def _opened(state: FleetState, event: ev.WayOpened, at_s: float) -> FleetState:
    return altered(state, closures={what: c for what, c in state.closures.items() if what != event.what})
