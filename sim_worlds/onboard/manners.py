"""Slower near people: speed and separation monitoring, after ISO/TS 15066:2016, 5.5.4.

The standard's protective distance is what a person walks until the robot stands, plus what the robot walks meanwhile,
plus a clearance. Solved for the robot's speed v, with its reaction time T and braking a (stopping time v / a, stopping
distance v^2 / 2a), the person's speed w towards the robot, the gap d and the clearance C:

    v^2 / 2a + v (T + w / a) <= d - C - w T
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim_worlds.calibration import load_calibration
from sim_worlds.conditions import NearPeople

if TYPE_CHECKING:
    from sim_worlds.people.crowd import People

Floats = NDArray[np.float64]
_REACH_M = 8.0
_BODY_M = 0.3


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def safe_speed(gap: float, towards: float, reaction: float, braking: float, clearance: float) -> float:
    """The speed in m/s from which a robot stands before it meets somebody `gap` m away who comes at `towards` m/s."""
    left = gap - clearance - towards * reaction
    if left <= 0:
        return 0.0
    slope = reaction + towards / braking
    return float(braking * (math.sqrt(slope * slope + 2 * left / braking) - slope))


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def slow_down(
    allowed: Floats,
    robots: Floats,
    braking: float,
    at: Floats,
    v: Floats,
    reaction: float,
    clearance: float,
    creep: float,
    person_mps: float,
) -> None:
    """Shorten `allowed` (n, 2; m/s) in place. robots (n, 3): x, y, radius; people at, v (p, 2).

    `person_mps` below 0: as fast as they come.
    """
    for i in range(robots.shape[0]):
        for k in range(at.shape[0]):
            dx, dy = at[k, 0] - robots[i, 0], at[k, 1] - robots[i, 1]
            apart = math.hypot(dx, dy)
            if apart > _REACH_M or apart < 1e-9:
                continue
            ux, uy = dx / apart, dy / apart
            speed = math.hypot(allowed[i, 0], allowed[i, 1])
            # Who leaves may hurry; who passes by is as near as who comes.
            if speed <= creep or allowed[i, 0] * ux + allowed[i, 1] * uy <= 0:
                continue
            towards = person_mps if person_mps >= 0 else max(-(v[k, 0] * ux + v[k, 1] * uy), 0.0)
            gap = max(apart - robots[i, 2] - _BODY_M, 0.0)
            most = max(safe_speed(gap, towards, reaction, braking, clearance), creep)
            if speed > most:
                allowed[i, 0] *= most / speed
                allowed[i, 1] *= most / speed


class Manners:
    """The speed limit near people, for all robots of one world."""

    def __init__(self, spec: NearPeople) -> None:
        self.spec = spec
        gait = load_calibration()
        self.braking = gait.speed_mps**2 / (2 * max(gait.stop_distance_m, 0.02))

    def slow(self, allowed: Floats, robots: Floats, people: People) -> None:
        """Shorten what the robots are allowed (n, 2; m/s), in place. robots (n, 3): x, y, radius in m."""
        if not len(robots) or not len(people):
            return
        s = self.spec
        fixed = -1.0 if s.person_mps is None else s.person_mps
        limits = (s.reaction_s, s.clearance_m, s.creep_mps, fixed)
        slow_down(allowed, robots, self.braking, people.at, people.v, *limits)


__all__ = ["Manners", "safe_speed", "slow_down"]
