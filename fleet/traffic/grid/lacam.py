"""A whole plan for given goals: a first one by search over configurations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.grid.distances import Distances
from fleet.traffic.grid.graph import Graph, Ints

_FIRST_CONFIGS = 1024
_CHUNK_ROBOT_STEPS = 200_000  # tried between looks at the clock: about 0.1 s
_LEADS = 1e6  # longer than anybody waits
_MOST_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstPlan:
    """`paths`, [steps + 1, robots], or None. `proved`: there is no plan at all. `tried` steps were looked at."""

    paths: Ints | None
    proved: bool
    tried: int


class Search:
    """LaCAM from `start` to `goals` (both [robots], all different, every goal within reach), that can be gone on with.

    Args:
        lead: only this robot has to get to its goal, the others may end anywhere; goals may then be the same.
        seed: same seed, same plan.
    """

    def __init__(
        self, graph: Graph, start: Ints, goals: Ints, distances: Distances, *, seed: int = 0, lead: int = -1
    ) -> None:
        from fleet.traffic.grid.dice_kernel import shuffled_seed
        from fleet.traffic.grid.lacam_kernel import DICE, FOUND, NONE, rehash
        from fleet.traffic.grid.pibt_kernel import GOAL, ROW, Crowd

        robots = len(start)
        self.graph, self._distances = graph, distances
        width = int(np.diff(graph.starts).max(initial=0)) + 1
        numbers: Ints = np.full((8, robots), -1, np.int32)
        numbers[ROW], numbers[GOAL] = distances.rows_to(goals), goals
        who: Ints = np.full((2, graph.nodes), -1, np.int32)
        wish, keys = np.empty((robots, width), np.int32), np.empty((robots, width), np.int64)
        self._crowd = Crowd(numbers, who, wish, keys)
        self._configs: Ints = np.empty((_FIRST_CONFIGS, robots), np.int32)
        self._orders: Ints = np.empty((_FIRST_CONFIGS, robots), np.int32)
        self._waited: NDArray[np.float32] = np.empty((_FIRST_CONFIGS, robots), np.float32)
        self._links: Ints = np.full((4, _FIRST_CONFIGS), NONE, np.int32)
        self._limits: Ints = np.full((5, 4 * width * _FIRST_CONFIGS), NONE, np.int32)
        self._hashed: Ints = np.full(4 * _FIRST_CONFIGS, NONE, np.int32)
        self._state: NDArray[np.int64] = np.array([1, 1, 0, 0, NONE], np.int64)
        self._state[DICE] = shuffled_seed(seed)
        # The root: who has farthest to go goes first, and that orders equals later.
        far = distances.between(start, goals)
        self._configs[0] = start
        self._waited[0] = far / (far.max(initial=0) + 1.0)
        if lead >= 0:
            self._waited[0, lead] = _LEADS
        self._lead = lead
        self._orders[0] = np.argsort(-self._waited[0], kind="stable")
        self._limits[3, 0] = 0
        self._links[1:3, 0] = 0
        rehash(self._configs, 1, self._hashed)
        if np.array_equal(start, goals):
            self._state[FOUND] = 0

    def run(self, tries: int, stop: Callable[[], bool] | None = None) -> FirstPlan:
        """Look at up to `tries` more steps, or until `stop()`."""
        from fleet.traffic.grid.lacam_kernel import FOUND, FULL, MORE, NO_WAY, NONE, Tree, search
        from fleet.traffic.grid.pibt_kernel import Net

        g, done, tried = self.graph, MORE, 0
        net = Net(g.starts, g.ends, g.costs, self._distances.table)
        chunk = max(_CHUNK_ROBOT_STEPS // max(self._crowd.robots.shape[1], 1), 16)
        while tried < tries and self._state[FOUND] == NONE and done != NO_WAY:
            if stop is not None and stop():
                break
            now = min(chunk, tries - tried)
            found = self._configs, self._orders, self._waited, self._links, self._limits, self._hashed, self._state
            done = search(net, self._crowd, Tree(*found), g.two_way, self._lead, now)
            tried += now
            if done == FULL and not self._lengthen():
                break
        paths = self._paths_to(int(self._state[FOUND])) if self._state[FOUND] != NONE else None
        return FirstPlan(paths=paths, proved=done == NO_WAY, tried=tried)

    def newest(self) -> Ints:
        """Paths, [steps + 1, robots], from the start to the last configuration that was found."""
        return self._paths_to(int(self._state[0]) - 1)

    def _paths_to(self, at: int) -> Ints:
        back = []
        while at >= 0:
            back.append(at)
            at = int(self._links[0, at])
        paths: Ints = self._configs[back[::-1]].copy()
        return paths

    def _lengthen(self) -> bool:
        """Make room for twice as much. False where that would take too much memory."""
        from fleet.traffic.grid.lacam_kernel import rehash

        if 2 * (self._configs.nbytes * 3 + self._limits.nbytes) > _MOST_BYTES:
            return False
        if self._state[0] >= len(self._configs):
            for name in ("_configs", "_orders", "_waited"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.empty_like(old)]))
            self._links = np.concatenate([self._links, np.full_like(self._links, -1)], axis=1)
            self._hashed = np.full(2 * len(self._hashed), -1, np.int32)
            rehash(self._configs, int(self._state[0]), self._hashed)
        else:
            self._limits = np.concatenate([self._limits, np.full_like(self._limits, -1)], axis=1)
        return True
