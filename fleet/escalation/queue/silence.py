"""What silences a question: an outage, hold-all, maintenance, or another question that it follows from.

A silenced question is not lost: it is in the journal and on its cause, keeps its deadline and its safe default, and
people are told of it when the cause is over and it is still true; then they have as long to answer as for any other.
Silence is only for questions that can wait: never for severity high, nor where the safe default does something instead
of holding, and no longer than until holding would make a task late.
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.escalation.queue.outages import OUTAGE_TARGETS, silences
from fleet.escalation.raising import HOLD, HOLD_RECHECK_S
from fleet.model import events as ev
from fleet.model.escalation import Cause, Escalation
from fleet.model.queue import Entry, Outage, Suppressed
from fleet.model.severity import Severity
from fleet.supervisor.draft import Draft
from fleet.supervisor.needs import late_after

HOLD_ALL = "hold_all"
_HELD_TARGETS = frozenset(
    {Cause.RECOVERY_EXHAUSTED, Cause.ROBOT_SILENT, Cause.NO_CAPABLE_ROBOT, Cause.CLAIM_UNVERIFIED}
)


def silenced_because(draft: Draft, asked: Escalation, entry: Entry) -> Suppressed | None:
    """The first reason why nobody is to be told now, or None."""
    if asked.severity is Severity.HIGH or asked.cause is Cause.OUTAGE:
        return None
    if cannot_wait(draft, asked, entry):
        return None
    return next(_reasons(draft, asked, entry), None)


def cannot_wait(draft: Draft, asked: Escalation, entry: Entry) -> str:
    """Why its safe default must not be taken unseen, whatever silences it; empty while it can wait.

    A person who held all robots knows that deadlines pass meanwhile; nobody else who is silent about it does.
    """
    if asked.safe_default != HOLD:
        return "by default something would be done, and somebody has to see that before"
    if draft.state.hold_all or asked.deadline_s - draft.now_s > entry.policy.tiers[0].within_s:
        return ""
    held_s = asked.deadline_s - draft.now_s + HOLD_RECHECK_S
    tasks = (t for i in asked.task_ids if not (t := draft.state.tasks[i]).state.terminal)
    late = dict.fromkeys(name for task in tasks for name in late_after(draft, task, held_s) or ())
    in_time = [t for t in late if (draft.state.tasks[t].spec.deadline_s or 0.0) > asked.raised_at_s]
    return f"held for any longer {', '.join(in_time)} would be late" if in_time else ""


def postpone(draft: Draft, asked: Escalation) -> None:
    """People are told of it only now: they have the usual time to answer, though no longer than its tasks have."""
    ends = (draft.state.tasks[i].spec.deadline_s for i in asked.task_ids)
    ahead = [s for s in ends if s is not None and s > draft.now_s]
    deadline_s = min([draft.now_s + draft.context.settings.answer_within_s, *ahead])
    if deadline_s > asked.deadline_s and asked.acknowledged_by is None:
        because = "nobody had been told of it before"
        draft.emit(ev.EscalationPostponed(escalation_id=asked.escalation_id, deadline_s=deadline_s, because=because))


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
