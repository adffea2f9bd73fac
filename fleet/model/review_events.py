"""Events of reviews: what people found when they looked afterwards at what the fleet had decided by itself."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event
from fleet.model.review import ReviewVerdict


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RulingReviewed:
    """A person looked at a ruling that was drawn at random. `chance` is how likely that was: what was found stands for
    1 / `chance` rulings. `acceptable` as in `Review`; empty where it cannot be told."""

    ruling_id: str
    verdict: ReviewVerdict
    acceptable: tuple[int, ...]
    chance: float
    by: str
    role: str
    reason: str
