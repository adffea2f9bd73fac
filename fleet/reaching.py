"""Distances from one cell of a floor to all others, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_BUCKETS = 8


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def steps_of(starts: Ints, ends: Ints, lengths: Floats, offsets: Ints, step_lengths: Floats) -> Ints:
    """The steps that each cell has, as bits: bit d for a step to the cell `offsets[d]` further on, of length
    `step_lengths[d]`. The graph is in compressed rows: cell i has steps to `ends[starts[i]:starts[i + 1]]`.

    So the graph of a floor takes a sixtieth of the memory, and stays near the processor while ways are found.

    Raises:
        ValueError: there is a step that is none of these.
    """
    steps = np.zeros(len(starts) - 1, dtype=np.int32)
    for at in range(len(steps)):
        for k in range(starts[at], starts[at + 1]):
            d = 0
            while d < len(offsets) and (at + offsets[d] != ends[k] or step_lengths[d] != lengths[k]):
                d += 1
            if d == len(offsets):
                raise ValueError("a step of no known kind")
            steps[at] |= 1 << d
    return steps


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def reach(steps: Ints, offsets: Ints, lengths: Floats, shortest: float, source: int) -> Floats:
    """Length of the shortest way from `source` to each cell, infinite where there is none. Shape [cells].

    `steps[i]` are the steps of cell i (see `steps_of`), of `lengths` from `shortest` (above 0) to 6 times that. Cells
    wait in buckets narrower than the shortest step, so that their order within a bucket does not matter (Denardo and
    Fox 1979, "Shortest-route methods: 1. Reaching, pruning, and buckets", Oper. Res. 27): the answer is the least sum
    of lengths, bit for bit, whatever the order.
    """
    far = np.full(len(steps), np.inf)
    settled = np.zeros(len(steps), dtype=np.bool_)
    waiting = np.empty((_BUCKETS, len(steps)), dtype=np.int32)  # a cell waits in a bucket once at most
    counts = np.zeros(_BUCKETS, dtype=np.int64)
    per_m = 1.0 / (0.999 * shortest)
    far[source], waiting[0, 0], counts[0] = 0.0, source, 1
    bucket, empty = 0, 0
    while empty < _BUCKETS:
        slot = bucket % _BUCKETS
        empty = empty + 1 if counts[slot] == 0 else 0
        while counts[slot] > 0:
            counts[slot] -= 1
            at = waiting[slot, counts[slot]]
            if settled[at]:
                continue
            settled[at] = True
            for d in range(len(offsets)):
                if not steps[at] & (1 << d):
                    continue
                to = at + offsets[d]
                there, known = far[at] + lengths[d], far[to]
                if there >= known:  # also whatever is settled: that is nearer than the shortest step from here
                    continue
                far[to] = there
                goes = int(there * per_m)
                if known == np.inf or int(known * per_m) != goes:
                    waiting[goes % _BUCKETS, counts[goes % _BUCKETS]] = to
                    counts[goes % _BUCKETS] += 1
        bucket += 1
    return far
