"""Robots that keep getting new goals on any map: PIBT, and a search that frees robots at a standstill."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.grid.distances import Distances
from fleet.traffic.grid.graph import Graph, Ints
from fleet.traffic.grid.lacam import Search
from fleet.traffic.grid.pibt import Pibt

PATIENCE, MORE_PATIENCE = 100, 0.25  # steps, and steps for each robot: in a crowd, most waits end by themselves
TRIES = 20_000


class Lifelong:
    """One step after another, for robots whose goals may change at any time.

    PIBT decides, fast and one step ahead. On maps with dead ends or lanes for one, robots may come to stand in each
    other's way for good: so one that has come no nearer to its goal for `patience` steps becomes the lead of a search
    (LaCAM) for steps of all robots that end with the lead at its goal, and these are walked before PIBT goes on. The
    search is complete: given `tries` enough, nobody waits for ever for what is possible at all.

    Args:
        seed: same seed and calls, same steps.
        patience: how long a robot may come no nearer, in steps; 100 and a quarter for each robot, if None.
        tries: how many steps one search looks at, at most; if that does not do, it is tried again later.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        seed: int = 0,
        distances: Distances | None = None,
        patience: int | None = None,
        tries: int = TRIES,
    ) -> None:
        self.pibt = Pibt(graph, seed=seed, distances=distances)
        self.freed = 0  # how many robots a search has brought to their goals
        self._seed, self._patience, self._tries = seed, patience, tries
        self._goals: Ints = np.zeros(0, np.int32)
        self._nearest: Ints = np.zeros(0, np.int32)
        self._still: NDArray[np.int64] = np.zeros(0, np.int64)
        self._walk: list[Ints] = []  # configurations still to come, of the present search
        self._at: Ints = np.zeros(0, np.int32)

    def step(self, at: Ints, goals: Ints) -> Ints:
        """The node of each robot after one step, [robots]. Where robots are not where the step before sent them, a walk
        that was under way is given up. Raises `InvalidField` as `Steps.next` does."""
        far = self.pibt.steps.far(at, goals)
        self._watch(far, goals)
        if self._walk and not np.array_equal(at, self._at):
            self._walk = []
        if not self._walk and len(at) and self._still.max() >= self._patience_of(len(at)):
            self._free(at, goals)
        to = self._walk.pop(0) if self._walk else self.pibt.step(at, goals)
        self._at = to
        return to

    def _patience_of(self, robots: int) -> float:
        return PATIENCE + MORE_PATIENCE * robots if self._patience is None else self._patience

    def _watch(self, far: Ints, goals: Ints) -> None:
        if len(goals) != len(self._goals):
            self._goals, self._nearest = goals.copy(), far.copy()
            self._still = np.zeros(len(goals), np.int64)
            self._walk = []
            return
        nearer = (goals != self._goals) | (far < self._nearest) | (far == 0)
        self._nearest = np.where(nearer, far, self._nearest)
        self._still = np.where(nearer, 0, self._still + 1)
        self._goals = goals.copy()

    def _free(self, at: Ints, goals: Ints) -> None:
        lead = int(self._still.argmax())
        steps = self.pibt.steps
        search = Search(steps.graph, at, goals, steps.distances, seed=self._seed + self.freed, lead=lead)
        found = search.run(self._tries)
        if found.paths is None:
            self._still[lead] = 0  # somebody else first; its turn comes again
            return
        self.freed += 1
        self._walk = list(found.paths[1:])
