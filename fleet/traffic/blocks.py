"""What closes floor for a while: people, fallen robots, dropped things, doors and areas that are shut."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.model.site import KeepOut, SiteMap
from fleet.traffic.floor import Floor, PersonOnFloor
from fleet.traffic.kernels.lines import near_lines
from fleet.traffic.lanes import Lane
from fleet.traffic.roadmap import Roadmap
from fleet.traffic.settings import TrafficSettings

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
PERSON_M = 0.25
_STANDS_MPS = 0.2
_STANDS_AFTER_S = 3.0
_SAME_SPOT_M = 0.4
_LOOK_AHEAD_S = (0.0, 0.5)
_PLACE_M = 0.3  # half the side of the floor that is closed with a place
_STRAYS = 1.0  # standard deviations of where somebody is that are kept clear
_SAME_PLACE_M = 0.05  # what lies about is reported a little elsewhere each time


@dataclass(frozen=True, slots=True)
class Block:
    """A circle nobody's middle may come into (m), what it is in words, whether it is a person, its own radius,
    whether it stays until it is taken away (who has to go right beside it comes nearer, `fleet.traffic.beside`), and
    since when it stands there (fleet time), if it may walk off."""

    x: float
    y: float
    reach: float
    what: str
    person: bool = False
    body_m: float = 0.0
    fixed: bool = False
    since_s: float = 0.0


class Standing:
    """Who stands where, and since when, among those who follow no route."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float, float]] = {}

    def look(self, who: dict[str, tuple[float, float]], now_s: float) -> dict[str, float]:
        """Since when each stands about where it is now."""
        seen: dict[str, tuple[float, float, float]] = {}
        for name, (x, y) in who.items():
            old = self._seen.get(name)
            same = old is not None and math.hypot(x - old[0], y - old[1]) < _SAME_SPOT_M and now_s >= old[2]
            seen[name] = old if same and old is not None else (x, y, now_s)
        self._seen = seen
        return {name: since for name, (_, _, since) in seen.items()}

    def at(self, name: str) -> tuple[float, float]:
        x, y, _ = self._seen[name]
        return x, y


class Blocks:
    """What is closed now. `lasting` are circles to find a way around, `sudden` those to stop before; `closed` [lines]
    what of the roadmap nobody may walk. `areas` are all that are closed, with why; `doubted` those of them that may be
    open all the same: ways around them are preferred, and nobody is kept out. `version` changes when any of it does, at
    `changed_s`."""

    def __init__(self, site: SiteMap, roadmap: Roadmap, settings: TrafficSettings) -> None:
        self.site, self.roadmap, self.settings = site, roadmap, settings
        self.lasting: tuple[Block, ...] = ()
        self.sudden: tuple[Block, ...] = ()
        self.areas: tuple[tuple[str, str], ...] = ()
        self.doubted: frozenset[str] = frozenset()
        self.closed: Bools = np.zeros(len(roadmap.ends), dtype=np.bool_)
        self.shut: Bools = self.closed.copy()
        self.version: object = ()
        self.now_s, self.changed_s = 0.0, -math.inf
        self._standing = Standing()
        self._lying: dict[str, tuple[float, float]] = {}
        self._masks: dict[str, Bools] = {}
        self._cells: dict[str, Bools] = {}
        self.free: Bools = roadmap.cells.free
        self._lines = roadmap.lines

    def look(self, floor: Floor, widest_m: float, free: Collection[str] = (), met: Collection[Block] = ()) -> bool:
        """Take up what the floor is like now; robots `free` find their own way, and what was `met` is reported by
        nobody. True if anything that lasts has changed."""
        now, s = floor.now_s, self.settings
        self.now_s = now
        others = [r for r in floor.robots if not r.obeys and r.moves]
        who = {p.person_id: (p.x, p.y) for p in floor.people} | {r.robot_id: (r.x, r.y) for r in others}
        since = self._standing.look(who, now)
        lasting, sudden = [], []
        for p in floor.people:
            reach = widest_m + PERSON_M + s.least_m + _STRAYS * min(max(p.sigma_m - 0.2, 0.0), 0.5)
            stands = math.hypot(p.vx, p.vy) < _STANDS_MPS and now - since[p.person_id] >= _STANDS_AFTER_S
            if stands:
                x, y = self._standing.at(p.person_id)
                what = f"a person ({p.person_id})"
                lasting.append(Block(round(x, 1), round(y, 1), reach, what, True, since_s=since[p.person_id]))
            sudden += _ahead_of(p, reach)
        for r in others:
            reach = widest_m + r.radius_m + s.margin_m + 0.1
            if now - since[r.robot_id] >= _STANDS_AFTER_S:
                x, y = self._standing.at(r.robot_id)
                what = f"{r.robot_id} (it follows no route)"
                lasting.append(Block(round(x, 1), round(y, 1), reach, what, body_m=r.radius_m))
            sudden.append(Block(r.x, r.y, reach, f"{r.robot_id} (it follows no route)"))
        for r in floor.robots:
            if r.robot_id in free and r.obeys and r.moves:
                reach = widest_m + r.radius_m + s.margin_m + 0.1
                sudden.append(Block(r.x, r.y, reach, f"{r.robot_id} (it finds its own way)"))
        lasting += [*self._lie(floor, widest_m), *met]
        self.lasting, self.sudden = tuple(lasting), tuple(sudden)
        return self._close(floor)

    def _lie(self, floor: Floor, widest_m: float) -> list[Block]:
        """What stays where it is until somebody takes it away: robots that cannot move, and things on the floor. Where
        it was first seen counts until it is elsewhere by more than `_SAME_PLACE_M`."""
        found, lying = [], dict[str, tuple[float, float]]()
        margin = self.settings.margin_m
        still = [(r.robot_id, r.x, r.y, r.radius_m, margin, r.fallen) for r in floor.robots if not r.moves]
        things = [("", x, y, radius, 0.0, True) for x, y, radius in floor.dropped]
        for n, (name, x, y, radius, more, fixed) in enumerate(still + things):
            key = name or f"thing {n}"
            old = self._lying.get(key)
            x, y = old if old is not None and math.hypot(x - old[0], y - old[1]) < _SAME_PLACE_M else (x, y)
            lying[key] = x, y
            what = f"{name} (it cannot move)" if name else f"a thing on the floor at ({x:.1f}, {y:.1f})"
            found.append(Block(x, y, widest_m + radius + more, what, body_m=radius, fixed=fixed))
        self._lying = lying
        return found

    def _close(self, floor: Floor) -> bool:
        areas = self._areas_shut(floor)
        doubted = frozenset(floor.doubted) - floor.closed
        version = self.lasting, areas, doubted
        if version == self.version:
            return False
        self.version, self.areas, self.doubted, self.changed_s = version, areas, doubted, self.now_s
        shut = np.zeros(len(self.roadmap.ends), dtype=np.bool_)
        for name, _ in areas:
            shut |= self._mask(name)
        self.shut, self.closed, self.free = shut, self.closed_by(self.lasting, shut), self._free_but(areas)
        return True

    def closed_by(self, blocks: Collection[Block], shut: Bools) -> Bools:
        """The lines of the roadmap that are shut, and those within reach of these blocks."""
        closed: Bools = shut.copy()
        for b in blocks:
            closed[near_lines(np.array([b.x, b.y, b.x, b.y]), self._lines, b.reach)] = True
        return closed

    def _areas_shut(self, floor: Floor) -> tuple[tuple[str, str], ...]:
        shut = [
            (k.area_id, f"{k.area_id} is closed ({k.because})")
            for k in self.site.keep_outs.values()
            if not k.permanent and k.active(floor.now_s)
        ]
        why = {name: f"{name} is closed" for name in floor.closed} | {
            name: f"{name} is closed ({because})" for name, because in floor.because.items() if name in floor.closed
        }
        said = {name: f"{name}: {because}" for name, because in floor.doubted.items()}
        return tuple(sorted({*shut, *((n, because) for n, because in (said | why).items() if self.knows(n))}))

    def knows(self, name: str) -> bool:
        """Whether the site has a door, lift, zone, area or place of that id."""
        s = self.site
        return any(name in known for known in (s.doors, s.lifts, s.zones, s.keep_outs, s.speed_limits, s.places))

    def _mask(self, name: str) -> Bools:
        """The lines that lead through something that has a name."""
        if name not in self._masks:
            mask = np.zeros(len(self._lines), dtype=np.bool_)
            door = self.site.doors.get(name)
            if door is not None:
                mask[near_lines(np.array([door.ax, door.ay, door.bx, door.by]), self._lines, 0.05)] = True
            else:
                area = Lane(name, self.polygon(name), 0.0, 0.0)
                mask |= area.touches(self._lines[:, :2], self._lines[:, 2:])
            self._masks[name] = mask
        return self._masks[name]

    def without(self, names: Collection[str]) -> tuple[Bools, Bools]:
        """The lines that are shut, and the cells that are free, if these areas were open."""
        shut = np.zeros(len(self._lines), dtype=np.bool_)
        left = tuple(a for a in self.areas if a[0] not in names)
        for name, _ in left:
            shut |= self._mask(name)
        return shut, self._free_but(left)

    def _free_but(self, areas: tuple[tuple[str, str], ...]) -> Bools:
        """The free cells outside these areas."""
        free = self.roadmap.cells.free
        for name, _ in areas:
            if name not in self._cells:
                middles, outline = self.roadmap.cells.middles(), self.polygon(name)
                if len(outline) > 2:
                    within = Lane(name, outline, 0.0, 0.0).holds(middles)
                else:
                    within = np.zeros(len(middles), dtype=np.bool_)
                    line = np.array([*outline[0], *outline[1]])
                    within[near_lines(line, np.hstack([middles, middles]), 0.1)] = True
                self._cells[name] = within.reshape(free.shape)
            free = free & ~self._cells[name]
        return free

    def polygon(self, name: str) -> tuple[tuple[float, float], ...]:
        """The outline of a lift, zone or area; of a door, its line; of a place, the floor where a robot stands."""
        s = self.site
        if name in s.places:
            x, y, r = s.places[name].approach.x, s.places[name].approach.y, _PLACE_M
            return (x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)
        if name in s.doors:
            d = s.doors[name]
            return (d.ax, d.ay), (d.bx, d.by)
        if name in s.lifts:
            x0, y0, x1, y1 = s.lifts[name].rect
            return (x0, y0), (x1, y0), (x1, y1), (x0, y1)
        area: KeepOut | None = s.keep_outs.get(name)
        if area is not None:
            return area.polygon
        return s.zones[name].polygon if name in s.zones else s.speed_limits[name].polygon

    def crossed(self, ways: Floats, blocks: Collection[Block]) -> Bools:
        """Which of the lines [n, 4], on or off the roadmap, lead through these blocks, or what is shut or doubted."""
        bad = self.through_areas(ways, doubted=True)
        for block in blocks:
            bad[near_lines(np.array([block.x, block.y, block.x, block.y]), ways, block.reach - 0.02)] = True
        return bad

    def through_areas(self, ways: Floats, *, doubted: bool) -> Bools:
        """Which of the lines [n, 4] lead through what is shut or, if asked for, doubted."""
        bad = np.zeros(len(ways), dtype=np.bool_)
        for name, _ in self.areas if len(ways) else ():
            if name in self.doubted and not doubted:
                continue
            outline = self.polygon(name)
            for a, b in zip(outline, (*outline[1:], outline[0]), strict=True):
                bad[near_lines(np.array([*a, *b]), ways, 0.05)] = True
            if len(outline) > 2:
                bad |= Lane(name, outline, 0.0, 0.0).touches(ways[:, :2], ways[:, 2:])
        return bad

    def areas_at(self, x: float, y: float) -> set[str]:
        """The shut areas that a point lies in."""
        point = np.array([[x, y]])
        outlines = [(name, self.polygon(name)) for name, _ in self.areas]
        return {name for name, o in outlines if len(o) > 2 and Lane(name, o, 0.0, 0.0).holds(point)[0]}

    def inside(self, x: float, y: float) -> str:
        """Why nobody may be at a point: the areas that are shut there; empty if none is."""
        inside = self.areas_at(x, y) - self.doubted
        return ", ".join(because for name, because in self.areas if name in inside)

    @property
    def stops(self) -> list[Block]:
        """All that robots stop before."""
        return [*self.sudden, *(b for b in self.lasting if not b.person)]


def as_circles(blocks: Collection[Block]) -> Floats:
    """Blocks as x, y, reach. Shape [n, 3]."""
    return np.array([(b.x, b.y, b.reach) for b in blocks], dtype=np.float64).reshape(-1, 3)


def _ahead_of(p: PersonOnFloor, reach: float) -> list[Block]:
    """Where somebody may be in the next moments."""
    steps = _LOOK_AHEAD_S if math.hypot(p.vx, p.vy) > _STANDS_MPS else _LOOK_AHEAD_S[:1]
    return [Block(p.x + t * p.vx, p.y + t * p.vy, reach, f"a person ({p.person_id})", True) for t in steps]


__all__ = ["PERSON_M", "Block", "Blocks", "Standing", "as_circles"]
