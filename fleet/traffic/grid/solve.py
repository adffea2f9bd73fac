"""Whole plans: from where robots are to where each is to go, all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fleet.model.errors import InvalidField
from fleet.traffic.grid.distances import FAR, Distances
from fleet.traffic.grid.graph import Graph, Ints, graph_of
from fleet.traffic.grid.guidance import guided_plan
from fleet.traffic.grid.lacam import Search
from fleet.traffic.grid.refine import Refiner

TRIES, ROUNDS = 1_000_000, 2_000
_CROWDED = 1.2  # times the shortest ways: a first plan that is dearer is worth another one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """A plan, or that there is none. Times are in steps; the cost is the sum over robots of when each reaches its goal
    for good, `least` the sum of their shortest ways: no plan costs less.

    `paths`, [steps + 1, robots], are nodes; None if none was found, and then `impossible` tells whether none exists.
    `first_cost` is that of the first plan, before `rounds` neighbourhoods were planned anew.
    """

    paths: Ints | None
    impossible: bool = False
    cost: int = 0
    first_cost: int = 0
    least: int = 0
    tried: int = 0
    rounds: int = 0

    @property
    def steps(self) -> int:
        """When the last robot is at its goal."""
        return 0 if self.paths is None else len(self.paths) - 1


def solve(
    graph: Graph,
    starts: Ints,
    goals: Ints,
    *,
    seed: int = 0,
    tries: int = TRIES,
    rounds: int = ROUNDS,
    stop: Callable[[], bool] | None = None,
    distances: Distances | None = None,
) -> Solved:
    """Paths from `starts` to `goals` (nodes, [robots]) that nobody meets or passes through another on.

    With neither luck nor time it is complete: given enough `tries` it finds a plan or shows that there is none. What
    steps cost beyond their time is not looked at. The same arguments give the same plan, unless `stop` ends the search
    early: it is asked every tenth of a second or so.

    Args:
        tries: steps of the search for a first plan.
        rounds: neighbourhoods that are planned anew to make it cheaper.
        distances: tables for this graph that are to be shared.

    Raises:
        InvalidField: two robots at one start or goal, a node that is not there, a goal that cannot be reached.
    """
    starts, goals = (np.ascontiguousarray(a, dtype=np.int32) for a in (starts, goals))
    _check(graph, starts, goals)
    if (graph.costs != 1).any():
        graph = replace(graph, costs=np.ones_like(graph.costs), back_costs=np.ones_like(graph.back_costs))
        distances = None
    distances = Distances(graph) if distances is None else distances
    far = distances.between(starts, goals)
    for index in np.flatnonzero(far >= FAR)[:1]:
        what = f"a node that robot {index} can reach from node {int(starts[index])}"
        raise InvalidField(f"goals[{index}]", int(goals[index]), what)
    least = int(far.sum())
    if len(starts) == 0:
        return Solved(paths=np.empty((1, 0), np.int32))
    first = Search(graph, starts, goals, distances, seed=seed).run(tries, stop)
    if first.paths is None:
        return Solved(paths=None, impossible=first.proved, least=least, tried=first.tried)
    cost = _cost(first.paths, goals)
    done = Solved(paths=first.paths, cost=cost, first_cost=cost, least=least, tried=first.tried)
    if cost == least or rounds == 0:
        return done
    if cost > _CROWDED * least:
        led = guided_plan(graph, starts, goals, distances, seed=seed, tries=tries, stop=stop)
        if led is not None and _cost(led, goals) < cost:
            done = replace(done, paths=led, cost=_cost(led, goals))
    assert done.paths is not None
    if not Refiner.fits(graph, done.paths):
        return done
    refiner = Refiner(graph, goals, done.paths, distances, seed=seed)
    refiner.run(rounds, stop)
    return replace(done, paths=refiner.paths(), cost=refiner.cost, rounds=refiner.rounds)


def warm_up() -> None:
    """Load the compiled core, or compile it the first time (tens of seconds), so that no budget pays for it."""
    lane = graph_of(4, [(0, 1), (1, 0), (1, 2), (2, 1), (1, 3), (3, 1)])
    solve(lane, np.array([0, 2], np.int32), np.array([2, 0], np.int32), rounds=2)


def _cost(paths: Ints, goals: Ints) -> int:
    away = paths[::-1] != goals
    return int((len(paths) - np.where(away.any(axis=0), away.argmax(axis=0), len(paths))).sum())


def _check(graph: Graph, starts: Ints, goals: Ints) -> None:
    if starts.ndim != 1 or goals.shape != starts.shape:
        raise InvalidField("goals", goals.shape, f"one goal for each of {len(starts)} robots")
    for name, nodes in (("starts", starts), ("goals", goals)):
        for index in np.flatnonzero((nodes < 0) | (nodes >= graph.nodes))[:1]:
            raise InvalidField(f"{name}[{index}]", int(nodes[index]), f"a node from 0 to {graph.nodes - 1}")
        once, first = np.unique(nodes, return_index=True)
        if len(once) != len(nodes):
            index = int(np.setdiff1d(np.arange(len(nodes)), first)[0])
            what = "a node of its own: two robots cannot end there" if name == "goals" else "a node of its own"
            raise InvalidField(f"{name}[{index}]", int(nodes[index]), what)
