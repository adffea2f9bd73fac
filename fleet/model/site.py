"""The part of a site's map that the domain reasons about. Loaded from the site file by `sim_worlds` or a deployment."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

from fleet.model.geometry import Pose, polygon_contains


class PlaceKind(str, Enum):
    """What a named place is for."""

    SLOT = "slot"  # a spot on a shelf or table where an object can stand
    DOCK = "dock"  # a charging dock
    STATION = "station"  # a spot on the floor to stand at


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A named area of the floor; `polygon` in m, in the map frame."""

    zone_id: str
    kind: str
    polygon: tuple[tuple[float, float], ...]

    def contains(self, x: float, y: float) -> bool:
        """Whether the point lies in the zone."""
        return polygon_contains(self.polygon, x, y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named place: `approach` is where a robot stands to use it, `surface` where an object rests (m)."""

    place_id: str
    kind: PlaceKind
    zone_id: str
    approach: Pose
    surface: Pose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRecord:
    """An object that robots handle, as the site's inventory knows it (not where it truly is)."""

    object_id: str
    kind: str
    mass_kg: float
    attributes: dict[str, str] = field(default_factory=dict)
    place_id: str | None = None
    fragile: bool = False
    radius_m: float = 0.0  # of a circle on the floor that it fits into


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person whom the fleet may serve; `approach` is where a robot stands to hand something over."""

    person_id: str
    name: str
    zone_id: str
    approach: Pose


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """A straight wall from (ax, ay) to (bx, by), in m."""

    ax: float
    ay: float
    bx: float
    by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMap:
    """The site: floor bounds (min_x, min_y, max_x, max_y) in m, walls, and everything with a name."""

    site_id: str
    name: str
    bounds: tuple[float, float, float, float]
    zones: dict[str, Zone]
    places: dict[str, Place]
    walls: tuple[Wall, ...] = ()
    objects: dict[str, ObjectRecord] = field(default_factory=dict)
    people: dict[str, PersonRecord] = field(default_factory=dict)
    cameras: dict[str, tuple[str, ...]] = field(default_factory=dict)  # camera id -> zones and places it covers
    obstacles: tuple[tuple[float, float, float, float], ...] = ()  # furniture: min_x, min_y, max_x, max_y

    def zone_at(self, x: float, y: float) -> str:
        """The id of the zone at the point, or an empty string outside all zones."""
        return next((z.zone_id for z in self.zones.values() if z.contains(x, y)), "")

    def room_at(self, x: float, y: float) -> float:
        """Distance in m to the middle of the nearest wall or the edge of the nearest piece of furniture."""
        nearest = math.inf
        for wall in self.walls:
            dx, dy = wall.bx - wall.ax, wall.by - wall.ay
            square = dx * dx + dy * dy
            along = ((x - wall.ax) * dx + (y - wall.ay) * dy) / square if square > 0 else 0.0
            along = min(max(along, 0.0), 1.0)
            nearest = min(nearest, math.hypot(x - wall.ax - along * dx, y - wall.ay - along * dy))
        for low_x, low_y, high_x, high_y in self.obstacles:
            nearest = min(nearest, math.hypot(max(low_x - x, x - high_x, 0.0), max(low_y - y, y - high_y, 0.0)))
        return nearest

    def docks(self) -> tuple[Place, ...]:
        """All charging docks, in file order."""
        return tuple(p for p in self.places.values() if p.kind is PlaceKind.DOCK)
