"""What events make of the policies in force."""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.PoliciesInForce)
def _in_force(state: FleetState, event: ev.PoliciesInForce, at_s: float) -> FleetState:  # noqa: ARG001
    return replace(state, in_force=event.in_force)
