"""Rulings of the gate: act, or ask a person, with every number that led to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fleet.model.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A decision that is to be made now.

    Args:
        options: what could be done, in words; "none of these" and "hold safely" are not among them, they are always
            there for a person.
        scores: how well each fits, in [0, 1], from whatever proposes them.
        conflicts: what is open between sources or robots that bears on it, each in words.
        reserved: why a person must decide whatever the numbers say; empty if nothing does.
        loss_if_wrong: what acting wrongly costs, in seconds of a person's time.
        delay_cost: what waiting for an answer costs, in the same unit.
        proof: what makes the first option right whatever the scores are, in words: evidence that leaves nothing to
            guess, or a person's own word in the request. It counts only where there are no past cases at all.
        answers: for each option the ids of the question's options that say it was right; empty where an answer to the
            question says nothing about that.
        flaw: what was wrong with the numbers, where a journal could not hold them as they were given.
        marks: what is special about it, for policies: `irreversible`, `ethical`, or words of a site's own.
    """

    decision_class: str
    severity: Severity
    options: tuple[str, ...]
    scores: tuple[float, ...]
    features: tuple[float, ...] = ()
    conflicts: tuple[str, ...] = ()
    reserved: str = ""
    loss_if_wrong: float = 0.0
    delay_cost: float = 0.0
    proof: str = ""
    answers: tuple[tuple[str, ...], ...] = ()
    flaw: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One of the conditions for acting, whether it holds, and the numbers in words."""

    name: str
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Act or ask, with everything that led to it. `chosen` is what is done if `act`, else the best guess (or None).

    Numbers that do not exist (no calibration, no features) are None, never a stand-in.
    """

    act: bool
    chosen: int | None
    in_set: tuple[int, ...]
    sentence: str
    conditions: tuple[Condition, ...]
    examples: int
    epsilon: float
    level: float
    quantile: float | None
    alpha: float
    bar: float | None
    novelty_p: float | None
    p_wrong: float | None
    asking_price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A ruling on record: what was to be decided, what the gate made of it, and what it was about.

    Args:
        subject: what the decision is about, in ids: `task`, `robot`, `object`, `claim`, ...
        policy: SHA-256 of the calibrations, prices and policies in force, empty if there are none.
        by: `gate`; `proof` where there are no past cases and `choice.proof` decided; or `standing order NAME` where a
            person's order did.
        review: it was drawn for a random audit: a person looks at it afterwards.
        review_chance: how likely that was, in (0, 1]; 1 for what was asked anyway.
        facts: what policies were shown (see `fleet.policy.facts`), without what says nothing.
    """

    ruling_id: str
    choice: Choice
    ruling: Ruling
    subject: dict[str, str]
    ruled_at_s: float
    escalation_id: str = ""
    policy: str = ""
    by: str = "gate"
    review: bool = False
    review_chance: float = 1.0
    facts: dict[str, Any] = field(default_factory=dict)
