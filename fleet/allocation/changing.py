"""The same planning problem with one thing changed: what explanations and limits are computed from.

Every function gives a new instance and leaves the old one as it is. What a change would make meaningless (a plan in
force that names a task which is not there any more) is put right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from fleet.allocation.instance import Instance, PlanRobot, PlanTask, Solution
from fleet.model.errors import NotFound

ITERATIONS = 100  # of search in a changed instance that starts from a plan of the unchanged one
SEED = 0


class Solves(Protocol):
    """A solver; `fleet.allocation.solver.solve` is one."""

    def __call__(
        self, instance: Instance, *, iterations: int | None = None, seed: int = 0, start: Solution | None = None
    ) -> Solution:
        """A plan, the best found from `start`, or from none."""


def the_solver(
    instance: Instance, *, iterations: int | None = None, seed: int = 0, start: Solution | None = None
) -> Solution:
    """The product's solver; it is loaded with its compiler only when a question needs it."""
    from fleet.allocation.solver import solve

    return solve(instance, iterations=iterations, seed=seed, start=start)


def task_of(instance: Instance, task_id: str) -> PlanTask:
    """The task with that id. Raises `NotFound`."""
    for task in instance.tasks:
        if task.task_id == task_id:
            return task
    raise NotFound("task", task_id, _some(t.task_id for t in instance.tasks))


def robot_of(instance: Instance, robot_id: str) -> PlanRobot:
    """The robot with that id. Raises `NotFound`."""
    for robot in instance.robots:
        if robot.robot_id == robot_id:
            return robot
    raise NotFound("robot", robot_id, _some(r.robot_id for r in instance.robots))


def _some(names: Any, most: int = 8) -> str:
    named = list(names)
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return (", ".join(named[:most]) or "none") + more


def with_task(instance: Instance, task_id: str, **changes: Any) -> Instance:
    """One task with other fields."""
    tasks = tuple(replace(t, **changes) if t.task_id == task_id else t for t in instance.tasks)
    return replace(instance, tasks=tasks)


def with_robot(instance: Instance, robot_id: str, **changes: Any) -> Instance:
    """One robot with other fields."""
    robots = tuple(replace(r, **changes) if r.robot_id == robot_id else r for r in instance.robots)
    return replace(instance, robots=robots)


def given_to(instance: Instance, task_id: str, robots: Collection[str]) -> Instance:
    """The task for these robots and no other, as far as they can do it."""
    return with_task(instance, task_id, pinned_to=tuple(sorted(robots)))


def kept_from(instance: Instance, task_id: str, robots: Collection[str]) -> Instance:
    """The task for anybody but these robots."""
    task = task_of(instance, task_id)
    return with_task(instance, task_id, banned=tuple(sorted({*task.banned, *robots})))


def able_for(instance: Instance, task_id: str, robot_id: str) -> Instance:
    """The task as if nothing about the robot itself kept it from it."""
    task = task_of(instance, task_id)
    able = None if task.able is None else tuple(sorted({*task.able, robot_id}))
    pinned = tuple(sorted({*task.pinned_to, robot_id})) if task.pinned_to else ()
    return with_task(
        instance, task_id, able=able, pinned_to=pinned, banned=tuple(r for r in task.banned if r != robot_id)
    )


def without_tasks(instance: Instance, gone: Collection[str]) -> Instance:
    """As if nobody had asked for these tasks."""
    tasks = tuple(
        replace(t, after=tuple(a for a in t.after if a not in gone)) for t in instance.tasks if t.task_id not in gone
    )
    present = {r: tuple(t for t in ids if t not in gone) for r, ids in instance.present.items()}
    return replace(instance, tasks=tasks, present=present, on_the_way=instance.on_the_way - frozenset(gone))


def with_twin(instance: Instance, robot_id: str, twin_id: str) -> Instance:
    """One more robot of that kind, free now, where the first will be, charged and rested, and able to do the same."""
    first = robot_of(instance, robot_id)
    twin = replace(
        first,
        robot_id=twin_id,
        free_at_s=min(first.free_at_s, instance.now_s),
        battery_wh=first.capacity_wh,
        worn_s=0.0,
    )
    tasks = tuple(
        replace(t, able=(*t.able, twin_id)) if t.able is not None and robot_id in t.able else t for t in instance.tasks
    )
    return replace(instance, robots=(*instance.robots, twin), tasks=tasks)


def nearer(instance: Instance, robot_id: str, by_m: float) -> Instance:
    """The robot with a way to everywhere that is so much shorter, and none shorter than nothing."""
    robot, n = robot_of(instance, robot_id), instance.distances_m.shape[0]
    grown = np.zeros((n + 1, n + 1))
    grown[:n, :n] = instance.distances_m
    grown[n, :n] = np.maximum(instance.distances_m[robot.at] - by_m, 0.0)
    grown[:n, n] = instance.distances_m[:, robot.at]
    return with_robot(replace(instance, distances_m=grown), robot_id, at=n)


def start_without(solution: Solution, gone: Collection[str]) -> Solution:
    """A plan to start from, without these tasks."""
    routes = {r: tuple(v for v in visits if v.task_id not in gone) for r, visits in solution.routes.items()}
    unplaced = {t: why for t, why in solution.unplaced.items() if t not in gone}
    return replace(solution, routes=routes, unplaced=unplaced)


def differences(after: Mapping[str, float], before: Mapping[str, float], least: float = 1e-6) -> dict[str, float]:
    """By term what the one costs more than the other; terms that are the same are left out."""
    names = (*before, *(n for n in after if n not in before))
    changed = {name: after.get(name, 0.0) - before.get(name, 0.0) for name in names}
    return {name: value for name, value in changed.items() if abs(value) > least}
