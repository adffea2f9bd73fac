"""Who and what matters for a plan: of many robots and docks, those that are near enough to be chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.feasibility import unfit
from fleet.allocation.outlook import DockAhead, Outlook, RobotAhead

_LEAST_SPEED_MPS = 0.05
_SOON = 0.2  # of its battery: more than a robot uses until the plan is made anew
_DOCKS = 3  # of each place, the nearest in a straight line


def robots_near(outlook: Outlook, most: int) -> tuple[RobotAhead, ...]:
    """For each job the `most` robots that could be there first, in a straight line, and that have what it takes; and
    everybody who is in the plan in force, or whom a job names. Ordered by id."""
    robots = sorted(outlook.robots, key=lambda r: r.description.robot_id)
    if len(robots) <= most or not outlook.jobs:
        return tuple(robots)
    at = np.array([(r.at.x, r.at.y) for r in robots])
    free = np.array([max(r.free_at_s, outlook.now_s) for r in robots])
    speed = np.array([max(r.description.max_speed_mps, _LEAST_SPEED_MPS) for r in robots])
    low = np.array([_low(r, outlook.battery_reserve) for r in robots])
    kinds, first = _kinds(robots)
    named = {*outlook.present, *(j.pinned_to for j in outlook.jobs if j.pinned_to is not None)}
    kept = {i for i, r in enumerate(robots) if r.description.robot_id in named}
    for job in sorted(outlook.jobs, key=lambda j: j.task_id):
        fit = np.array([unfit(job, robots[i].description) is None for i in first], dtype=np.bool_)
        able: NDArray[np.bool_] = fit[kinds]
        if job.excluded:
            able &= np.array([r.description.robot_id not in job.excluded for r in robots], dtype=np.bool_)
        away = np.hypot(at[:, 0] - job.stops[0].x, at[:, 1] - job.stops[0].y) if job.stops else np.zeros(len(robots))
        there = np.where(able, free + away / speed + np.where(low, 1e6, 0.0), np.inf)
        nearest = np.argsort(there, kind="stable")[: most * job.team]
        kept.update(int(i) for i in nearest if math.isfinite(there[i]))
    return tuple(robots[i] for i in sorted(kept))


def anybody_low(outlook: Outlook, robots: Iterable[RobotAhead]) -> bool:
    """Whether one of the robots may have to charge before long."""
    return any(_low(robot, outlook.battery_reserve + _SOON) for robot in robots)


def docks_near(outlook: Outlook, robots: tuple[RobotAhead, ...]) -> tuple[DockAhead, ...]:
    """The docks nearest to where jobs end and to where robots are that are low. Ordered by id."""
    docks = sorted(outlook.docks, key=lambda d: d.dock_id)
    ends = [(j.stops[-1].x, j.stops[-1].y) for j in outlook.jobs if j.stops]
    ends += [(r.at.x, r.at.y) for r in robots if _low(r, outlook.battery_reserve)]
    if not docks or not ends or len(docks) <= _DOCKS:
        return tuple(docks)
    at = np.array([(d.at.x, d.at.y) for d in docks])
    kept: set[int] = set()
    for x, y in sorted(set(ends)):
        away = np.hypot(at[:, 0] - x, at[:, 1] - y)
        kept.update(int(i) for i in np.argsort(away, kind="stable")[:_DOCKS])
    return tuple(docks[i] for i in sorted(kept))


def _low(robot: RobotAhead, reserve: float) -> bool:
    """Whether it could not do much more before it has to charge."""
    return robot.battery_wh < (reserve + 0.1) * robot.description.battery_wh


def _kinds(robots: Sequence[RobotAhead]) -> tuple[NDArray[np.intp], list[int]]:
    """The number of each robot's kind, and the first robot of each kind: robots of one kind are fit for the same."""
    numbers: dict[tuple[object, ...], int] = {}
    kinds: list[int] = []
    first: list[int] = []
    for i, robot in enumerate(robots):
        d = robot.description
        number = numbers.setdefault((d.model, d.capabilities, d.payload_kg, d.max_speed_mps), len(numbers))
        if number == len(first):
            first.append(i)
        kinds.append(number)
    return np.array(kinds, dtype=np.intp), first
