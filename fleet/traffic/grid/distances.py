"""Tables of distances to goals, found when first asked for and shared by all who go there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.model.errors import InvalidField
from fleet.traffic.grid.graph import Graph, Ints

FAR = 1 << 29  # there is no way
_FIRST_ROWS = 16


class Distances:
    """Costs of the cheapest ways from every node to each goal that was asked for.

    `table[rows_to(goals)[k], node]` is the cost from `node` to `goals[k]`, `FAR` where there is no way. Rows of goals
    that nobody asked for lately are given up when `most_bytes` is reached, so row numbers hold until the next call.
    """

    def __init__(self, graph: Graph, most_bytes: int = 400_000_000) -> None:
        self.graph = graph
        self._most = max(most_bytes // max(4 * graph.nodes, 1), 1)
        self.table: Ints = np.empty((0, graph.nodes), np.int32)
        self._row_of: Ints = np.full(graph.nodes, -1, np.int32)
        self._goal_in: Ints = np.empty(0, np.int32)  # of each row; -1: none
        self._asked: NDArray[np.int64] = np.zeros(0, np.int64)
        self._calls = 0
        self._plain = bool((graph.costs == 1).all())

    def rows_to(self, goals: Ints) -> Ints:
        """The row of each goal, [goals]. Raises `InvalidField` for a goal that is no node."""
        goals = np.ascontiguousarray(goals, dtype=np.int32)
        if len(goals) and (goals.min() < 0 or goals.max() >= self.graph.nodes):
            index = int(np.flatnonzero((goals < 0) | (goals >= self.graph.nodes))[0])
            raise InvalidField(f"goals[{index}]", int(goals[index]), f"a node from 0 to {self.graph.nodes - 1}")
        self._calls += 1
        found = self._row_of[goals]
        self._asked[found[found >= 0]] = self._calls
        missing = np.unique(goals[found < 0])
        if len(missing):
            self._add(missing)
            found = self._row_of[goals]
        return found

    def between(self, sources: Ints, goals: Ints) -> Ints:
        """Cost from `sources[k]` to `goals[k]`, [goals]."""
        rows = self.rows_to(goals)  # before the table is looked at: it may be replaced by a larger one
        found: Ints = self.table[rows, sources]
        return found

    def _add(self, goals: Ints) -> None:
        from fleet.traffic.grid.distance_kernel import fill  # the compiler is loaded when the first way is asked for

        g = self.graph
        rows = self._free_rows(len(goals))
        self._row_of[goals] = rows
        self._goal_in[rows] = goals
        self._asked[rows] = self._calls
        fill(g.back_starts, g.back_ends, g.back_costs, self._plain, goals, rows, self.table)

    def _free_rows(self, count: int) -> Ints:
        lacking = count - int((self._goal_in < 0).sum())
        if lacking > 0:
            grow = max(lacking, len(self.table), _FIRST_ROWS)
            if len(self.table) + grow > self._most:
                lacking -= self._give_up(lacking)
                grow = max(lacking, min(grow, self._most - len(self.table)))  # what is asked for now must fit at all
            self.table = np.concatenate([self.table, np.empty((grow, self.graph.nodes), np.int32)])
            self._goal_in = np.concatenate([self._goal_in, np.full(grow, -1, np.int32)])
            self._asked = np.concatenate([self._asked, np.zeros(grow, np.int64)])
        return np.flatnonzero(self._goal_in < 0)[:count].astype(np.int32)

    def _give_up(self, count: int) -> int:
        """Forget the rows that were not asked for longest, none of those asked for now; how many that were."""
        old = np.flatnonzero((self._goal_in >= 0) & (self._asked < self._calls))
        rows = old[np.argsort(self._asked[old], kind="stable")][:count]
        self._row_of[self._goal_in[rows]] = -1
        self._goal_in[rows] = -1
        return len(rows)
