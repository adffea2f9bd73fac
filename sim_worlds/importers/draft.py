"""A site in the making: walls, doors, solid blocks and spots from a map, and the text of the site file they become."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field

import numpy as np

from sim_worlds.errors import SiteError
from sim_worlds.grid import Grid
from sim_worlds.site import ForbiddenArea, Furniture, KeepOut, Rect, Site, WallLine
from sim_worlds.site_fields import FORMAT
from sim_worlds.site_loader import CLEARANCE_M

Point = tuple[float, float]
_BLOCK_HEIGHT_M = 2.5
_DOCK_APART_M = 1.0
_FREE_M = 0.45
"""Room that a dock needs when it is placed here."""
_GAP_M = 2 * CLEARANCE_M


@dataclass(slots=True)
class DraftDoor:
    """A door that fills a gap between walls."""

    name: str
    kind: str
    start: Point
    end: Point

    @property
    def middle(self) -> Point:
        return (self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2

    @property
    def width(self) -> float:
        return math.dist(self.start, self.end)


@dataclass(slots=True)
class Spot:
    """A named spot; heading in degrees."""

    name: str
    x: float
    y: float
    yaw_deg: float = 0.0


@dataclass(slots=True)
class Draft:
    """What was found in a map. Lengths in m, in the map's own frame. `remarks` are for whoever imports it."""

    source: str
    name: str
    bounds: Rect
    walls: list[tuple[Point, Point]] = field(default_factory=list)
    doors: list[DraftDoor] = field(default_factory=list)
    blocks: list[Rect] = field(default_factory=list)
    unknown: list[Rect] = field(default_factory=list)
    holes: list[tuple[Point, ...]] = field(default_factory=list)
    lifts: dict[str, Rect] = field(default_factory=dict)
    stations: list[Spot] = field(default_factory=list)
    docks: list[Spot] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def id(self, wanted: str, otherwise: str) -> str:
        """An id made of `wanted` that is not taken yet."""
        base = re.sub(r"[^\w-]+", "_", wanted, flags=re.ASCII).strip("_") or otherwise
        name, number = base, 2
        while name in self._ids or name == "floor":
            name, number = f"{base}_{number}", number + 1
        self._ids.add(name)
        return name

    # Making it whole

    def settle(self, docks: int) -> None:
        """Leave out what no robot can reach, and place docks if the map has none. Raises `SiteError`."""
        grid = Grid(self._site())
        self.docks = [s for s in self.docks if self._has_room(grid, s, "dock")]
        self.stations = [s for s in self.stations if self._has_room(grid, s, "station")]
        self._spread_docks()
        if not self.docks:
            self._place_docks(grid, docks)
        reached = grid.distances(self.docks[0].x, self.docks[0].y)
        for kind, spots in (("dock", self.docks), ("station", self.stations)):
            for spot in [s for s in spots if not math.isfinite(grid.value(reached, s.x, s.y))]:
                spots.remove(spot)
                self.remarks.append(f"{kind} {spot.name} left out: there is no way to it from {self.docks[0].name}")

    def _has_room(self, grid: Grid, spot: Spot, kind: str) -> bool:
        what = grid.what_blocks(spot.x, spot.y, CLEARANCE_M)
        if what:
            where = f"({spot.x:.2f}, {spot.y:.2f})"
            self.remarks.append(f"{kind} {spot.name} at {where} left out: it is within {CLEARANCE_M} m of {what}")
        return not what

    def _spread_docks(self) -> None:
        kept: list[Spot] = []
        for spot in self.docks:
            near = next((k for k in kept if math.hypot(k.x - spot.x, k.y - spot.y) < _GAP_M), None)
            if near is None:
                kept.append(spot)
            else:
                self.remarks.append(f"dock {spot.name} left out: it is less than {_GAP_M:.2f} m from {near.name}")
        self.docks = kept

    def _place_docks(self, grid: Grid, wanted: int) -> None:
        """Along walls, in the largest connected part of the floor."""
        from scipy.ndimage import label

        parts, count = label(grid.free)
        if not count:
            raise SiteError(f"{self.source}: the floor: got no place as wide as a robot, expected {_GAP_M:.2f} m of it")
        largest = 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))
        candidates = np.argwhere((parts == largest) & (grid.clearance >= _FREE_M))
        order = np.lexsort((candidates[:, 1], candidates[:, 0], grid.clearance[tuple(candidates.T)].round(1)))
        for i, j in candidates[order]:
            x, y = grid.centre(int(i), int(j))
            apart = all(math.hypot(d.x - x, d.y - y) >= _DOCK_APART_M for d in self.docks)
            if apart and not grid.what_blocks(x, y, CLEARANCE_M):
                self.docks.append(Spot(self.id(f"dock_{len(self.docks) + 1}", "dock"), round(x, 3), round(y, 3)))
            if len(self.docks) == wanted:
                break
        if not self.docks:
            raise SiteError(
                f"{self.source}: the floor: got no room for a dock, expected {2 * _FREE_M:g} m of free floor"
            )
        self.remarks.append(f"the map has no chargers: {len(self.docks)} docks were placed along walls; move them")

    def _site(self) -> Site:
        """What is solid, for a first look."""
        blocks = {f"obstacle_{i}": r for i, r in enumerate(self.blocks, 1)}
        shut = {f"unknown_{i}": r for i, r in enumerate(self.unknown, 1)} | self.lifts
        holes = {f"hole_{i}": p for i, p in enumerate(self.holes, 1)}
        return Site(
            site_id="draft",
            name=self.name,
            bounds=self.bounds,
            zones={},
            walls=tuple(WallLine(start=a, end=b) for a, b in self.walls),
            furniture={
                k: Furniture(furniture_id=k, kind="obstacle", rect=r, height_m=_BLOCK_HEIGHT_M)
                for k, r in blocks.items()
            },
            places={},
            boxes={},
            people={},
            cameras={},
            forbidden={k: ForbiddenArea(area_id=k, rect=r, because="unknown") for k, r in shut.items()},
            keep_outs={k: KeepOut(area_id=k, polygon=p, because="a hole") for k, p in holes.items()},
        )

    # The file

    def text(self) -> str:
        """The site file."""
        site_id = re.sub(r"[^\w-]+", "_", self.name, flags=re.ASCII).strip("_") or "imported"
        parts = [
            f"# Imported from {self.source}.",
            *(f"# {line}" for line in self.remarks),
            f"format: {FORMAT}",
            f"id: {site_id}",
            f"name: {json.dumps(self.name, ensure_ascii=False)}",
            f"bounds: {_list(self.bounds)}",
            f"zones:\n  - {{id: floor, kind: floor, rect: {_list(self.bounds)}}}",
            _items("walls", [f"from: {_list(a)}, to: {_list(b)}" for a, b in self._all_walls()]),
            _items(
                "furniture",
                [
                    f"id: obstacle_{i}, kind: obstacle, rect: {_list(r)}, height_m: {_BLOCK_HEIGHT_M}"
                    for i, r in enumerate(self.blocks, 1)
                ],
            ),
            _items("docks", [_spot(s) for s in self.docks]),
            "boxes: []\npeople: []\ncameras: []",
        ]
        optional = {
            "doors": [_door(d) for d in self.doors],
            "stations": [_spot(s) for s in self.stations],
            "forbidden": [
                *(
                    f"id: unknown_{i}, rect: {_list(r)}, because: not mapped, kind: unknown"
                    for i, r in enumerate(self.unknown, 1)
                ),
                *(f"id: {k}, rect: {_list(r)}, because: lift to another level" for k, r in self.lifts.items()),
            ],
            "keep_out": [
                f"id: hole_{i}, polygon: [{', '.join(_list(c) for c in p)}], because: hole in the floor"
                for i, p in enumerate(self.holes, 1)
            ],
        }
        parts += [_items(name, lines) for name, lines in optional.items() if lines]
        return "\n".join(parts) + "\n"

    def _all_walls(self) -> list[tuple[Point, Point]]:
        """The walls, and a piece for each door that is not in one."""
        return [*self.walls, *((d.start, d.end) for d in self.doors if not any(_covers(w, d) for w in self.walls))]


def _covers(wall: tuple[Point, Point], door: DraftDoor) -> bool:
    """Whether the door lies in the wall."""
    (ax, ay), (bx, by) = wall
    length = math.dist(*wall)
    ux, uy = (bx - ax) / length, (by - ay) / length
    for x, y in (door.start, door.end):
        along, across = (x - ax) * ux + (y - ay) * uy, abs((x - ax) * -uy + (y - ay) * ux)
        if across > 0.04 or not -0.01 <= along <= length + 0.01:
            return False
    return True


def _n(value: float) -> str:
    rounded = round(value, 3)
    return str(int(rounded)) if rounded == int(rounded) else f"{rounded:.3f}".rstrip("0")


def _list(values: tuple[float, ...]) -> str:
    return "[" + ", ".join(_n(v) for v in values) + "]"


def _items(name: str, lines: list[str]) -> str:
    return f"{name}:\n" + "\n".join(f"  - {{{line}}}" for line in lines) if lines else f"{name}: []"


def _spot(s: Spot) -> str:
    return f"id: {s.name}, x: {_n(s.x)}, y: {_n(s.y)}, yaw_deg: {_n(s.yaw_deg)}"


def _door(d: DraftDoor) -> str:
    # A hair narrower than its wall, so that rounding cannot make it too wide.
    x, y = d.middle
    return f"id: {d.name}, x: {_n(x)}, y: {_n(y)}, width_m: {_n(d.width - 0.004)}, kind: {d.kind}"
