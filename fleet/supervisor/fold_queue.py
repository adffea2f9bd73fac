"""What events make of the queue of questions."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.queue import Entry, Flood, Group, QueueState, Shelved, Tried
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState

WINDOW_S = 600.0  # in which questions are counted (ISA-18.2, EEMUA 191)


def _with(state: FleetState, queue: QueueState) -> FleetState:
    return replace(state, queue=queue)


def _entry(state: FleetState, escalation_id: str) -> Entry:
    return state.queue.entries[escalation_id]


def _put(queue: QueueState, entry: Entry, at_s: float) -> QueueState:
    """The queue once people can see the question; the first time counts."""
    if entry.put_at_s is not None:
        return queue.with_entry(entry)
    lately = tuple(t for t in queue.put_at_s if at_s - t <= WINDOW_S)
    flood = replace(queue.flood, questions=queue.flood.questions + 1) if queue.flood is not None else None
    return replace(queue.with_entry(replace(entry, put_at_s=at_s)), put_at_s=(*lately, at_s), flood=flood)


@on(ev.EscalationRouted)
def _routed(state: FleetState, event: ev.EscalationRouted, at_s: float) -> FleetState:
    queue = state.queue
    entry = Entry(
        escalation_id=event.escalation_id,
        policy=event.policy,
        group_id=event.group_id,
        zone=event.zone,
        routed_at_s=at_s,
    )
    known = queue.groups.get(event.group_id)
    if known is None:
        queue = replace(queue, groups_made=queue.groups_made + 1)
        group = Group(
            group_id=event.group_id, key=event.group_key, escalation_ids=(event.escalation_id,), joined_at_s=at_s
        )
    else:
        group = replace(known, escalation_ids=(*known.escalation_ids, event.escalation_id), joined_at_s=at_s)
    return _with(state, queue.with_entry(entry).with_group(group))


@on(ev.EscalationNotified)
def _notified(state: FleetState, event: ev.EscalationNotified, at_s: float) -> FleetState:
    notice, queue = event.notice, state.queue
    tried = Tried(tier=notice.tier, to=notice.to, at_s=at_s, page=notice.page, because=notice.because)
    for escalation_id in notice.escalation_ids:
        entry = queue.entries[escalation_id]
        entry = replace(entry, tier=max(notice.tier, entry.tier), notified_at_s=at_s, tried=(*entry.tried, tried))
        queue = _put(queue, entry, at_s)
    group = queue.groups[notice.group_id]
    group = replace(
        group, tier=max(notice.tier, group.tier), severity=notice.severity if notice.page else group.severity
    )
    flood = replace(queue.flood, paged=True) if queue.flood is not None and notice.page else queue.flood
    return _with(state, replace(queue.with_group(group), notices_made=queue.notices_made + 1, flood=flood))


@on(ev.GroupClosed)
def _group_closed(state: FleetState, event: ev.GroupClosed, at_s: float) -> FleetState:
    groups = {key: group for key, group in state.queue.groups.items() if key != event.group_id}
    return _with(state, replace(state.queue, groups=groups))


@on(ev.EscalationDelegated)
def _delegated(state: FleetState, event: ev.EscalationDelegated, at_s: float) -> FleetState:
    entry = replace(_entry(state, event.escalation_id), delegated_to=event.to, delegated_by=event.by, shelved=None)
    return _with(state, state.queue.with_entry(entry))


@on(ev.EscalationShelved)
def _shelved(state: FleetState, event: ev.EscalationShelved, at_s: float) -> FleetState:
    entry = _entry(state, event.escalation_id)
    shelved = Shelved(until_s=event.until_s, by=event.by, reason=event.reason, at_s=at_s)
    return _with(state, state.queue.with_entry(replace(entry, shelved=shelved, shelved_times=entry.shelved_times + 1)))


@on(ev.EscalationUnshelved)
def _unshelved(state: FleetState, event: ev.EscalationUnshelved, at_s: float) -> FleetState:
    return _with(state, state.queue.with_entry(replace(_entry(state, event.escalation_id), shelved=None)))


@on(ev.EscalationSuppressed)
def _suppressed(state: FleetState, event: ev.EscalationSuppressed, at_s: float) -> FleetState:
    entry = replace(_entry(state, event.escalation_id), suppressed=event.suppressed)
    return _with(state, state.queue.with_entry(entry))


@on(ev.EscalationUnsuppressed)
def _unsuppressed(state: FleetState, event: ev.EscalationUnsuppressed, at_s: float) -> FleetState:
    return _with(state, state.queue.with_entry(replace(_entry(state, event.escalation_id), suppressed=None)))


@on(ev.MaintenanceSet)
def _maintenance(state: FleetState, event: ev.MaintenanceSet, at_s: float) -> FleetState:
    windows = {**state.queue.windows, event.window.window_id: event.window}
    return _with(state, replace(state.queue, windows=windows))


@on(ev.MaintenanceEnded)
def _maintenance_over(state: FleetState, event: ev.MaintenanceEnded, at_s: float) -> FleetState:
    windows = {key: window for key, window in state.queue.windows.items() if key != event.window_id}
    return _with(state, replace(state.queue, windows=windows))


@on(ev.OutageBegan)
def _outage(state: FleetState, event: ev.OutageBegan, at_s: float) -> FleetState:
    queue = state.queue
    outages = {**queue.outages, event.outage.outage_id: event.outage}
    return _with(state, replace(queue, outages=outages, outages_made=queue.outages_made + 1))


@on(ev.OutageGrew)
def _outage_grew(state: FleetState, event: ev.OutageGrew, at_s: float) -> FleetState:
    known = state.queue.outages[event.outage_id]
    robots = tuple(dict.fromkeys(known.robot_ids + event.robot_ids))
    outages = {**state.queue.outages, event.outage_id: replace(known, robot_ids=robots)}
    return _with(state, replace(state.queue, outages=outages))


@on(ev.OutageAsked)
def _outage_asked(state: FleetState, event: ev.OutageAsked, at_s: float) -> FleetState:
    known = replace(state.queue.outages[event.outage_id], escalation_id=event.escalation_id, asked_at_s=at_s)
    return _with(state, replace(state.queue, outages={**state.queue.outages, event.outage_id: known}))


@on(ev.OutageEnded)
def _outage_over(state: FleetState, event: ev.OutageEnded, at_s: float) -> FleetState:
    outages = {key: outage for key, outage in state.queue.outages.items() if key != event.outage_id}
    return _with(state, replace(state.queue, outages=outages))


@on(ev.FloodBegan)
def _flood(state: FleetState, event: ev.FloodBegan, at_s: float) -> FleetState:
    return _with(state, replace(state.queue, flood=Flood(since_s=at_s, questions=event.questions)))


@on(ev.FloodEnded)
def _flood_over(state: FleetState, event: ev.FloodEnded, at_s: float) -> FleetState:
    return _with(state, replace(state.queue, flood=None))
