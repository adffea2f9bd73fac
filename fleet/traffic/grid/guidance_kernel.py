"""Where many walk anyway, so that others go elsewhere: ways that cost more the more use them, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.traffic.grid.distance_kernel import FAR, rise, sink

Ints = NDArray[np.int32]
# What a step costs: so much itself, so much for each robot that comes the other way on it, and for each that walks
# into the same node. Measured: half and twice the first are as good, no charge for the nodes is worse.
STEP, AGAINST, WITH = 16, 1, 1


class Flow(NamedTuple):
    """A graph's steps in compressed rows, `opposite` the number of each one's way back (-1: none), and how many robots
    are to walk `over` each step and `into` each node."""

    starts: Ints
    ends: Ints
    opposite: Ints
    over: Ints
    into: Ints


class Scratch(NamedTuple):
    """Arrays of one search: cost so far, by which step and from which node each node was reached, [nodes], and the
    heap, [steps + 1]."""

    cost: Ints
    by: Ints
    came: Ints
    heap: NDArray[np.int64]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def cost_of(step: int, flow: Flow) -> int:
    """What a step costs with as many others as there are now."""
    back = flow.opposite[step]
    against = flow.over[back] if back >= 0 else np.int32(0)
    return int(STEP + AGAINST * against + WITH * flow.into[flow.ends[step]])


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def count(way: Ints, robots: int, flow: Flow) -> None:
    """Add so many robots to a way, a list of steps."""
    for step in way:
        flow.over[step] += robots
        flow.into[flow.ends[step]] += robots


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def cheapest(source: int, far: Ints, flow: Flow, scratch: Scratch) -> Ints:
    """The cheapest way from `source` to where `far`, [nodes] (steps to the goal), is 0, as a list of steps; by A*."""
    cost, heap = scratch.cost, scratch.heap
    cost[:] = FAR
    cost[source] = 0
    heap[0] = (np.int64(STEP * far[source]) << 31) | np.int64(source)
    size, goal = 1, -1
    while size > 0:
        top = heap[0]
        size -= 1
        sink(heap, size, heap[size])
        at = np.int32(top & 0x7FFFFFFF)
        if far[at] == 0:
            goal = at
            break
        if (top >> 31) > cost[at] + STEP * far[at]:
            continue
        for step in range(flow.starts[at], flow.starts[at + 1]):
            to = flow.ends[step]
            there = cost[at] + cost_of(step, flow)
            if far[to] < FAR and there < cost[to]:
                cost[to], scratch.by[to], scratch.came[to] = there, step, at
                rise(heap, size, (np.int64(there + STEP * far[to]) << 31) | np.int64(to))
                size += 1
    return _walked(source, goal, scratch)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _walked(source: int, goal: int, scratch: Scratch) -> Ints:
    length, at = 0, goal
    while at >= 0 and at != source:
        length, at = length + 1, scratch.came[at]
    way = np.empty(length, np.int32)
    at = goal
    for k in range(length - 1, -1, -1):
        way[k], at = scratch.by[at], scratch.came[at]
    return way
