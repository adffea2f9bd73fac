"""The people's part of a step: draw what is answered blind, plant canaries, reveal them. Pure, like every rule."""

from __future__ import annotations

from fleet.model import events as ev
from fleet.model.oversight import CanaryOutcome
from fleet.model.oversight_requests import SeeOversight
from fleet.model.requests import Request
from fleet.oversight.people.blind import draw_blind
from fleet.oversight.people.canaries import reveal, watch_canaries
from fleet.supervisor.draft import Draft


def watch_people(draft: Draft) -> None:
    """After whatever raises questions, before the queue tells anybody of them."""
    for canary in list(draft.state.oversight.canaries.values()):
        if canary.outcome is CanaryOutcome.OPEN:
            reveal(draft, draft.state.escalations[canary.escalation_id])
    watch_canaries(draft)
    if draft.context.settings.blind_share > 0:
        for event in list(draft.events):
            if isinstance(event, ev.EscalationRaised):
                escalation = draft.state.escalations[event.escalation.escalation_id]
                if escalation.open:
                    draw_blind(draft, escalation)


def see_oversight(draft: Draft, request: Request, body: SeeOversight) -> None:
    """Note that a person was shown what is known of them; nobody has seen what is yet to come."""
    until_s = min(max(body.until_s, 0.0), draft.now_s)
    draft.emit(ev.OversightSeen(person=request.actor, until_s=until_s))
