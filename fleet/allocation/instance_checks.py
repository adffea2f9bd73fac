"""Whether an instance makes sense: every number is one, every name is known, nothing waits for itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set

import numpy as np

from fleet.allocation.instance import Instance, PlanRobot, PlanTask
from fleet.model.errors import InvalidField


def check(instance: Instance) -> None:
    """Refuses an instance that no plan could be made for.

    Raises:
        InvalidField: names the field as in `tasks[3].after`, its value, and what would be right.
    """
    _check_distances(instance)
    _check_ids("robots", "robot_id", [r.robot_id for r in instance.robots])
    _check_ids("tasks", "task_id", [t.task_id for t in instance.tasks])
    _check_ids("docks", "dock_id", [d.dock_id for d in instance.docks])
    _number("now_s", instance.now_s, least=-math.inf)
    for name in instance.weights.__slots__:
        _number(f"weights.{name}", getattr(instance.weights, name))
    places = len(instance.distances_m)
    for i, robot in enumerate(instance.robots):
        _check_robot(f"robots[{i}]", robot, places)
    robots = {r.robot_id for r in instance.robots}
    tasks = {t.task_id for t in instance.tasks}
    seen: set[int] = set()
    for i, task in enumerate(instance.tasks):
        check_task(task, robots, tasks, places, f"tasks[{i}]", seen)
    for i, dock in enumerate(instance.docks):
        _place(f"docks[{i}].at", dock.at, places)
        _number(f"docks[{i}].free_at_s", dock.free_at_s, least=-math.inf)
    _check_present(instance, robots, tasks)
    ring = circle({t.task_id: t.after for t in instance.tasks})
    if ring:
        first = next(i for i, t in enumerate(instance.tasks) if t.task_id == ring[0])
        raise InvalidField(
            f"tasks[{first}].after", " -> ".join(ring), "tasks that do not wait for each other in a circle"
        )


def check_task(
    task: PlanTask,
    robots: Set[str],
    tasks: Set[str],
    places: int,
    path: str = "task",
    seen: set[int] | None = None,
) -> None:
    """Refuses one task that makes no sense among these robots, tasks and so many locations. Circles are not looked for.
    `seen` are the ids of `able` tuples that were found good before: thousands of tasks may share one.

    Raises:
        InvalidField: as `check` does.
    """
    if not task.task_id:
        raise InvalidField(f"{path}.task_id", task.task_id, "a name")
    _check_task(path, task, places)
    _check_names(path, task, robots, tasks, set() if seen is None else seen)


def check_robot(robot: PlanRobot, places: int, path: str = "robot") -> None:
    """Refuses one robot that makes no sense.

    Raises:
        InvalidField: as `check` does.
    """
    _check_robot(path, robot, places)


def circle(after: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A circle among tasks that wait for others: `(a, b, a)` where a waits for b and b for a. Empty without one."""
    done: set[str] = set()
    for root in after:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, bool]] = [(root, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                path.pop()
                on_path.discard(name)
                done.add(name)
            elif name in on_path:
                return (*path[path.index(name) :], name)
            elif name not in done:
                path.append(name)
                on_path.add(name)
                stack.append((name, True))
                stack.extend((other, False) for other in after.get(name, ()))
    return ()


def candidates(task: PlanTask, robots: Sequence[PlanRobot]) -> tuple[str, ...]:
    """Who may do the task: able, not banned, and what it is pinned to. Empty where a robot that it needs may not."""
    allowed = ({r.robot_id for r in robots} if task.able is None else set(task.able)) - set(task.banned)
    pinned = set(task.pinned_to)
    if len(pinned) >= task.team:
        allowed &= pinned
    elif not pinned <= allowed:
        allowed = set()
    return tuple(r.robot_id for r in robots if r.robot_id in allowed)


def _check_distances(instance: Instance) -> None:
    d = instance.distances_m
    if d.ndim != 2 or d.shape[0] != d.shape[1]:
        raise InvalidField("distances_m", d.shape, "a square matrix, [locations, locations]")
    bad = np.argwhere(~(d >= 0.0))
    if len(bad):
        i, j = (int(x) for x in bad[0])
        raise InvalidField(f"distances_m[{i}][{j}]", float(d[i, j]), "0 or more in m, infinite where there is no way")
    own = np.flatnonzero(np.diagonal(d) != 0.0)
    if len(own):
        raise InvalidField(f"distances_m[{own[0]}][{own[0]}]", float(d[own[0], own[0]]), "0 from a place to itself")


def _check_ids(field: str, name: str, ids: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for i, one in enumerate(ids):
        if not one:
            raise InvalidField(f"{field}[{i}].{name}", one, "a name")
        if one in seen:
            raise InvalidField(f"{field}[{i}].{name}", one, f"a name of its own, {field}[{seen[one]}] has this one")
        seen[one] = i


def _check_robot(path: str, robot: PlanRobot, places: int) -> None:
    _place(f"{path}.at", robot.at, places)
    _number(f"{path}.free_at_s", robot.free_at_s, least=-math.inf)
    if not (0.0 < robot.speed_mps < math.inf):
        raise InvalidField(f"{path}.speed_mps", robot.speed_mps, "more than 0 m/s")
    for name in ("reserve_wh", "walking_w", "working_w", "standing_w", "charging_w", "worn_s"):
        _number(f"{path}.{name}", getattr(robot, name))
    for name in ("battery_wh", "capacity_wh"):
        _number(f"{path}.{name}", getattr(robot, name), most=math.inf)
    if robot.battery_wh > robot.capacity_wh * (1.0 + 1e-9):
        raise InvalidField(f"{path}.battery_wh", robot.battery_wh, f"capacity_wh ({robot.capacity_wh:g}) at most")
    if robot.charging_w > 0.0 and math.isfinite(robot.battery_wh) and not math.isfinite(robot.capacity_wh):
        raise InvalidField(f"{path}.capacity_wh", robot.capacity_wh, "a capacity for a robot that charges")


def _check_task(path: str, task: PlanTask, places: int) -> None:
    for k, stop in enumerate(task.stops):
        _place(f"{path}.stops[{k}]", stop, places)
    for name in ("work_s", "due_weight", "waiting_weight", "left_weight"):
        _number(f"{path}.{name}", getattr(task, name))
    _number(f"{path}.earliest_s", task.earliest_s, least=-math.inf)
    for name in ("due_s", "latest_s"):
        if getattr(task, name) is not None:
            _number(f"{path}.{name}", getattr(task, name), least=-math.inf, most=math.inf)
    if not (0.0 <= task.slows < 1.0):
        raise InvalidField(f"{path}.slows", task.slows, "0 or more and less than 1")
    if task.team < 1:
        raise InvalidField(f"{path}.team", task.team, "1 robot or more")


def _check_names(path: str, task: PlanTask, robots: Set[str], tasks: Set[str], seen: set[int]) -> None:
    for name in ("able", "pinned_to", "banned"):
        named = getattr(task, name)
        if not named or id(named) in seen:
            continue
        one = next((one for one in named if one not in robots), None)
        if one is None:
            seen.add(id(named))
        else:
            raise InvalidField(f"{path}.{name}", one, f"a robot of this instance ({_some(robots)})")
    for robot, cost in task.costs_s.items():
        if robot not in robots:
            raise InvalidField(f"{path}.costs_s", robot, f"a robot of this instance ({_some(robots)})")
        _number(f"{path}.costs_s[{robot}]", cost)
    for other in task.after:
        if other not in tasks:
            raise InvalidField(f"{path}.after", other, f"a task of this instance ({_some(tasks)})")
    able = len(robots if task.able is None else set(task.able)) if task.team > 1 else 0
    if 0 < able < task.team:
        raise InvalidField(f"{path}.team", task.team, f"no more than the {able} robots that can do it")


def _check_present(instance: Instance, robots: Set[str], tasks: Set[str]) -> None:
    teams = {t.task_id: t.team for t in instance.tasks}
    holders: dict[str, list[str]] = {}
    for robot, route in instance.present.items():
        if robot not in robots:
            raise InvalidField("present", robot, f"a robot of this instance ({_some(robots)})")
        for k, task in enumerate(route):
            where = f"present[{robot}][{k}]"
            if task not in tasks:
                raise InvalidField(where, task, f"a task of this instance ({_some(tasks)})")
            who = holders.setdefault(task, [])
            if robot in who or len(who) == teams[task]:
                raise InvalidField(where, task, f"a task once, and with {teams[task]} robots")
            who.append(robot)
    for task in sorted(instance.on_the_way):
        if task not in holders:
            raise InvalidField("on_the_way", task, "a task of the present plan")
        for robot in holders[task]:
            if instance.present[robot][0] != task:
                raise InvalidField("on_the_way", task, f"a task that {robot} does first in the present plan")


def _number(path: str, value: float, *, least: float = 0.0, most: float = 1e15) -> None:
    if not (least <= value <= most) or value == -math.inf:
        bounds = f"{least:g} or more" if least > -math.inf else "a number"
        raise InvalidField(path, value, bounds + ("" if most == math.inf else ", finite"))


def _place(path: str, value: int, places: int) -> None:
    if not (0 <= value < places):
        raise InvalidField(path, value, f"a location from 0 to {places - 1}")


def _some(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "") or "there are none"
