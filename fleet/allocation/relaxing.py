"""The limits a task is under besides its deadline, each as an instance in which it does not hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from fleet.allocation.changing import able_for, with_robot, with_task, with_twin
from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask
from fleet.allocation.weighing import seconds

_MOST_EACH = 4  # robots that are tried for one kind of limit, the nearest first
_STEP_S, _BATTERY_STEP = 1.0, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """One limit: `make(by)` is the instance in which it is relaxed by that much, up to `most`, in steps of `step` (0:
    altogether or not at all); `say(by)` completes "it would be in time if ..."."""

    kind: str
    subject: str
    make: Callable[[float], Instance]
    say: Callable[[float], str]
    most: float = 1.0
    step: float = 0.0
    unit: str = ""


def relaxations(instance: Instance, task: PlanTask, reasons: Mapping[str, str]) -> Iterator[Relaxed]:
    """All limits of the task that could be relaxed, but its deadline and what goes before it."""
    can, cannot = _split(instance, task)
    yield from _order(instance, task)
    for robot in can[:_MOST_EACH]:
        yield from _busy(instance, robot)
        yield from _battery(instance, robot)
    yield from _more_robots(instance, can)
    for robot in cannot[:_MOST_EACH]:
        yield _able(instance, task, robot, reasons.get(robot.robot_id, "it is not able to do it"))
    for name in task.resources:
        if any(name in t.resources for t in instance.tasks if t.task_id != task.task_id):
            yield _resource(instance, task, name)
    yield from _docks(instance)


def _split(instance: Instance, task: PlanTask) -> tuple[list[PlanRobot], list[PlanRobot]]:
    """Robots that can do the task, those that could be there soonest first; and those that cannot."""

    def there_s(robot: PlanRobot) -> float:
        way_m = float(instance.distances_m[robot.at, task.stops[0]]) if task.stops else 0.0
        return max(robot.free_at_s, instance.now_s) + way_m / robot.speed_mps

    def can(robot: PlanRobot) -> bool:
        able = task.able is None or robot.robot_id in task.able
        pinned = not task.pinned_to or len(task.pinned_to) < task.team or robot.robot_id in task.pinned_to
        return able and pinned and robot.robot_id not in task.banned

    ordered = sorted(instance.robots, key=lambda r: (there_s(r), r.robot_id))
    return [r for r in ordered if can(r)], [r for r in ordered if not can(r)]


def _order(instance: Instance, task: PlanTask) -> Iterator[Relaxed]:
    if task.after:
        yield Relaxed(
            kind="after",
            subject=", ".join(task.after),
            make=lambda _: with_task(instance, task.task_id, after=()),
            say=lambda _: f"it did not have to wait for {' and '.join(task.after)}",
        )
    if task.earliest_s > instance.now_s:
        yield Relaxed(
            kind="earliest",
            subject=task.task_id,
            make=lambda by: with_task(instance, task.task_id, earliest_s=task.earliest_s - by),
            say=lambda by: f"it might begin {seconds(by)} sooner",
            most=task.earliest_s - instance.now_s,
            step=_STEP_S,
            unit="s",
        )


def _busy(instance: Instance, robot: PlanRobot) -> Iterator[Relaxed]:
    if robot.free_at_s - instance.now_s >= _STEP_S:
        yield Relaxed(
            kind="busy",
            subject=robot.robot_id,
            make=lambda by: with_robot(instance, robot.robot_id, free_at_s=robot.free_at_s - by),
            say=lambda by: f"{robot.robot_id} were free {seconds(by)} sooner",
            most=robot.free_at_s - instance.now_s,
            step=_STEP_S,
            unit="s",
        )


def _battery(instance: Instance, robot: PlanRobot) -> Iterator[Relaxed]:
    if math.isfinite(robot.capacity_wh) and robot.battery_wh < robot.capacity_wh:
        yield Relaxed(
            kind="battery",
            subject=robot.robot_id,
            make=lambda by: with_robot(instance, robot.robot_id, battery_wh=robot.battery_wh + by),
            say=lambda by: (
                f"the battery of {robot.robot_id} were at {(robot.battery_wh + by) / robot.capacity_wh:.0%}"
                f" (it is at {robot.battery_wh / robot.capacity_wh:.0%})"
            ),
            most=robot.capacity_wh - robot.battery_wh,
            step=_BATTERY_STEP * robot.capacity_wh,
            unit="Wh",
        )


def _more_robots(instance: Instance, can: list[PlanRobot]) -> Iterator[Relaxed]:
    """One more of each kind that can do it; robots of one kind differ only in where and how they are now."""
    kinds: dict[tuple[float, ...], PlanRobot] = {}
    for robot in can:
        kinds.setdefault((robot.speed_mps, robot.capacity_wh, robot.walking_w, robot.charging_w), robot)
    known = {r.robot_id for r in instance.robots}
    for robot in list(kinds.values())[:_MOST_EACH]:
        yield _one_more(instance, robot, known)


def _one_more(instance: Instance, robot: PlanRobot, known: set[str]) -> Relaxed:
    twin = next(name for n in range(1, len(known) + 2) if (name := f"{robot.robot_id}+{n}") not in known)
    return Relaxed(
        kind="robot",
        subject=robot.robot_id,
        make=lambda _: with_twin(instance, robot.robot_id, twin),
        say=lambda _: f"there were one more robot like {robot.robot_id}, free where it is",
    )


def _able(instance: Instance, task: PlanTask, robot: PlanRobot, reason: str) -> Relaxed:
    return Relaxed(
        kind="able",
        subject=robot.robot_id,
        make=lambda _: able_for(instance, task.task_id, robot.robot_id),
        say=lambda _: f"{robot.robot_id} could do it ({reason})",
    )


def _resource(instance: Instance, task: PlanTask, name: str) -> Relaxed:
    others = tuple(r for r in task.resources if r != name)
    return Relaxed(
        kind="resource",
        subject=name,
        make=lambda _: with_task(instance, task.task_id, resources=others),
        say=lambda _: f"there were a second {name}",
    )


def _docks(instance: Instance) -> Iterator[Relaxed]:
    if not instance.docks or all(math.isinf(r.battery_wh) for r in instance.robots):
        return
    first = instance.docks[0]
    known = {d.dock_id for d in instance.docks}
    name = next(n for i in range(1, len(known) + 2) if (n := f"{first.dock_id}+{i}") not in known)
    more = replace(instance, docks=(*instance.docks, PlanDock(dock_id=name, at=first.at, free_at_s=instance.now_s)))
    yield Relaxed(
        kind="dock",
        subject=first.dock_id,
        make=lambda _: more,
        say=lambda _: f"there were one more dock, beside {first.dock_id}",
    )
