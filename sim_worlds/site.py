"""A building as it is written in a site file: rooms, furniture, boxes, people, docks and cameras.

The file's format is described in `docs/reference/site-format.md`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from fleet.model.geometry import Pose
from fleet.model.site import (
    Door,
    KeepOut,
    Lift,
    ObjectRecord,
    PersonRecord,
    Place,
    PlaceKind,
    SiteMap,
    SpeedLimit,
    Wall,
    Zone,
)
from sim_worlds.floor_index import quickly_zone_at, slots_around, spots_around

Rect = tuple[float, float, float, float]
"""min_x, min_y, max_x, max_y in m."""

WALL_THICKNESS_M = 0.12
WALL_HEIGHT_M = 2.8
_STANDS_WITHIN_M = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class WallLine:
    """A straight wall with its openings: (distance of the opening's centre from the start, width), in m."""

    start: tuple[float, float]
    end: tuple[float, float]
    doors: tuple[tuple[float, float], ...] = ()

    def pieces(self) -> tuple[Wall, ...]:
        """The solid parts between the openings."""
        length = math.dist(self.start, self.end)
        ux, uy = (self.end[0] - self.start[0]) / length, (self.end[1] - self.start[1]) / length
        pieces, position = [], 0.0
        for centre, width in [*sorted(self.doors), (length, 0.0)]:
            stop = centre - width / 2
            if stop - position > 1e-6:
                ax, ay = self.start[0] + ux * position, self.start[1] + uy * position
                pieces.append(Wall(ax=ax, ay=ay, bx=self.start[0] + ux * stop, by=self.start[1] + uy * stop))
            position = centre + width / 2
        return tuple(pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """A solid block from the floor to its top, on which the slots are."""

    furniture_id: str
    kind: str
    rect: Rect
    height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box as the site's inventory knows it; `size_m` is length, width, height."""

    record: ObjectRecord
    size_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person and where they stand, facing the approach."""

    record: PersonRecord
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A fixed camera; it reports on the zones and places it covers, as far as it really sees them."""

    camera_id: str
    x: float
    y: float
    z: float
    covers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenArea:
    """Where no robot may walk."""

    area_id: str
    rect: Rect
    because: str
    kind: str = "area"

    def keep_out(self) -> KeepOut:
        """As the fleet's map has it."""
        return KeepOut(area_id=self.area_id, polygon=corners(self.rect), because=self.because, kind=self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything in a site file. Lengths in m, angles in rad, masses in kg."""

    site_id: str
    name: str
    bounds: Rect
    zones: dict[str, Zone]
    walls: tuple[WallLine, ...]
    furniture: dict[str, Furniture]
    places: dict[str, Place]
    """Slots, stations and docks."""
    boxes: dict[str, Box]
    people: dict[str, Person]
    cameras: dict[str, Camera]
    forbidden: dict[str, ForbiddenArea] = field(default_factory=dict)
    doors: dict[str, Door] = field(default_factory=dict)
    lifts: dict[str, Lift] = field(default_factory=dict)
    keep_outs: dict[str, KeepOut] = field(default_factory=dict)
    speed_limits: dict[str, SpeedLimit] = field(default_factory=dict)

    def zone_at(self, x: float, y: float) -> str:
        """The id of the zone at the point, empty outside all zones."""
        zone_id = quickly_zone_at(self.zones, x, y)
        if zone_id is not None:
            return zone_id
        return next((z.zone_id for z in self.zones.values() if z.contains(x, y)), "")

    def wall_pieces(self) -> tuple[Wall, ...]:
        return tuple(piece for wall in self.walls for piece in wall.pieces())

    def digest(self) -> str:
        """SHA-256 of the content; a checkpoint belongs to one digest."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()

    def where(self, target: str) -> tuple[float, float, float]:
        """Where to look for a target. A robot does not know where objects are: it looks ahead."""
        if target in self.places:
            place = self.places[target]
            p = place.surface or place.approach
            return p.x, p.y, p.z
        if target in self.people:
            person = self.people[target]
            return person.x, person.y, 1.2
        if target in self.zones:
            polygon = self.zones[target].polygon
            return sum(p[0] for p in polygon) / len(polygon), sum(p[1] for p in polygon) / len(polygon), 0.0
        return math.inf, math.inf, 0.0

    def place_near(self, at: Sequence[float]) -> str | None:
        """The slot on which something at this position stands."""
        for _, place_id, s in slots_around(self.places, at[0], at[1]):
            if math.hypot(s.x - at[0], s.y - at[1]) < 0.3 and -0.05 < at[2] - s.z < 0.35:
                return place_id
        return None

    def spot_near(self, x: float, y: float) -> str:
        """The dock or station at which a robot stands."""
        for _, place_id, p in spots_around(self.places, x, y):
            if math.hypot(p.x - x, p.y - y) < _STANDS_WITHIN_M:
                return place_id
        return ""

    def to_map(self) -> SiteMap:
        """The part that the fleet's domain reasons about."""
        return SiteMap(
            site_id=self.site_id,
            name=self.name,
            bounds=self.bounds,
            zones=self.zones,
            places=self.places,
            walls=self.wall_pieces(),
            objects={k: b.record for k, b in self.boxes.items()},
            people={k: p.record for k, p in self.people.items()},
            cameras={k: c.covers for k, c in self.cameras.items()},
            obstacles=tuple(f.rect for f in self.furniture.values()),
            doors=self.doors,
            lifts=self.lifts,
            keep_outs={k: a.keep_out() for k, a in self.forbidden.items()} | self.keep_outs,
            speed_limits=self.speed_limits,
        )

    def to_plain(self) -> Any:
        return msgspec.to_builtins(self)

    @staticmethod
    def from_plain(data: Any) -> Site:
        return msgspec.convert(data, type=Site)


def corners(rect: Rect) -> tuple[tuple[float, float], ...]:
    """A rectangle as a polygon, counterclockwise."""
    x0, y0, x1, y1 = rect
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def load_site(path: Path | str) -> Site:
    """Read and check a site file. Raises `SiteError` with file, line, field, value and what would be right."""
    from sim_worlds.site_loader import SiteLoader

    return SiteLoader.from_file(path).load()


def bundled_sites() -> tuple[str, ...]:
    """The names of the site files that come with the package."""
    folder = Path(__file__).parent / "sites"
    texts = {p.stem: p.read_text(encoding="utf-8") for p in sorted(folder.glob("*.yaml"))}
    return tuple(name for name, text in texts.items() if "\nformat: humanoid-fleet-site/" in text)


def bundled_site(name: str = "ward") -> Path:
    """The path of a site file that comes with the package."""
    return Path(__file__).parent / "sites" / f"{name}.yaml"


__all__ = [
    "Box",
    "Camera",
    "Door",
    "ForbiddenArea",
    "Furniture",
    "KeepOut",
    "Lift",
    "Person",
    "PlaceKind",
    "Pose",
    "Rect",
    "Site",
    "SpeedLimit",
    "WallLine",
    "bundled_site",
    "bundled_sites",
    "corners",
    "load_site",
]
