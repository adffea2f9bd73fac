"""The last resort: a robot for which traffic has no way, though there is room, finds its own way for a while.

Traffic keeps more room around what stands about than a robot needs that looks where it walks: the widest robot's
radius, and a margin for what is reported wrongly. Where that closes the only way, or where robots wait for each other
and no new ways have parted them, a robot is let go, slowly: its own avoidance keeps it clear, and all others keep clear
of it as of one that follows no route. It is led again as soon as there is a way from where it is; after `free_for_s` it
waits, and people are told. It is shown a way that fits its body (`fleet.traffic.past`): by itself it tries the nearest
side first, whether it fits there or not. Of robots that wait for each other only one is let go that fits past the
others where they stand: in a corridor for one nobody's avoidance helps, and whoever is let go creeps into who stands
before it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from fleet.traffic.blocks import Blocks
from fleet.traffic.floor import Point
from fleet.traffic.gate import SOMETHING
from fleet.traffic.past import way_over
from fleet.traffic.roadmap import CELL_M, Cells
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.tracks import Track

Parts = NDArray[np.signedinteger[Any]]
_AFTER_S = 3.0  # without a way
_AFTER_WAITING_S = 30.0  # in a circle of robots that wait for each other
_LEAST_S = 5.0  # so long it is not led, so that it gets somewhere
_AGAIN_S = 60.0  # from the end of one time to the next
_LOOKS_AGAIN_S = 1.0
_APART_M = 3.0  # between two that are free
_FAR_FROM_SHUT_M = 10.0  # farther than a free robot gets: it does not know what is closed
_ROOM_M = 0.03
_SEARCHED = 3  # cells around a robot or goal


class Freeing:
    """Lets robots go, and leads them again. `free_s` of a track is since when it is free."""

    def __init__(self, settings: TrafficSettings, blocks: Blocks, cells: Cells) -> None:
        self.settings, self.blocks, self.cells = settings, blocks, cells
        self._parts: dict[float, Parts] = {}
        self._parts_of: object = None
        self._looked_s: dict[str, float] = {}
        self._stands: dict[str, float] = {}

    def look(self, tracks: list[Track], circles: list[list[Track]], now_s: float) -> None:
        """Let go who has waited long enough, and end what has lasted long enough."""
        for t in tracks:
            if t.free_s is not None and (not t.walks or self._ends(t, now_s)):
                t.free_s, t.freed_s = None, now_s
        for t in tracks:
            stands = self._stands_since(t, now_s)
            # Who has no way for others in it waits for them; what has opened since is looked at first.
            lost = t.no_way_since if t.shut_in and t.tried_s >= self.blocks.changed_s else None
            since = lost if t.plan is None or t.plan.refuge else stands
            if t.walks and since is not None and now_s - since >= _AFTER_S:
                self._let_go(t, tracks, now_s, "no way keeps all margins")
                t.free_way = self._way(t, tracks) if t.free_s == now_s else t.free_way
        for circle in circles:
            if now_s - max(t.waits_since or now_s for t in circle) >= _AFTER_WAITING_S:
                names = ", ".join(t.robot.robot_id for t in circle)
                first = next((t for t in circle if self._fits_past(t, circle, now_s)), None)
                if first is not None:
                    self._let_go(first, tracks, now_s, f"{names} wait for each other")

    def _stands_since(self, t: Track, now_s: float) -> float | None:
        """Since when it waits before a thing, and for nothing else. It may have waited for others before."""
        name = t.robot.robot_id
        if t.waits_since is None or t.waits_for != SOMETHING or t.plan is None or not self._before_a_thing(t):
            self._stands.pop(name, None)
            return None
        return min(self._stands.setdefault(name, now_s), now_s)

    def _before_a_thing(self, t: Track) -> bool:
        """Whether what lasts and is no person is in its way, and nothing else."""
        assert t.plan is not None
        here = np.array([[t.robot.x, t.robot.y]])
        ways = np.vstack([t.plan.points[t.plan.released :][:2], here])
        near = [b for b in (*self.blocks.lasting, *self.blocks.sudden)
                if (np.hypot(ways[:, 0] - b.x, ways[:, 1] - b.y) < b.reach + 0.4).any()]  # fmt: skip
        return bool(near) and not any(b.person for b in near)

    def _ends(self, t: Track, now_s: float) -> bool:
        """Whether it is led again, or was free for long enough."""
        assert t.free_s is not None
        led = t.plan is not None and not t.plan.refuge
        return led or not 0.0 <= now_s - t.free_s < self.settings.free_for_s

    def is_led(self, t: Track, now_s: float) -> bool:
        """Whether a way is to be found for it now."""
        return t.free_s is None or now_s - t.free_s >= _LEAST_S

    def _let_go(self, t: Track, tracks: list[Track], now_s: float, because: str) -> None:
        if t.free_s is not None or not self.has_hope(t, now_s):
            return
        here = t.robot.x, t.robot.y
        if any(o.free_s is not None and math.dist((o.robot.x, o.robot.y), here) < _APART_M for o in tracks):
            return
        t.drop(keep=True)  # until it has heard, it walks on over the floor that it was given
        t.free_s, t.freed_because, t.free_way = now_s, because, ()

    def has_hope(self, t: Track, now_s: float) -> bool:
        """Whether it is free, or will be: people need not be told yet that it has no way."""
        if t.free_s is not None:
            return True
        if self.settings.free_for_s <= 0 or now_s - t.freed_s < _AGAIN_S or not t.walks:
            return False
        x, y = t.robot.x, t.robot.y
        shut = [p for name, _ in self.blocks.areas for p in self.blocks.polygon(name)]
        if any(math.dist(p, (x, y)) < _FAR_FROM_SHUT_M for p in shut):
            return False
        return self._fits_through(t)

    def _fits_through(self, t: Track) -> bool:
        """Whether there is a way for its own body among all that stands about; who walks is not counted."""
        parts = self._parts_for(t.robot.radius_m)
        here, there = self._parts_at(parts, t.robot.x, t.robot.y), self._parts_at(parts, *t.goal())
        return bool(here & there)

    def _fits_past(self, t: Track, circle: list[Track], now_s: float) -> bool:
        """Whether it may be let go and its body fits past the others of the circle where they stand, looked at once a
        second: that takes the whole floor."""
        name = t.robot.robot_id
        if not self.has_hope(t, now_s) or 0.0 <= now_s - self._looked_s.get(name, -math.inf) < _LOOKS_AGAIN_S:
            return False
        self._looked_s[name] = now_s
        free = self._parts_for(t.robot.radius_m) > 0
        for o in circle:
            if o is not t:
                self._close(free, o.robot.x, o.robot.y, o.robot.radius_m + t.robot.radius_m + _ROOM_M)
        parts = label(free, structure=np.ones((3, 3)))[0]
        return bool(self._parts_at(parts, t.robot.x, t.robot.y) & self._parts_at(parts, *t.goal()))

    def _way(self, t: Track, tracks: list[Track]) -> tuple[Point, ...]:
        """Corners of a way to its goal on which its body fits past all that stands about; empty where none is found."""
        free = self._parts_for(t.robot.radius_m) > 0
        for o in tracks:
            if o is not t and not o.walks:
                self._close(free, o.robot.x, o.robot.y, o.robot.radius_m + t.robot.radius_m + _ROOM_M)
        return way_over(self.cells, free, (t.robot.x, t.robot.y), t.goal())

    def _parts_for(self, radius_m: float) -> Parts:
        """The parts that the floor falls into for a body of that size: each cell's number, 0 where it does not fit."""
        if self._parts_of is not self.blocks.version:
            self._parts_of, self._parts = self.blocks.version, {}
        if radius_m not in self._parts:
            free = self.blocks.free.copy()
            for b in self.blocks.lasting:
                self._close(free, b.x, b.y, b.reach if b.person else b.body_m + radius_m + _ROOM_M)
            self._parts[radius_m] = label(free, structure=np.ones((3, 3)))[0]
        return self._parts[radius_m]

    def _close(self, free: NDArray[np.bool_], x: float, y: float, reach: float) -> None:
        """Close the cells whose middle is within reach."""
        i, j = self.cells.at(x, y)
        n = math.ceil(reach / CELL_M) + 1
        i0, i1, j0, j1 = max(i - n, 0), min(i + n + 1, free.shape[0]), max(j - n, 0), min(j + n + 1, free.shape[1])
        xs = self.cells.x0 + (np.arange(i0, i1) + 0.5) * CELL_M - x
        ys = self.cells.y0 + (np.arange(j0, j1) + 0.5) * CELL_M - y
        free[i0:i1, j0:j1] &= np.hypot(xs[:, None], ys[None, :]) >= reach

    def _parts_at(self, parts: Parts, x: float, y: float) -> set[int]:
        """The parts of the floor that a point lies in or next to."""
        i, j = self.cells.at(x, y)
        k = _SEARCHED
        near = parts[max(i - k, 0) : max(i + k + 1, 0), max(j - k, 0) : max(j + k + 1, 0)]
        return set(np.unique(near).tolist()) - {0}


__all__ = ["Freeing"]
