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
_AROUND_M = 1.0
"""How much longer a way over a cell may be than the shortest one, to be found with it: robots are pushed about."""


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
def fill_circles(cells: Bools, circles: Floats, x0: float, y0: float, cell: float) -> None:
    """Set the cells whose middles lie within one of the circles [n, 3] (x, y, radius; m)."""
    for k in range(len(circles)):
        x, y, radius = circles[k, 0], circles[k, 1], circles[k, 2]
        low_i, low_j = cell_of(x0, y0, cell, cells.shape, x - radius - cell, y - radius - cell)
        high_i, high_j = cell_of(x0, y0, cell, cells.shape, x + radius + cell, y + radius + cell)
        for i in range(low_i, high_i + 1):
            for j in range(low_j, high_j + 1):
                if math.hypot(x0 + (i + 0.5) * cell - x, y0 + (j + 0.5) * cell - y) < radius:
                    cells[i, j] = True


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
    free: Bools,
    effort: Floats,
    blocked: Bools,
    goal: int,
    towards: int,
    length: float,
    distances: Floats,
    following: Ints,
    known: Bools,
) -> bool:
    """Shortest ways to `goal` over the 8-connected grid of free cells: `distances` (m) and `following` (flat index of
    the next cell towards the goal, negative at the goal and where there is no way) of all cells that are `known`.

    A step costs its length (`length` m, or sqrt 2 of it) times the mean `effort` (1 to 4) of both cells;
    `BLOCKED_WAY_M` more from or to a `blocked` cell. Of equal ways the one over the cell of the lowest index counts.

    The search goes on until the cell `towards` is known and some more around the way to it, cells nearest to that way
    first (A*); until all are if that is negative. It may be called again with the same arrays for another cell: what is
    known does not depend on what was asked for before. Arrays begin as: infinite, -9999, and known where not free.

    Cells wait in buckets narrower than the shortest step; within one they may be looked at several times (Denardo and
    Fox 1979, "Shortest-route methods: 1. Reaching, pruning, and buckets", Oper. Res. 27).

    Returns:
        Whether all cells are known now.
    """
    rows, columns = free.shape
    open_to, hard, shut, far = free.ravel(), effort.ravel(), blocked.ravel(), distances.ravel()
    ti, tj = (towards // columns, towards % columns) if towards >= 0 else (-1, -1)
    per_m = 1.0 / (0.999 * length)
    waiting, counts = np.empty((_BUCKETS, 1024), dtype=np.int32), np.zeros(_BUCKETS, dtype=np.int64)
    later, late = _begin(far, goal, known)
    bucket, late = _next_bucket(-1, counts, waiting, later, late, known, far, per_m, length, columns, ti, tj)
    last = 1 << 60
    while 0 <= bucket <= last:
        slot = bucket % _BUCKETS
        while counts[slot] > 0:
            counts[slot] -= 1
            at = waiting[slot, counts[slot]]
            if known[at]:
                continue
            known[at] = True
            i, j = at // columns, at % columns
            key, here, shut_here = far[at], hard[at], shut[at]
            for a in range(max(i - 1, 0), min(i + 2, rows)):
                for b in range(max(j - 1, 0), min(j + 2, columns)):
                    cell = a * columns + b
                    if not open_to[cell]:
                        continue
                    step = length * (1.4142135623730951 if a != i and b != j else 1.0)
                    there = key + step * (here + hard[cell]) * 0.5
                    if shut_here or shut[cell]:
                        there += BLOCKED_WAY_M
                    if there >= far[cell]:
                        if there == far[cell] and at < following[cell]:
                            following[cell] = at
                        continue
                    far[cell], following[cell], known[cell] = there, at, False
                    goes = int((there + _least(a, b, ti, tj, length)) * per_m)
                    if goes - bucket >= _BUCKETS:
                        if late == len(later):
                            later = np.append(later, later)
                        later[late] = cell
                        late += 1
                        continue
                    into = goes % _BUCKETS
                    if counts[into] == waiting.shape[1]:
                        waiting = np.concatenate((waiting, waiting), axis=1)
                    waiting[into, counts[into]] = cell
                    counts[into] += 1
        if towards >= 0 and known[towards] and last == 1 << 60:
            last = bucket + int(_AROUND_M * per_m)
        bucket, late = _next_bucket(bucket, counts, waiting, later, late, known, far, per_m, length, columns, ti, tj)
    if bucket < 0:
        known[:] = True
    return bucket < 0


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _begin(far: Floats, goal: int, known: Bools) -> tuple[Ints, int]:
    """The cells from which the search goes on: the goal, or all that were reached before and are not yet known."""
    if far[goal] == np.inf:
        far[goal], known[goal] = 0.0, False
        return np.full(1024, goal, dtype=np.int32), 1
    found = np.flatnonzero(~known & (far < np.inf)).astype(np.int32)
    return np.concatenate((found, np.zeros(1024, dtype=np.int32))), len(found)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _least(i: int, j: int, ti: int, tj: int, length: float) -> float:
    """No way from cell (i, j) to (ti, tj) is shorter than this; 0 without a target."""
    if ti < 0:
        return 0.0
    di, dj = abs(i - ti), abs(j - tj)
    return length * (max(di, dj) + 0.41421356237309 * min(di, dj))


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _next_bucket(
    bucket: int,
    counts: Any,
    waiting: Any,
    later: Ints,
    late: int,
    known: Bools,
    far: Floats,
    per_m: float,
    length: float,
    columns: int,
    ti: int,
    tj: int,
) -> tuple[int, int]:
    """The nearest bucket with something in it, -1 when there is none; and how many cells are left in `later`, of which
    those that are near now are moved into the buckets."""
    ahead = 1 << 60
    for k in range(1, _BUCKETS):
        if counts[(bucket + k) % _BUCKETS] > 0:
            ahead = bucket + k
            break
    goes = np.empty(late, dtype=np.int64)
    for k in range(late):
        cell = later[k]
        goes[k] = int((far[cell] + _least(cell // columns, cell % columns, ti, tj, length)) * per_m)
        if not known[cell]:
            ahead = min(ahead, goes[k])
    kept = 0
    for k in range(late):
        if known[later[k]]:
            continue
        into = goes[k] % _BUCKETS
        if goes[k] - ahead < _BUCKETS and counts[into] < waiting.shape[1]:
            waiting[into, counts[into]] = later[k]
            counts[into] += 1
        else:
            later[kept] = later[k]
            kept += 1
    return ahead if ahead < 1 << 60 else -1, kept
