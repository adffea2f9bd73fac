"""Robots that get a new goal whenever they arrive: steps, throughput, collisions, deadlocks; and the League's tasks."""

from __future__ import annotations

import time

import numpy as np

from benchmarks._harness import Metric, percentile
from benchmarks._traffic_maps import corridors, crowd, of_site, random_map, warehouse
from fleet.traffic.grid.errands import play
from fleet.traffic.grid.graph import Grid, Ints, grid_of
from fleet.traffic.grid.lifelong import Lifelong
from fleet.traffic.grid.pibt import Pibt
from fleet.traffic.verify import verify

STUCK = 1_000  # steps in which a robot reached no goal: a deadlock
# League of Robot Runners 2024, test round, random_32_32_20_100: 100 robots, 500 steps, tasks of two cells drawn evenly,
# 1.5 tasks known for each robot, a second of thought for each step: the best team finished so many.
LEAGUE_BEST = 1186


class Shift:
    """What so many steps gave."""

    def __init__(
        self, grid: Grid, robots: int, steps: int, *, swaps: bool = True, searches: bool = True, seed: int = 0
    ) -> None:
        graph, dice = grid.graph, np.random.default_rng(seed)
        at, goals = crowd(grid, robots, seed)
        life = Lifelong(graph, seed=seed)
        pibt = Pibt(graph, swaps=swaps, seed=seed)
        mover: Lifelong | Pibt = life if searches else pibt
        distances, since = (life.pibt if searches else pibt).steps.distances, np.zeros(robots, np.int64)
        everywhere: Ints = np.arange(graph.nodes, dtype=np.int32)
        distances.rows_to(everywhere)
        self.ms: list[float] = []
        self.reached, self.stuck, self.flow = 0, set[int](), list[int]()
        trail = [at]
        mover.step(at, at)
        for step in range(steps):
            begin = time.process_time()
            at = mover.step(at, goals)
            self.ms.append((time.process_time() - begin) * 1e3)
            trail.append(at)
            there = np.flatnonzero(at == goals)
            self.flow += (step - since[there]).tolist()
            since[there] = step
            self.reached += len(there)
            goals[there] = dice.integers(0, graph.nodes, len(there))
            self.stuck |= set(np.flatnonzero(step - since > STUCK).tolist())
        self.steps, self.robots, self.freed = steps, robots, life.freed
        self._grid, self._trail = grid, np.array(trail)

    def faults(self) -> int:
        """What the separate verifier counts."""
        cells = self._grid.cell_of[self._trail]
        paths = [[(int(r), int(c)) for r, c in cells[:, i]] for i in range(self.robots)]
        return len(verify(self._grid.free.tolist(), [p[0] for p in paths], None, paths))


def measure(quick: bool) -> dict[str, Metric]:
    """All of it."""
    return _growth(quick) | _without_swaps(quick) | _lane(quick) | _long(quick) | _league(quick)


def _growth(quick: bool) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    maps = {
        "warehouse": (warehouse(), (10, 100, 1000) if quick else (10, 30, 100, 300, 500, 1000)),
        "ward": (of_site("ward"), (10, 30)),
        "corridors": (corridors(), (10, 100)),
    }
    for name, (free, sizes) in maps.items():
        grid = grid_of(free)
        for robots in sizes:
            shift = Shift(grid, robots, 100 if quick else 500)
            if shift.faults():
                raise RuntimeError(f"{name}, {robots} robots: {shift.faults()} collisions")
            aim = 1.0 if robots == 1000 else None
            found[f"step_{name}_{robots}"] = Metric(value=percentile(shift.ms, 0.5), unit="ms", aim=aim)
            rate = shift.reached / shift.steps
            found[f"goals_{name}_{robots}"] = Metric(value=rate, unit="a step", better="higher")
            flow = float(np.mean(shift.flow)) if shift.flow else float(shift.steps)
            print(f"{name}, {robots} robots: {percentile(shift.ms, 0.5):.2f} ms a step (p99 ", end="")
            print(f"{percentile(shift.ms, 0.99):.2f}), {rate:.2f} goals a step, {flow:.0f} steps to a goal", flush=True)
    return found


def _without_swaps(quick: bool) -> dict[str, Metric]:
    """The same robots, PIBT with and without the rules for changing places."""
    grid, steps = grid_of(corridors()), 400 if quick else 1500
    ours = Shift(grid, 60, steps)
    alone, plain = (Shift(grid, 60, steps, swaps=swaps, searches=False) for swaps in (True, False))
    print(
        f"corridors, 60 robots, {steps} steps: {ours.reached} goals ({ours.freed} robots freed by searches); ", end=""
    )
    print(f"PIBT alone {alone.reached}, without swaps {plain.reached}", flush=True)
    return {
        "corridor_goals": Metric(value=ours.reached, unit="", better="higher"),
        "corridor_goals_over_pibt": Metric(
            value=ours.reached / max(alone.reached, 1), unit="times", aim=1.0, better="higher"
        ),
        "corridor_goals_over_plain": Metric(
            value=ours.reached / max(plain.reached, 1), unit="times", aim=1.0, better="higher"
        ),
    }


def _lane(quick: bool) -> dict[str, Metric]:
    """Two robots from the ends of a lane for one to the other end, with one bay at every place that there can be."""
    done = {True: 0, False: 0}
    bays = range(1, 20, 6) if quick else range(1, 20)
    for bay in bays:
        free = np.zeros((2, 21), bool)
        free[0] = True
        free[1, bay] = True
        for swaps in done:
            pibt, at = Pibt(grid_of(free).graph, swaps=swaps), np.array([0, 20], np.int32)
            for _ in range(200):
                at = pibt.step(at, np.array([20, 0], np.int32))
            done[swaps] += at.tolist() == [20, 0]
    print(f"lane for one, bay anywhere: {done[True]} of {len(bays)} swapped; without swap rules {done[False]}")
    return {
        "lane_swaps": Metric(value=done[True] / len(bays), unit="share", aim=1.0, better="higher"),
        "lane_swaps_plain": Metric(value=done[False] / len(bays), unit="share", better="higher"),
    }


def _long(quick: bool) -> dict[str, Metric]:
    """A million robot-steps in the warehouse and in corridors."""
    collisions, stuck, total = 0, 0, 0
    for name, free, robots, steps in (("warehouse", warehouse(), 250, 3000), ("corridors", corridors(), 50, 6000)):
        shift = Shift(grid_of(free), robots, steps // 20 if quick else steps)
        collisions += shift.faults()
        stuck += len(shift.stuck)
        total += robots * shift.steps
        print(f"{name}: {robots} robots, {shift.steps} steps, {shift.reached} goals, longest ", end="")
        print(f"{max(shift.flow)} steps to a goal, {shift.freed} freed, {len(shift.stuck)} stuck", flush=True)
    return {
        "robot_steps": Metric(value=total, unit="", better="higher"),
        "collisions": Metric(value=collisions, unit="", aim=0),
        "deadlocks": Metric(value=stuck, unit="", aim=0),
    }


def _league(quick: bool) -> dict[str, Metric]:
    """Tasks like the League's, on maps like its random one (32 x 32, a fifth blocked; its own are not shipped)."""
    found: dict[str, Metric] = {}
    cases = {100: 500} if quick else {100: 500, 200: 300, 400: 100}
    for robots, steps in cases.items():
        rates = []
        for seed in range(1 if quick or robots > 100 else 3):
            grid, dice = grid_of(random_map(seed)), np.random.default_rng(seed)
            starts = dice.permutation(grid.graph.nodes)[:robots].astype(np.int32)
            tasks = tuple((int(a), int(b)) for a, b in dice.integers(0, grid.graph.nodes, (4 * robots + 3 * steps, 2)))
            play(grid, starts, tasks, robots, 1)
            begin = time.process_time()
            played = play(grid, starts, tasks, 3 * robots // 2, steps)
            ms = (time.process_time() - begin) * 1e3 / steps
            rates.append(int(played.finished[-1]))
        print(f"League-like, {robots} robots, {steps} steps: {rates} tasks, {ms:.1f} ms a step", flush=True)
        found[f"league_{robots}_tasks"] = Metric(value=float(np.mean(rates)), unit="", better="higher")
        found[f"league_{robots}_step"] = Metric(value=ms, unit="ms")
        if robots == 100:
            share = float(np.mean(rates)) / LEAGUE_BEST
            found["league_100_over_best"] = Metric(value=share, unit="share", aim=0.85, better="higher")
    return found
