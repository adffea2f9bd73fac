"""Who stands in whose way, and where people are near it, compiled. Lengths in m."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.traffic.kernels.lines import line_to_line

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def in_the_way(
    at: Floats, radius: Floats, points: Floats, point_firsts: Ints, ways: Floats, way_firsts: Ints, widths: Floats,
    waits: Bools, margin: float,
) -> Bools:  # fmt: skip
    """Whether those that stand at `at` (n, 2) are in the way of each of those that walk: [walking, n].

    Robot t is to walk over `points[point_firsts[t]:point_firsts[t + 1]]` (2), along `ways[way_firsts[t]:...]` (4). Who
    stands is in its way at one of the points, within both radii (`widths[t]` and `radius`); and, if it waits, beside
    one of the lines, within `margin` more.
    """
    found = np.zeros((len(widths), len(at)), dtype=np.bool_)
    for t in range(len(widths)):
        for i in range(len(at)):
            x, y, apart = at[i, 0], at[i, 1], widths[t] + radius[i]
            for k in range(point_firsts[t], point_firsts[t + 1]):
                if math.hypot(points[k, 0] - x, points[k, 1] - y) < apart:
                    found[t, i] = True
                    break
            if found[t, i] or not waits[t]:
                continue
            apart += margin
            for k in range(way_firsts[t], way_firsts[t + 1]):
                ax, ay, bx, by = ways[k]
                if max(ax, bx) < x - apart or min(ax, bx) > x + apart:
                    continue
                if max(ay, by) < y - apart or min(ay, by) > y + apart:
                    continue
                if line_to_line(x, y, x, y, ax, ay, bx, by) < apart:
                    found[t, i] = True
                    break
    return found


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def ends_near(points: Floats, given: int, at: Floats, within: float) -> Ints:
    """Which of the first `given` lines of a way over `points` (n + 1, 2) end nearer than `within` to one of `at`."""
    found = np.empty(given, dtype=np.int32)
    count = 0
    for k in range(given):
        x, y = points[k + 1]
        for i in range(len(at)):
            if math.hypot(x - at[i, 0], y - at[i, 1]) < within:
                found[count] = k
                count += 1
                break
    return found[:count]


__all__ = ["ends_near", "in_the_way"]
