"""What events make of people's requests and of questions to them."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.escalation import ESCALATION_TRANSITIONS, Escalation, EscalationState
from fleet.supervisor.fold_reviews import drawn
from fleet.supervisor.folding import check, on
from fleet.supervisor.learning import after_answer, after_ruling
from fleet.supervisor.state import FleetState, RequestNote


@on(ev.RequestReceived)
def _request(state: FleetState, event: ev.RequestReceived, at_s: float) -> FleetState:
    return replace(state, requests_taken=max(state.requests_taken, event.request.number))


@on(ev.RequestSettled)
def _settled(state: FleetState, event: ev.RequestSettled, at_s: float) -> FleetState:
    note = RequestNote(
        number=event.number,
        accepted=event.accepted,
        problem=event.problem,
        field=event.field,
        detail=event.detail,
    )
    return replace(state, requests={**state.requests, event.request_id: note})


@on(ev.EscalationRaised)
def _raised(state: FleetState, event: ev.EscalationRaised, at_s: float) -> FleetState:
    return state.with_escalation(event.escalation)


@on(ev.EscalationMerged)
def _merged(state: FleetState, event: ev.EscalationMerged, at_s: float) -> FleetState:
    known = state.escalations[event.escalation_id]
    return state.with_escalation(
        replace(
            known,
            task_ids=tuple(dict.fromkeys(known.task_ids + event.task_ids)),
            robot_ids=tuple(dict.fromkeys(known.robot_ids + event.robot_ids)),
            situation_digest=event.situation_digest,
            previews=(),  # they are of another question now
        )
    )


@on(ev.EscalationAcknowledged)
def _acknowledged(state: FleetState, event: ev.EscalationAcknowledged, at_s: float) -> FleetState:
    known = _moved(state.escalations[event.escalation_id], EscalationState.ACKNOWLEDGED)
    return state.with_escalation(replace(known, acknowledged_by=event.by, acknowledged_until_s=event.until_s))


@on(ev.EscalationReleased)
def _released(state: FleetState, event: ev.EscalationReleased, at_s: float) -> FleetState:
    known = _moved(state.escalations[event.escalation_id], EscalationState.QUEUED)
    return state.with_escalation(replace(known, acknowledged_by=None, acknowledged_until_s=0.0))


@on(ev.EscalationDecided)
def _decided(state: FleetState, event: ev.EscalationDecided, at_s: float) -> FleetState:
    known = _moved(state.escalations[event.decision.escalation_id], EscalationState.DECIDED)
    state = after_answer(state, known, event.decision)
    return state.with_escalation(replace(known, decision=event.decision))


@on(ev.EscalationMoved)
def _escalation_moved(state: FleetState, event: ev.EscalationMoved, at_s: float) -> FleetState:
    known = _moved(state.escalations[event.escalation_id], event.state)
    closed = at_s if event.state is EscalationState.CLOSED else known.closed_at_s
    return state.with_escalation(
        replace(
            known,
            carried_out=event.because,
            closed_at_s=closed,
            replaced_by=event.replaced_by or known.replaced_by,
            # Their replays stay in the journal; state would grow with every question ever asked.
            previews=tuple(replace(p, replay=None) for p in known.previews),
        )
    )


def _moved(escalation: Escalation, to: EscalationState) -> Escalation:
    check(ESCALATION_TRANSITIONS, escalation.state, to, f"escalation {escalation.escalation_id}")
    return replace(escalation, state=to)


@on(ev.RulingMade)
def _ruled(state: FleetState, event: ev.RulingMade, at_s: float) -> FleetState:
    # The rulings themselves stay in the journal; what an open question rests on is in the question.
    state = after_ruling(state, event.ruled)
    return drawn(replace(state, rulings=state.rulings + 1), event.ruled)
