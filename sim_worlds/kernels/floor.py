"""Questions to the floor's grid: which cell, does a robot fit along a line, where does the way lead."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
BLOCKED_WAY_M = 500.0
"""What a detour counts for a step through something that stands in the way: more than any way around."""
_SEARCH_CELLS = 5
_BUCKETS = 8
"""In `spread`: more than the longest step reaches over."""


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def cell_of(x0: float, y0: float, cell: float, shape: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    """The cell at (x, y), or the nearest one inside."""
    i, j = int((x - x0) / cell), int((y - y0) / cell)
    return min(max(i, 0), shape[0] - 1), min(max(j, 0), shape[1] - 1)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def clear(
    clearance: Floats, x0: float, y0: float, cell: float, ax: float, ay: float, bx: float, by: float, radius: float
) -> bool:
    """Whether a disc of this radius fits along the whole line, tested at steps of one cell."""
    length = math.sqrt((bx - ax) ** 2 + (by - ay) ** 2)
    steps = max(int(length / cell), 1)
    k = 1
    while k <= steps:
        t = k / steps
        i, j = cell_of(x0, y0, cell, clearance.shape, ax + (bx - ax) * t, ay + (by - ay) * t)
        room = clearance[i, j]
        if room <= radius:
            return False
        # Where there is much room, the next cells need no look: clearance falls by at most one cell a cell.
        skip = int((room - radius) / cell) - 1
        k += max(skip, 1) if k + skip <= steps else max(steps - k, 1)
    return True


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def nearest_free(free: Bools, i: int, j: int) -> int:
    """The flat index of the free cell nearest to (i, j), itself where there is none within reach."""
    best, found = 1 << 30, i * free.shape[1] + j
    if free[i, j]:
        return found
    for a in range(max(i - _SEARCH_CELLS, 0), min(i + _SEARCH_CELLS + 1, free.shape[0])):
        for b in range(max(j - _SEARCH_CELLS, 0), min(j + _SEARCH_CELLS + 1, free.shape[1])):
            apart = (a - i) ** 2 + (b - j) ** 2
            if free[a, b] and apart < best:
                best, found = apart, a * free.shape[1] + b
    return found


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def spread(
    free: Bools, effort: Floats, blocked: Bools, goal: int, length: float, distances: Floats, following: Ints
) -> None:
    """Shortest ways to `goal` over the 8-connected grid of free cells; fills `distances` (m) and `following` (flat
    index of the next cell towards the goal, negative at the goal and where there is no way).

    A step costs its length (`length` m, or sqrt 2 of it) times the mean `effort` (1 to 4) of both cells;
    `BLOCKED_WAY_M` more from or to a `blocked` cell. Cells wait in buckets narrower than the shortest step, so that
    their order within a bucket does not matter to the distances (Denardo and Fox 1979, "Shortest-route methods: 1.
    Reaching, pruning, and buckets", Oper. Res. 27). Of equal ways the one found first stays; that depends on nothing
    but the inputs.
    """
    rows, columns = free.shape
    open_to, hard, shut, far = free.ravel(), effort.ravel(), blocked.ravel(), distances.ravel()
    far[:] = np.inf
    following[:] = -9999
    settled = ~open_to
    settled[goal] = False
    per_m = 1.0 / (0.999 * length)
    waiting = np.empty((_BUCKETS, free.size), dtype=np.int32)  # a cell waits in a bucket once at most
    counts = np.zeros(_BUCKETS, dtype=np.int64)
    later, late = np.empty(1024, dtype=np.int32), 0  # behind what blocks the way: too far away for the buckets
    far[goal], waiting[0, 0], counts[0] = 0.0, goal, 1
    bucket = 0
    while bucket >= 0:
        slot = bucket % _BUCKETS
        while counts[slot] > 0:
            counts[slot] -= 1
            at = waiting[slot, counts[slot]]
            if settled[at]:
                continue
            settled[at] = True
            i, j = at // columns, at % columns
            key, here, shut_here = far[at], hard[at], shut[at]
            for a in range(max(i - 1, 0), min(i + 2, rows)):
                for b in range(max(j - 1, 0), min(j + 2, columns)):
                    cell = a * columns + b
                    if settled[cell]:
                        continue
                    step = length * (1.4142135623730951 if a != i and b != j else 1.0)
                    there, known = key + step * (here + hard[cell]) * 0.5, far[cell]
                    if shut_here or shut[cell]:
                        there += BLOCKED_WAY_M
                    if there >= known:
                        continue
                    far[cell], following[cell] = there, at
                    goes = int(there * per_m)
                    if known < np.inf and int(known * per_m) == goes:
                        continue  # it waits there already
                    if goes - bucket < _BUCKETS:
                        waiting[goes % _BUCKETS, counts[goes % _BUCKETS]] = cell
                        counts[goes % _BUCKETS] += 1
                        continue
                    if late == len(later):
                        later = np.append(later, later)
                    later[late] = cell
                    late += 1
        bucket, late = _next_bucket(bucket, counts, waiting, later, late, settled, far, per_m)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _next_bucket(
    bucket: int, counts: Any, waiting: Any, later: Ints, late: int, settled: Bools, far: Floats, per_m: float
) -> tuple[int, int]:
    """The nearest bucket with something in it, -1 when there is none; and how many cells are left in `later`, of which
    those that are near now are moved into the buckets."""
    ahead = -1
    for k in range(1, _BUCKETS):
        if counts[(bucket + k) % _BUCKETS] > 0:
            ahead = bucket + k
            break
    for k in range(late):
        goes = int(far[later[k]] * per_m)
        if not settled[later[k]] and (ahead < 0 or goes < ahead):
            ahead = goes
    kept = 0
    for k in range(late):
        cell = later[k]
        goes = int(far[cell] * per_m)
        if settled[cell]:
            continue
        if goes - ahead < _BUCKETS and counts[goes % _BUCKETS] < waiting.shape[1]:
            waiting[goes % _BUCKETS, counts[goes % _BUCKETS]] = cell
            counts[goes % _BUCKETS] += 1
        else:
            later[kept] = cell
            kept += 1
    return ahead, kept
