"""Standing orders: decisions that a person made reusable, and how well they have been agreed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class OrderState(str, Enum):
    """An order's life. `REVOKED` and `EXPIRED` absorb; who wants a suspended one back makes a new one."""

    LEARNING = "learning"  # it does not answer yet: too few people's answers agree with it so far
    ACTIVE = "active"
    SUSPENDED = "suspended"  # people disagreed with it
    REVOKED = "revoked"
    EXPIRED = "expired"

    @property
    def live(self) -> bool:
        """Whether it may still answer, now or later."""
        return self in (OrderState.LEARNING, OrderState.ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrder:
    """A decision in advance. `owner` is accountable for every answer that it gives.

    Args:
        decision_class: which decisions it is about.
        when: a condition in CEL over the facts of policies; `true` for all within the scope.
        zones, robots, objects: where it holds and about what; empty for all.
        option_id: the option of the question that it chooses.
        epsilon: it answers while people agree with it in at least a share of 1 - epsilon, with 95 % confidence.
        from_escalation: the answered question that it was made from; may be empty.
        answers: people's newest answers to questions that it fits, oldest first: whether they agreed with it.
        familiar: for some facts (skill, kind of object, ...), the values that they had in those questions.
        asked_again: questions that it fits and that were put to a person all the same, drawn by chance.
    """

    order_id: str
    owner: str
    role: str
    decision_class: str
    option_id: str
    reason: str
    made_at_s: float
    expires_at_s: float
    when: str = "true"
    zones: tuple[str, ...] = ()
    robots: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    epsilon: float = 0.1
    from_escalation: str = ""
    state: OrderState = OrderState.LEARNING
    because: str = ""
    changed_at_s: float = 0.0
    answers: tuple[bool, ...] = ()
    familiar: dict[str, tuple[str, ...]] = field(default_factory=dict)
    applied: int = 0
    asked_again: int = 0


class Weighing(str, Enum):
    """What came of holding the standing orders against a question that nobody has answered."""

    APPLIED = "applied"
    ASKED_AGAIN = "asked_again"  # drawn by chance, to see whether people still agree
    CONTRADICTORY = "contradictory"  # two orders choose different options
    NOT_NOW = "not_now"  # it fits, but something it may not pass over is in the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What came of it for one question, by which orders, in words."""

    outcome: Weighing
    order_ids: tuple[str, ...]
    because: str
