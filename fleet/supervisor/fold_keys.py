"""What events make of people's keys."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.KeyRegistered)
def _registered(state: FleetState, event: ev.KeyRegistered, at_s: float) -> FleetState:
    return replace(state, operator_keys={**state.operator_keys, event.key.key_id: event.key})


@on(ev.KeyRevoked)
def _revoked(state: FleetState, event: ev.KeyRevoked, at_s: float) -> FleetState:
    known = state.operator_keys[event.key_id]
    revoked = replace(known, revoked_at_s=at_s, revoked_by=event.by, revoked_because=event.reason)
    return replace(state, operator_keys={**state.operator_keys, event.key_id: revoked})
