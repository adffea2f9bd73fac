"""What silences a question: an outage, hold-all, maintenance, or another question that it follows from.

A silenced question is not lost: it is in the journal and on its cause, keeps its deadline and its safe default, and
people are told of it when the cause is over and it is still true. Severity high is never silenced.
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.escalation.queue.outages import OUTAGE_TARGETS, silences
from fleet.model.escalation import Cause, Escalation
from fleet.model.queue import Entry, Outage, Suppressed
from fleet.model.severity import Severity
from fleet.supervisor.draft import Draft

HOLD_ALL = "hold_all"
_HELD_TARGETS = frozenset(
    {Cause.RECOVERY_EXHAUSTED, Cause.ROBOT_SILENT, Cause.NO_CAPABLE_ROBOT, Cause.CLAIM_UNVERIFIED}
)


def silenced_because(draft: Draft, asked: Escalation, entry: Entry) -> Suppressed | None:
    """The first reason why nobody is to be told now, or None."""
    if asked.severity is Severity.HIGH or asked.cause is Cause.OUTAGE:
        return None
    return next(_reasons(draft, asked, entry), None)


def _reasons(draft: Draft, asked: Escalation, entry: Entry) -> Iterator[Suppressed]:
    queue = draft.state.queue
    for window in queue.windows.values():
        here = bool(window.zone) and window.zone == entry.zone
        if window.active(draft.now_s) and (here or set(window.robot_ids) & set(asked.robot_ids)):
            because = f"maintenance by {window.by}: {window.reason}"
            yield Suppressed(kind="maintenance", source=window.window_id, because=because)
    for outage in queue.outages.values():
        if silences(draft.state, outage) and asked.cause in OUTAGE_TARGETS:
            if _touches(draft, outage, asked, entry):
                because = f"it follows from the outage of {outage.kind} {outage.place}"
                yield Suppressed(kind="inhibition", source=outage.outage_id, because=because)
    # What was asked before everything was held does not follow from that.
    fresh = entry.put_at_s is None
    if draft.state.hold_all and fresh and asked.cause in _HELD_TARGETS:
        because = f"all robots are held: {draft.state.hold_all}"
        yield Suppressed(kind="inhibition", source=HOLD_ALL, because=because)
    yield from _by_rules(draft, asked, entry)


def _touches(draft: Draft, outage: Outage, asked: Escalation, entry: Entry) -> bool:
    """Whether the question is about the outage's robots or place, or about work that its robots could do."""
    if set(outage.robot_ids) & set(asked.robot_ids) or (outage.kind == "zone" and outage.place == entry.zone):
        return True
    if asked.cause is not Cause.NO_CAPABLE_ROBOT:
        return False
    skills = {draft.state.tasks[t].spec.skill for t in asked.task_ids}
    able = [draft.state.robots[r].description for r in outage.robot_ids]
    return any(robot.capability(skill) is not None for skill in skills for robot in able)


def _by_rules(draft: Draft, asked: Escalation, entry: Entry) -> Iterator[Suppressed]:
    for rule in draft.context.oversight.inhibit:
        if asked.cause.value not in rule.target:
            continue
        for source in draft.state.open_escalations():
            if source.escalation_id == asked.escalation_id or source.cause.value not in rule.source:
                continue
            place = draft.state.queue.entries.get(source.escalation_id)
            same = {
                "zone": place is not None and bool(entry.zone) and place.zone == entry.zone,
                "robot": bool(set(source.robot_ids) & set(asked.robot_ids)),
            }
            if all(same[part] for part in rule.equal):
                because = f"it follows from {source.escalation_id}"
                yield Suppressed(kind="inhibition", source=source.escalation_id, because=because)
