"""Events in the life of questions to people, and of the rulings that lead to them or spare them."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.escalation import Decision, Escalation, EscalationState
from fleet.model.event_registry import event
from fleet.model.ruling import Ruled


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRaised:
    """A person is asked."""

    escalation: Escalation


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationMerged:
    """The same question came up again: it is asked once, with more tasks and robots on it."""

    escalation_id: str
    situation_digest: str
    task_ids: tuple[str, ...] = ()
    robot_ids: tuple[str, ...] = ()


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationAcknowledged:
    """Somebody has it, until then."""

    escalation_id: str
    by: str
    until_s: float


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationReleased:
    """An acknowledged question stayed undecided and is everybody's again."""

    escalation_id: str
    because: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationDecided:
    """The answer, or the safe default at the deadline."""

    decision: Decision


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationMoved:
    """The escalation went on: carried out and closed, or stale because the world changed."""

    escalation_id: str
    state: EscalationState
    because: str
    replaced_by: str | None = None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RulingMade:
    """A decision passed the gate: to act, or to ask (`ruled.escalation_id` is then the question)."""

    ruled: Ruled
