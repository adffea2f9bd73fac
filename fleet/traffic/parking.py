"""Room for robots with nothing to do, where they are in nobody's way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from fleet.model.site import SiteMap
from fleet.traffic.blocks import Block
from fleet.traffic.floor import Move
from fleet.traffic.kernels.standing import in_the_way
from fleet.traffic.roadmap import CELL_M, Roadmap
from fleet.traffic.search import Finder
from fleet.traffic.tracks import Track

Floats = NDArray[np.float64]
_FROM_PLACES_M = 1.2
_FROM_DOORS_M = 1.8
_APART_M = 1.1
_FROM_WAYS_M = 1.0
_AHEAD = 12  # so many lines of a way are looked at
_MARGIN_M = 0.15  # a little more than is kept between robots that pass
_ROOM_M = 0.15  # from walls, beyond what fits: a robot that steps aside there does not get stuck


class Parking:
    """Who should make room, and where to. `fits` are the spots of the roadmap where one is in nobody's way."""

    def __init__(self, site: SiteMap, roadmap: Roadmap, finder: Finder) -> None:
        self.roadmap, self.finder = roadmap, finder
        self.fits = self._fit(site)
        self._spots = roadmap.xy[self.fits]
        self._asked: dict[str, Move] = {}
        self.moves: tuple[Move, ...] = ()

    def _fit(self, site: SiteMap) -> NDArray[np.bool_]:
        """Spots with room to pass, away from places and doors."""
        r = self.roadmap
        fit = ~r.narrow
        used = [p.approach for p in site.places.values()] + [p.approach for p in site.people.values()]
        for pose in used:
            fit &= np.hypot(r.xy[:, 0] - pose.x, r.xy[:, 1] - pose.y) > _FROM_PLACES_M
        for d in site.doors.values():
            middle = (d.ax + d.bx) / 2, (d.ay + d.by) / 2
            fit &= np.hypot(*(r.xy - middle).T) > _FROM_DOORS_M + math.hypot(d.bx - d.ax, d.by - d.ay) / 2
        for area in site.keep_outs.values():
            fit &= np.array([not area.contains(x, y) for x, y in r.xy.tolist()], dtype=np.bool_)
        # Along walls, not in the middle of the way: of the spots, those with less room than most.
        i, j = np.floor((r.xy - (r.cells.x0, r.cells.y0)) / CELL_M).astype(np.intp).T
        room = r.cells.room[i.clip(0, r.cells.free.shape[0] - 1), j.clip(0, r.cells.free.shape[1] - 1)]
        fit &= room >= _ROOM_M
        self._room = room[fit]
        return fit

    def look(self, tracks: list[Track], lasting: Sequence[Block] = ()) -> None:
        """Ask idle robots that others wait for, or that others' ways lead over, to make room, clear of what lasts."""
        idle = {t.robot.robot_id: t for t in tracks if t.robot.idle and t.robot.moves and t.robot.walking_to is None}
        wanted: dict[str, list[str]] = {}
        walking = [t for t in tracks if t.plan is not None and t.walks] if idle else []
        for t, in_its_way in zip(walking, _in_the_way(walking, list(idle.values())), strict=True):
            for robot_id in in_its_way | ({t.waits_for} & idle.keys()):
                wanted.setdefault(robot_id, []).append(t.robot.robot_id)
        self._asked = {k: v for k, v in self._asked.items() if k in wanted}
        for robot_id, waiting in sorted(wanted.items()):
            if robot_id not in self._asked:
                move = self._where(idle[robot_id], tracks, waiting, lasting)
                if move is not None:
                    self._asked[robot_id] = move
        self.moves = tuple(self._asked[k] for k in sorted(self._asked))

    def free_for(self, t: Track, tracks: list[Track]) -> NDArray[np.bool_]:
        """Which spots of the roadmap no other robot stands on, is sent to, or walks over."""
        others = [(o.robot.x, o.robot.y) for o in tracks if o is not t] + [(m.x, m.y) for m in self._asked.values()]
        good = self._clear_of(np.array(others).reshape(-1, 2), _APART_M)
        ways = [o.plan.points[o.plan.next :] for o in tracks if o.plan is not None and o is not t]
        return good & self._clear_of(np.concatenate(ways), _FROM_WAYS_M) if ways else good

    def _clear_of(self, points: Floats, apart: float) -> NDArray[np.bool_]:
        """Which spots of the roadmap are not nearer than `apart` to any of the points [k, 2]."""
        clear = np.ones(len(self.roadmap.xy), dtype=np.bool_)
        clear[self.finder.nearby.spots(np.hstack([points, points]), apart).ids] = False
        return clear

    def _where(self, t: Track, tracks: list[Track], waiting: list[str], lasting: Sequence[Block]) -> Move | None:
        """The nearest room that nobody stands on, is sent to, or walks over."""
        if not len(self._spots):
            return None
        x, y = t.robot.x, t.robot.y
        away = self.finder.metres_from(x, y)[self.fits]
        good: NDArray[np.bool_] = (away > 0.8) & np.isfinite(away)
        lie = np.array([(b.x, b.y) for b in lasting]).reshape(-1, 2)
        good = good & (self.free_for(t, tracks) & self._clear_of(lie, _APART_M))[self.fits]
        if not good.any():
            return None
        best = int(np.where(good, away + 2.0 * np.minimum(self._room, 1.0), np.inf).argmin())
        names = ", ".join(waiting)
        because = f"it has nothing to do and stands in the way of {names}"
        px, py = self._spots[best]
        return Move(robot_id=t.robot.robot_id, x=round(float(px), 2), y=round(float(py), 2), because=because,
                    for_robots=tuple(waiting))  # fmt: skip


def _in_the_way(walking: list[Track], idle: list[Track]) -> list[set[str]]:
    """Of each that walks, which of the idle ones stand where its way leads next, or beside it where it waits."""
    plans = [t.plan for t in walking if t.plan is not None]
    if not plans or not idle:
        return [set() for _ in plans]
    points = [p.points[max(p.released, p.next) :][:_AHEAD] for p in plans]
    ways = [p.ways[max(p.released, p.next) :][:_AHEAD] for p in plans]
    found = in_the_way(
        np.array([(o.robot.x, o.robot.y) for o in idle]), np.array([o.robot.radius_m for o in idle]),
        np.concatenate(points), _firsts(points), np.concatenate(ways), _firsts(ways),
        np.array([t.robot.radius_m for t in walking]), np.array([t.waits_since is not None for t in walking]),
        _MARGIN_M,
    )  # fmt: skip
    names: list[set[str]] = [set() for _ in walking]
    for t, i in np.argwhere(found).tolist():
        names[t].add(idle[i].robot.robot_id)
    return names


def _firsts(parts: list[Floats]) -> NDArray[np.int32]:
    """Where each of the parts begins when they are put side by side, and where the last ends."""
    return np.array([0, *accumulate(map(len, parts))], dtype=np.int32)


__all__ = ["Parking"]
