"""What people ask about the queue: hand a question on, put it aside, announce that somebody works somewhere."""

from __future__ import annotations

from fleet.escalation.queue.keeper import back
from fleet.escalation.queue.tiers import notify
from fleet.escalation.refusal import Refusal
from fleet.model import events as ev
from fleet.model import queue_requests as qr
from fleet.model.escalation import Escalation
from fleet.model.queue import Entry, MaintenanceWindow
from fleet.model.requests import Request, Role
from fleet.model.severity import Severity
from fleet.supervisor.draft import Draft

LEAST_TO_ANSWER_S = 30.0
"""A question that was put aside comes back at least so long before its deadline."""
HIGH_AT_MOST_S = 300.0
"""One of severity high is put aside for so long at most, whatever its policy allows."""
LONGEST_WINDOW_S = 30 * 86400.0


def delegate(draft: Draft, request: Request, body: qr.DelegateEscalation) -> None:
    """Hand it on. Whoever has acknowledged it may, an admin may, and anybody while nobody has."""
    asked, entry = _in_queue(draft, body.escalation_id)
    _check_holder(asked, request)
    to = body.to.strip()
    rules = draft.context.oversight
    if not to:
        raise Refusal("invalid", "to: a name is needed", "to")
    if to == request.actor:
        raise Refusal("invalid", f"{to} is you; acknowledge it to keep it", "to")
    names = [p.name for p in rules.people]
    if names and to not in names:
        raise Refusal("invalid", f"nobody named {to!r} answers questions here; known: {', '.join(names)}", "to")
    if names and to not in rules.on_shift(draft.now_s):
        there = ", ".join(rules.on_shift(draft.now_s)) or "nobody"
        raise Refusal("conflict", f"{to} is not on shift now; on shift: {there}", "to")
    reason = _reason(body.reason)
    if asked.acknowledged_by is not None:
        because = f"{request.actor} handed it on to {to}"
        draft.emit(ev.EscalationReleased(escalation_id=asked.escalation_id, because=because))
    draft.emit(ev.EscalationDelegated(escalation_id=asked.escalation_id, to=to, by=request.actor, reason=reason))
    group = draft.state.queue.groups[entry.group_id]
    because = f"{request.actor} handed it on: {reason}"
    notify(draft, group, (asked.escalation_id,), max(entry.tier, 0), because, page=True, to=(to,))


def shelve(draft: Draft, request: Request, body: qr.ShelveEscalation) -> None:
    """Put it aside. Its deadline stays: it comes back in time for an answer."""
    asked, entry = _in_queue(draft, body.escalation_id)
    _check_holder(asked, request)
    reason, now_s = _reason(body.reason), draft.now_s
    if entry.shelved is not None:
        until = f"until {entry.shelved.until_s:.0f} s"
        raise Refusal("conflict", f"{entry.shelved.by} has put it aside already, {until}", "escalation_id")
    if body.until_s <= now_s:
        raise Refusal("invalid", f"{body.until_s:.0f} s is past: it is {now_s:.0f} s now", "until_s")
    if entry.policy.shelve_at_most_s <= 0:
        raise Refusal("conflict", f"its policy {entry.policy.policy_id} allows no putting aside", "escalation_id")
    longest = entry.policy.shelve_at_most_s
    if asked.severity is Severity.HIGH:
        longest = min(longest, HIGH_AT_MOST_S)
    latest = min(asked.deadline_s - LEAST_TO_ANSWER_S, now_s + longest)
    if latest <= now_s:
        left = asked.deadline_s - now_s
        detail = f"only {left:.0f} s are left to its deadline: too little to put it aside; answer it, or hand it on"
        raise Refusal("conflict", detail, "until_s")
    if asked.acknowledged_by is not None:
        because = f"{request.actor} put it aside"
        draft.emit(ev.EscalationReleased(escalation_id=asked.escalation_id, because=because))
    until_s = min(body.until_s, latest)
    draft.emit(
        ev.EscalationShelved(escalation_id=asked.escalation_id, until_s=until_s, by=request.actor, reason=reason)
    )


def unshelve(draft: Draft, request: Request, body: qr.UnshelveEscalation) -> None:
    """Fetch it back before its time."""
    asked, entry = _in_queue(draft, body.escalation_id)
    if entry.shelved is None:
        raise Refusal("conflict", f"{asked.escalation_id} was not put aside", "escalation_id")
    back(draft, asked.escalation_id, f"{request.actor} fetched it back: {_reason(body.reason)}")


def set_maintenance(draft: Draft, request: Request, body: qr.SetMaintenance) -> None:
    """From then to then questions about that place or those robots are silenced and logged."""
    reason = _reason(body.reason)
    if not body.zone and not body.robot_ids:
        raise Refusal("invalid", "a zone, or robots, or both are needed", "zone")
    if body.zone and body.zone not in draft.context.site.zones:
        zones = ", ".join(draft.context.site.zones)
        raise Refusal("invalid", f"no zone named {body.zone!r}; zones: {zones}", "zone")
    for robot_id in body.robot_ids:
        if robot_id not in draft.state.robots:
            known = ", ".join(draft.state.robots) or "none yet"
            raise Refusal("invalid", f"no robot named {robot_id!r}; known: {known}", "robot_ids")
    if body.closed and not body.zone:
        raise Refusal("invalid", "only a zone can be closed, and none is named", "closed")
    if body.to_s <= max(body.from_s, draft.now_s):
        raise Refusal("invalid", f"it must end after it begins and after now ({draft.now_s:.0f} s)", "to_s")
    if body.to_s - body.from_s > LONGEST_WINDOW_S:
        raise Refusal("invalid", f"at most {LONGEST_WINDOW_S / 86400:.0f} days; then it is no maintenance", "to_s")
    if body.window_id in draft.state.queue.windows:
        raise Refusal("conflict", f"there is a window {body.window_id!r} already; end that one first", "window_id")
    window = MaintenanceWindow(
        window_id=body.window_id,
        zone=body.zone,
        robot_ids=body.robot_ids,
        from_s=body.from_s,
        to_s=body.to_s,
        by=request.actor,
        reason=reason,
        closed=body.closed,
    )
    draft.emit(ev.MaintenanceSet(window=window))


def end_maintenance(draft: Draft, request: Request, body: qr.EndMaintenance) -> None:
    """What was silenced comes back if it is still true."""
    if body.window_id not in draft.state.queue.windows:
        known = ", ".join(draft.state.queue.windows) or "none"
        raise Refusal("not_found", f"no maintenance window {body.window_id!r}; there are: {known}", "window_id")
    because = _reason(body.reason)
    draft.emit(ev.MaintenanceEnded(window_id=body.window_id, by=request.actor, because=because))


def _in_queue(draft: Draft, escalation_id: str) -> tuple[Escalation, Entry]:
    asked = draft.state.escalations.get(escalation_id)
    if asked is None:
        raise Refusal("not_found", f"no escalation named {escalation_id!r}", "escalation_id")
    if not asked.open:
        problem = "already_answered" if asked.decision is not None else "stale"
        raise Refusal(problem, f"{escalation_id} is not open any more: it is {asked.state.value}", "escalation_id")
    entry = draft.state.queue.entries.get(escalation_id)
    if entry is None:
        raise Refusal("conflict", f"{escalation_id} was raised this very moment; try again", "escalation_id")
    return asked, entry


def _check_holder(asked: Escalation, request: Request) -> None:
    holder = asked.acknowledged_by
    if holder is not None and holder != request.actor and request.role is not Role.ADMIN:
        raise Refusal("conflict", f"{holder} has acknowledged it; they or an admin may", "escalation_id")


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("invalid", "a reason is needed: it is kept with your name", "reason")
    return text.strip()
