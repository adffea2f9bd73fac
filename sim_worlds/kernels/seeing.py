"""Which rays must be tested again because something has moved."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
_SPARE_M = 1e-6


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def touched(lenses: Floats, firsts: Ints, ends: Floats, cylinders: Floats) -> Bools:
    """Which rays pass through one of the upright cylinders [m, 5], each x, y, radius, lowest and highest z; all in m.

    The rays from lens i (`lenses` [n, 3]) go to `ends[firsts[i]:firsts[i + 1]]` ([k, 3]; `firsts` [n + 1]). Shape [k].
    """
    found = np.zeros(len(ends), dtype=np.bool_)
    near = np.empty(len(cylinders), dtype=np.int64)
    for i in range(len(lenses)):
        count = _reached(lenses[i], ends[firsts[i] : firsts[i + 1]], cylinders, near)
        if count == 0:
            continue
        for k in range(firsts[i], firsts[i + 1]):
            for m in range(count):
                if _meets(lenses[i], ends[k], cylinders[near[m]]):
                    found[k] = True
                    break
    return found


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _reached(lens: Floats, ends: Floats, cylinders: Floats, near: Ints) -> int:
    """The cylinders that come into the rectangle around a lens and where its rays go to: their numbers into `near`."""
    x0, y0, x1, y1 = lens[0], lens[1], lens[0], lens[1]
    for k in range(len(ends)):
        x0, x1 = min(x0, ends[k, 0]), max(x1, ends[k, 0])
        y0, y1 = min(y0, ends[k, 1]), max(y1, ends[k, 1])
    count = 0
    for m in range(len(cylinders)):
        x, y, radius = cylinders[m, 0], cylinders[m, 1], cylinders[m, 2] + _SPARE_M
        if x0 - radius <= x <= x1 + radius and y0 - radius <= y <= y1 + radius:
            near[count] = m
            count += 1
    return count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _meets(lens: Floats, end: Floats, cylinder: Floats) -> bool:
    """Whether the ray passes through the cylinder."""
    x, y, z = lens[0], lens[1], lens[2]
    dx, dy, dz = end[0] - x, end[1] - y, end[2] - z
    flat = dx * dx + dy * dy
    ox, oy, radius = cylinder[0] - x, cylinder[1] - y, cylinder[2]
    along, off = ox * dx + oy * dy, ox * ox + oy * oy - radius * radius
    # The part of the ray inside the circle, as seen from above: from `low` to `high` of its length.
    low, high = 0.0, 1.0
    if flat < 1e-12:
        if off > 0.0:
            return False
    else:
        root = along * along - flat * off
        if root < 0.0:
            return False
        root = math.sqrt(root)
        low, high = max((along - root) / flat, 0.0), min((along + root) / flat, 1.0)
        if low > high:
            return False
    a, b = z + low * dz, z + high * dz
    return bool(max(a, b) >= cylinder[3] and min(a, b) <= cylinder[4])
