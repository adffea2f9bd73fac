"""Parts of the building that a person has closed to robots."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.site import SiteMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Robots do not enter `what` (the id of a door, lift, zone, area or place) from `since_s` until `until_s` (fleet
    time, s; None: until somebody opens it). Who is inside may leave."""

    what: str
    by: str
    reason: str
    since_s: float
    until_s: float | None = None

    @property
    def because(self) -> str:
        """Who closed it and why, in words."""
        return f"{self.by}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidShut:
    """A robot said at `at_s` (fleet time, s) that a door or lift, `what`, does not let it through; `because` in words.
    Nobody is kept out: others go around where they can."""

    what: str
    because: str
    at_s: float


def closable(site: SiteMap) -> dict[str, str]:
    """All that can be closed at a site, by id its kind."""
    kinds = (
        ("place", site.places), ("area", site.speed_limits), ("area", site.keep_outs), ("zone", site.zones),
        ("lift", site.lifts), ("door", site.doors),
    )  # fmt: skip
    return {name: kind for kind, known in kinds for name in known}


__all__ = ["Closure", "SaidShut", "closable"]
