"""Looking afterwards at what the fleet decided by itself: a random share of rulings, each looked at by a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fleet.model.ruling import Ruled


class ReviewVerdict(str, Enum):
    """What a person found."""

    OPEN = "open"  # nobody has looked yet
    RIGHT = "right"
    WRONG = "wrong"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A ruling that was drawn, and what became of it. It holds nothing up.

    Args:
        acceptable: indices of the options that were right, -1 for "none of these"; empty while that is not known.
        by, role: who looked.
        at_s: when, in fleet time.
    """

    ruled: Ruled
    verdict: ReviewVerdict = ReviewVerdict.OPEN
    acceptable: tuple[int, ...] = ()
    by: str = ""
    role: str = ""
    reason: str = ""
    at_s: float = 0.0

    @property
    def ruling_id(self) -> str:
        """The ruling's id, which is the review's too."""
        return self.ruled.ruling_id

    @property
    def open(self) -> bool:
        """Whether somebody still has to look."""
        return self.verdict is ReviewVerdict.OPEN
