"""One goal for each robot, once: how soon there is a plan, how dear it is; side by side with prioritized planning."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks._harness import Metric
from benchmarks._traffic_maps import by_file, corridors, of_site, random_map, warehouse
from fleet.traffic.files.instances import TrafficInstance
from fleet.traffic.grid.solve import Solved, solve
from fleet.traffic.verify import verify

# LaCAM3 (C++) on MovingAI's warehouse of the same size: sum of costs over shortest ways, as measured for
# docs/explanation/traffic.md: robots, its seconds, its ratio. Not the same instances: starts and goals are our dice's.
LACAM3 = {100: (1.0, 1.01), 500: (10.0, 1.16), 1000: (10.0, 1.98)}


def measure(quick: bool) -> dict[str, Metric]:
    """Every instance of up to 200 robots for a second; the large ones as long as LaCAM3 had."""
    found = _all_small(quick)
    with TemporaryDirectory() as folder:
        for robots, (seconds, ratio) in LACAM3.items():
            if quick and robots > 100:
                continue
            instance = by_file(warehouse(), robots, 0, Path(folder))
            first, solved = plan_within(instance, 0.001), plan_within(instance, seconds)
            mine = solved.cost / solved.least
            found[f"once_warehouse_{robots}_cost"] = Metric(value=mine, unit="x shortest")
            found[f"once_warehouse_{robots}_over_lacam3"] = Metric(value=mine / ratio, unit="times", aim=1.10)
            print(f"warehouse, {robots} robots: {first.cost / first.least:.2f} x the shortest ways at first,", end=" ")
            print(f"{mine:.3f} after {seconds:g} s; LaCAM3 (published-style) {ratio}", flush=True)
    return found


def _all_small(quick: bool) -> dict[str, Metric]:
    maps = {
        "warehouse": (warehouse(), (10, 50, 100, 200)),
        "random": (random_map(1), (10, 50, 100, 200)),
        "corridors": (corridors(), (10, 50, 100)),
        "ward": (of_site("ward"), (10, 30)),
        "site_warehouse": (of_site("warehouse"), (10, 30, 100)),
    }
    tried, solved_count, peer_count = 0, 0, 0
    costs: list[float] = []
    firsts: list[float] = []
    with TemporaryDirectory() as folder:
        for name, (free, sizes) in maps.items():
            for robots in sizes[-1:] if quick else sizes:
                for seed in range(1 if quick else 3):
                    instance = by_file(free, robots, seed, Path(folder))
                    tried += 1
                    before = time.process_time()
                    one = solve(
                        instance.grid.graph, instance.starts, instance.goals, rounds=0, distances=instance.distances
                    )
                    firsts.append((time.process_time() - before) * 1e3)
                    if one.paths is None or firsts[-1] > 1e3:
                        print(f"{name}, {robots} robots, seed {seed}: not solved in 1 s", flush=True)
                        continue
                    best = plan_within(instance, 0.25 if quick else 1.0)
                    wrong = faults(instance, best)
                    if wrong:
                        raise RuntimeError(f"{name}, {robots} robots, seed {seed}: {wrong[0]}")
                    solved_count += 1
                    costs.append(best.cost / best.least)
                    peer_count += prioritized(instance)
            print(f"{name}: up to {sizes[-1]} robots, {costs[-1]:.3f} x the shortest ways", flush=True)
    print(f"{solved_count} of {tried} solved; prioritized planning with the same A*: {peer_count}", flush=True)
    return {
        "once_solved_in_1s": Metric(value=solved_count / tried, unit="share", aim=1.0, better="higher"),
        "once_solved_prioritized": Metric(value=peer_count / tried, unit="share", better="higher"),
        "once_first_plan_max": Metric(value=max(firsts), unit="ms"),
        "once_cost_mean": Metric(value=float(np.mean(costs)), unit="x shortest"),
        "once_cost_max": Metric(value=max(costs), unit="x shortest"),
    }


def plan_within(instance: TrafficInstance, seconds: float) -> Solved:
    """The plan after so many seconds of CPU (a first one is finished in any case)."""
    until = time.process_time() + seconds
    first = solve(instance.grid.graph, instance.starts, instance.goals, rounds=0, distances=instance.distances)
    if first.paths is None or time.process_time() >= until:
        return first
    return solve(
        instance.grid.graph, instance.starts, instance.goals, rounds=10**9, distances=instance.distances,
        stop=_after_the_first(until),
    )  # fmt: skip


def _after_the_first(until: float) -> Callable[[], bool]:
    return lambda: time.process_time() >= until


def faults(instance: TrafficInstance, solved: Solved) -> list[str]:
    """What the separate verifier finds."""
    assert solved.paths is not None
    cells = instance.grid.cell_of[solved.paths]
    paths = [[(int(r), int(c)) for r, c in cells[:, i]] for i in range(cells.shape[1])]
    robots = instance.robots
    found = verify(instance.grid.free.tolist(), [r.start for r in robots], [r.goal for r in robots], paths)
    return [str(f) for f in found]


def prioritized(instance: TrafficInstance, horizon: int = 400) -> bool:
    """Whether prioritized planning (Silver 2005: one robot after the other, farthest first, around those before) finds
    a plan, with the A* of our refinement."""
    from fleet.traffic.grid.pibt_kernel import Net
    from fleet.traffic.grid.refine_kernel import Scratch, _set, route

    g, robots, nodes = instance.grid.graph, len(instance.starts), instance.grid.graph.nodes
    row = instance.distances.rows_to(instance.goals)
    paths = np.repeat(instance.starts[:, None], horizon + 1, axis=1)
    busy = np.full((nodes, horizon + 1), -1, np.int32)
    net = Net(g.starts, g.ends, g.costs, instance.distances.table)
    seen, before = np.zeros(nodes * (horizon + 1), np.int32), np.empty(nodes * (horizon + 1), np.int32)
    queue, heads = np.empty((2, nodes * (horizon + 1) + 1), np.int32), np.empty(horizon + 1, np.int32)
    state = np.array([1, 0, 0, 0], np.int64)
    far = instance.distances.between(instance.starts, instance.goals)
    for i in np.argsort(-far, kind="stable"):
        scratch = Scratch(seen, before, queue, heads)
        reached = route(i, horizon, row[i], instance.goals[i], net, paths, busy, scratch, state)
        if reached < 0:
            return False
        _set(paths, busy, i, i)
    return robots >= 0
