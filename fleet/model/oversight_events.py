"""Events about how people decide."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event
from fleet.model.oversight import Canary, CanaryOutcome, Commitment, Look


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionBlinded:
    """A question was drawn: whoever answers it says first what they would choose, without scores and predictions."""

    escalation_id: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceCommitted:
    """Somebody said what they would choose before they were shown the recommendation."""

    commitment: Commitment


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLooked:
    """Somebody had these open for so long."""

    looks: tuple[Look, ...]


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryPlanted:
    """The question is synthetic. Kept from people until it is answered."""

    canary: Canary


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryRevealed:
    """What came of it; everybody may know now that it was none."""

    escalation_id: str
    outcome: CanaryOutcome
    by: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OversightSeen:
    """Somebody has been shown what is known of how they decided, up to that time."""

    person: str
    until_s: float
