"""Where robots can be and which steps they can take: a graph in compressed rows, made from cells or from edges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fleet.model.errors import InvalidField

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
MOST_COST = 1_000_000  # of one step, so that sums of costs stay whole numbers of 32 bits on any map of ours


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graph:
    """Node i has steps to `ends[starts[i]:starts[i + 1]]`, of those `costs` (whole numbers of 1 or more, each taking
    one unit of time all the same; a cost above 1 makes robots prefer other ways). `back_*` are the same steps seen
    from where they end. `two_way`: every step can be taken back."""

    starts: Ints
    ends: Ints
    costs: Ints
    back_starts: Ints
    back_ends: Ints
    back_costs: Ints
    two_way: bool

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.starts) - 1

    def steps_from(self, node: int) -> list[int]:
        """The nodes that one step leads to from `node`, in ascending order."""
        return [int(n) for n in self.ends[self.starts[node] : self.starts[node + 1]]]

    def costing(self, costs: Ints) -> Graph:
        """The same graph with other costs of its steps, in the order of `ends`.
        Raises `InvalidField` for another number of them, or one below 1."""
        if costs.shape != self.ends.shape:
            raise InvalidField("costs", costs.shape, f"as many costs as steps: {len(self.ends)}")
        for index in np.flatnonzero((costs < 1) | (costs > MOST_COST))[:1]:
            raise InvalidField(f"costs[{index}]", int(costs[index]), f"a whole number from 1 to {MOST_COST}")
        sources = np.repeat(np.arange(self.nodes), np.diff(self.starts))
        by = np.lexsort((sources, self.ends))
        return replace(self, costs=costs.astype(np.int32), back_costs=costs[by].astype(np.int32))

    def without(self, nodes: Iterable[int]) -> Graph:
        """The same graph and node numbers, with no step to or from `nodes`: what stands there is walked around.
        Raises `InvalidField` for a node that is not there."""
        gone = np.array(sorted(set(nodes)), np.int64)
        for node in gone[(gone < 0) | (gone >= self.nodes)][:1]:
            raise InvalidField("nodes", int(node), f"a node from 0 to {self.nodes - 1}")
        sources = np.repeat(np.arange(self.nodes), np.diff(self.starts))
        keep = ~(np.isin(sources, gone) | np.isin(self.ends, gone))
        kept, costs = np.stack([sources[keep], self.ends[keep]], axis=1).tolist(), self.costs[keep].tolist()
        return graph_of(self.nodes, [(a, b) for a, b in kept], costs)


def graph_of(nodes: int, steps: Iterable[tuple[int, int]], costs: Iterable[int] | None = None) -> Graph:
    """The graph of directed steps (from, to); a way that can be walked both ways is two of them.

    Raises:
        InvalidField: a step from or to a node that is not there, to itself, one that is given twice, a cost below 1.
    """
    pairs = np.array(list(steps), dtype=np.int64).reshape(-1, 2)
    weights = np.ones(len(pairs), np.int64) if costs is None else np.array(list(costs), dtype=np.int64)
    if nodes < 0 or nodes > np.iinfo(np.int32).max:
        raise InvalidField("nodes", nodes, "a number of nodes from 0 to 2^31 - 1")
    if len(weights) != len(pairs):
        raise InvalidField("costs", len(weights), f"as many costs as steps: {len(pairs)}")
    bad = ((pairs < 0) | (pairs >= nodes)).any(axis=1) | (pairs[:, 0] == pairs[:, 1])
    for index in np.flatnonzero(bad)[:1]:
        step = tuple(int(n) for n in pairs[index])
        raise InvalidField(f"steps[{index}]", step, f"two different nodes from 0 to {nodes - 1}")
    for index in np.flatnonzero((weights < 1) | (weights > MOST_COST))[:1]:
        raise InvalidField(f"costs[{index}]", int(weights[index]), f"a whole number from 1 to {MOST_COST}")
    starts, ends, ahead = _rows(nodes, pairs[:, 0], pairs[:, 1], weights)
    twice = np.flatnonzero((np.diff(ends) == 0) & (np.diff(np.repeat(np.arange(nodes), np.diff(starts))) == 0))
    for index in twice[:1]:
        source = int(np.searchsorted(starts, index, side="right")) - 1
        raise InvalidField("steps", (source, int(ends[index])), "each step once")
    back_starts, back_ends, back = _rows(nodes, pairs[:, 1], pairs[:, 0], weights)
    two_way = np.array_equal(starts, back_starts) and np.array_equal(ends, back_ends)
    return Graph(
        starts=starts,
        ends=ends,
        costs=ahead,
        back_starts=back_starts,
        back_ends=back_ends,
        back_costs=back,
        two_way=two_way,
    )


def _rows(
    nodes: int, sources: NDArray[np.int64], targets: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[Ints, Ints, Ints]:
    by = np.lexsort((targets, sources))
    starts = np.zeros(nodes + 1, np.int32)
    starts[1:] = np.cumsum(np.bincount(sources, minlength=nodes)) if nodes else 0
    return starts, targets[by].astype(np.int32), weights[by].astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """A map of cells, [rows, columns], row 0 at the top as in map files; `node_of` is -1 where nobody can be."""

    free: Bools
    graph: Graph
    node_of: Ints  # [rows, columns]
    cell_of: Ints  # [nodes, 2]: row, column

    def node(self, row: int, column: int) -> int:
        """The node of a cell. Raises `InvalidField` for a cell off the map or blocked."""
        if not (0 <= row < self.free.shape[0] and 0 <= column < self.free.shape[1]):
            size = f"{self.free.shape[0]} rows and {self.free.shape[1]} columns"
            raise InvalidField("cell", (row, column), f"a row and column on a map of {size}")
        found = int(self.node_of[row, column])
        if found < 0:
            raise InvalidField("cell", (row, column), "a cell that is free")
        return found

    def cell(self, node: int) -> tuple[int, int]:
        """Row and column of a node."""
        return int(self.cell_of[node, 0]), int(self.cell_of[node, 1])


def grid_of(free: Bools) -> Grid:
    """The 4-connected grid of the cells that are free, [rows, columns]."""
    if free.ndim != 2:
        raise InvalidField("free", free.shape, "an array of rows and columns")
    free = np.ascontiguousarray(free, dtype=np.bool_)
    node_of = np.full(free.shape, -1, np.int32)
    node_of[free] = np.arange(int(free.sum()), dtype=np.int32)
    right = free[:, :-1] & free[:, 1:]
    down = free[:-1] & free[1:]
    first = np.concatenate([node_of[:, :-1][right], node_of[:-1][down]])
    second = np.concatenate([node_of[:, 1:][right], node_of[1:][down]])
    pairs = np.stack([np.concatenate([first, second]), np.concatenate([second, first])], axis=1)
    graph = graph_of(int(free.sum()), [(int(a), int(b)) for a, b in pairs])
    return Grid(free=free, graph=graph, node_of=node_of, cell_of=np.argwhere(free).astype(np.int32))
