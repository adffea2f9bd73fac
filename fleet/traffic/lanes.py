"""Floor that is too narrow to pass each other: one robot at a time, or several that go through the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.model.site import SiteMap

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
STOPS, UP, DOWN = 0, 1, 2
"""How a robot is in a lane: it stops inside, or goes through along the lane's direction, or against it."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane, lift or other room for one. `polygon` in m; (ux, uy) is its direction, nothing (0, 0) for a room that
    nobody goes through: there every robot counts as one that stops."""

    lane_id: str
    polygon: tuple[tuple[float, float], ...]
    ux: float
    uy: float

    def holds(self, points: Floats) -> Bools:
        """Which points [n, 2] lie inside, by the even-odd rule."""
        x, y = points[:, 0], points[:, 1]
        inside = np.zeros(len(points), dtype=np.bool_)
        for (ax, ay), (bx, by) in zip(self.polygon, (*self.polygon[1:], self.polygon[0]), strict=True):
            if ay != by:
                inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        return inside

    def touches(self, a: Floats, b: Floats) -> Bools:
        """Which of the lines from a to b [n, 2] have an end or their middle inside."""
        return self.holds(a) | self.holds(b) | self.holds((a + b) / 2)

    def along(self, a: Floats, b: Floats) -> NDArray[np.int32]:
        """+1 for lines along the lane's direction, -1 for those against it, 0 for those across."""
        forward = (b[:, 0] - a[:, 0]) * self.ux + (b[:, 1] - a[:, 1]) * self.uy
        return np.where(np.abs(forward) < 0.05, 0, np.sign(forward)).astype(np.int32)


def lanes_of(site: SiteMap) -> tuple[Lane, ...]:
    """One-lane zones along their longer side, and lifts."""
    found = [_lane(z.zone_id, z.polygon) for z in site.zones.values() if z.one_lane]
    for lift in site.lifts.values():
        x0, y0, x1, y1 = lift.rect
        found.append(Lane(lift.lift_id, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), 0.0, 0.0))
    return tuple(found)


def _lane(lane_id: str, polygon: tuple[tuple[float, float], ...]) -> Lane:
    corners = np.array(polygon, dtype=np.float64)
    sides = np.diff(np.vstack([corners, corners[:1]]), axis=0)
    longest = sides[np.hypot(sides[:, 0], sides[:, 1]).argmax()]
    ux, uy = longest / np.hypot(*longest)
    if (ux, uy) < (0.0, 0.0):
        ux, uy = -ux, -uy
    return Lane(lane_id, polygon, float(ux), float(uy))


__all__ = ["DOWN", "STOPS", "UP", "Lane", "lanes_of"]
