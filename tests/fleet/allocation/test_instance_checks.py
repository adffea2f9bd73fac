from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask, PlanWeights
from fleet.allocation.instance_checks import candidates, check, circle
from fleet.model.errors import InvalidField

GOOD = Instance(
    robots=(PlanRobot(robot_id="a", at=0), PlanRobot(robot_id="b", at=1)),
    tasks=(PlanTask(task_id="t", stops=(0, 1)), PlanTask(task_id="u", after=("t",))),
    distances_m=np.array([[0.0, 3.0], [3.0, 0.0]]),
    docks=(PlanDock(dock_id="d", at=1),),
    present={"a": ("t",)},
    on_the_way=frozenset({"t"}),
)


def test_a_good_instance_passes():
    check(GOOD)


def with_robot(**fields):
    return replace(GOOD, robots=(replace(GOOD.robots[0], **fields), GOOD.robots[1]))


def with_task(**fields):
    return replace(GOOD, tasks=(replace(GOOD.tasks[0], **fields), GOOD.tasks[1]))


@pytest.mark.parametrize(
    ("instance", "field"),
    [
        (replace(GOOD, distances_m=np.array([[0.0, math.nan], [1.0, 0.0]])), "distances_m[0][1]"),
        (replace(GOOD, distances_m=np.array([[0.0, 1.0], [-1.0, 0.0]])), "distances_m[1][0]"),
        (replace(GOOD, distances_m=np.array([[0.0, 1.0], [1.0, 2.0]])), "distances_m[1][1]"),
        (replace(GOOD, distances_m=np.zeros((2, 3))), "distances_m"),
        (replace(GOOD, now_s=math.nan), "now_s"),
        (replace(GOOD, weights=PlanWeights(energy=-1.0)), "weights.energy"),
        (replace(GOOD, robots=GOOD.robots * 2), "robots[2].robot_id"),
        (replace(GOOD, tasks=GOOD.tasks[:1] * 2), "tasks[1].task_id"),
        (with_robot(at=2), "robots[0].at"),
        (with_robot(speed_mps=0.0), "robots[0].speed_mps"),
        (with_robot(free_at_s=math.inf), "robots[0].free_at_s"),
        (with_robot(battery_wh=5.0, capacity_wh=4.0), "robots[0].battery_wh"),
        (with_task(stops=(0, -1)), "tasks[0].stops[1]"),
        (with_task(work_s=math.nan), "tasks[0].work_s"),
        (with_task(slows=1.0), "tasks[0].slows"),
        (with_task(team=0), "tasks[0].team"),
        (with_task(team=3), "tasks[0].team"),
        (with_task(able=("c",)), "tasks[0].able"),
        (with_task(banned=("c",)), "tasks[0].banned"),
        (with_task(costs_s={"a": math.nan}), "tasks[0].costs_s[a]"),
        (with_task(after=("x",)), "tasks[0].after"),
        (with_task(latest_s=math.nan), "tasks[0].latest_s"),
        (replace(GOOD, docks=(PlanDock(dock_id="d", at=9),)), "docks[0].at"),
        (replace(GOOD, present={"c": ()}), "present"),
        (replace(GOOD, present={"a": ("t",), "b": ("t",)}), "present[b][0]"),
        (replace(GOOD, on_the_way=frozenset({"u"})), "on_the_way"),
        (replace(GOOD, present={"a": ("u", "t")}), "on_the_way"),
    ],
)
def test_what_makes_no_sense_is_named(instance, field):
    with pytest.raises(InvalidField) as caught:
        check(instance)
    assert caught.value.field == field


def test_tasks_that_wait_for_each_other_are_named_in_their_circle():
    tasks = [PlanTask(task_id=name, after=(other,)) for name, other in ("xy", "yz", "zx")]
    with pytest.raises(InvalidField, match="x -> y -> z -> x"):
        check(replace(GOOD, tasks=tuple(tasks), present={}, on_the_way=frozenset()))
    assert circle({"a": ["b"], "b": []}) == ()
    assert circle({"a": ["a"]}) == ("a", "a")


def test_who_may_do_a_task():
    robots = [PlanRobot(robot_id=name, at=0) for name in "abc"]
    assert candidates(PlanTask(task_id="t"), robots) == ("a", "b", "c")
    assert candidates(PlanTask(task_id="t", able=("a", "b"), banned=("a",)), robots) == ("b",)
    assert candidates(PlanTask(task_id="t", pinned_to=("c",)), robots) == ("c",)
    assert candidates(PlanTask(task_id="t", team=2, pinned_to=("c",)), robots) == ("a", "b", "c")
    assert candidates(PlanTask(task_id="t", team=2, pinned_to=("c",), banned=("c",)), robots) == ()
