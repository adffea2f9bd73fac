"""The queue's part of a step: group, route, suppress, notify. Pure, like every rule."""

from __future__ import annotations

from fleet.escalation.queue.outages import watch_outages
from fleet.escalation.queue.routing import route
from fleet.escalation.queue.silence import cannot_wait, postpone, silenced_because
from fleet.escalation.queue.tiers import watch_tiers
from fleet.model import events as ev
from fleet.supervisor.draft import Draft
from fleet.supervisor.fold_queue import WINDOW_S


def watch_queue(draft: Draft) -> None:
    """Keep the queue: last in a step, so that what the step raised is routed in the same batch."""
    watch_outages(draft)
    _watch_windows(draft)
    for asked in draft.state.open_escalations():
        if asked.escalation_id not in draft.state.queue.entries:
            route(draft, asked)
    _watch_silence(draft)
    _watch_shelves(draft)
    _watch_flood(draft)
    watch_tiers(draft)
    _close_groups(draft)


def _watch_windows(draft: Draft) -> None:
    for window in list(draft.state.queue.windows.values()):
        if draft.now_s >= window.to_s:
            draft.emit(ev.MaintenanceEnded(window_id=window.window_id, by="supervisor", because="its time is over"))


def _watch_silence(draft: Draft) -> None:
    for asked in draft.state.open_escalations():
        entry = draft.state.queue.entries[asked.escalation_id]
        if asked.acknowledged_by is not None and entry.suppressed is None:
            continue  # somebody has it in hand
        found = silenced_because(draft, asked, entry)
        if found is not None and (entry.suppressed is None or entry.suppressed.source != found.source):
            draft.emit(ev.EscalationSuppressed(escalation_id=asked.escalation_id, suppressed=found))
        elif found is None and entry.suppressed is not None:
            urgent = cannot_wait(draft, asked, entry)
            because = urgent or f"{entry.suppressed.source} is over, and it is still true"
            draft.emit(ev.EscalationUnsuppressed(escalation_id=asked.escalation_id, because=because))
            if not urgent and entry.put_at_s is None:
                postpone(draft, asked)


def _watch_shelves(draft: Draft) -> None:
    for asked in draft.state.open_escalations():
        shelved = draft.state.queue.entries[asked.escalation_id].shelved
        if shelved is not None and draft.now_s >= shelved.until_s:
            because = f"the time for which {shelved.by} put it aside is over"
            back(draft, asked.escalation_id, because)


def back(draft: Draft, escalation_id: str, because: str) -> None:
    """A shelved question is back: people are told of it again."""
    from fleet.escalation.queue.tiers import notify, waits

    draft.emit(ev.EscalationUnshelved(escalation_id=escalation_id, because=because))
    entry = draft.state.queue.entries[escalation_id]
    if waits(entry) and entry.notified_at_s is not None:
        notify(
            draft, draft.state.queue.groups[entry.group_id], (escalation_id,), max(entry.tier, 0), because, page=True
        )


def _watch_flood(draft: Draft) -> None:
    queue, rule = draft.state.queue, draft.context.oversight.flood
    if not queue.put_at_s and queue.flood is None:
        return
    people = draft.context.oversight.operators(draft.now_s)
    lately = sum(1 for t in queue.put_at_s if draft.now_s - t <= WINDOW_S)
    if queue.flood is None:
        about_to = lately + _not_told_yet(draft)
        if about_to > rule.more_than * people:
            because = f"{about_to} questions in ten minutes for {people} on shift; {rule.more_than} each are bearable"
            draft.emit(ev.FloodBegan(questions=lately, because=because))
    elif lately <= rule.over_at * people:
        lasted = draft.now_s - queue.flood.since_s
        draft.emit(ev.FloodEnded(lasted_s=round(lasted, 3), questions=queue.flood.questions))


def _not_told_yet(draft: Draft) -> int:
    entries = (draft.state.queue.entries[e.escalation_id] for e in draft.state.open_escalations())
    return sum(1 for e in entries if e.put_at_s is None and e.shelved is None and e.suppressed is None)


def _close_groups(draft: Draft) -> None:
    for group in list(draft.state.queue.groups.values()):
        if not any(draft.state.escalations[i].open for i in group.escalation_ids):
            draft.emit(ev.GroupClosed(group_id=group.group_id))
