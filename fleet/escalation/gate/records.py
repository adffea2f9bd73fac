"""What goes into the gate and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.escalation import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A past decision whose truth is known: `acceptable` are the options that would have been right.

    `weight` is the inverse of the probability that its truth came to be known (1 where people always decide, 20 where
    one act in 20 is audited).
    """

    scores: tuple[float, ...]
    acceptable: tuple[int, ...]
    features: tuple[float, ...] = ()
    weight: float = 1.0
    at_s: float = 0.0
    source: str = "simulation"


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


# The conditions' names, in the order in which they are looked at and told.
CALIBRATED, ONE_OPTION, SURE_ENOUGH, PRECEDENT, NO_CONFLICT, NOT_RESERVED, WORTH_IT = (
    "calibrated",
    "one option",
    "sure enough",
    "precedent",
    "no conflict",
    "not reserved",
    "asking is not worth it",
)
