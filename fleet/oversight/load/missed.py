"""Missed questions: a fleet that asks little is worth nothing if it asks too late, or not where it should have.

Three kinds, counted beside the rate of questions:

- `asked_too_late`: the safe default was taken although nobody was ever told of the question nor of what silenced it
  (what a person announced, maintenance or hold-all, is known; an outage or another question is known once people were
  told of it), or people had less than ten seconds between being told and the deadline.
- `default_wrong`: the safe default was taken because nobody answered, and it turned out wrong: a task of the question
  then failed or ended after its deadline, or a person answered the same question later with anything but that default
  (or waiting on). Not where a person had decided about what silenced it: that was an answer to this one too.
- `never_asked`: nobody was asked and it went wrong: a person's task failed without any question about it, or a review
  found a ruling wrong (each such ruling stands for 1 / chance others; both numbers are given).

A question that was overtaken by events before its deadline is not missed: there was nothing left to decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.escalation.queue.silence import HOLD_ALL
from fleet.model.escalation import DecidedHow
from fleet.model.tasks import TaskState
from fleet.oversight.load.gather import Asked, Gathered

LEAST_TO_ANSWER_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One missed question: which kind, what it was about, and why it counts."""

    kind: str
    subject: str
    at_s: float
    because: str
    weight: float = 1.0  # how many it stands for


def missed(found: Gathered) -> list[Missed]:
    """All of them, in the order of time."""
    return sorted([*_late(found), *_wrong(found), *_never(found)], key=lambda m: (m.at_s, m.subject))


def _defaults(found: Gathered) -> Iterator[Asked]:
    return (q for q in found.questions.values() if q.how is DecidedHow.SAFE_DEFAULT)


def _late(found: Gathered) -> Iterator[Missed]:
    for q in _defaults(found):
        at_s = q.decided_at_s or q.deadline_s
        if q.put_at_s is None and _cause_known(found, q, at_s):
            continue
        if q.put_at_s is None:
            because = f"nobody was told before its default was taken ({q.silenced_by or 'put aside'})"
            yield Missed(kind="asked_too_late", subject=q.escalation_id, at_s=at_s, because=because)
        elif q.deadline_s - q.put_at_s < LEAST_TO_ANSWER_S:
            because = f"people had {q.deadline_s - q.put_at_s:.1f} s"
            yield Missed(kind="asked_too_late", subject=q.escalation_id, at_s=at_s, because=because)


def _cause_known(found: Gathered, q: Asked, at_s: float) -> bool:
    """Whether people had been told of what silenced the question when its default was taken."""
    if q.silenced_by == "maintenance" or q.silenced_source == HOLD_ALL:
        return True
    source = _source(found, q)
    return source is not None and source.put_at_s is not None and source.put_at_s < at_s


def _cause_decided(found: Gathered, q: Asked) -> bool:
    """Whether nobody was told of it because a person had decided about what it follows from."""
    source = _source(found, q)
    return q.put_at_s is None and source is not None and source.how is DecidedHow.ANSWERED


def _source(found: Gathered, q: Asked) -> Asked | None:
    return found.questions.get(found.outage_questions.get(q.silenced_source, q.silenced_source))


def _wrong(found: Gathered) -> Iterator[Missed]:
    for q in _defaults(found):
        at_s = q.decided_at_s or q.deadline_s
        because = "" if _cause_decided(found, q) else _turned_out(found, q, at_s)
        if because:
            yield Missed(kind="default_wrong", subject=q.escalation_id, at_s=at_s, because=because)


def _turned_out(found: Gathered, q: Asked, at_s: float) -> str:
    for task_id in q.task_ids:
        task = found.tasks.get(task_id)
        if task is None or task.ended_at_s is None or task.ended_at_s < at_s:
            continue
        if task.state is TaskState.FAILED:
            return f"{task_id} failed afterwards: {task.because}"
        if task.deadline_s is not None and task.ended_at_s > task.deadline_s:
            return f"{task_id} ended {task.ended_at_s - task.deadline_s:.0f} s after its deadline"
    for later in found.questions.values():
        again = later.source == q.source and later.raised_at_s >= at_s and later.how is DecidedHow.ANSWERED
        if again and later.option_id not in q.waits | {q.option_id}:
            return f"{later.by} answered {later.escalation_id}, the same question, with {later.option_id}"
    return ""


def _never(found: Gathered) -> Iterator[Missed]:
    for task in found.tasks.values():
        if task.by_person and task.state is TaskState.FAILED and not task.asked:
            because = f"it failed and nobody was asked: {task.because}"
            yield Missed(kind="never_asked", subject=task.task_id, at_s=task.ended_at_s or 0.0, because=because)
    for ruling_id, chance in found.reviewed_wrong:
        because = f"a review found it wrong; it was drawn with a chance of {chance:.0%}"
        weight = 1.0 / chance if chance > 0 else 1.0
        yield Missed(kind="never_asked", subject=ruling_id, at_s=found.ends_s, because=because, weight=weight)
