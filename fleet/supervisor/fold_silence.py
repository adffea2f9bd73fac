# ruff: noqa: ARG001  (all handlers have the same signature, whether or not they need the time)
"""What events make of questions that were silenced and come back."""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.EscalationPostponed)
def _postponed(state: FleetState, event: ev.EscalationPostponed, at_s: float) -> FleetState:
    asked = state.escalations[event.escalation_id]
    return state.with_escalation(replace(asked, deadline_s=event.deadline_s))
