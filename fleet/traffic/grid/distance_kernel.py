"""How far every node is from a goal, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
FAR = np.int32(1 << 29)  # there is no way


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def fill(starts: Ints, ends: Ints, costs: Ints, plain: bool, goals: Ints, rows: Ints, table: Ints) -> None:
    """Write into `table[rows[k]]` what it costs to get from each node to `goals[k]`; `FAR` where there is no way.

    `starts`, `ends`, `costs` are the steps seen from their ends. `plain`: all costs are 1.
    """
    nodes = len(starts) - 1
    line = np.empty(nodes, np.int32)
    for k in range(len(goals)):
        if plain:
            _breadth(starts, ends, goals[k], table[rows[k]], line)
        else:
            _cheapest(starts, ends, costs, goals[k], table[rows[k]])


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _breadth(starts: Ints, ends: Ints, goal: int, far: Ints, line: Ints) -> None:
    far[:] = FAR
    far[goal] = 0
    line[0] = goal
    head, tail = 0, 1
    while head < tail:
        at = line[head]
        head += 1
        for k in range(starts[at], starts[at + 1]):
            to = ends[k]
            if far[to] == FAR:
                far[to] = far[at] + 1
                line[tail] = to
                tail += 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _cheapest(starts: Ints, ends: Ints, costs: Ints, goal: int, far: Ints) -> None:
    """Dijkstra with a binary heap of (cost, node) in one number; entries that are out of date are skipped."""
    far[:] = FAR
    far[goal] = 0
    heap = np.empty(len(ends) + 1, np.int64)
    heap[0] = goal
    size = 1
    while size > 0:
        top = heap[0]
        size -= 1
        sink(heap, size, heap[size])
        at = np.int32(top & 0x7FFFFFFF)
        if np.int32(top >> 31) > far[at]:
            continue
        for k in range(starts[at], starts[at + 1]):
            to, there = ends[k], far[at] + costs[k]
            if there < far[to]:
                far[to] = there
                rise(heap, size, (np.int64(there) << 31) | np.int64(to))
                size += 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def rise(heap: NDArray[np.int64], at: int, value: int) -> None:
    """Put `value` into a binary heap of `at` entries."""
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= value:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = value


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def sink(heap: NDArray[np.int64], size: int, value: int) -> None:
    """Put `value`, the last entry but for the top, in place of the top of a heap of `size` entries that are left."""
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= value:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = value
