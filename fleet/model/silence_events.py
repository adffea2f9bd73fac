"""Events of questions that were silenced and come back."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPostponed:
    """A question that nobody had been told of got a later deadline, so that people have time to answer it;
    `deadline_s` is fleet time."""

    escalation_id: str
    deadline_s: float
    because: str
