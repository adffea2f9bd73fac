"""A way for one body past what stands about, over cells: for a robot that is let go where the roadmap has no line.

The spots of the roadmap are two robots apart, so a gap that somebody who has fallen leaves in a doorway often has none,
though there is room. A robot that looks for itself tries the nearest side first, whether it fits there or not.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

from fleet.traffic.floor import Point
from fleet.traffic.roadmap import CELL_M, Cells

Bools = NDArray[np.bool_]
_NEAR = 3  # cells from a robot or goal to the first free one
_MARGIN_M = 6.0  # of the floor that is searched, around the robot and its goal
_MOST_CELLS = 120_000  # on more of it this takes too long for traffic: it finds its way by itself
_AHEAD_M = 8.0  # how far from here the way matters: beyond, the robot is led again


def way_over(cells: Cells, free: Bools, here: Point, goal: Point) -> tuple[Point, ...]:
    """The corners of the shortest way over `free` cells, from where it begins and without its end, m; empty where there
    is none, or too much floor to search. Beyond `_AHEAD_M` corners are left out."""
    cells = _about(cells, free, here, goal)
    free = cells.free
    if not 0 < free.size <= _MOST_CELLS:
        return ()
    start, end = _nearest(cells, free, here), _nearest(cells, free, goal)
    if start is None or end is None:
        return ()
    steps = _steps(free)
    before = dijkstra(steps, directed=False, indices=[start], return_predecessors=True)[1][0]
    line = [end]
    while line[-1] != start:
        if before[line[-1]] < 0:
            return ()
        line.append(int(before[line[-1]]))
    middles = [cells.middle(*divmod(k, free.shape[1])) for k in reversed(line)]
    corners = _corners(cells, middles)
    return tuple(p for p in corners if math.dist(p, here) < _AHEAD_M)


def _about(cells: Cells, free: Bools, here: Point, goal: Point) -> Cells:
    """The free cells of the floor around these two points."""
    (ai, aj), (bi, bj), more = cells.at(*here), cells.at(*goal), round(_MARGIN_M / CELL_M)
    i, j = max(min(ai, bi) - more, 0), max(min(aj, bj) - more, 0)
    part = free[i : max(ai, bi) + more + 1, j : max(aj, bj) + more + 1]
    return Cells(part, cells.x0 + i * CELL_M, cells.y0 + j * CELL_M, cells.solids)


def _nearest(cells: Cells, free: Bools, at: Point) -> int | None:
    """The number of the free cell nearest to a point."""
    i, j = cells.at(*at)
    near = [
        (math.dist(cells.middle(u, v), at), u * free.shape[1] + v)
        for u in range(max(i - _NEAR, 0), min(i + _NEAR + 1, free.shape[0]))
        for v in range(max(j - _NEAR, 0), min(j + _NEAR + 1, free.shape[1]))
        if free[u, v]
    ]
    return min(near)[1] if near else None


def _steps(free: Bools) -> csr_matrix:
    """Steps between free cells that touch, by their length in cells."""
    number = np.arange(free.size).reshape(free.shape)
    found = []
    for a, b, length in (
        (np.s_[:-1, :], np.s_[1:, :], 1.0),
        (np.s_[:, :-1], np.s_[:, 1:], 1.0),
        (np.s_[:-1, :-1], np.s_[1:, 1:], math.sqrt(2)),
        (np.s_[1:, :-1], np.s_[:-1, 1:], math.sqrt(2)),
    ):
        both = free[a] & free[b]
        found.append(np.stack([number[a][both], number[b][both], np.full(int(both.sum()), length)]))
    one, other, lengths = np.hstack(found)
    ends = one.astype(np.intp), other.astype(np.intp)
    return coo_matrix((lengths, ends), shape=(free.size, free.size)).tocsr()


def _corners(cells: Cells, line: list[Point]) -> list[Point]:
    """Of a line over cells, the first point and those where it has to turn."""
    corners, k = [line[0]], 0
    while k < len(line) - 1:
        seen = cells.straight(np.array([(*line[k], *p) for p in line[k + 1 :]]))
        k += max(int(np.flatnonzero(seen)[-1]) + 1 if seen.any() else 1, 1)
        corners.append(line[k])
    return corners[:-1]


__all__ = ["way_over"]
