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
    """Dijkstra from `goal` over the 8-connected grid of free cells; fills `distances` (m) and `following` (flat index
    of the next cell towards the goal, negative at the goal and where there is no way).

    A step costs its length (`length` m, or sqrt 2 of it) times the mean `effort` of both cells; `BLOCKED_WAY_M` more
    from or to a `blocked` cell. Ties are broken by the order of the queue, which depends on nothing but the inputs.
    """
    columns = free.shape[1]
    distances[:] = np.inf
    following[:] = -9999
    heap_key = np.empty(1024)
    heap_cell = np.empty(1024, dtype=np.int64)
    size = 0
    distances[goal // columns, goal % columns] = 0.0
    heap_key, heap_cell, size = _push(heap_key, heap_cell, size, 0.0, goal)
    while size > 0:
        key, at = heap_key[0], heap_cell[0]
        size = _pop(heap_key, heap_cell, size)
        i, j = at // columns, at % columns
        if key > distances[i, j]:
            continue
        for di in range(-1, 2):
            for dj in range(-1, 2):
                a, b = i + di, j + dj
                if (di == 0 and dj == 0) or not (0 <= a < free.shape[0] and 0 <= b < columns) or not free[a, b]:
                    continue
                step = length * (1.4142135623730951 if di != 0 and dj != 0 else 1.0)
                there = key + step * (effort[i, j] + effort[a, b]) * 0.5
                if blocked[i, j] or blocked[a, b]:
                    there += BLOCKED_WAY_M
                if there < distances[a, b]:
                    distances[a, b] = there
                    following[a * columns + b] = at
                    heap_key, heap_cell, size = _push(heap_key, heap_cell, size, there, a * columns + b)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _push(keys: Floats, cells: Any, size: int, key: float, cell: int) -> tuple[Floats, Any, int]:
    if size == len(keys):
        more_keys, more_cells = np.empty(2 * size), np.empty(2 * size, dtype=np.int64)
        more_keys[:size], more_cells[:size] = keys, cells
        keys, cells = more_keys, more_cells
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[up] <= key:
            break
        keys[at], cells[at] = keys[up], cells[up]
        at = up
    keys[at], cells[at] = key, cell
    return keys, cells, size + 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _pop(keys: Floats, cells: Any, size: int) -> int:
    size -= 1
    key, cell = keys[size], cells[size]
    at = 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        keys[at], cells[at] = keys[down], cells[down]
        at = down
    keys[at], cells[at] = key, cell
    return size
