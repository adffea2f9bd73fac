"""How people decide, in words: in advance, before they saw a recommendation, on canaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.console.views.words import plainly, span
from fleet.model import events as ev
from fleet.model import order_requests as orq
from fleet.model import oversight_requests as pq
from fleet.model.orders import OrderState, Weighing
from fleet.model.oversight import CanaryOutcome

Line = tuple[str, str, str]


def _in_force(event: ev.PoliciesInForce) -> Line:
    lifted = f"; lifted: {', '.join(event.lifted)}" if event.lifted else ""
    return "system", "minor", f"{len(event.rules)} policies are in force ({event.in_force[:12]}…){lifted}"


def _made(event: ev.StandingOrderMade) -> Line:
    it = event.order
    text = f"{it.owner} decided in advance ({it.order_id}): {plainly(it.decision_class)}, {it.option_id}: {it.reason}"
    return "person", "notice", text


def _changed(event: ev.StandingOrderChanged) -> Line:
    tone = "alarm" if event.state is OrderState.SUSPENDED else "notice"
    return "person", tone, f"Standing order {event.order_id} is {event.state.value}: {event.because}"


def _weighed(event: ev.StandingOrdersWeighed) -> Line:
    it = event.weighed
    orders = ", ".join(it.order_ids)
    if it.outcome is Weighing.APPLIED:
        return "question", "notice", f"Standing order {orders} answers {event.escalation_id}: {it.because}"
    return "question", "minor", f"Standing order {orders} does not answer {event.escalation_id}: {it.because}"


def _held(event: ev.StandingOrderHeld) -> Line:
    does = "agrees" if event.agreed else "does not agree"
    return "person", "minor", f"{event.by} {does} with standing order {event.order_id} in {event.escalation_id}"


def _blinded(event: ev.QuestionBlinded) -> Line:
    return "question", "minor", f"{event.escalation_id} was drawn: whoever answers says first what they would choose"


def _committed(event: ev.ChoiceCommitted) -> Line:
    it = event.commitment
    return "person", "minor", f"{it.person} said first what to choose in {it.escalation_id}"


def _looked(event: ev.EvidenceLooked) -> Line:
    first = event.looks[0]
    total = sum(look.seconds for look in event.looks)
    return "person", "minor", f"{first.person} looked at {first.escalation_id} for {span(total)}"


def _planted(event: ev.CanaryPlanted) -> Line:
    return "question", "minor", f"{event.canary.escalation_id} is synthetic: {event.canary.because}"


def _revealed(event: ev.CanaryRevealed) -> Line:
    said = {
        CanaryOutcome.CAUGHT: f"{event.by} noticed what was wrong with it",
        CanaryOutcome.MISSED: f"{event.by} chose what contradicts it",
        CanaryOutcome.UNANSWERED: "nobody answered it",
    }
    return "person", "notice", f"{event.escalation_id} was synthetic, nothing came of it: {said[event.outcome]}"


def _seen(event: ev.OversightSeen) -> Line:
    return "person", "minor", f"{event.person} was shown how they decided"


def wish(body: Any) -> str:
    """What a request of this kind asks; empty for others."""
    match body:
        case orq.MakeStandingOrder(order_id=order_id):
            return f"decided in advance: standing order {order_id}"
        case orq.RevokeStandingOrder(order_id=order_id, reason=reason):
            return f"took standing order {order_id} back: {reason}"
        case orq.ReportUserGone(name=name):
            return f"said that {name} may not decide any more"
        case pq.CommitChoice(escalation_id=escalation_id):
            return f"said first what to choose in {escalation_id}"
        case pq.ReportLooked(escalation_id=escalation_id):
            return f"looked at {escalation_id}"
        case pq.SeeOversight():
            return "was shown how they decided"
    return ""


SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.PoliciesInForce: _in_force,
    ev.StandingOrderMade: _made,
    ev.StandingOrderChanged: _changed,
    ev.StandingOrdersWeighed: _weighed,
    ev.StandingOrderHeld: _held,
    ev.QuestionBlinded: _blinded,
    ev.ChoiceCommitted: _committed,
    ev.EvidenceLooked: _looked,
    ev.CanaryPlanted: _planted,
    ev.CanaryRevealed: _revealed,
    ev.OversightSeen: _seen,
}
