"""What events make of what goes on in traffic."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from fleet.model import events as ev
from fleet.model.altered import altered
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.TrafficNoted)
def _noted(state: FleetState, event: ev.TrafficNoted, at_s: float) -> FleetState:
    return altered(state, jams={**state.jams, event.jam.key: event.jam})


@on(ev.TrafficEased)
def _eased(state: FleetState, event: ev.TrafficEased, at_s: float) -> FleetState:
    return altered(state, jams={key: jam for key, jam in state.jams.items() if key != event.key})


@on(ev.RoomWanted)
def _room_wanted(state: FleetState, event: ev.RoomWanted, at_s: float) -> FleetState:
    return altered(state, room={**state.room, event.room.robot_id: event.room})


@on(ev.RoomMade)
def _room_made(state: FleetState, event: ev.RoomMade, at_s: float) -> FleetState:
    return altered(state, room={key: room for key, room in state.room.items() if key != event.robot_id})
