"""How near robots came to people, and how fast: for reports, expectations, and people's ease.

Distances are gaps between the bodies' circles. Zones after E. T. Hall, "The Hidden Dimension" (1966): intimate below
0.45 m, personal below 1.2 m, social below 3.6 m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from sim_worlds.people.forces import Floats, Ints

INTIMATE_M, PERSONAL_M, SOCIAL_M = 0.45, 1.2, 3.6
NEAR_MISS_S = 0.75
"""A near miss: bodies that would meet within this time if both went on as they go (time to collision)."""
NEAR_MISS_MPS = 0.3
"""Slower approaches are no miss: hand-overs come near on purpose."""
_MOVING_MPS = 0.05
# Columns of the running totals.
_LEAST, _LEAST_AT, _INTIMATE, _PERSONAL, _SOCIAL, _FASTEST, _MISSES, _TOUCHES = range(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comfort:
    """What one person had to bear. Lengths in m, times in s, speeds in m/s."""

    person_id: str
    least_gap_m: float
    """To a robot that moved; infinite when none came within 10 m."""
    least_gap_at_s: float
    least_gap_to: str
    """The robot; empty when there was none."""
    intimate_s: float
    """Time with any robot, moving or not, within this person's intimate distance; the next two likewise."""
    personal_s: float
    social_s: float
    fastest_near_mps: float
    """Fastest a robot was while within the personal distance."""
    near_misses: int
    touches: int
    """Times that bodies met, moving robot or moving person."""


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _meets(dx: float, dy: float, wx: float, wy: float, reach: float, within: float) -> bool:
    """Whether something at (dx, dy) that moves at (wx, wy) relative to us comes within `reach` in `within` s."""
    square = wx * wx + wy * wy
    if square < 1e-12:
        return False
    t = min(max(-(dx * wx + dy * wy) / square, 0.0), within)
    x, y = dx + wx * t, dy + wy * t
    return x * x + y * y < reach * reach


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _add_times(row: Floats, closest: float, dt: float) -> None:
    if closest < INTIMATE_M:
        row[_INTIMATE] += dt
    if closest < PERSONAL_M:
        row[_PERSONAL] += dt
    if closest < SOCIAL_M:
        row[_SOCIAL] += dt


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _observe(
    at: Floats,
    v: Floats,
    bodies: Floats,
    robots: Floats,
    now: float,
    dt: float,
    totals: Floats,
    nearest: Ints,
    missing: Ints,
    touching: Ints,
) -> None:
    for i in range(at.shape[0]):
        closest = 1e9
        miss, touch = -1, -1
        for j in range(robots.shape[0]):
            dx, dy = robots[j, 0] - at[i, 0], robots[j, 1] - at[i, 1]
            # From the nearest point of who lies; of who stands, from the middle.
            along = bodies[i, 1] * dx + bodies[i, 2] * dy
            half = bodies[i, 3]
            along = min(max(along, -half), half)
            dx, dy = dx - along * bodies[i, 1], dy - along * bodies[i, 2]
            if abs(dx) > 10.0 or abs(dy) > 10.0:
                continue
            apart = math.hypot(dx, dy)
            gap = max(apart - bodies[i, 0] - robots[j, 4], 0.0)
            closest = min(closest, gap)
            fast = math.hypot(robots[j, 2], robots[j, 3])
            walks = math.hypot(v[i, 0], v[i, 1])
            if fast > _MOVING_MPS:
                if gap < totals[i, _LEAST]:
                    totals[i, _LEAST], totals[i, _LEAST_AT], nearest[i] = gap, now, j
                if gap < PERSONAL_M:
                    totals[i, _FASTEST] = max(totals[i, _FASTEST], fast)
            if apart > 1e-9 and fast > _MOVING_MPS:
                closing = ((v[i, 0] - robots[j, 2]) * dx + (v[i, 1] - robots[j, 3]) * dy) / apart
                if closing > NEAR_MISS_MPS and gap > 0:
                    wx, wy = robots[j, 2] - v[i, 0], robots[j, 3] - v[i, 1]
                    if _meets(dx, dy, wx, wy, bodies[i, 0] + robots[j, 4], NEAR_MISS_S):
                        miss = j
            if gap <= 0.0 and (fast > _MOVING_MPS or walks > _MOVING_MPS):
                touch = j
        _add_times(totals[i], closest, dt)
        if miss >= 0 and missing[i] != miss:
            totals[i, _MISSES] += 1
        if touch >= 0 and touching[i] != touch:
            totals[i, _TOUCHES] += 1
        # An episode ends when the two are apart again.
        missing[i] = miss if miss >= 0 or closest > PERSONAL_M else missing[i]
        touching[i] = touch if touch >= 0 or closest > 0.1 else touching[i]


class ComfortLog:
    """Running totals for the people of one world."""

    def __init__(self, count: int) -> None:
        self.totals = np.zeros((count, 8))
        self.totals[:, _LEAST] = math.inf
        self.nearest = np.full(count, -1, dtype=np.int32)
        self._missing = np.full(count, -1, dtype=np.int32)
        self._touching = np.full(count, -1, dtype=np.int32)

    def observe(self, at: Floats, v: Floats, bodies: Floats, robots: Floats, now: float, dt: float) -> None:
        """Add `dt` seconds.

        at, v and robots as in `forces.advance`. bodies (n, 4): radius in m, and for those who lie the direction of the
        body (cos, sin) and half its length in m; 0 for those who stand.
        """
        _observe(at, v, bodies, robots, now, dt, self.totals, self.nearest, self._missing, self._touching)

    def of(self, index: int, person_id: str, robots: list[str]) -> Comfort:
        row = self.totals[index]
        return Comfort(
            person_id=person_id,
            least_gap_m=float(row[_LEAST]),
            least_gap_at_s=float(row[_LEAST_AT]),
            least_gap_to=robots[self.nearest[index]] if self.nearest[index] >= 0 else "",
            intimate_s=float(row[_INTIMATE]),
            personal_s=float(row[_PERSONAL]),
            social_s=float(row[_SOCIAL]),
            fastest_near_mps=float(row[_FASTEST]),
            near_misses=int(row[_MISSES]),
            touches=int(row[_TOUCHES]),
        )

    def snapshot(self) -> list[Any]:
        totals = [[None if math.isinf(x) else float(x) for x in row] for row in self.totals]
        return [totals, self.nearest.tolist(), self._missing.tolist(), self._touching.tolist()]

    def restore(self, data: list[Any]) -> None:
        rows = [[math.inf if x is None else x for x in row] for row in data[0]]
        self.totals[:] = np.reshape(rows, self.totals.shape)
        self.nearest[:], self._missing[:], self._touching[:] = data[1], data[2], data[3]


__all__ = ["INTIMATE_M", "PERSONAL_M", "SOCIAL_M", "Comfort", "ComfortLog"]
