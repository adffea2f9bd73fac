"""Positions on the site's map frame: metres and radians, x forward, y left, z up (REP 103)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """A robot's or an object's pose in the `map` frame; `x`, `y`, `z` in m, `yaw` in rad."""

    x: float
    y: float
    z: float = 0.0
    yaw: float = 0.0

    def distance_to(self, other: Pose) -> float:
        """Horizontal straight-line distance in m."""
        return math.hypot(self.x - other.x, self.y - other.y)


def polygon_contains(polygon: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether (x, y) lies inside `polygon` (even-odd rule); points on the border may go either way."""
    inside = False
    previous_x, previous_y = polygon[-1]
    for corner_x, corner_y in polygon:
        if (corner_y > y) != (previous_y > y):
            crossing = (previous_x - corner_x) * (y - corner_y) / (previous_y - corner_y) + corner_x
            if x < crossing:
                inside = not inside
        previous_x, previous_y = corner_x, corner_y
    return inside
