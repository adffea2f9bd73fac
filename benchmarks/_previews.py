"""How good previews are: what they promise against what happens, in a simulator that is not the one that previewed.

A robot is to bring a box somewhere in the ward, among people who wander and another robot that walks; the fleet asks
how likely that is by each of several deadlines. So many runs of the previewing simulator give a probability and an
interval; so many of another one say how often it then came true. Two simulators happen: the previewing one with other
luck (`same`), and one that is worse in everything (`rough`): slower robots, work whose duration varies more, restless
people, loads that slip and radios that fail ten times as often.

Also imported by `benchmarks.escalation`: `measure(quick)` gives its metrics by name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks._harness import Metric, finish
from sim_worlds.people.spec import PersonSpec
from sim_worlds.profiles import RobotSpec
from sim_worlds.records import Pick, Place, Walk
from sim_worlds.rollouts import NO_VARIATION, ObjectAt, OptionPlan, Request, RobotPlan, Variation
from sim_worlds.rollouts.intervals import wilson
from sim_worlds.rollouts.pool import ForkPool, Job
from sim_worlds.rollouts.simulate import simulate
from sim_worlds.site import Site, bundled_site, load_site
from sim_worlds.world import World

PREVIEWED = Variation()
HAPPENS: Mapping[str, Variation] = {
    "same": PREVIEWED,
    "rough": Variation(
        pace_sd=0.2,
        work_sd=0.4,
        person_speed_sd=0.4,
        person_new_goal=0.6,
        person_stops_per_min=2.0,
        slips_per_hour=10.0,
        silences_per_hour=5.0,
        falls_per_hour=1.0,
    ),
}
DEADLINES = (0.9, 1.0, 1.1, 1.25, 1.5)
"""Of the time that it takes without any luck, good or bad."""
_MODELS = ("tesla_optimus_gen2", "xpeng_iron", "fourier_gr2")
_WORKERS = 2
_LONGEST_S = 120.0


@dataclass(frozen=True, slots=True)
class Pair:
    """One promise: `p` from `n` runs, and what came of it: `came_true` of `m`."""

    p: float
    n: int
    came_true: int
    m: int

    @property
    def brier(self) -> float:
        """Mean squared difference of the promise to what happened, over all `m`."""
        f = self.came_true / self.m
        return f * (1 - self.p) ** 2 + (1 - f) * self.p**2

    @property
    def covered(self) -> bool:
        """Whether the interval holds how often it happened."""
        low, high = wilson(round(self.p * self.n), self.n)
        return low <= self.came_true / self.m <= high


def a_situation(site: Site, number: int) -> tuple[World, OptionPlan, float]:
    """A world a few seconds old, something that a robot is to bring, and how long that takes at best, in s."""
    dice = np.random.default_rng([number, 4])
    docks = [p.place_id for p in site.to_map().docks()]
    chosen = dice.permutation(len(docks))[:3]
    robots = [RobotSpec(robot_id=f"r{i}", model=_MODELS[(number + i) % 3], dock=docks[k]) for i, k in enumerate(chosen)]
    people = [PersonSpec(person_id=f"p{i}", routine="wander") for i in range(5)]
    world = World(site, robots, seed=number, watchdog_s=1e9, people=people)
    away = site.places[docks[int(dice.integers(len(docks)))]].approach
    world.start("r1", Walk(command_id="away", x_m=away.x, y_m=away.y))
    world.advance(float(dice.uniform(2.0, 8.0)))
    light = sorted(k for k, b in site.boxes.items() if b.record.mass_kg <= 4.0)
    free = sorted(k for k, p in site.places.items() if p.surface is not None and not _taken(site, k))
    box, place = light[int(dice.integers(len(light)))], free[int(dice.integers(len(free)))]
    approach = site.places[place].approach
    shelf = site.places[site.boxes[box].record.place_id].approach
    primitives = (
        Walk(command_id="", x_m=shelf.x, y_m=shelf.y, yaw_rad=shelf.yaw),
        Pick(command_id="", object_id=box),
        Walk(command_id="", x_m=approach.x, y_m=approach.y, yaw_rad=approach.yaw),
        Place(command_id="", place_id=place),
    )
    option = OptionPlan(
        option_id="bring",
        plans=(RobotPlan(robot_id="r0", primitives=primitives),),
        success=ObjectAt(object_id=box, place_id=place),
    )
    return world, option, _at_best_s(world, option)


def _taken(site: Site, place_id: str) -> bool:
    return any(b.record.place_id == place_id for b in site.boxes.values())


def _at_best_s(world: World, option: OptionPlan) -> float:
    """Without variation; infinite where it cannot be done at all."""
    return _times_s(world, option, _LONGEST_S, 1, 0, NO_VARIATION)[0]


def _times_s(world: World, option: OptionPlan, horizon_s: float, runs: int, seed: int, how: Variation) -> list[float]:
    """When it succeeded, in each run; infinite where it did not."""
    request = Request(options=(option,), horizon_s=horizon_s, n=runs, seed=seed, variation=how)
    pool = ForkPool(lambda job: simulate(world, request, option, job.run), _WORKERS)
    found = pool.run([Job(0, run) for run in range(runs)], math.inf, lambda _: None)
    if found.errors or len(found.results) < runs:
        raise RuntimeError(f"{len(found.results)} of {runs} runs: {found.errors}")
    results = [found.results[Job(0, run)] for run in range(runs)]
    return [math.inf if r.success_s is None else r.success_s for r in results]


def pairs_of(site: Site, number: int, previewed: int, happened: int) -> dict[str, list[Pair]]:
    """The promises of one situation, for each simulator that happens; none where it cannot be done at all."""
    world, option, best_s = a_situation(site, number)
    try:
        if not math.isfinite(best_s):
            return {name: [] for name in HAPPENS}
        horizon_s = best_s * DEADLINES[-1] + 1.0
        promised = _times_s(world, option, horizon_s, previewed, 2 * number, PREVIEWED)
        came = {
            name: _times_s(world, option, horizon_s, happened, 1000 + 2 * number, how) for name, how in HAPPENS.items()
        }
    finally:
        world.close()
    return {
        name: [
            Pair(_by(promised, best_s * d) / previewed, previewed, _by(times, best_s * d), happened) for d in DEADLINES
        ]
        for name, times in came.items()
    }


def _by(times: Sequence[float], deadline_s: float) -> int:
    return sum(t <= deadline_s for t in times)


def covered_if_perfect(pairs: Iterable[Pair], draws: int = 400, seed: int = 1) -> float:
    """How often intervals would hold the frequency if both simulators were one: `m` runs are not the truth either.

    The truth of each pair is taken from both together.
    """
    dice, hits, count = np.random.default_rng(seed), 0, 0
    for pair in pairs:
        truth = (pair.p * pair.n + pair.came_true) / (pair.n + pair.m)
        for a, b in zip(dice.binomial(pair.n, truth, draws), dice.binomial(pair.m, truth, draws), strict=True):
            hits += Pair(int(a) / pair.n, pair.n, int(b), pair.m).covered
            count += 1
    return hits / count


def measure(quick: bool = False) -> dict[str, Metric]:
    """Brier score and interval coverage of previews, for each simulator that happens.

    `brier_of_guessing` is what always promising the overall frequency scores: a preview that is worth something is
    below. `coverage_if_perfect` is the most that can be had with so few runs.
    """
    site = load_site(bundled_site("ward"))
    situations, previewed, happened = (2, 8, 8) if quick else (12, 16, 20)
    found: dict[str, list[Pair]] = {name: [] for name in HAPPENS}
    for number in range(situations):
        for name, pairs in pairs_of(site, number, previewed, happened).items():
            found[name] += pairs
    metrics = {"promises": Metric(value=len(found["same"]), unit="", better="higher")}
    for name, pairs in found.items():
        if not pairs:
            raise RuntimeError(f"{name}: none of {situations} situations could be done at all")
        base = sum(p.came_true for p in pairs) / sum(p.m for p in pairs)
        guessing = sum(Pair(base, p.n, p.came_true, p.m).brier for p in pairs) / len(pairs)
        perfect = covered_if_perfect(pairs)
        metrics |= {
            f"{name}_brier": Metric(value=sum(p.brier for p in pairs) / len(pairs), unit="", aim=guessing),
            f"{name}_brier_of_guessing": Metric(value=guessing, unit=""),
            f"{name}_coverage": Metric(
                value=sum(p.covered for p in pairs) / len(pairs), unit="", better="higher",
                aim=perfect - 0.05 if name == "same" else None,
            ),
            f"{name}_coverage_if_perfect": Metric(value=perfect, unit="", better="higher"),
            f"{name}_came_true": Metric(value=base, unit="", better="higher"),
        }  # fmt: skip
    return metrics


if __name__ == "__main__":
    import sys

    finish("previews", measure(quick="--quick" in sys.argv[1:]))
