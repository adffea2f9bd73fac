"""What people are not shown yet: recommendations before they have said what they would choose, and which question is
synthetic. Enforced here, for every way in which the API gives questions and journal records out."""

from __future__ import annotations

from typing import Any

from api import views
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.escalation import Escalation
from fleet.model.orders import Weighing
from fleet.model.oversight import CanaryOutcome
from fleet.model.wire import to_plain
from fleet.oversight.people.blind import hidden_from, order_for
from fleet.supervisor.state import FleetState

KEPT_BACK = "kept back until you have said what you would choose"


def escalation_for(escalation: Escalation, state: FleetState, person: str) -> dict[str, Any]:
    """See `views.EscalationView`: the question as this person may see it now."""
    plain = views.escalation_view(escalation)
    escalation_id = escalation.escalation_id
    hidden = hidden_from(state.oversight, escalation, person)
    if hidden:
        _keep_back(plain, escalation, person)
    committed = state.oversight.committed(escalation_id, person)
    canary = state.oversight.canaries.get(escalation_id)
    weighed = state.weighed.get(escalation_id)
    told = weighed is not None and not hidden and not (escalation.open and weighed.outcome is Weighing.ASKED_AGAIN)
    return {
        **plain,
        "blind": hidden,
        "committed": committed.option_id if committed is not None else None,
        "canary": to_plain(canary) if canary is not None and canary.outcome is not CanaryOutcome.OPEN else None,
        "standing_orders": to_plain(weighed) if told else None,
    }


def _keep_back(plain: dict[str, Any], escalation: Escalation, person: str) -> None:
    rank = {option_id: i for i, option_id in enumerate(order_for(escalation, person))}
    options = sorted(plain["options"], key=lambda o: rank[o["option_id"]])
    nothing = dict.fromkeys(options[0]["predicted"]) if options else {}
    plain["options"] = [{**o, "predicted": {**nothing, "basis": KEPT_BACK}} for o in options]
    plain.update(ruled=None, previews=[], preview_digests=[], previews_digest="", precedents=[])


def event_for(record: Record, state: FleetState, person: str) -> dict[str, Any] | None:
    """See `views.EventView`: the record as this person may see it now; None where they may not know of it yet."""
    event = record.event
    view = views.event_view(record)
    if isinstance(event, ev.CanaryPlanted):
        known = state.oversight.canaries.get(event.canary.escalation_id)
        return view if known is not None and known.outcome is not CanaryOutcome.OPEN else None
    if isinstance(event, ev.EscalationRaised) and _hidden(event.escalation.escalation_id, state, person):
        _keep_back(view["event"]["escalation"], event.escalation, person)
    elif isinstance(event, ev.RulingMade) and _hidden(event.ruled.escalation_id, state, person):
        view["event"] = {"ruled": {"escalation_id": event.ruled.escalation_id, "sentence": KEPT_BACK}}
    elif isinstance(event, ev.OptionsPreviewed) and _hidden(event.escalation_id, state, person):
        view["event"] = {"escalation_id": event.escalation_id, "previews": KEPT_BACK}
    elif isinstance(event, ev.StandingOrdersWeighed) and event.weighed.outcome is Weighing.ASKED_AGAIN:
        asked = state.escalations.get(event.escalation_id)
        if asked is not None and asked.open:
            view["event"] = {"escalation_id": event.escalation_id, "weighed": KEPT_BACK}
    return view


def _hidden(escalation_id: str, state: FleetState, person: str) -> bool:
    asked = state.escalations.get(escalation_id)
    return asked is not None and hidden_from(state.oversight, asked, person)
