"""J = makespan + weighted tardiness / robots of routes in a plain instance, and a bound that no plan goes below.

Plain Python and numpy, apart from the product's code: all methods are judged by this one reckoning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from fleet.allocation.instance import Instance, Solution

Routes = list[list[int]]  # for each robot the numbers of its tasks, in their order


@dataclass(frozen=True, slots=True)
class Judged:
    """What routes come to. `ends_s` by task; a task in no route ends at infinity, and so does the plan."""

    cost: float
    makespan_s: float
    late_s: float  # weighted
    ends_s: list[float]
    busy_s: list[float]  # by robot, walking and working


def cost_j(instance: Instance, routes: Routes) -> Judged:
    """Every robot does its tasks in that order, each as early as can be."""
    ends = [float("inf")] * len(instance.tasks)
    busy = []
    for robot, route in zip(instance.robots, routes, strict=True):
        begin = now = max(robot.free_at_s, instance.now_s)
        place = robot.at
        for number in route:
            task = instance.tasks[number]
            if task.able is not None and robot.robot_id not in task.able:
                raise ValueError(f"{robot.robot_id} cannot do {task.task_id}")
            ways = instance.distances_m[place, task.stops[0]] + instance.distances_m[task.stops[0], task.stops[-1]]
            now += float(ways) / robot.speed_mps + task.work_s
            ends[number], place = now, task.stops[-1]
        busy.append(now - begin)
    late = sum(
        t.due_weight * max(0.0, e - t.due_s) for t, e in zip(instance.tasks, ends, strict=True) if t.due_s is not None
    )
    makespan = max(ends, default=0.0) - instance.now_s
    return Judged(makespan + late / len(instance.robots), makespan, late, ends, busy)


def routes_of(instance: Instance, solution: Solution) -> Routes:
    """A plan's routes as numbers of tasks."""
    number = {t.task_id: i for i, t in enumerate(instance.tasks)}
    return [[number[v.task_id] for v in solution.routes[r.robot_id] if v.task_id] for r in instance.robots]


def lower_bound(instance: Instance) -> float:
    """No plan has a smaller J. Makespan: the tasks divided among robots as if they could be cut up, each with the
    shortest way to it from anywhere (the linear relaxation of unrelated machines; Lenstra, Shmoys and Tardos 1990).
    Tardiness: what each task has if it were the only one."""
    robots, tasks = instance.robots, instance.tasks
    first, last = (np.array([t.stops[i] for t in tasks]) for i in (0, -1))
    between = np.array([instance.distances_m[t.stops[0], t.stops[-1]] for t in tasks])
    work = np.array([t.work_s for t in tasks])
    from_tasks = instance.distances_m[np.ix_(last, first)].copy()
    np.fill_diagonal(from_tasks, np.inf)
    from_starts = instance.distances_m[np.ix_([r.at for r in robots], first)]
    nearest = np.minimum(from_tasks.min(axis=0, initial=np.inf), from_starts.min(axis=0))
    speeds = np.array([r.speed_mps for r in robots])
    free = np.array([r.free_at_s for r in robots])
    takes = (between + nearest) / speeds[:, None] + work  # [robots, tasks]
    able = np.array([[t.able is None or r.robot_id in t.able for t in tasks] for r in robots])
    alone = np.where(able, free[:, None] + (from_starts + between) / speeds[:, None] + work, np.inf).min(axis=0)
    late = sum(t.due_weight * max(0.0, a - t.due_s) for t, a in zip(tasks, alone, strict=True) if t.due_s is not None)
    return max(float(alone.max()), _divided(takes, able, free)) + late / len(robots)


def _divided(takes: np.ndarray, able: np.ndarray, free: np.ndarray) -> float:
    """The least time by which divisible tasks are done. Robots that take the same for everything count as one."""
    groups: dict[bytes, list[int]] = {}
    for r in range(len(takes)):
        groups.setdefault(np.where(able[r], takes[r], -1.0).tobytes(), []).append(r)
    rows, cols, values, where = [], [], [], []
    for g, members in enumerate(groups.values()):
        for t in np.flatnonzero(able[members[0]]):
            rows.append(g)
            cols.append(len(where))
            values.append(takes[members[0], t])
            where.append(t)
    count = len(where)
    sizes = np.array([len(m) for m in groups.values()], dtype=float)
    loads = coo_array((values, (rows, cols)), shape=(len(groups), count + 1)).tolil()
    loads[:, count] = -sizes[:, None]  # the sum of a group's loads is at most its robots times the makespan
    begun = np.array([-free[m].sum() for m in groups.values()])
    whole = coo_array((np.ones(count), (where, range(count))), shape=(takes.shape[1], count + 1))
    cost = np.zeros(count + 1)
    cost[count] = 1.0
    found = linprog(cost, A_ub=loads.tocsr(), b_ub=begun, A_eq=whole, b_eq=np.ones(takes.shape[1]), method="highs")
    return float(found.fun)
