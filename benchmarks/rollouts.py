"""What-if rollouts: how long an answer takes, what asking costs the live world, and whether a copy is exact.

4 options x 16 runs x 10 s for 100 humanoids of tier T0 among 10 people, on an open floor and in the warehouse with its
racks, doors and lanes; and for 3 walking G1s (T2) in the ward, also with them moved instead (`moved_only`).

`*_cores_s` is the processor time of all runs divided by the workers: what the answer takes where nothing else runs.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from benchmarks._harness import Metric, finish, percentile, resident_mb, timed_ms
from fleet.model.geometry import Pose
from fleet.model.site import Place, PlaceKind, Zone
from sim_worlds.grid import Grid
from sim_worlds.people.spec import PersonSpec
from sim_worlds.profiles import RobotSpec
from sim_worlds.records import Walk
from sim_worlds.rollouts import (
    NO_VARIATION,
    Evaluation,
    OptionPlan,
    Request,
    RobotAt,
    RobotPlan,
    begin,
    evaluate,
)
from sim_worlds.site import Site, bundled_site, load_site
from sim_worlds.world import World

HORIZON_S, RUNS = 10.0, 16
WORLDS = ("open_floor", "warehouse", "t2")
_SITES = {"warehouse": "warehouse", "t2": "ward"}
_MODELS = ("tesla_optimus_gen2", "xpeng_iron", "fourier_gr2")
_APART_M = 0.9


def free_spots(site: Site, count: int, seed: int) -> list[tuple[float, float]]:
    """So many points on free floor, none too near another, m."""
    grid, dice = Grid(site), np.random.default_rng(seed)
    x0, y0, x1, y1 = site.bounds
    found: list[tuple[float, float]] = []
    for _ in range(100_000):
        at = float(dice.uniform(x0, x1)), float(dice.uniform(y0, y1))
        if not grid.what_blocks(*at, 0.35) and all(math.dist(at, other) > _APART_M for other in found):
            found.append(at)
            if len(found) == count:
                return found
    raise ValueError(f"{site.site_id} has no room for {count} robots that are {_APART_M} m apart")


def open_floor(side_m: float = 40.0) -> Site:
    """A square without anything on it."""
    corners = ((0.0, 0.0), (side_m, 0.0), (side_m, side_m), (0.0, side_m))
    return Site(
        site_id="open_floor",
        name="Open floor",
        bounds=(0.0, 0.0, side_m, side_m),
        zones={"floor": Zone(zone_id="floor", kind="hall", polygon=corners)},
        walls=(),
        furniture={},
        places={"dock": Place(place_id="dock", kind=PlaceKind.DOCK, zone_id="floor", approach=Pose(x=1.0, y=1.0))},
        boxes={},
        people={},
        cameras={},
    )


def a_world(site: Site, robots: int, dynamic: bool, people: int, seed: int = 1) -> World:
    """All robots walk, each to where another one was, among people who wander; somebody is in charge of all of them."""
    spots = free_spots(site, max(robots, 12), seed)
    specs = [
        RobotSpec(
            robot_id=f"r{i:03}",
            model="unitree_g1" if dynamic else _MODELS[i % len(_MODELS)],
            body="dynamic" if dynamic else "kinematic",
            start=(*spots[i], 0.0),
        )
        for i in range(robots)
    ]
    wanderers = [PersonSpec(person_id=f"p{i}", routine="wander") for i in range(people)]
    world = World(site, specs, seed=seed, watchdog_s=1e9, people=wanderers)
    for i, name in enumerate(world.computers):
        x, y = spots[(i + 7) % len(spots)]
        world.start(name, Walk(command_id=f"go-{name}", x_m=x, y_m=y))
    world.advance(2.0)  # also lets numba compile what it has not yet
    return world


def four_options(world: World) -> list[OptionPlan]:
    """Wait; send the first robot, or the second one; hold all."""
    first, second = list(world.computers)[:2]
    spot = free_spots(world.site, 20, 99)[-1]
    walk = Walk(command_id="", x_m=spot[0], y_m=spot[1])
    return [
        OptionPlan(option_id="wait"),
        *(
            OptionPlan(
                option_id=f"send_{name}",
                plans=(RobotPlan(robot_id=name, primitives=(walk,)),),
                success=RobotAt(robot_id=name, x_m=spot[0], y_m=spot[1]),
            )
            for name in (first, second)
        ),
        OptionPlan(option_id="hold_all", hold=("*",)),
    ]


def exact(world: World) -> bool:
    """Whether a copy that nothing was varied in ends where the world then does, bit for bit. Advances the world."""
    found = evaluate(world, [OptionPlan(option_id="wait")], HORIZON_S, 1, variation=NO_VARIATION)
    world.advance(HORIZON_S)
    return found.option("wait").runs[0].digest == world.digest()


def asked(world: World, workers: int, moved_only: bool = False) -> tuple[Evaluation, float]:
    """The answer, and how long it took in s."""
    start = time.perf_counter()
    found = evaluate(world, four_options(world), HORIZON_S, RUNS, seed=7, workers=workers, moved_only=moved_only)
    if not found.complete or found.errors:
        raise RuntimeError(f"{found.done} of {found.wanted} runs: {found.errors}")
    return found, time.perf_counter() - start


def step_times_ms(world: World, ticks: int, each: Callable[[], object] = lambda: None) -> list[float]:
    """How long each tick took, at real-time rate as a world's server runs it; `each` is called after every tick."""
    samples = []
    begun = time.perf_counter()
    for i in range(ticks):
        start = time.perf_counter()
        world.step()
        each()
        samples.append((time.perf_counter() - start) * 1e3)
        time.sleep(max(begun + (i + 1) * world.tick_s - time.perf_counter(), 0.0))
    return samples


def measure(names: Sequence[str], robots: int, g1s: int, workers: int) -> dict[str, Metric]:
    """All numbers of these worlds."""
    metrics: dict[str, Metric] = {}
    for name in names:
        site = open_floor() if name == "open_floor" else load_site(bundled_site(_SITES[name]))
        world = a_world(site, g1s if name == "t2" else robots, name == "t2", 0 if name == "t2" else 10)
        metrics[f"{name}_world"] = Metric(value=resident_mb(os.getpid()), unit="MB")
        fork_ms = timed_ms(partial(world.fork_rollout, lambda _: None), 20)
        metrics[f"{name}_fork_and_back_median"] = Metric(value=percentile(fork_ms, 0.5), unit="ms")
        for what, samples in zip(("ask", "ask_cores"), _asking_ms(world, workers), strict=True):
            metrics[f"{name}_{what}_median"] = Metric(value=percentile(samples, 0.5), unit="ms")
        metrics |= _answers(world, name, workers, None if name == "t2" else 5.0)
        metrics |= _disturbance(world, name, workers)
        metrics[f"{name}_bit_equal"] = Metric(value=float(exact(world)), unit="", aim=1.0, better="higher")
        world.close()
    return metrics


def _answers(world: World, name: str, workers: int, aim_s: float | None) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for which in ("", "_moved_only") if name == "t2" else ("",):
        before = children_s()
        took_s = asked(world, workers, moved_only=bool(which))[1]
        used_s = children_s() - before
        found[f"{name}_answer{which}"] = Metric(value=took_s, unit="s", aim=aim_s)
        found[f"{name}_cores_s{which}"] = Metric(value=used_s / workers, unit="s", aim=aim_s)
        print(f"{name}{which}: {took_s:.1f} s, {used_s:.1f} s of processor time", file=sys.stderr, flush=True)
    return found


def children_s() -> float:
    """Processor time of all children that have ended, and of theirs, in s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _asking_ms(world: World, workers: int) -> tuple[list[float], list[float]]:
    """How long the live world stands still for a question (checks and the fork), and of that its processor time."""
    samples, used = [], []
    for _ in range(10):
        question = _question(world, workers)
        start, start_used = time.perf_counter(), time.process_time()
        pending = begin(world, question)
        samples.append((time.perf_counter() - start) * 1e3)
        used.append((time.process_time() - start_used) * 1e3)
        pending.close()
    return samples, used


def _question(world: World, workers: int) -> Request:
    return Request(options=tuple(four_options(world)), horizon_s=HORIZON_S, n=RUNS, seed=7, workers=workers)


def _disturbance(world: World, name: str, workers: int) -> dict[str, Metric]:
    """The live world's step while nobody asks, and while one question after the other is answered beside it."""
    ticks = round(6.0 / world.tick_s)
    quiet = step_times_ms(world, ticks)
    pending = [begin(world, _question(world, workers))]

    def keep_asking() -> None:
        if pending[0].poll_raw() is not None:
            pending[0] = begin(world, _question(world, workers))

    busy = step_times_ms(world, ticks, keep_asking)
    pending[0].close()
    return {
        f"{name}_step_p99_quiet": Metric(value=percentile(quiet, 0.99), unit="ms"),
        f"{name}_step_p99_asked": Metric(value=percentile(busy, 0.99), unit="ms"),
        f"{name}_step_max_asked": Metric(value=max(busy), unit="ms"),
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--robots", type=int, default=100, help="kinematic humanoids (default: 100)")
    parser.add_argument("--g1s", type=int, default=3, help="dynamic G1s (default: 3)")
    parser.add_argument("--workers", type=int, default=2, help="runs at the same time (default: 2)")
    parser.add_argument("--only", choices=WORLDS, help="one of the worlds (default: all)")
    args = parser.parse_args()
    for name in ("robots", "g1s", "workers"):
        if getattr(args, name) < (1 if name == "workers" else 2):
            parser.error(f"--{name}: got {getattr(args, name)}, expected at least {1 if name == 'workers' else 2}")
    finish("rollouts", measure([args.only] if args.only else WORLDS, args.robots, args.g1s, args.workers))


if __name__ == "__main__":
    main()
