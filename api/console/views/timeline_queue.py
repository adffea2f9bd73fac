"""The queue of questions in words: who was told, what was put aside, what is silenced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.console.views.words import span
from fleet.model import events as ev
from fleet.model import queue_requests as qr

Line = tuple[str, str, str]


def _routed(event: ev.EscalationRouted) -> Line:
    text = f"Question {event.escalation_id} goes the way of policy {event.policy.policy_id}, group {event.group_id}"
    return "question", "minor", text


def _notified(event: ev.EscalationNotified) -> Line:
    it = event.notice
    about = ", ".join(it.escalation_ids)
    verb = "called to" if it.page else "shown"
    text = f"{', '.join(it.to)} (tier {it.tier + 1}) {verb} question {about}: {it.because}"
    return "question", "notice" if it.page and it.tier > 0 else "" if it.page else "minor", text


def _closed(event: ev.GroupClosed) -> Line:
    return "question", "minor", f"No question of group {event.group_id} is open any more"


def _delegated(event: ev.EscalationDelegated) -> Line:
    return "person", "", f"{event.by} handed question {event.escalation_id} on to {event.to}: {event.reason}"


def _shelved(event: ev.EscalationShelved) -> Line:
    text = f"{event.by} put question {event.escalation_id} aside until {event.until_s:.0f} s: {event.reason}"
    return "person", "notice", text


def _unshelved(event: ev.EscalationUnshelved) -> Line:
    return "question", "", f"Question {event.escalation_id} is back: {event.because}"


def _suppressed(event: ev.EscalationSuppressed) -> Line:
    text = f"Nobody is told of question {event.escalation_id} for now: {event.suppressed.because}"
    return "question", "notice", text


def _unsuppressed(event: ev.EscalationUnsuppressed) -> Line:
    return "question", "", f"People are told of question {event.escalation_id} again: {event.because}"


def _postponed(event: ev.EscalationPostponed) -> Line:
    return "question", "minor", f"Question {event.escalation_id} may be answered for longer: {event.because}"


def _maintenance(event: ev.MaintenanceSet) -> Line:
    it = event.window
    where = " and ".join(filter(None, (it.zone, ", ".join(it.robot_ids))))
    text = f"{it.by} announced maintenance {it.window_id} at {where} for {span(it.to_s - it.from_s)}: {it.reason}"
    return "person", "notice", text


def _maintenance_over(event: ev.MaintenanceEnded) -> Line:
    return "person", "", f"Maintenance {event.window_id} is over ({event.by}): {event.because}"


def _outage(event: ev.OutageBegan) -> Line:
    it = event.outage
    return "robot", "alarm", f"{len(it.robot_ids)} robots of {it.kind} {it.place} fell silent together: {it.outage_id}"


def _outage_grew(event: ev.OutageGrew) -> Line:
    return "robot", "notice", f"Outage {event.outage_id} now also concerns {', '.join(event.robot_ids)}"


def _outage_asked(event: ev.OutageAsked) -> Line:
    return "question", "minor", f"Question {event.escalation_id} is about outage {event.outage_id}"


def _outage_over(event: ev.OutageEnded) -> Line:
    left = f"; still silent: {', '.join(event.silent)}" if event.silent else ""
    return "robot", "", f"Outage {event.outage_id} is over: {event.because}{left}"


def _flood(event: ev.FloodBegan) -> Line:
    return "question", "alarm", f"FLOOD of questions: {event.because}"


def _flood_over(event: ev.FloodEnded) -> Line:
    return "question", "notice", f"The flood is over after {span(event.lasted_s)} and {event.questions} questions"


SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.EscalationRouted: _routed,
    ev.EscalationNotified: _notified,
    ev.GroupClosed: _closed,
    ev.EscalationDelegated: _delegated,
    ev.EscalationShelved: _shelved,
    ev.EscalationUnshelved: _unshelved,
    ev.EscalationSuppressed: _suppressed,
    ev.EscalationUnsuppressed: _unsuppressed,
    ev.EscalationPostponed: _postponed,
    ev.MaintenanceSet: _maintenance,
    ev.MaintenanceEnded: _maintenance_over,
    ev.OutageBegan: _outage,
    ev.OutageGrew: _outage_grew,
    ev.OutageAsked: _outage_asked,
    ev.OutageEnded: _outage_over,
    ev.FloodBegan: _flood,
    ev.FloodEnded: _flood_over,
}


def wish(body: object) -> str:
    """What a person asked of the queue, after their name."""
    match body:
        case qr.DelegateEscalation(escalation_id=escalation_id, to=to):
            return f"hands question {escalation_id} on to {to}"
        case qr.ShelveEscalation(escalation_id=escalation_id, reason=reason):
            return f"puts question {escalation_id} aside: {reason}"
        case qr.UnshelveEscalation(escalation_id=escalation_id, reason=reason):
            return f"fetches question {escalation_id} back: {reason}"
        case qr.SetMaintenance(window_id=window_id, reason=reason):
            return f"announces maintenance {window_id}: {reason}"
        case qr.EndMaintenance(window_id=window_id, reason=reason):
            return f"ends maintenance {window_id}: {reason}"
    return f"asks for {type(body).__name__}"
