"""Events about where people are, as far as plans care."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import input_event


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSeen:
    """Somebody was seen in a zone (`observed_at_s`, fleet time, s, by `source`). Told anew only now and then while they
    stay: who they are and how they move is nothing that is kept."""

    zone: str
    source: str
    observed_at_s: float


__all__ = ["PeopleSeen"]
