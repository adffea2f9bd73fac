"""Which rays must be tested again because something has moved."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def touched(starts: Floats, ends: Floats, cylinders: Floats) -> Bools:
    """Which of the rays `starts` [k, 3] to `ends` [k, 3] pass through one of the upright cylinders [m, 5], each
    x, y, radius, lowest and highest z; all in m. Shape [k]."""
    found = np.zeros(len(ends), dtype=np.bool_)
    for k in range(len(ends)):
        x, y, z = starts[k, 0], starts[k, 1], starts[k, 2]
        dx, dy, dz = ends[k, 0] - x, ends[k, 1] - y, ends[k, 2] - z
        flat = dx * dx + dy * dy
        for m in range(len(cylinders)):
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
                found[k] = True
                break
    return found
