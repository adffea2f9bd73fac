"""Distances from one node of a graph to all others, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_BUCKETS = 8


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def reach(starts: Ints, ends: Ints, lengths: Floats, shortest: float, source: int) -> Floats:
    """Length of the shortest way from `source` to each node, infinite where there is none. Shape [nodes].

    The graph is in compressed rows: node i has steps to `ends[starts[i]:starts[i + 1]]`, of those `lengths`, each from
    `shortest` (above 0) to 6 times that. Nodes wait in buckets narrower than the shortest step, so that their order
    within a bucket does not matter (Denardo and Fox 1979, "Shortest-route methods: 1. Reaching, pruning, and buckets",
    Oper. Res. 27): the answer is the least sum of lengths, bit for bit, whatever the order.
    """
    nodes = len(starts) - 1
    far = np.full(nodes, np.inf)
    settled = np.zeros(nodes, dtype=np.bool_)
    waiting = np.empty((_BUCKETS, nodes), dtype=np.int32)  # a node waits in a bucket once at most
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
            for k in range(starts[at], starts[at + 1]):
                to = ends[k]
                there, known = far[at] + lengths[k], far[to]
                if settled[to] or there >= known:
                    continue
                far[to] = there
                goes = int(there * per_m)
                if known == np.inf or int(known * per_m) != goes:
                    waiting[goes % _BUCKETS, counts[goes % _BUCKETS]] = to
                    counts[goes % _BUCKETS] += 1
        bucket += 1
    return far
