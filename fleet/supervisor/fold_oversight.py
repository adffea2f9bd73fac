"""What events make of how people decide."""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.oversight import OversightState
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.QuestionBlinded)
def _blinded(state: FleetState, event: ev.QuestionBlinded, at_s: float) -> FleetState:
    known = state.oversight
    return _with(state, replace(known, blind={**known.blind, event.escalation_id: at_s}))


@on(ev.ChoiceCommitted)
def _committed(state: FleetState, event: ev.ChoiceCommitted, at_s: float) -> FleetState:  # noqa: ARG001
    known, made = state.oversight, event.commitment
    before = known.commitments.get(made.escalation_id, ())
    return _with(state, replace(known, commitments={**known.commitments, made.escalation_id: (*before, made)}))


@on(ev.EvidenceLooked)
def _looked(state: FleetState, event: ev.EvidenceLooked, at_s: float) -> FleetState:  # noqa: ARG001
    known = state.oversight
    looks = dict(known.looks)
    for look in event.looks:
        looks[look.escalation_id] = (*looks.get(look.escalation_id, ()), look)
    return _with(state, replace(known, looks=looks))


@on(ev.CanaryPlanted)
def _planted(state: FleetState, event: ev.CanaryPlanted, at_s: float) -> FleetState:  # noqa: ARG001
    return _with(state, state.oversight.with_canary(event.canary))


@on(ev.CanaryRevealed)
def _revealed(state: FleetState, event: ev.CanaryRevealed, at_s: float) -> FleetState:
    canary = state.oversight.canaries[event.escalation_id]
    canary = replace(canary, outcome=event.outcome, by=event.by, revealed_at_s=at_s)
    return _with(state, state.oversight.with_canary(canary))


@on(ev.OversightSeen)
def _seen(state: FleetState, event: ev.OversightSeen, at_s: float) -> FleetState:  # noqa: ARG001
    known = state.oversight
    until_s = max(event.until_s, known.seen.get(event.person, 0.0))
    return _with(state, replace(known, seen={**known.seen, event.person: until_s}))


def _with(state: FleetState, oversight: OversightState) -> FleetState:
    return replace(state, oversight=oversight)
