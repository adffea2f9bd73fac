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
    one_lane: bool = False  # too narrow for two robots to pass each other
    one_way_rad: float | None = None  # robots walk through it towards here, never against it
    quiet_s: tuple[float, float, float] | None = None  # people rest from the first time to the second, again each third

    def quiet(self, now_s: float) -> bool:
        """Whether people rest there at this time of the world, seen or not."""
        if self.quiet_s is None:
            return False
        from_s, to_s, every_s = self.quiet_s
        return now_s >= from_s and (now_s - from_s) % every_s < to_s - from_s

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
class Door:
    """A door in a wall, from (ax, ay) to (bx, by) in m, as the building's plan has it (not whether it is open now)."""

    door_id: str
    kind: str  # open (no leaf), swing, sliding
    ax: float
    ay: float
    bx: float
    by: float
    opens_in_s: float = 2.0
    stays_open_s: float = 3.0
    locked: bool = False
    lift_id: str = ""  # of the lift that opens and closes it; empty for a door that opens by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """A cabin with a door on either side; who enters at one side leaves at the other, `travel_s` later."""

    lift_id: str
    rect: tuple[float, float, float, float]  # min_x, min_y, max_x, max_y
    doors: tuple[str, str]
    travel_s: float
    capacity: int = 1  # robots at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepOut:
    """Floor that robots stay away from: always, or from `from_s` to `to_s` (again `every_s`, if that is given)."""

    area_id: str
    polygon: tuple[tuple[float, float], ...]
    because: str
    kind: str = "area"  # area, stairs, unknown
    from_s: float = 0.0
    to_s: float | None = None
    every_s: float | None = None

    @property
    def permanent(self) -> bool:
        return self.from_s <= 0.0 and self.to_s is None

    def active(self, now_s: float) -> bool:
        """Whether robots must stay out at this time of the world."""
        if now_s < self.from_s or self.to_s is None:
            return now_s >= self.from_s
        since = now_s - self.from_s
        return (since % self.every_s if self.every_s else since) < self.to_s - self.from_s

    def contains(self, x: float, y: float) -> bool:
        return polygon_contains(self.polygon, x, y)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedLimit:
    """Floor where robots walk no faster than `max_mps`; a ramp rises by `slope` (m per m) towards `uphill_rad`."""

    area_id: str
    polygon: tuple[tuple[float, float], ...]
    max_mps: float
    slope: float = 0.0
    uphill_rad: float = 0.0

    def contains(self, x: float, y: float) -> bool:
        return polygon_contains(self.polygon, x, y)


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
    doors: dict[str, Door] = field(default_factory=dict)
    lifts: dict[str, Lift] = field(default_factory=dict)
    keep_outs: dict[str, KeepOut] = field(default_factory=dict)  # stairs and forbidden areas too
    speed_limits: dict[str, SpeedLimit] = field(default_factory=dict)  # ramps too

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
