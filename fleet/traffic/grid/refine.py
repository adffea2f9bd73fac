"""A plan made better within a budget, as long as one likes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.grid.distances import Distances
from fleet.traffic.grid.graph import Graph, Ints

_CHUNK = 50  # rounds between looks at the clock: some ms to some tens of ms
_MOST_BYTES = 1_500_000_000


class Refiner:
    """Holds a plan without conflicts, [steps + 1, robots], whose robots end at their goals, and makes it cheaper.

    `fits` says whether there is memory for it: 12 bytes for each node and step.
    """

    def __init__(self, graph: Graph, goals: Ints, paths: Ints, distances: Distances, *, seed: int = 0) -> None:
        from fleet.traffic.grid.dice_kernel import shuffled_seed
        from fleet.traffic.grid.refine_kernel import arrivals, lay

        steps, robots = len(paths), paths.shape[1]
        self.graph, self._distances, self._goals = graph, distances, goals
        self._paths: Ints = np.ascontiguousarray(paths.T)
        self._busy: Ints = np.empty((graph.nodes, steps), np.int32)
        self._arrive: Ints = np.empty(robots, np.int32)
        self._seen: Ints = np.zeros(graph.nodes * steps, np.int32)
        self._before: Ints = np.empty(graph.nodes * steps, np.int32)
        self._queue: Ints = np.empty((2, graph.nodes * steps + 1), np.int32)
        self._heads: Ints = np.empty(steps + 1, np.int32)
        self._state: NDArray[np.int64] = np.array([shuffled_seed(seed), 0, 0, 0], np.int64)
        lay(self._paths, self._busy)
        arrivals(self._paths, goals, self._arrive)

    @staticmethod
    def fits(graph: Graph, paths: Ints) -> bool:
        """Whether the plan is small enough to be made better."""
        return graph.nodes * len(paths) * 20 <= _MOST_BYTES

    @property
    def cost(self) -> int:
        """Sum over robots of when they reach their goals for good, in steps."""
        return int(self._arrive.sum())

    @property
    def rounds(self) -> int:
        """How many neighbourhoods were tried."""
        return int(self._state[2])

    def run(self, rounds: int, stop: Callable[[], bool] | None = None) -> None:
        """Try up to `rounds` more neighbourhoods, or until `stop()`, or until no robot could be sooner."""
        from fleet.traffic.grid.pibt_kernel import Net
        from fleet.traffic.grid.refine_kernel import Plan, Scratch, refine

        g, row = self.graph, self._distances.rows_to(self._goals)
        net = Net(g.starts, g.ends, g.costs, self._distances.table)
        plan = Plan(row, self._goals, self._arrive, self._paths, self._busy)
        scratch = Scratch(self._seen, self._before, self._queue, self._heads)
        done = 0
        while done < rounds and not (stop is not None and stop()):
            now, before = min(_CHUNK, rounds - done), self.rounds
            refine(net, plan, scratch, now, self._state)
            done += now
            if self.rounds - before < now:
                break

    def paths(self) -> Ints:
        """The plan as it is now, [steps + 1, robots], without steps at the end in which nobody moves."""
        last = int(self._arrive.max(initial=0))
        paths: Ints = np.ascontiguousarray(self._paths[:, : last + 1].T)
        return paths
