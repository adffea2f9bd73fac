"""What goes into the gate and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.ruling import Choice, Condition, Ruling

# In `Example.acceptable`: nothing that was offered would have been right.
NONE_OF_THESE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A past decision whose truth is known: `acceptable` are the options that would have been right, or
    (`NONE_OF_THESE`,).

    What the scores leave to 1 is the score of "none of these", which every person is offered too. `weight` is the
    inverse of the probability that its truth came to be known (1 where people always decide, 20 where one act in 20
    is audited).
    """

    scores: tuple[float, ...]
    acceptable: tuple[int, ...]
    features: tuple[float, ...] = ()
    weight: float = 1.0
    at_s: float = 0.0
    source: str = "simulation"


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

__all__ = [
    "CALIBRATED",
    "NONE_OF_THESE",
    "NOT_RESERVED",
    "NO_CONFLICT",
    "ONE_OPTION",
    "PRECEDENT",
    "SURE_ENOUGH",
    "WORTH_IT",
    "Choice",
    "Condition",
    "Example",
    "Ruling",
]
