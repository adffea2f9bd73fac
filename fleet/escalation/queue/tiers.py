"""Telling people: tier by tier, a group at a time, once for a flood."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.model import events as ev
from fleet.model.escalation import Escalation, EscalationState
from fleet.model.queue import Entry, Group, Notice
from fleet.model.severity import Severity
from fleet.supervisor.draft import Draft

_RANK = {Severity.LOW: 0, Severity.MEDIUM: 1, Severity.HIGH: 2}


def watch_tiers(draft: Draft) -> None:
    """Tell people of what is new, and the next tier of what the last one left."""
    for group in list(draft.state.queue.groups.values()):
        _tell_of_new(draft, group)
    for asked in draft.state.open_escalations():
        entry = draft.state.queue.entries.get(asked.escalation_id)
        if entry is not None and _time_is_up(draft, asked, entry):
            waited = draft.now_s - (entry.notified_at_s or draft.now_s)
            escalate(draft, asked.escalation_id, f"no decision in {waited:.0f} s")


def waits(entry: Entry) -> bool:
    """Whether people are to be told of it at all now."""
    return entry.shelved is None and entry.suppressed is None


def escalate(draft: Draft, escalation_id: str, because: str) -> None:
    """Tell the next tier in which somebody is; where there is none left, the deadline and the safe default remain."""
    entry = draft.state.queue.entries.get(escalation_id)
    asked = draft.state.escalations[escalation_id]
    if entry is None or not asked.open or not waits(entry) or entry.tier + 1 >= len(entry.policy.tiers):
        return
    group = draft.state.queue.groups[entry.group_id]
    if group.tier > entry.tier:
        # Another question of the group took people there already: they see this one beside it.
        notify(draft, group, (escalation_id,), group.tier, f"{because}; its group was told", page=False)
        return
    notify(draft, group, (escalation_id,), entry.tier + 1, because, page=True)


def notify(
    draft: Draft,
    group: Group,
    escalation_ids: tuple[str, ...],
    tier: int,
    because: str,
    *,
    page: bool,
    to: tuple[str, ...] | None = None,
) -> None:
    """Tell the people of a tier, or of the next one in which somebody is on shift."""
    asked = [draft.state.escalations[i] for i in escalation_ids]
    entry = draft.state.queue.entries[escalation_ids[0]]
    tiers, rules = entry.policy.tiers, draft.context.oversight
    accountable = draft.context.settings.shift.accountable
    while to is None:
        to = rules.people_of(tiers[tier].to, entry.zone, draft.now_s, accountable) or None
        if to is None and tier + 1 >= len(tiers):
            to, because = (accountable,), f"{because}; nobody of the last tier is on shift"
        elif to is None:
            tier, because = tier + 1, f"{because}; nobody of tier {tier + 1} is on shift"
    severity = max((e.severity for e in asked), key=_RANK.__getitem__)
    draft.emit(
        ev.EscalationNotified(
            notice=Notice(
                notice_id=f"N{draft.state.queue.notices_made + 1}",
                group_id=group.group_id,
                escalation_ids=escalation_ids,
                tier=tier,
                to=to,
                page=page,
                severity=severity,
                text=_text(asked),
                deadline_s=min(e.deadline_s for e in asked),
                because=because,
            )
        )
    )


def _text(asked: Sequence[Escalation]) -> str:
    first = asked[0].question
    return first if len(asked) == 1 else f"{first} (and {len(asked) - 1} more questions)"


def _tell_of_new(draft: Draft, group: Group) -> None:
    """A group's first question calls people; one that joins it later only shows, unless it is graver."""
    queue = draft.state.queue
    fresh = tuple(
        i
        for i in group.escalation_ids
        if (entry := queue.entries[i]).notified_at_s is None and waits(entry) and draft.state.escalations[i].open
    )
    if not fresh:
        return
    gravest = max(_RANK[draft.state.escalations[i].severity] for i in fresh)
    known = -1 if group.severity is None else _RANK[group.severity]
    page, because = gravest > known, "new" if known < 0 else "joins its group"
    if page and known >= 0:
        because = "graver than its group so far"
    if page and queue.flood is not None and not queue.flood.paged:
        because = f"flood: {queue.flood.questions + len(fresh)} questions in ten minutes; you are called once for all"
    elif page and queue.flood is not None and gravest < _RANK[Severity.HIGH]:
        page, because = False, "flood: people were told once"
    notify(draft, group, fresh, max(group.tier, 0), because, page=page)


def _time_is_up(draft: Draft, asked: Escalation, entry: Entry) -> bool:
    if not waits(entry) or entry.notified_at_s is None or asked.state is EscalationState.ACKNOWLEDGED:
        return False
    within_s = entry.policy.tiers[max(entry.tier, 0)].within_s
    last = entry.tier + 1 >= len(entry.policy.tiers)
    return not last and draft.now_s - entry.notified_at_s >= within_s
