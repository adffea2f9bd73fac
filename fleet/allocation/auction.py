"""A sequential single-item auction with insertion: the tasks one after the other, each to the lowest bid, and never
moved again (Koenig et al. 2006, "The power of sequential single-item auctions for agent coordination", AAAI).

A robot bids when its route would be over with the task in the best place of it, and by how much weighted lateness and
waiting in its route would grow. For plain instances: routes that do not depend on each other. A robot whose route is
over after the lowest bid so far is not asked: where a detour is never shorter than the way, its bid would not be lower.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.allocation.appending import order_of
from fleet.allocation.instance import Instance, PlanTask, Solution, Visit
from fleet.allocation.pricing import priced
from fleet.model.errors import InvalidField

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]
# Columns of what the kernel knows of a task.
WORK, BETWEEN, EARLIEST, DUE, DUE_WEIGHT, LATEST, WAITING = range(7)


def auction(instance: Instance) -> Solution:
    """A plan by auction, the same for the same instance. Raises `InvalidField` for an instance that is not plain."""
    _must_be_plain(instance)
    count = len(instance.robots)
    tasks = order_of(instance)
    facts = np.array([_facts(instance, t) for t in tasks], dtype=np.float64).reshape(-1, 7)
    first, last = (np.array([t.stops[i] if t.stops else -1 for t in tasks], dtype=np.int64) for i in (0, -1))
    extra = np.array([[_extra(t, r.robot_id) for r in instance.robots] for t in tasks]).reshape(-1, count)
    starts = np.array([max(r.free_at_s, instance.now_s) for r in instance.robots])
    speeds = np.array([r.speed_mps for r in instance.robots])
    at = np.array([r.at for r in instance.robots], dtype=np.int64)
    weights = np.array([getattr(instance.weights, n) for n in ("makespan", "tardiness", "waiting", "travel")])
    known = Known(instance.distances_m, starts, speeds, at, facts, first, last, extra, weights)
    lengths, routes = _run(known)
    names = [[tasks[t] for t in routes[r, : lengths[r]]] for r in range(count)]
    return _solution(instance, names)


def _must_be_plain(instance: Instance) -> None:
    expected = "a plain instance for an auction; plan it with lns or append"
    for number, task in enumerate(instance.tasks):
        for field in ("after", "resources", "slows", "leaves_when_ready"):
            if getattr(task, field):
                raise InvalidField(f"tasks[{number}].{field}", getattr(task, field), expected)
        if task.team != 1:
            raise InvalidField(f"tasks[{number}].team", task.team, expected)
    for number, robot in enumerate(instance.robots):
        if math.isfinite(robot.battery_wh):
            raise InvalidField(f"robots[{number}].battery_wh", robot.battery_wh, expected)


def _facts(instance: Instance, task: PlanTask) -> list[float]:
    between = sum(float(instance.distances_m[a, b]) for a, b in zip(task.stops, task.stops[1:], strict=False))
    due = math.inf if task.due_s is None else task.due_s
    latest = math.inf if task.latest_s is None else task.latest_s
    earliest = max(task.earliest_s, instance.now_s)
    return [task.work_s, between, earliest, due, task.due_weight, latest, task.waiting_weight]


def _extra(task: PlanTask, robot_id: str) -> float:
    """What it costs besides; infinite where the robot may not."""
    able = task.able is None or robot_id in task.able
    wanted = not task.pinned_to or robot_id in task.pinned_to
    return task.costs_s.get(robot_id, 0.0) if able and wanted and robot_id not in task.banned else math.inf


class Known(NamedTuple):
    """What the bidders know. Robots: starts, speeds, at. Tasks, in their order: facts [tasks, 7], first and last stop
    (-1: none). extra [tasks, robots], infinite where one may not. weights: makespan, tardiness, waiting, travel."""

    distances: Numbers
    starts: Numbers
    speeds: Numbers
    at: Indices
    facts: Numbers
    first: Indices
    last: Indices
    extra: Numbers
    weights: Numbers


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _cost(known: Known, r: int, route: Indices, length: int, task: int, where: int, most: float) -> tuple[float, float]:
    """When a route is over with a task put in at `where` (-1: none), and what it costs besides, both weighted; infinite
    where it cannot be or would be above `most`."""
    facts, weights, speed = known.facts, known.weights, known.speeds[r]
    time, place, late, waiting, walked = known.starts[r], known.at[r], 0.0, 0.0, 0.0
    for k in range(length + (where >= 0)):
        now = task if k == where else route[k - 1] if 0 <= where < k else route[k]
        if known.first[now] >= 0:
            way = known.distances[place, known.first[now]] / speed
            walked += way
            time += way
            place = known.last[now]
        time = max(time, facts[now, EARLIEST]) + facts[now, WORK] + facts[now, BETWEEN] / speed
        if time > facts[now, LATEST]:
            return np.inf, np.inf
        late += facts[now, DUE_WEIGHT] * max(0.0, time - facts[now, DUE])
        waiting += facts[now, WAITING] * time
        if weights[0] * time + weights[1] * late > most:
            return np.inf, np.inf
    return weights[0] * time, weights[1] * late + weights[2] * waiting + weights[3] * walked


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _run(known: Known) -> tuple[Indices, Indices]:
    """All rounds: the lengths of the routes [robots], and the routes [robots, tasks] as numbers of tasks."""
    robots, tasks = known.starts.shape[0], known.facts.shape[0]
    lengths = np.zeros(robots, dtype=np.int64)
    routes = np.zeros((robots, 16), dtype=np.int64)
    besides = np.zeros(robots)  # lateness, waiting and walking of each route so far
    over = known.weights[0] * known.starts  # when each route is over so far: no bid of the robot is lower
    for task in range(tasks):
        if lengths.max() + 1 >= routes.shape[1]:
            wider = np.zeros((robots, 2 * routes.shape[1]), dtype=np.int64)
            wider[:, : routes.shape[1]] = routes
            routes = wider
        best, best_r, best_k = np.inf, -1, -1
        for r in range(robots):
            extra = known.extra[task, r] - besides[r]
            if over[r] + known.extra[task, r] >= best:
                continue
            for k in range(lengths[r] + 1):
                end, more = _cost(known, r, routes[r], lengths[r], task, k, best - extra)
                if end + more + extra < best:
                    best, best_r, best_k = end + more + extra, r, k
        if best_r < 0:
            continue
        for k in range(lengths[best_r], best_k, -1):
            routes[best_r, k] = routes[best_r, k - 1]
        routes[best_r, best_k] = task
        lengths[best_r] += 1
        over[best_r], besides[best_r] = _cost(known, best_r, routes[best_r], lengths[best_r], -1, -1, np.inf)
    return lengths, routes


def _solution(instance: Instance, names: list[list[PlanTask]]) -> Solution:
    """The plan in which each robot does its tasks in that order, each as early as can be."""
    routes: dict[str, tuple[Visit, ...]] = {}
    for robot, tasks in zip(instance.robots, names, strict=True):
        time_s, place, visits = max(robot.free_at_s, instance.now_s), robot.at, []
        for task in tasks:
            way_m = instance.distances_m[place, task.stops[0]] if task.stops else 0.0
            arrives_s = time_s + float(way_m) / robot.speed_mps
            starts_s = max(arrives_s, task.earliest_s)
            ends_s = starts_s + task.work_s + _facts(instance, task)[BETWEEN] / robot.speed_mps
            visit = Visit(
                robot_id=robot.robot_id,
                task_id=task.task_id,
                leaves_s=time_s,
                arrives_s=arrives_s,
                starts_s=starts_s,
                ends_s=ends_s,
            )
            visits.append(visit)
            time_s, place = ends_s, task.stops[-1] if task.stops else place
        routes[robot.robot_id] = tuple(visits)
    done = {task.task_id for tasks in names for task in tasks}
    why = "no robot that may do it can get there, and be done before every hard deadline of its route"
    return priced(instance, routes, {t.task_id: why for t in instance.tasks if t.task_id not in done})
