"""The luck of one run: how fast everybody is, what people do, what goes wrong. Drawn once, before the run.

Everything has a generator of its own, of (seed, run, what, whose): never of the option. So the same run of every
option meets the same luck, and differences between options are not blurred by it (common random numbers).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from sim_worlds.faults import Faults, FaultSpec
from sim_worlds.profiles import load_model
from sim_worlds.rollouts.crowd import Stops, unsettle
from sim_worlds.rollouts.options import Variation

if TYPE_CHECKING:
    from sim_worlds.world import World

_SILENCE_S = (5.0, 30.0)
_SLOWEST = 0.4
_KNEE = "left_knee_joint"


def generator(seed: int, run: int, what: str, whose: str = "") -> np.random.Generator:
    """Of one kind of luck of one robot or person in one run."""
    return np.random.default_rng([seed, run, zlib.crc32(what.encode()), zlib.crc32(whose.encode())])


def vary(world: World, variation: Variation, seed: int, run: int, horizon_s: float) -> Stops:
    """Give this world, a copy, the luck of a run. Faults that were planned and have not begun are forgotten: who asks
    what might happen must not be told what the scenario has in store. Returns when people will hesitate."""
    world.rng = generator(seed, run, "side-steps")
    for robot in world.computers.values():
        dice = generator(seed, run, "robot", robot.id)
        robot.pace = max(1.0 - abs(float(dice.normal(0.0, 1.0))) * variation.pace_sd, _SLOWEST)
        robot.work_scale = float(np.exp(dice.normal(0.0, 1.0) * variation.work_sd))
    forget_planned(world)
    add_faults(world, mishaps(world, variation, seed, run, horizon_s), run_seed(seed, run))
    return unsettle(world.people, variation, {k: generator(seed, run, "person", k) for k in world.people}, world.time_s)


def run_seed(seed: int, run: int) -> int:
    """One number for what takes a single seed."""
    return int(np.random.SeedSequence([seed, run]).generate_state(1)[0])


def mishaps(world: World, variation: Variation, seed: int, run: int, horizon_s: float) -> list[FaultSpec]:
    """What goes wrong within the horizon: onsets of each kind are a Poisson process of each robot."""
    found: list[FaultSpec] = []
    for robot in world.computers.values():
        for kind, rate in (
            ("false_claim", variation.slips_per_hour),
            ("silent", variation.silences_per_hour),
            ("fall", variation.falls_per_hour),
        ):
            dice = generator(seed, run, kind, robot.id)
            # Drawn even where the rate is 0, so that changing one rate moves no other draw.
            wait, length = float(dice.exponential()), float(dice.uniform(*_SILENCE_S))
            if rate <= 0 or wait / rate * 3600 >= horizon_s:
                continue
            if kind != "fall" or "T2" in load_model(world.specs[robot.row].model).tiers:
                found.append(_fault(kind, robot.id, world.time_s + wait / rate * 3600, length))
    return found


def _fault(kind: str, robot_id: str, at_s: float, length_s: float) -> FaultSpec:
    name = f"luck:{kind}:{robot_id}"
    if kind == "silent":
        return FaultSpec(fault_id=name, kind="silent", robot=robot_id, at_s=at_s, duration_s=length_s)
    if kind == "fall":
        return FaultSpec(fault_id=name, kind="torque_loss", robot=robot_id, at_s=at_s, joint=_KNEE)
    return FaultSpec(fault_id=name, kind=kind, robot=robot_id, at_s=at_s)


def forget_planned(world: World) -> None:
    """Drop the faults that have not begun. What is at work stays, and ends when it would."""
    faults = world.faults
    faults.specs = tuple(s for s in faults.specs if faults.states[s.fault_id].phase not in ("armed", "due"))


def add_faults(world: World, specs: list[FaultSpec], seed: int) -> None:
    more, faults = Faults(specs, seed), world.faults
    faults.specs = (*faults.specs, *more.specs)
    faults.states.update(more.states)
    faults.delays.update(more.delays)
