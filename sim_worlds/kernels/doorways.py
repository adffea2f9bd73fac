"""Questions of a building about the way ahead: which cells come next, and through which doorways they lead."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def cells_ahead(following: Ints, start: int, most: int) -> Any:
    """Cell `start` of a way and up to `most` after it, as flat indices."""
    cells = np.empty(most + 1, dtype=np.int64)
    cells[0] = start
    count, at = 1, start
    while count <= most:
        at = following[at]
        if at < 0:
            break
        cells[count] = at
        count += 1
    return cells[:count]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def first_crossings(cells: Any, columns: int, x0: float, y0: float, cell: float, lines: Floats) -> Any:
    """For each doorway the first step between two of these cells that leads through it, -1 where none does.

    `lines` are, for each doorway: its beginning x, y, its direction (unit) x, y, and its width, in m.
    """
    found = np.full(len(lines), -1, dtype=np.int64)
    for k in range(len(lines)):
        ax, ay, ux, uy, width = lines[k, 0], lines[k, 1], lines[k, 2], lines[k, 3], lines[k, 4]
        was_beyond = was_between = False
        for s in range(len(cells)):
            dx = x0 + (cells[s] // columns + 0.5) * cell - ax
            dy = y0 + (cells[s] % columns + 0.5) * cell - ay
            along = dx * ux + dy * uy
            beyond = dy * ux - dx * uy > 0
            between = -cell < along < width + cell
            if s > 0 and beyond != was_beyond and between and was_between:
                found[k] = s - 1
                break
            was_beyond, was_between = beyond, between
    return found


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def entries(masks: NDArray[np.bool_], cells: Any, within: int) -> Any:
    """For each mask (one a row, over flat cells) the first of the next `within` cells that is in it; -1 where none is,
    or where the way begins in it."""
    found = np.full(len(masks), -1, dtype=np.int64)
    for k in range(len(masks)):
        if masks[k, cells[0]]:
            continue
        for s in range(min(within, len(cells))):
            if masks[k, cells[s]]:
                found[k] = cells[s]
                break
    return found
