"""Corners cut where nobody is near, compiled: a way over the roadmap becomes about as short as the floor allows."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.traffic.kernels.lines import line_to_line, metres_off, stays_free

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
_ALONG_M = 0.2  # so much more beside a wall is the same


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def nobody_near(
    ax: float, ay: float, bx: float, by: float, begin: float, end: float, pieces: Floats, begins: Floats, ends: Floats,
    whose: Ints, not_of: int, aparts: Floats,
) -> bool:  # fmt: skip
    """Whether, between two times, nobody is nearer to the line ab than he should be. Arguments as `take_rows`."""
    for p in range(len(pieces)):
        if whose[p] == not_of or ends[p] < begin or begins[p] > end:
            continue
        cx, cy, dx, dy = pieces[p]
        apart = aparts[whose[p]]
        if max(cx, dx) < min(ax, bx) - apart or min(cx, dx) > max(ax, bx) + apart:
            continue
        if max(cy, dy) < min(ay, by) - apart or min(cy, dy) > max(ay, by) + apart:
            continue
        if line_to_line(ax, ay, bx, by, cx, cy, dx, dy) < apart:
            return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def meet_in_time(
    pieces: Floats, begins: Floats, ends: Floats, others: Floats, since: Floats, until: Floats, apart: float,
    slack: float,
) -> bool:  # fmt: skip
    """Whether any of the `pieces` [n, 4] is nearer than `apart` to one of the `others` [m, 4] at the same time, give or
    take `slack` s."""
    for i in range(len(pieces)):
        if ends[i] < 0.0:
            continue
        ax, ay, bx, by = pieces[i]
        for j in range(len(others)):
            if until[j] < max(begins[i] - slack, 0.0) or since[j] > ends[i] + slack:
                continue
            cx, cy, dx, dy = others[j]
            if max(cx, dx) < min(ax, bx) - apart or min(cx, dx) > max(ax, bx) + apart:
                continue
            if max(cy, dy) < min(ay, by) - apart or min(cy, dy) > max(ay, by) + apart:
                continue
            if line_to_line(ax, ay, bx, by, cx, cy, dx, dy) < apart:
                return True
    return False


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def cut_corners(
    points: Floats, leaves: Floats, reaches: Floats, fixed: Bools, farthest: float, slack: float, free: Bools,
    airy: Bools, x0: float, y0: float, cell: float, forgive: float, solids: Floats, blocks: Floats, pieces: Floats,
    begins: Floats, ends: Floats, whose: Ints, not_of: int, aparts: Floats,
) -> Ints:  # fmt: skip
    """Which of the `points` [n + 1, 2] are kept. Line k, from point k to k + 1, is walked from `leaves[k]` to
    `reaches[k]`; `fixed[k]` lines are kept as they are. A cut stays free, leads along walls (off the cells `airy`) no
    longer than what it replaces, keeps clear of the circles `blocks` (x, y, radius), is at most `farthest` m long, has
    nobody near it `slack` s before and after, and cuts out no wait."""
    kept = np.empty(len(points), dtype=np.int32)
    kept[0] = 0
    count, i, n = 1, 0, len(points) - 1
    while i < n:
        best, k = i + 1, i + 1
        along = metres_off(airy, x0, y0, cell, points[i, 0], points[i, 1], points[k, 0], points[k, 1])
        while k < n and not fixed[i] and not fixed[k] and leaves[k] - reaches[k - 1] < 0.3:
            k += 1
            along += metres_off(airy, x0, y0, cell, points[k - 1, 0], points[k - 1, 1], points[k, 0], points[k, 1])
            ax, ay, bx, by = points[i, 0], points[i, 1], points[k, 0], points[k, 1]
            if math.hypot(bx - ax, by - ay) > farthest:
                break
            before, after = forgive if i == 0 else 0.0, forgive if k == n else 0.0
            if not stays_free(free, x0, y0, cell, ax, ay, bx, by, before, after, solids):
                if k - best > 3:
                    break
                continue
            if metres_off(airy, x0, y0, cell, ax, ay, bx, by) > along + _ALONG_M:
                continue
            clear = True
            for b in range(len(blocks)):
                clear = (
                    clear
                    and line_to_line(ax, ay, bx, by, blocks[b, 0], blocks[b, 1], blocks[b, 0], blocks[b, 1])
                    >= blocks[b, 2]
                )
            if not clear:
                continue
            if not nobody_near(
                ax, ay, bx, by, leaves[i] - slack, reaches[k - 1] + slack, pieces, begins, ends, whose, not_of, aparts
            ):
                break
            best = k
        i = best
        kept[count] = i
        count += 1
    return kept[:count]


__all__ = ["cut_corners", "meet_in_time", "nobody_near"]
