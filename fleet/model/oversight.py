"""How people decide: what they chose before they saw a recommendation, what they looked at, whether they noticed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What somebody would have chosen before they were shown scores, predictions and the order they suggest.
    `order_shown` are the options' ids in the order in which they were shown to that person."""

    escalation_id: str
    person: str
    option_id: str
    at_s: float
    order_shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How long somebody had a piece of evidence open (`ref`; `question` is the question itself), in s of fleet time."""

    escalation_id: str
    person: str
    ref: str
    seconds: float
    at_s: float


class CanaryOutcome(str, Enum):
    """What came of a canary."""

    OPEN = "open"
    CAUGHT = "caught"
    MISSED = "missed"  # a known-bad option was chosen
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A synthetic question that measures attention: it is about no task and no robot, and nothing follows from it.
    `bad` are options that contradict what the question itself says."""

    escalation_id: str
    bad: tuple[str, ...]
    because: str
    planted_at_s: float
    outcome: CanaryOutcome = CanaryOutcome.OPEN
    by: str = ""
    revealed_at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightState:
    """All of it, by the questions' ids; `seen` is until when each person has been shown what is known of them."""

    blind: dict[str, float] = field(default_factory=dict)  # question: drawn at
    commitments: dict[str, tuple[Commitment, ...]] = field(default_factory=dict)
    looks: dict[str, tuple[Look, ...]] = field(default_factory=dict)
    canaries: dict[str, Canary] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)

    def committed(self, escalation_id: str, person: str) -> Commitment | None:
        """What this person chose beforehand, or None."""
        return next((c for c in self.commitments.get(escalation_id, ()) if c.person == person), None)

    def with_canary(self, canary: Canary) -> OversightState:
        """With this canary in place of the one of the same question."""
        return replace(self, canaries={**self.canaries, canary.escalation_id: canary})
