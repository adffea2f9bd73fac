"""Events about parts of the building that are closed to robots."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.closures import Closure
from fleet.model.event_registry import event


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class WayClosed:
    """A person closed a part of the building to robots."""

    closure: Closure


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class WayOpened:
    """Robots may enter it again: `by` opened it, or (empty) its time was over."""

    what: str
    by: str
    because: str


__all__ = ["WayClosed", "WayOpened"]
