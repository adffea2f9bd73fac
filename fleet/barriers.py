"""What has to be opened to get from one place to another, while parts of the floor are closed."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from fleet.model.geometry import Pose

Bools = NDArray[np.bool_]
Nodes = NDArray[np.int32]
_MOST = 62  # closures with a bit of their own; the rest share the last one


class Barriers:
    """The floor as pieces that one walks about in without passing anything closed, and which pieces touch.

    One-way zones are not looked at: what they forbid is nothing that somebody has closed.

    Args:
        free: [x, y] cells where a robot's middle may be.
        masks: [x, y] by id of what is closed, its cells.
        cell_of: the flat index of a pose's cell, None where there is none.
        cells_xy: the middles of the cells, along x and along y, in m.
    """

    def __init__(
        self,
        free: Bools,
        masks: Mapping[str, Bools],
        cell_of: Callable[[Pose], int | None],
        cells_xy: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> None:
        self._ids = tuple(sorted(masks))
        self._cell_of = cell_of
        codes = np.zeros(free.shape, dtype=np.int64)
        for i, name in enumerate(self._ids):
            codes[masks[name]] |= 1 << min(i, _MOST - 1)
        nodes, self._code_of = _pieces(free, codes)
        self._beside = _beside(nodes)
        self._node_of = nodes.ravel()
        x, y = np.meshgrid(*cells_xy, indexing="ij")
        self._edges = {name: (x[masks[name]], y[masks[name]]) for name in self._ids}
        self._known: dict[tuple[int, int], int | None] = {}

    def between(self, start: Pose, end: Pose) -> tuple[str, ...] | None:
        """Ids of what is closed and would have to be opened for a way from `start` to `end`, as few as can be; empty
        where there is a way, None where there is none whatever is opened. Whoever is inside something closed may leave
        it, and nobody works there."""
        here, there = self._cell_of(start), self._cell_of(end)
        if here is None or there is None:
            return None
        code = self._through(int(self._node_of[here]), int(self._node_of[there]))
        if code is None:
            return None
        return tuple(name for i, name in enumerate(self._ids) if code >> min(i, _MOST - 1) & 1)

    def metres_to(self, pose: Pose, what: str) -> float:
        """How far it is at least to one of these that is closed, in m."""
        x, y = self._edges[what]
        return float(np.hypot(x - pose.x, y - pose.y).min()) if x.size else 0.0

    def _through(self, start: int, end: int) -> int | None:
        """The codes on the way between two pieces that has the fewest closures, joined (Dijkstra)."""
        key = (start, end)
        if key in self._known:
            return self._known[key]
        mine, last = self._code_of[start], self._code_of[end]
        queue, best, found = [(0, start, 0)], {start: 0}, None
        while queue:
            cost, node, code = heapq.heappop(queue)
            if node == end:
                found = code | last
                break
            if cost > best[node]:
                continue
            for other in self._beside.get(node, ()):
                more = self._code_of[other] & ~mine
                dearer = cost + bin(more).count("1")
                if dearer < best.get(other, _MOST * len(self._code_of)):
                    best[other] = dearer
                    heapq.heappush(queue, (dearer, other, code | more))
        self._known[key] = found
        return found


def _pieces(free: Bools, codes: NDArray[np.int64]) -> tuple[Nodes, list[int]]:
    """Connected cells with the same closures are one piece; by cell its number (0: no floor), by number its code."""
    from scipy.ndimage import label  # slow to import

    nodes: Nodes = np.zeros(free.shape, dtype=np.int32)
    code_of = [0]
    for code in np.unique(codes[free]):
        labels, count = label(free & (codes == code))
        inside = labels > 0
        nodes[inside] = labels[inside] + (len(code_of) - 1)
        code_of.extend([int(code)] * count)
    return nodes, code_of


def _beside(nodes: Nodes) -> dict[int, tuple[int, ...]]:
    """By piece, those that touch it."""
    pairs = []
    for a, b in ((nodes[1:], nodes[:-1]), (nodes[:, 1:], nodes[:, :-1])):
        touch = (a != b) & (a > 0) & (b > 0)
        pairs.append(np.stack([a[touch], b[touch]], axis=1))
    found: dict[int, set[int]] = {}
    for one, other in np.unique(np.concatenate(pairs), axis=0).tolist():
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {node: tuple(sorted(others)) for node, others in found.items()}
