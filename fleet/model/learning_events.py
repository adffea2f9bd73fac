"""Events by which the fleet learns from what became known to be true."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event, input_event
from fleet.model.severity import Severity


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class LevelMoved:
    """What would have been right in a ruling became known, and the miscoverage level in use moved with it.

    Args:
        missed: no right option was in the ruling's set.
    """

    decision_class: str
    severity: Severity
    ruling_id: str
    missed: bool
    level: float
    because: str


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownReported:
    """A source says that it sees a thing that is on no inventory and that nobody has seen before. It is not believed
    until somebody else sees it too, or a camera goes on seeing it."""

    source: str
    object_id: str
    x: float
    y: float
    zone: str
    place: str
    observed_at_s: float
