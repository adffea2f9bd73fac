"""The queue as the inbox shows it: a question's place, what is put aside and silenced, floods. Nothing in it depends on
the time of looking, so that a page is sent it only when the journal says something new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.queue_views import sources
from fleet.escalation.queue.waiting import waiting_cost
from fleet.model.escalation import Escalation
from fleet.model.wire import to_plain
from fleet.supervisor.state import FleetState


def queue_banner(state: FleetState) -> dict[str, Any]:
    """What is said above the list: a flood, and what silences questions (with those that it silences)."""
    return {"flood": to_plain(state.queue.flood), "sources": sources(state)}


def queue_place(
    state: FleetState, asked: Escalation, waiting_for: Mapping[str, int]
) -> dict[str, Any] | None:  # fmt: skip
    """A question's place; None for one from before there was a queue. `cost` is what the page needs to order by the
    cost of waiting as time goes by: `cost.base` x (1 + 60 s / time left)."""
    entry = state.queue.entries.get(asked.escalation_id)
    if entry is None:
        return None
    cost = waiting_cost(
        state, asked, asked.deadline_s - 60.0, waiting_for
    )  # with a minute left the factor of time is 2
    group = state.queue.groups.get(entry.group_id)
    together = [i for i in group.escalation_ids if state.escalations[i].open] if group is not None else []
    return {
        "group": entry.group_id,
        "together": len(together),
        "zone": entry.zone,
        "policy": entry.policy.policy_id,
        "tier": entry.tier,
        "notified_at_s": entry.notified_at_s,
        "tiers": [
            {
                "to": list(tier.to),
                "within_s": tier.within_s,
                "people": list(dict.fromkeys(n for t in entry.tried if t.tier == i for n in t.to)),
                "told_at_s": next((t.at_s for t in entry.tried if t.tier == i), None),
            }
            for i, tier in enumerate(entry.policy.tiers)
        ],
        "delegated_to": entry.delegated_to,
        "delegated_by": entry.delegated_by,
        "shelved": to_plain(entry.shelved),
        "suppressed": to_plain(entry.suppressed),
        "cost": {"base": round(cost.score / 2.0, 3), "late": len(cost.late), "waiting": cost.waiting,
                 "near": cost.people_near},
    }  # fmt: skip
