"""Events of the plan."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.model.event_registry import event
from fleet.model.plan import PlanChange, PlannedVisit


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade:
    """The plan was made anew. `routes` are those that differ from before, as to who does what or by some seconds; an
    empty one is of a robot that has nothing to do any more. Everything else is all there is to it."""

    basis: str
    because: str
    routes: dict[str, tuple[PlannedVisit, ...]] = field(default_factory=dict)
    unplaced: dict[str, str] = field(default_factory=dict)
    cost: float = 0.0
    terms: dict[str, float] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    changes: tuple[PlanChange, ...] = ()
