"""A first plan in which robots keep out of each other's way from the start, for crowds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fleet.traffic.grid.distances import Distances
from fleet.traffic.grid.graph import Graph, Ints
from fleet.traffic.grid.lacam import Search

_PASSES = 2
_DETOUR, _MORE_STEPS = 2, 50  # how far plans are looked for: so many times the longest way, and so much more
Stop = Callable[[], bool]


def guided_plan(
    graph: Graph, starts: Ints, goals: Ints, distances: Distances, *, seed: int, tries: int, stop: Stop | None = None
) -> Ints | None:
    """Paths, [steps + 1, robots], or None if `tries` or the time did not do.

    Each robot in turn takes the way that is cheapest where a step costs more the more robots walk against it or into
    the same node (after Chen, Harabor, Li, Stuckey 2024, "Traffic flow optimisation for lifelong multi-agent path
    finding", AAAI 38). What steps cost then leads the search, so that lanes become one-way streets and crowds spread,
    until most are at their goals; the rest walk by the shortest ways, since what led them apart is over.
    """
    flow = flow_of(graph, starts, goals, distances, stop)
    if flow is None:
        return None
    led = Distances(flow)
    far = distances.between(starts, goals)
    search = Search(flow, starts, goals, led, seed=seed)
    first = search.run(min(_DETOUR * int(far.max(initial=0)) + _MORE_STEPS, tries), stop)
    if first.paths is not None:
        return first.paths
    walked = search.newest()
    left = distances.table[distances.rows_to(goals)[None, :], walked].sum(axis=1, dtype=np.int64)
    walked = walked[: int(left.argmin()) + 1]
    rest = Search(graph, walked[-1].copy(), goals, distances, seed=seed).run(tries, stop)
    return None if rest.paths is None else np.concatenate([walked, rest.paths[1:]])


def flow_of(graph: Graph, starts: Ints, goals: Ints, distances: Distances, stop: Stop | None = None) -> Graph | None:
    """The same graph with what steps cost in the crowd of these robots; None if `stop()` came first."""
    from fleet.traffic.grid.guidance_kernel import Flow, Scratch, cheapest, cost_of, count

    nodes, steps = graph.nodes, len(graph.ends)
    over, into = np.zeros(steps, np.int32), np.zeros(nodes, np.int32)
    flow = Flow(graph.starts, graph.ends, _opposites(graph), over, into)
    cost, by, came = np.empty((3, nodes), np.int32)
    scratch = Scratch(cost, by, came, np.empty(steps + 1, np.int64))
    rows, far = distances.rows_to(goals), distances.between(starts, goals)
    ways: list[Ints] = [np.empty(0, np.int32)] * len(starts)
    for _ in range(_PASSES):
        for i in np.argsort(-far, kind="stable").tolist():
            if stop is not None and stop():
                return None
            count(ways[i], -1, flow)
            ways[i] = cheapest(starts[i], distances.table[rows[i]], flow, scratch)
            count(ways[i], 1, flow)
    return graph.costing(np.array([cost_of(k, flow) for k in range(steps)], np.int32))


def _opposites(graph: Graph) -> Ints:
    """The number of the step that leads back, of each step; -1 where there is none."""
    sources = np.repeat(np.arange(graph.nodes, dtype=np.int64), np.diff(graph.starts))
    there, back = sources * graph.nodes + graph.ends, graph.ends * np.int64(graph.nodes) + sources
    at = np.searchsorted(there, back)  # steps are in ascending order of both ends
    found = (at < len(there)) & (there[np.minimum(at, len(there) - 1)] == back)
    return np.where(found, at, -1).astype(np.int32)
