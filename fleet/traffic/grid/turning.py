"""Robots on a grid that walk ahead, turn by quarters, or wait: the League of Robot Runners' way of moving."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.grid.distances import Distances
from fleet.traffic.grid.graph import Graph, Grid, Ints, graph_of

FORWARD, RIGHT, LEFT, WAIT = range(4)
_PATIENCE = 10  # steps
_AHEAD = ((0, 1), (1, 0), (0, -1), (-1, 0))  # row and column: east, south, west, north; right turns go up


class Turners:
    """Robots with states (4 x node + heading, heading 0 east, 1 south, 2 west, 3 north) that walk to goals.

    Args:
        states: where robots are and where they look at first, [robots], no two at one node.
        ahead: how many actions each robot plans ahead, 1 to 5.
        tries: how many robots are tried again at random in each step; 3 for each robot, if None.
        seed: same seed, same steps.
    """

    def __init__(self, grid: Grid, states: Ints, *, ahead: int = 4, tries: int | None = None, seed: int = 0) -> None:
        from fleet.traffic.grid.dice_kernel import shuffled_seed

        self.grid = grid
        self.states: Ints = states.astype(np.int32)
        self.tries = 3 * len(states) if tries is None else tries
        self._ways = _ways(grid)
        self.distances = Distances(_turning_graph(self._ways))
        self._operations, self._next = _operations(ahead)
        robots, nodes = len(states), grid.graph.nodes
        still = np.flatnonzero((self._operations == WAIT).all(axis=1))[0]
        self._plans: Ints = np.empty((robots, ahead + 2), np.int32)
        self._plans[:, : ahead + 1] = (self.states >> 2)[:, None]
        self._plans[:, ahead + 1] = still
        self._busy: Ints = np.full((ahead + 1, nodes), -1, np.int32)
        self._busy[:, self.states >> 2] = np.arange(robots, dtype=np.int32)
        self._goals: Ints = np.full(robots, -1, np.int32)
        self._nearest: Ints = np.zeros(robots, np.int32)
        self._stuck: NDArray[np.int64] = np.zeros(robots, np.int64)
        self._dice: NDArray[np.int64] = np.array([shuffled_seed(seed)], np.int64)

    def rows_to(self, nodes: Ints) -> Ints:
        """Rows of `distances.table` for goals; costs there are 1 too large (the last step is to look any way)."""
        return self.distances.rows_to(nodes + np.int32(4 * self.grid.graph.nodes))

    def far(self, states: Ints, nodes: Ints) -> Ints:
        """Actions that it takes from states to goals, [goals]."""
        rows = self.rows_to(nodes)
        found: Ints = self.distances.table[rows, states] - 1
        return found

    def leg(self, sources: Ints, nodes: Ints) -> Ints:
        """Actions from one node to another, looking the best way at first, [goals]."""
        rows = self.rows_to(nodes)
        found: Ints = self.distances.table[rows[:, None], 4 * sources[:, None] + np.arange(4)].min(axis=1) - 1
        return found

    def step(self, goals: Ints, after: Ints) -> None:
        """One action of every robot, towards `goals` (nodes, [robots]) and then `after` (-1: nothing after that)."""
        from fleet.traffic.grid.turning_kernel import LEG, RANK, ROW, ROW2, STATE, improve

        robots = len(self.states)
        has = after >= 0
        both = self.rows_to(np.concatenate([goals, after[has]]).astype(np.int32))
        table = np.zeros((8, robots), np.int32)
        table[STATE], table[ROW], table[ROW2] = self.states, both[:robots], -1
        table[ROW2, has] = both[robots:]
        table[LEG, has] = self.leg(goals[has], after[has])
        order = self._order(self.distances.table[table[ROW], self.states], goals)
        table[RANK, order] = np.arange(robots, dtype=np.int32)
        row_goals: Ints = np.full(len(self.distances.table), -1, np.int32)
        row_goals[both] = np.concatenate([goals, after[has]])
        rest = (self._ways, self.distances.table, row_goals, table, self._operations)
        costs = np.empty(robots, np.int64)
        improve(*rest, self._plans, costs, self._busy, order, self.tries, self._dice)
        self._act()

    def _order(self, near: Ints, goals: Ints) -> Ints:
        """Who is nearest to its goal goes first. One that has come no nearer for a while goes last for as long, and so
        on in turns: in dead ends two may stand in each other's way whichever of them goes first."""
        nearer = (goals != self._goals) | (near < self._nearest)
        self._nearest = np.where(nearer, near, self._nearest)
        self._goals = goals.copy()
        self._stuck = np.where(nearer, 0, self._stuck + 1)
        patience = _PATIENCE + np.arange(len(near)) % 7  # not all change at the same time
        return np.lexsort((near, self._stuck // patience % 2)).astype(np.int32)

    def _act(self) -> None:
        """Everybody does its first action; what is left of the operations is followed by waiting."""
        actions = self._operations[self._plans[:, -1], 0]
        turned = (self.states & 3) + np.select([actions == RIGHT, actions == LEFT], [1, 3], 0)
        self.states = (4 * self._plans[:, 1] + (turned & 3)).astype(np.int32)
        self._plans[:, :-2] = self._plans[:, 1:-1]
        self._plans[:, -1] = self._next[self._plans[:, -1]]
        self._busy[:-1] = self._busy[1:]


def _ways(grid: Grid) -> Ints:
    """The node ahead of each node, looking each way, [nodes, 4]; -1: none."""
    found: Ints = np.full((grid.graph.nodes, 4), -1, np.int32)
    rows, columns = grid.free.shape
    for heading, (down, right) in enumerate(_AHEAD):
        row, column = grid.cell_of[:, 0] + down, grid.cell_of[:, 1] + right
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        found[inside, heading] = grid.node_of[row[inside], column[inside]]
    return found


def _turning_graph(ways: Ints) -> Graph:
    """States and, after them, one node for each node of the grid that all its states have a step to."""
    nodes = len(ways)
    state: NDArray[np.int64] = np.arange(4 * nodes)
    heading = state & 3
    ends = [(state - heading) + ((heading + 1) & 3), (state - heading) + ((heading + 3) & 3), 4 * nodes + (state >> 2)]
    pairs = [np.stack([state, end], axis=1) for end in ends]
    node, looks = np.nonzero(ways >= 0)
    pairs.append(np.stack([4 * node + looks, 4 * ways[node, looks] + looks], axis=1))
    return graph_of(5 * nodes, [(a, b) for a, b in np.concatenate(pairs).tolist()])


def _operations(steps: int) -> tuple[Ints, Ints]:
    """Lists of actions, [operations, steps], of those that lead the same way only the first; and what each becomes when
    its first action is done and a wait is put at its end, [operations]."""
    found: dict[tuple[object, ...], int] = {}
    kept: list[tuple[int, ...]] = []
    # Fewest turns first, and turning rather before than after waiting.
    every = itertools.product(range(4), repeat=steps)
    for actions in sorted(every, key=lambda a: (a.count(RIGHT) + a.count(LEFT), a)):
        trace = _trace(actions)
        if trace not in found:
            found[trace] = len(kept)
            kept.append(actions)
    shifted = [found[_trace((*actions[1:], WAIT))] for actions in kept]
    return np.array(kept, np.int32), np.array(shifted, np.int32)


def _trace(actions: tuple[int, ...]) -> tuple[object, ...]:
    row = column = heading = 0
    cells = []
    for action in actions:
        if action == FORWARD:
            row, column = row + _AHEAD[heading][0], column + _AHEAD[heading][1]
        heading = (heading + (0, 1, 3, 0)[action]) % 4
        cells.append((row, column))
    return (*cells, heading)
