"""What would have to be otherwise for another robot to get a task: the smallest change of each kind, found by asking
the solver again, and checked by asking it without saying who shall do the task."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fleet.allocation.changing import nearer, robot_of, task_of, with_robot, with_task
from fleet.allocation.instance import Instance
from fleet.allocation.weighing import LEAST, Weigher, seconds, smallest

_TIME_STEP_S, _WAY_STEP_M, _COST_STEP_S, _BATTERY_STEPS = 1.0, 0.5, 1.0, 100
_LONGEST_S = 3600.0
_LONGER = 5  # the check is searched so much longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """The least change of one kind that gives the task to `robot_id`. `amount` is how much, in `unit`; `subject` is
    whose (a robot's or the task's id)."""

    kind: str
    robot_id: str
    subject: str
    amount: float
    unit: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One kind of change: how far it may go, in what steps, what it makes of the instance, and how it is said."""

    kind: str
    subject: str
    most: float
    step: float
    unit: str
    make: Callable[[float], Instance]
    say: Callable[[float], str]


def flips(weigher: Weigher, task_id: str, robot_id: str, holders: tuple[str, ...]) -> tuple[Flip, ...]:
    """For each kind of change the least that gives the task to the robot, in place of `holders` who have it (none,
    where nobody does); kinds that cannot do it are left out. The smallest part of its range first."""
    found: list[tuple[float, Flip]] = []
    for change in _changes(weigher, task_id, robot_id, holders):
        amount = _least(weigher, task_id, robot_id, holders, change)
        if amount is not None:
            flip = Flip(
                kind=change.kind,
                robot_id=robot_id,
                subject=change.subject,
                amount=amount,
                unit=change.unit,
                text=change.say(amount),
            )
            found.append((amount / change.most, flip))
    found.sort(key=lambda pair: (pair[0], pair[1].kind))
    return tuple(flip for _, flip in found)


def _least(weigher: Weigher, task_id: str, robot_id: str, holders: tuple[str, ...], change: _Change) -> float | None:
    """The least amount that makes the robot the cheaper choice, checked without any pin; None where none does."""

    def holds(amount: float) -> bool:
        instance = change.make(amount)
        theirs = weigher.cost_given(instance, task_id, (robot_id,))
        if not math.isfinite(theirs):
            return False
        return not holders or theirs < weigher.cost_given(instance, task_id, holders) - LEAST

    amount = smallest(holds, change.most, change.step)
    if amount is None:
        return None
    free = weigher.plan(change.make(amount), iterations=_LONGER * weigher.iterations)
    return amount if robot_id in free.robots_of(task_id) else None


def _changes(weigher: Weigher, task_id: str, robot_id: str, holders: tuple[str, ...]) -> Iterator[_Change]:
    instance = weigher.instance
    yield from _of_the_robot(instance, task_id, robot_id)
    horizon_s = min(_LONGEST_S, max(2.0 * _makespan_s(weigher), 600.0))
    yield from _of_the_task(weigher, task_id, robot_id, horizon_s)
    if len(holders) == 1:
        holder = robot_of(instance, holders[0])
        free_s = max(holder.free_at_s, instance.now_s)
        yield _Change(
            kind="holder_later",
            subject=holder.robot_id,
            most=horizon_s,
            step=_TIME_STEP_S,
            unit="s",
            make=lambda x: with_robot(instance, holder.robot_id, free_at_s=free_s + x),
            say=lambda x: f"{robot_id} would get it if {holder.robot_id} were busy for {seconds(x)} longer",
        )


def _makespan_s(weigher: Weigher) -> float:
    ends = [v.ends_s for visits in weigher.solution.routes.values() for v in visits]
    return max(ends, default=weigher.instance.now_s) - weigher.instance.now_s


def _of_the_robot(instance: Instance, task_id: str, robot_id: str) -> Iterator[_Change]:
    robot, task = robot_of(instance, robot_id), task_of(instance, task_id)
    yield _Change(
        kind="robot_earlier",
        subject=robot_id,
        most=robot.free_at_s - instance.now_s,
        step=_TIME_STEP_S,
        unit="s",
        make=lambda x: with_robot(instance, robot_id, free_at_s=robot.free_at_s - x),
        say=lambda x: f"{robot_id} would get it if it were free {seconds(x)} earlier",
    )
    way_m = float(instance.distances_m[robot.at, task.stops[0]]) if task.stops else 0.0
    if math.isfinite(way_m):
        yield _Change(
            kind="way_shorter",
            subject=robot_id,
            most=way_m,
            step=_WAY_STEP_M,
            unit="m",
            make=lambda x: nearer(instance, robot_id, x),
            say=lambda x: f"{robot_id} would get it if its way there were {x:g} m shorter",
        )
    if math.isfinite(robot.capacity_wh) and robot.battery_wh < robot.capacity_wh:
        step_wh = robot.capacity_wh / _BATTERY_STEPS
        yield _Change(
            kind="battery",
            subject=robot_id,
            most=robot.capacity_wh - robot.battery_wh,
            step=step_wh,
            unit="Wh",
            make=lambda x: with_robot(instance, robot_id, battery_wh=robot.battery_wh + x),
            say=lambda x: (
                f"{robot_id} would get it with its battery at {(robot.battery_wh + x) / robot.capacity_wh:.0%}"
                f" (now {robot.battery_wh / robot.capacity_wh:.0%})"
            ),
        )
    against_s = task.costs_s.get(robot_id, 0.0)
    if against_s > 0:
        yield _Change(
            kind="less_against_it",
            subject=robot_id,
            most=against_s,
            step=min(_COST_STEP_S, against_s),
            unit="s",
            make=lambda x: with_task(instance, task_id, costs_s={**task.costs_s, robot_id: against_s - x}),
            say=lambda x: f"{robot_id} would get it if what speaks against it ({against_s:.0f} s) were {x:.0f} s less",
        )


def _of_the_task(weigher: Weigher, task_id: str, robot_id: str, horizon_s: float) -> Iterator[_Change]:
    instance = weigher.instance
    task = task_of(instance, task_id)
    due_s, latest_s = task.due_s, task.latest_s
    known_s = latest_s if due_s is None else due_s
    if known_s is None:
        return

    def moved(by_s: float) -> Instance:
        return with_task(
            instance,
            task_id,
            due_s=None if due_s is None else due_s + by_s,
            latest_s=None if latest_s is None else latest_s + by_s,
        )

    yield _Change(
        kind="deadline_later",
        subject=task_id,
        most=horizon_s,
        step=_TIME_STEP_S,
        unit="s",
        make=moved,
        say=lambda x: f"{robot_id} would get it if the deadline were {seconds(x)} later",
    )
    yield _Change(
        kind="deadline_sooner",
        subject=task_id,
        most=known_s - instance.now_s,
        step=_TIME_STEP_S,
        unit="s",
        make=lambda x: moved(-x),
        say=lambda x: f"{robot_id} would get it if the deadline were {seconds(x)} sooner",
    )
