"""Parts of a roadmap that the floor joins: the shortest ways between them, cell by cell."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fleet.traffic.roadmap import Cells

Floats = NDArray[np.float64]
_STEPS = ((1, 0), (-1, 0), (0, 1), (0, -1))


def ways_between_parts(cells: Cells, spots: Floats, part: NDArray[np.int32], pitch: float) -> Floats:
    """New spots [n, 2] along the shortest way from each part to its nearest neighbour, no further than half a pitch
    apart. Empty where the floor joins no two parts.

    One flood from all spots at once: where the floods of two parts meet, a way between them is found.
    """
    owner = np.full(cells.free.shape, -1, dtype=np.int32)
    back = np.zeros((*cells.free.shape, 2), dtype=np.int16)
    waiting: deque[tuple[int, int]] = deque()
    for (x, y), one in zip(spots, part, strict=True):
        i, j = cells.at(x, y)
        if cells.inside(i, j) and owner[i, j] < 0:
            owner[i, j] = one
            waiting.append((i, j))
    met: dict[tuple[int, int], list[tuple[int, int]]] = {}
    while waiting:
        i, j = waiting.popleft()
        for di, dj in _STEPS:
            u, v = i + di, j + dj
            if not cells.inside(u, v) or not cells.free[u, v]:
                continue
            if owner[u, v] < 0:
                owner[u, v] = owner[i, j]
                back[u, v] = (-di, -dj)
                waiting.append((u, v))
            elif owner[u, v] != owner[i, j]:
                pair = min(int(owner[i, j]), int(owner[u, v])), max(int(owner[i, j]), int(owner[u, v]))
                if pair not in met:
                    met[pair] = _trace(back, i, j)[::-1] + _trace(back, u, v)
    every = max(math.floor(0.5 * pitch / 0.1), 1)
    found = [cells.middle(*cell) for way in met.values() for cell in way[::every] + way[-1:]]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _trace(back: NDArray[np.int16], i: int, j: int) -> list[tuple[int, int]]:
    """The cells from (i, j) back to the spot whose flood reached it."""
    way = [(i, j)]
    while back[i, j].any():
        i, j = i + int(back[i, j, 0]), j + int(back[i, j, 1])
        way.append((i, j))
    return way


__all__ = ["ways_between_parts"]
