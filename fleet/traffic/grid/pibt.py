"""Who steps where next: priority inheritance with backtracking, for robots that keep getting new goals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.model.errors import InvalidField
from fleet.traffic.grid.distances import FAR, Distances
from fleet.traffic.grid.graph import Bools, Graph, Ints

Floats = NDArray[np.float64]


class Steps:
    """Decides one step for any number of robots at a time, in the order that the caller gives. Nothing is remembered
    between calls but tables of distances: the same arguments give the same answer.

    No two robots are ever sent to one node, nor through each other. On a graph where every step can be taken back and
    every two neighbours lie on a cycle (biconnected), the first in order always gets nearer to its goal (Okumura et
    al. 2022, theorem 1). With `swaps` two robots also change places in lanes for one where there is room to.
    """

    def __init__(self, graph: Graph, *, distances: Distances | None = None, swaps: bool = True) -> None:
        self.graph = graph
        self.distances = Distances(graph) if distances is None else distances
        self.swaps = swaps and graph.two_way  # backing off needs ways back
        self._who: Ints = np.full((2, graph.nodes), -1, np.int32)
        self._width = int(np.diff(graph.starts).max(initial=0)) + 1
        self._room(0)

    def next(self, at: Ints, goals: Ints, order: Ints, *, salt: int = 0, stays: Bools | None = None) -> Ints:
        """The node of each robot after one step, [robots].

        Args:
            at: where robots are, [robots], all different.
            goals: where they want to be, [robots]; they may be the same.
            order: indices of robots, the most urgent first, [robots], each once.
            salt: breaks ties; a different one each step keeps robots from doing the same in vain for ever.
            stays: robots that do not move whatever the others need, [robots].

        Raises:
            InvalidField: arrays that do not fit, two robots on one node, a goal that cannot be reached.
        """
        # The compiler is loaded when the first step is asked for.
        from fleet.traffic.grid.pibt_kernel import AT, GOAL, HERE, ROW, THERE, TO, Crowd, Net, step_all

        at = np.ascontiguousarray(at, dtype=np.int32)
        goals = np.ascontiguousarray(goals, dtype=np.int32)
        order = np.ascontiguousarray(order, dtype=np.int32)
        robots = len(at)
        self._check(at, goals, order, stays)
        row = self.distances.rows_to(goals)
        self._check_ways(at, goals, row)
        if robots > len(self._wish):
            self._room(robots)
        g, who = self.graph, self._who
        numbers = np.empty((8, robots), np.int32)
        numbers[ROW], numbers[GOAL], numbers[AT], numbers[TO] = row, goals, at, -1
        who[HERE, at] = np.arange(robots, dtype=np.int32)
        if stays is not None:
            numbers[TO, stays] = at[stays]
            who[THERE, at[stays]] = np.flatnonzero(stays)
        net, crowd = Net(g.starts, g.ends, g.costs, self.distances.table), Crowd(numbers, who, self._wish, self._keys)
        step_all(net, crowd, order, self.swaps, salt & 0x7FFFFFFF)
        to: Ints = numbers[TO].copy()
        who[:, at] = -1  # those that will be there, too: some were pushed off in vain
        who[THERE, to] = -1
        return to

    def far(self, at: Ints, goals: Ints) -> Ints:
        """What the ways from `at` to `goals` cost, [robots]. Raises `InvalidField` for a node that is not there."""
        at = np.ascontiguousarray(at, dtype=np.int32)
        for index in np.flatnonzero((at < 0) | (at >= self.graph.nodes))[:1]:
            raise InvalidField(f"at[{index}]", int(at[index]), f"a node from 0 to {self.graph.nodes - 1}")
        if np.shape(goals) != at.shape:
            raise InvalidField("goals", np.shape(goals), f"one entry for each of {len(at)} robots")
        return self.distances.between(at, goals)

    def _room(self, robots: int) -> None:
        self._wish: Ints = np.empty((robots, self._width), np.int32)
        self._keys = np.empty((robots, self._width), np.int64)

    def _check(self, at: Ints, goals: Ints, order: Ints, stays: Bools | None) -> None:
        robots = len(at)
        for name, array in (("goals", goals), ("order", order), ("stays", stays)):
            if array is not None and array.shape != (robots,):
                raise InvalidField(name, array.shape, f"one entry for each of {robots} robots")
        if robots == 0:
            return
        if at.min() < 0 or at.max() >= self.graph.nodes:
            index = int(np.flatnonzero((at < 0) | (at >= self.graph.nodes))[0])
            raise InvalidField(f"at[{index}]", int(at[index]), f"a node from 0 to {self.graph.nodes - 1}")
        self._who[0, at] = np.arange(robots, dtype=np.int32)
        twice = np.flatnonzero(self._who[0, at] != np.arange(robots))
        first = None if len(twice) == 0 else (int(twice[0]), int(self._who[0, at[twice[0]]]))
        self._who[0, at] = -1
        if first is not None:
            raise InvalidField(f"at[{first[0]}]", int(at[first[0]]), f"a node that robot {first[1]} is not at")
        if order.min() < 0 or order.max() >= robots or (np.bincount(order, minlength=robots) != 1).any():
            raise InvalidField("order", order.tolist()[:8], f"each index from 0 to {robots - 1} once")

    def _check_ways(self, at: Ints, goals: Ints, row: Ints) -> None:
        lost = np.flatnonzero(self.distances.table[row, at] >= FAR)
        for index in lost[:1]:
            what = f"a node that robot {index} can reach from node {int(at[index])}"
            raise InvalidField(f"goals[{index}]", int(goals[index]), what)


class Pibt:
    """Robots that keep getting new goals: who has waited longest for its own goes first.

    A robot's priority grows by one each step until it is at its goal (by more for one that matters more), so that
    everybody is the first in time; that is what the guarantee needs. Ties are by index, then by `seed`.
    """

    def __init__(self, graph: Graph, *, seed: int = 0, distances: Distances | None = None, swaps: bool = True) -> None:
        self.steps = Steps(graph, distances=distances, swaps=swaps)
        self._seed = seed
        self._count = 0
        self._waited: Floats = np.zeros(0)
        self._order: Ints = np.zeros(0, np.int32)

    def step(self, at: Ints, goals: Ints, *, importance: Floats | None = None, stays: Bools | None = None) -> Ints:
        """The node of each robot after one step, [robots]. `importance` 1 (of robots, [robots], finite, 0 or more)
        makes a robot's priority grow twice as fast as 0. Raises `InvalidField` as `Steps.next` does."""
        robots = len(at)
        if importance is not None:
            if importance.shape != (robots,):
                raise InvalidField("importance", importance.shape, f"one entry for each of {robots} robots")
            if not (np.isfinite(importance).all() and (importance >= 0).all()):
                raise InvalidField("importance", importance.tolist()[:8], "finite numbers of 0 or more")
        if robots != len(self._waited):
            self._waited = np.zeros(robots)
            self._order = np.arange(robots, dtype=np.int32)
        # Nearly sorted already: only those that have arrived fall back.
        self._order = self._order[np.argsort(-self._waited[self._order], kind="stable")]
        salt = (self._seed * 1_000_003 + self._count) * 2_654_435_761
        to = self.steps.next(at, goals, self._order, salt=salt, stays=stays)
        self._count += 1
        grows = 1.0 if importance is None else 1.0 + importance
        self._waited = np.where(to == goals, 0.0, self._waited + grows)
        return to
