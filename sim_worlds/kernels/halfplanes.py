"""The velocity nearest to the wanted one that keeps to a set of half-planes: the linear programs of ORCA.

A line is (px, py, dx, dy): through p with unit direction d; allowed is what lies to its left. The incremental programs
are those that van den Berg et al. 2011 ("Reciprocal n-body collision avoidance", section 5) describe, after de Berg et
al., "Computational Geometry", chapter 4.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

_PARALLEL = 1e-9
Floats = NDArray[np.float64]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _beyond(line: Floats, vx: float, vy: float) -> float:
    """How far v is on the wrong side of the line, in m/s; negative inside."""
    return line[2] * (line[1] - vy) - line[3] * (line[0] - vx)  # type: ignore[no-any-return,unused-ignore]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _along(lines: Floats, k: int, most: float, wx: float, wy: float, outwards: bool) -> tuple[bool, float, float]:
    """The best point on line k inside the disc of radius `most` and left of the lines before it.

    Best is nearest to w, or, `outwards`, furthest in the direction w.
    """
    px, py, dx, dy = lines[k]
    middle = px * dx + py * dy
    inside = middle * middle + most * most - px * px - py * py
    if inside < 0.0:
        return False, 0.0, 0.0
    half = math.sqrt(inside)
    low, high = -middle - half, -middle + half
    for j in range(k):
        crossing = dx * lines[j, 3] - dy * lines[j, 2]
        offset = lines[j, 2] * (py - lines[j, 1]) - lines[j, 3] * (px - lines[j, 0])
        if abs(crossing) <= _PARALLEL:
            if offset < 0.0:
                return False, 0.0, 0.0
            continue
        t = offset / crossing
        if crossing >= 0.0:
            high = min(high, t)
        else:
            low = max(low, t)
        if low > high:
            return False, 0.0, 0.0
    if outwards:
        t = high if dx * wx + dy * wy > 0.0 else low
    else:
        t = min(max(dx * (wx - px) + dy * (wy - py), low), high)
    return True, px + t * dx, py + t * dy


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _nearest(lines: Floats, count: int, most: float, wx: float, wy: float, outwards: bool) -> tuple[int, float, float]:
    """As `_along`, over all lines; also the first line that cannot be kept (`count` when all are)."""
    size = math.sqrt(wx * wx + wy * wy)
    vx, vy = wx, wy
    if outwards:
        vx, vy = wx * most, wy * most
    elif size > most:
        vx, vy = wx / size * most, wy / size * most
    for k in range(count):
        if _beyond(lines[k], vx, vy) > 0.0:
            possible, nx, ny = _along(lines, k, most, wx, wy, outwards)
            if not possible:
                return k, vx, vy
            vx, vy = nx, ny
    return count, vx, vy


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _least_bad(
    lines: Floats, count: int, fixed: int, first: int, most: float, vx: float, vy: float
) -> tuple[float, float]:
    """From line `first` on, give up equally on all lines but the `fixed` ones: minimise the largest overstepping."""
    reduced = np.empty((count, 4))
    worst = 0.0
    for k in range(first, count):
        if _beyond(lines[k], vx, vy) <= worst:
            continue
        reduced[:fixed] = lines[:fixed]
        size = fixed
        for j in range(fixed, k):
            crossing = lines[k, 2] * lines[j, 3] - lines[k, 3] * lines[j, 2]
            if abs(crossing) <= _PARALLEL:
                if lines[k, 2] * lines[j, 2] + lines[k, 3] * lines[j, 3] > 0.0:
                    continue
                reduced[size, 0] = 0.5 * (lines[k, 0] + lines[j, 0])
                reduced[size, 1] = 0.5 * (lines[k, 1] + lines[j, 1])
            else:
                apart = lines[j, 2] * (lines[k, 1] - lines[j, 1]) - lines[j, 3] * (lines[k, 0] - lines[j, 0])
                reduced[size, 0] = lines[k, 0] + apart / crossing * lines[k, 2]
                reduced[size, 1] = lines[k, 1] + apart / crossing * lines[k, 3]
            dx, dy = lines[j, 2] - lines[k, 2], lines[j, 3] - lines[k, 3]
            length = math.sqrt(dx * dx + dy * dy)
            if length <= _PARALLEL:
                continue
            reduced[size, 2], reduced[size, 3] = dx / length, dy / length
            size += 1
        kept, nx, ny = _nearest(reduced, size, most, -lines[k, 3], lines[k, 2], True)
        if kept == size:
            vx, vy = nx, ny
        worst = _beyond(lines[k], vx, vy)
    return vx, vy


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def allowed_velocity(lines: Floats, count: int, fixed: int, most: float, wx: float, wy: float) -> tuple[float, float]:
    """Nearest to (wx, wy), not faster than `most` m/s, left of all `count` lines; the first `fixed` never give way."""
    kept, vx, vy = _nearest(lines, count, most, wx, wy, False)
    if kept < count:
        return _least_bad(lines, count, fixed, kept, most, vx, vy)
    return vx, vy
