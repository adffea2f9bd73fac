"""A question takes its place: the policy that fits it, the group it belongs to."""

from __future__ import annotations

from fleet.escalation.queue.places import zone_of
from fleet.model import events as ev
from fleet.model.escalation import Escalation
from fleet.model.queue import EscalationPolicy, Group
from fleet.supervisor.draft import Draft

FLOOD_KEY = "flood"


def route(draft: Draft, asked: Escalation) -> None:
    """Put a question that was just raised into the queue."""
    zone = zone_of(draft.state, draft.context.site, asked)
    policy = draft.context.oversight.policy_for(asked.cause.value, asked.severity, zone, asked.decision_class)
    key = _key(draft, asked, zone, policy)
    group = _group(draft, key, policy)
    draft.emit(
        ev.EscalationRouted(
            escalation_id=asked.escalation_id,
            policy=policy,
            group_id=group.group_id if group is not None else f"G{draft.state.queue.groups_made + 1}",
            group_key=key,
            zone=zone,
        )
    )


def _key(draft: Draft, asked: Escalation, zone: str, policy: EscalationPolicy) -> str:
    """What questions of one group have in common. In a flood that is only the zone."""
    if draft.state.queue.flood is not None:
        return f"{FLOOD_KEY}|{zone or '-'}"
    parts = {"cause": asked.cause.value, "zone": zone or "-", "decision_class": asked.decision_class}
    # Without a place nothing says that two questions have to do with each other.
    alone = [] if zone else [asked.escalation_id]
    return "|".join([policy.policy_id, *(parts[p] for p in policy.group_by), *alone])


def _group(draft: Draft, key: str, policy: EscalationPolicy) -> Group | None:
    """The open group with that key that was joined lately; in a flood, whenever it was joined."""
    for group in reversed(draft.state.queue.groups.values()):
        lately = draft.now_s - group.joined_at_s <= policy.group_within_s or key.startswith(FLOOD_KEY)
        if group.key == key and lately:
            return group
    return None
