"""Whatever is wrong with a plan is found; a right one passes. Plans are those of appending."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.allocation.appending import append
from fleet.allocation.generating import FEATURES, generated
from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask, Solution, Visit
from fleet.allocation.verify import verify

TIMES = ("leaves_s", "arrives_s", "starts_s", "ends_s")


@lru_cache
def planned(seed: int) -> tuple[Instance, Solution]:
    instance = generated(5, 16, seed=seed, features=tuple(FEATURES))
    return instance, append(instance)


def visits_of(solution: Solution) -> list[tuple[str, int]]:
    return [(robot, i) for robot, visits in sorted(solution.routes.items()) for i in range(len(visits))]


def with_route(solution: Solution, robot: str, visits: tuple[Visit, ...]) -> Solution:
    return replace(solution, routes={**solution.routes, robot: visits})


def with_visit(solution: Solution, robot: str, number: int, **changes: Any) -> Solution:
    visits = list(solution.routes[robot])
    visits[number] = replace(visits[number], **changes)
    return with_route(solution, robot, tuple(visits))


# -- right plans -------------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000), robots=st.integers(1, 6), tasks=st.integers(0, 14), data=st.data())
@settings(max_examples=40, deadline=None)
def test_what_appending_plans_is_right(seed, robots, tasks, data):
    features = data.draw(st.sets(st.sampled_from(sorted(FEATURES))))
    instance = generated(robots, tasks, seed=seed, features=sorted(features))
    assert verify(instance, append(instance)) == []


def one_task(**changes: Any) -> tuple[Instance, Solution]:
    """A robot, a task 10 m off that is done from 10 s to 15 s, a dock where the robot is."""
    robot = PlanRobot(
        robot_id="r", at=0, battery_wh=20.0, capacity_wh=30.0, reserve_wh=2.0, walking_w=360.0, working_w=720.0
    )
    task = PlanTask(**({"task_id": "t", "stops": (1,), "work_s": 5.0} | changes))
    distances = np.array([[0.0, 10.0], [10.0, 0.0]])
    instance = Instance(robots=(robot,), tasks=(task,), distances_m=distances, docks=(PlanDock(dock_id="d", at=0),))
    visit = Visit(
        robot_id="r", task_id="t", leaves_s=0.0, arrives_s=10.0, starts_s=10.0, ends_s=15.0, battery_wh=20.0 - 1.0 - 1.0
    )
    terms = {"makespan": 15.0}
    return instance, Solution(routes={"r": (visit,)}, unplaced={}, cost=15.0, terms=terms)


def test_a_plan_worked_out_by_hand_is_right():
    assert verify(*one_task()) == []


def test_a_dock_must_remain_in_reach_after_a_task():
    instance, solution = one_task()
    tight = replace(instance.robots[0], reserve_wh=17.0)  # 18 Wh are left, the way back takes 1
    assert verify(replace(instance, robots=(tight,)), solution) == []
    short = replace(tight, reserve_wh=17.1)
    (found,) = verify(replace(instance, robots=(short,)), solution)
    assert found.kind == "reserve"
    assert "reach the nearest dock with 17.0 Wh, expected 17.1 or more" in found.text


def test_lateness_and_waiting_are_in_the_cost():
    instance, solution = one_task(due_s=11.0, due_weight=2.0, waiting_weight=0.1)
    right = replace(solution, cost=15 + 8 + 1.5, terms={"makespan": 15.0, "tardiness": 8.0, "waiting": 1.5})
    assert verify(instance, right) == []
    assert [v.kind for v in verify(instance, solution)] == ["terms", "terms", "cost"]


# -- wrong plans -------------------------------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 15),
    which=st.integers(0, 10_000),
    name=st.sampled_from((*TIMES, "battery_wh")),
    by=st.sampled_from((-30.0, -0.01, 0.01, 30.0, math.nan, math.inf)),
)
@settings(max_examples=150, deadline=None)
def test_no_number_of_a_visit_can_be_another(seed, which, name, by):
    instance, solution = planned(seed)
    places = visits_of(solution)
    robot, number = places[which % len(places)]
    value = getattr(solution.routes[robot][number], name) + by
    assert verify(instance, with_visit(solution, robot, number, **{name: value}))


def forgotten(solution: Solution, robot: str, number: int) -> Solution:
    visits = solution.routes[robot]
    return with_route(solution, robot, visits[:number] + visits[number + 1 :])


def twice(solution: Solution, robot: str, number: int) -> Solution:
    visits = solution.routes[robot]
    return with_route(solution, robot, visits + (visits[number],))


def by_another(solution: Solution, robot: str, number: int) -> Solution:
    visit = solution.routes[robot][number]
    other = next(r for r in sorted(solution.routes) if r != robot)
    without = forgotten(solution, robot, number)
    return with_route(without, other, (*without.routes[other], replace(visit, robot_id=other)))


def given_back(solution: Solution, robot: str, number: int) -> Solution:
    visit = solution.routes[robot][number]
    left = {visit.task_id or "nothing": "nobody can"}
    return replace(solution, unplaced={**solution.unplaced, **left})


def order_changed(solution: Solution, robot: str, number: int) -> Solution:
    visits = solution.routes[robot]
    return with_route(solution, robot, visits[number:] + visits[:number] if number else (*visits, visits[0]))


CORRUPTIONS: dict[str, Callable[[Solution, str, int], Solution]] = {
    "a visit is left out": forgotten,
    "a visit is there twice": twice,
    "another robot does it": by_another,
    "it is said to be undone too": given_back,
    "the order is another": order_changed,
    "an unknown task": lambda s, r, n: with_visit(s, r, n, task_id="nobody's", dock_id=""),
    "an unknown dock": lambda s, r, n: with_visit(s, r, n, task_id="", dock_id="nowhere"),
    "a task and a dock": lambda s, r, n: with_visit(s, r, n, task_id="t00000", dock_id="d000"),
    "neither task nor dock": lambda s, r, n: with_visit(s, r, n, task_id="", dock_id=""),
    "another robot's visit": lambda s, r, n: with_visit(s, r, n, robot_id="r9999"),
    "a robot without a route": lambda s, r, n: replace(s, routes={k: v for k, v in s.routes.items() if k != r}),
    "a robot that does not exist": lambda s, r, n: replace(s, routes={**s.routes, "r9999": ()}),
    "a route lost": lambda s, r, n: with_route(s, r, ()),
    "a cheaper cost": lambda s, r, n: replace(s, cost=s.cost - 1.0),
    "a cost that is none": lambda s, r, n: replace(s, cost=math.nan),
    "a term left out": lambda s, r, n: replace(s, terms={k: v for k, v in s.terms.items() if k != "makespan"}),
    "a term of one's own": lambda s, r, n: replace(s, terms={**s.terms, "beauty": -5.0}),
    "a task that does not exist is undone": lambda s, r, n: replace(s, unplaced={**s.unplaced, "x": "why"}),
}


@pytest.mark.parametrize("what", CORRUPTIONS)
def test_every_corruption_is_found(what):
    for seed in range(12):
        instance, solution = planned(seed)
        for robot, number in visits_of(solution):
            assert verify(instance, CORRUPTIONS[what](solution, robot, number)), (seed, robot, number)


def test_a_task_that_nobody_mentions_and_one_without_a_reason_are_found():
    instance, solution = planned(0)
    assert solution.unplaced, "this seed is to leave something undone"
    name = next(iter(solution.unplaced))
    for left, kind in (({}, "placed"), ({**solution.unplaced, name: " "}, "reason")):
        assert kind in {v.kind for v in verify(instance, replace(solution, unplaced=left))}


# -- the same plan for an instance that asks for more ----------------------------------------------------------------


def changed_task(instance: Instance, name: str, **changes: Any) -> Instance:
    return replace(instance, tasks=tuple(replace(t, **changes) if t.task_id == name else t for t in instance.tasks))


def stricter(instance: Instance, visit: Visit) -> dict[str, Instance]:
    """By the kind of violation that must be found."""
    name, robot = visit.task_id, visit.robot_id
    others = tuple(r.robot_id for r in instance.robots if r.robot_id != robot)
    team = next(t.team for t in instance.tasks if t.task_id == name)
    return {
        "able": changed_task(instance, name, able=others),
        "banned": changed_task(instance, name, banned=(robot,)),
        "pinned": changed_task(instance, name, pinned_to=("r9998", "r9999")),
        "team": changed_task(instance, name, team=team + 1),
        "latest": changed_task(instance, name, latest_s=visit.ends_s - 0.01),
        "earliest": changed_task(instance, name, earliest_s=visit.starts_s + 0.01),
        "times": changed_task(instance, name, work_s=visit.ends_s - visit.starts_s + 1.0),
        "after": changed_task(instance, name, after=(name,)),
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_that_was_right_is_wrong_when_more_is_asked(seed):
    instance, solution = planned(seed)
    for robot, number in visits_of(solution):
        visit = solution.routes[robot][number]
        if visit.task_id:
            for kind, other in stricter(instance, visit).items():
                assert kind in {v.kind for v in verify(other, solution)}, (kind, visit)


def test_longer_ways_lower_batteries_and_missing_ways_are_found():
    found = set()
    for seed in range(12):
        instance, solution = planned(seed)
        longer = replace(instance, distances_m=instance.distances_m * 1.01)
        none = replace(instance, distances_m=np.full_like(instance.distances_m, math.inf))
        low = replace(instance, robots=tuple(replace(r, reserve_wh=39.0) for r in instance.robots))
        small = replace(instance, robots=tuple(replace(r, capacity_wh=1.0) for r in instance.robots))
        later = replace(instance, docks=tuple(replace(d, free_at_s=1e6) for d in instance.docks))
        for what, other in (("longer", longer), ("none", none), ("low", low), ("small", small), ("later", later)):
            kinds = {v.kind for v in verify(other, solution)}
            found |= {(what, kind) for kind in kinds}
    assert {("longer", "times"), ("none", "unreachable"), ("low", "reserve"), ("small", "battery")} <= found
    assert ("later", "dock") in found


def test_two_users_of_one_thing_at_once_are_found():
    instance, solution = planned(1)
    shared = replace(instance, tasks=tuple(replace(t, resources=("the only bench",)) for t in instance.tasks))
    assert "resource" in {v.kind for v in verify(shared, solution)}
    one_dock = replace(instance, docks=(PlanDock(dock_id="d000", at=instance.docks[0].at),))
    charging = Visit(
        robot_id="r0000", dock_id="d000", leaves_s=1e5, arrives_s=1e5, starts_s=1e5, ends_s=2e5, battery_wh=40.0
    )
    routes = {r: (*v, replace(charging, robot_id=r)) for r, v in solution.routes.items()}
    assert "dock" in {v.kind for v in verify(one_dock, replace(solution, routes=routes))}


def test_a_robot_called_away_from_its_way_is_in_the_cost():
    instance, solution = planned(2)
    robot, visits = next((r, v) for r, v in solution.routes.items() if len([x for x in v if x.task_id]) > 1)
    second = [v.task_id for v in visits if v.task_id][1]
    called = replace(instance, present={robot: (second,)}, on_the_way=frozenset({second}))
    assert "moved" in {v.where for v in verify(called, solution) if v.kind == "terms"}
