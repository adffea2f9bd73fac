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
    near = np.empty((len(cylinders), 5))
    for i in range(len(lenses)):
        count = _reached(lenses, i, firsts, ends, cylinders, near)
        if count == 0:
            continue
        x, y, z = lenses[i, 0], lenses[i, 1], lenses[i, 2]
        for k in range(firsts[i], firsts[i + 1]):
            found[k] = _meets(x, y, z, ends[k, 0] - x, ends[k, 1] - y, ends[k, 2] - z, near, count)
    return found


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _reached(lenses: Floats, i: int, firsts: Ints, ends: Floats, cylinders: Floats, near: Floats) -> int:
    """The cylinders that come into the rectangle around lens i and where its rays go to: copied into `near`."""
    x0 = x1 = lenses[i, 0]
    y0 = y1 = lenses[i, 1]
    for k in range(firsts[i], firsts[i + 1]):
        x0, x1 = min(x0, ends[k, 0]), max(x1, ends[k, 0])
        y0, y1 = min(y0, ends[k, 1]), max(y1, ends[k, 1])
    count = 0
    for m in range(len(cylinders)):
        x, y, radius = cylinders[m, 0], cylinders[m, 1], cylinders[m, 2] + _SPARE_M
        if x0 - radius <= x <= x1 + radius and y0 - radius <= y <= y1 + radius:
            for n in range(5):
                near[count, n] = cylinders[m, n]
            count += 1
    return count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _meets(x: float, y: float, z: float, dx: float, dy: float, dz: float, cylinders: Floats, count: int) -> bool:
    """Whether the ray passes through one of the first `count` cylinders."""
    flat = dx * dx + dy * dy
    for m in range(count):
        ox, oy, radius = cylinders[m, 0] - x, cylinders[m, 1] - y, cylinders[m, 2]
        along, off = ox * dx + oy * dy, ox * ox + oy * oy - radius * radius
        # The part of the ray inside the circle, as seen from above: from `low` to `high` of its length.
        low, high = 0.0, 1.0
        if flat < 1e-12:
            if off > 0.0:
                continue
        else:
            root = along * along - flat * off
            if root < 0.0:
                continue
            root = math.sqrt(root)
            low, high = max((along - root) / flat, 0.0), min((along + root) / flat, 1.0)
            if low > high:
                continue
        a, b = z + low * dz, z + high * dz
        if max(a, b) >= cylinders[m, 3] and min(a, b) <= cylinders[m, 4]:
            return True
    return False
