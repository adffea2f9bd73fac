from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_cases import from_dice

from fleet.allocation.appending import append
from fleet.allocation.generating import FEATURES, generated
from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask, PlanWeights
from fleet.allocation.solver import solve
from fleet.allocation.verify import verify
from fleet.model.errors import InvalidField

LINE = np.abs(np.arange(12.0)[:, None] - np.arange(12.0)[None])


def line(robots, tasks, **other) -> Instance:
    """Locations 0 to 11, one metre apart."""
    return Instance(robots=tuple(robots), tasks=tuple(tasks), distances_m=LINE, **other)


def sound(instance, **budget):
    plan = solve(instance, **{"iterations": 60, **budget})
    assert verify(instance, plan) == []
    return plan


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(0, 12),
    st.integers(0, 10**6),
    st.sampled_from([0.0, 0.4]),
    st.sampled_from([0.0, 0.5]),
    st.booleans(),
    st.sampled_from([0.0, 0.5]),
)
def test_no_infeasible_plan_ever_leaves_and_no_task_is_forgotten(robots, tasks, seed, team, after, battery, latest):
    extras = {"bench": after, "slows": team}
    instance = from_dice(robots, tasks, seed, team=team, after=after, battery=battery, latest=latest, **extras)
    plan = solve(instance, iterations=30, seed=seed)
    assert verify(instance, plan) == []
    assert {t.task_id for t in instance.tasks} == {
        *plan.unplaced,
        *(v.task_id for visits in plan.routes.values() for v in visits if v.task_id),
    }


def test_the_same_seed_and_rounds_give_the_same_plan_bit_for_bit():
    for instance in (from_dice(5, 30, 1), from_dice(4, 15, 2, team=0.3, after=0.3, battery=True)):
        first, second = solve(instance, iterations=200, seed=7), solve(instance, iterations=200, seed=7)
        assert first.routes == second.routes
        assert first.cost == second.cost


@pytest.mark.slow
def test_a_search_does_not_make_a_plan_worse_and_begins_where_it_is_told():
    instance = from_dice(5, 40, 3)
    first = solve(instance, iterations=0)
    better = sound(instance, iterations=500)
    assert better.cost < first.cost
    assert sound(instance, iterations=0, start=better).cost == pytest.approx(better.cost)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 24), st.integers(0, 10**6), st.booleans(), st.sampled_from([0, 20]))
def test_a_plan_never_costs_more_than_appending(robots, tasks, seed, plain, rounds):
    instance = generated(robots, tasks, seed=seed, features=() if plain else FEATURES)
    assert solve(instance, iterations=rounds).cost <= append(instance).cost + 1e-6


def test_a_team_starts_together_when_the_last_has_come():
    robots = [PlanRobot(robot_id="near", at=4), PlanRobot(robot_id="far", at=11)]
    plan = sound(line(robots, [PlanTask(task_id="carry", stops=(5, 6), work_s=10, team=2)]))
    assert {visits[0].starts_s for visits in plan.routes.values()} == {6.0}
    assert plan.robots_of("carry") == ("far", "near")


def test_what_waits_for_a_task_starts_after_its_end_on_another_robot():
    robots = [PlanRobot(robot_id="a", at=0), PlanRobot(robot_id="b", at=11)]
    tasks = [
        PlanTask(task_id="wash", stops=(0,), work_s=30, able=("a",)),
        PlanTask(task_id="dry", stops=(11,), work_s=5, able=("b",), after=("wash",)),
    ]
    plan = sound(line(robots, tasks))
    assert plan.routes["b"][0].starts_s == plan.routes["a"][0].ends_s == 30.0


def test_a_bench_has_one_user_at_a_time():
    robots = [PlanRobot(robot_id=name, at=i) for i, name in enumerate("abc")]
    tasks = [PlanTask(task_id=f"t{i}", stops=(i,), work_s=10, resources=("bench",)) for i in range(3)]
    plan = sound(line(robots, tasks))
    assert sorted(v.starts_s for visits in plan.routes.values() for v in visits) == [0.0, 10.0, 20.0]


def test_a_robot_charges_before_what_it_could_not_end_otherwise():
    robot = PlanRobot(
        robot_id="a", at=0, battery_wh=3, capacity_wh=100, reserve_wh=2, working_w=360, walking_w=36, charging_w=3600
    )
    task = PlanTask(task_id="long", stops=(5,), work_s=60)
    plan = sound(line([robot], [task], docks=(PlanDock(dock_id="d", at=2),)))
    assert [v.dock_id or v.task_id for v in plan.routes["a"]] == ["d", "long"]
    alone = solve(line([robot], [task]), iterations=5)
    assert "battery" in alone.unplaced["long"]


def test_the_dock_must_still_be_reached_after_the_last_task():
    robot = PlanRobot(robot_id="a", at=0, battery_wh=2.5, capacity_wh=2.5, reserve_wh=2, walking_w=360)
    near = PlanTask(task_id="near", stops=(2,))
    assert not sound(line([robot], [near], docks=(PlanDock(dock_id="d", at=0),))).unplaced
    assert sound(line([robot], [near], docks=(PlanDock(dock_id="d", at=11),))).unplaced


def test_a_task_that_slows_comes_last():
    robot = PlanRobot(robot_id="a", at=0)
    tasks = [
        PlanTask(task_id="heavy", stops=(1,), work_s=10, slows=0.5),
        PlanTask(task_id="light", stops=(1,), work_s=50),
    ]
    plan = sound(line([robot], tasks))
    assert [v.task_id for v in plan.routes["a"]] == ["light", "heavy"]


def test_what_must_end_in_time_comes_first_and_what_cannot_is_left_with_a_reason():
    robot = PlanRobot(robot_id="a", at=0)
    tasks = [
        PlanTask(task_id="slow", stops=(0,), work_s=100),
        PlanTask(task_id="soon", stops=(10,), work_s=10, latest_s=25),
        PlanTask(task_id="never", stops=(10,), work_s=10, latest_s=15),
    ]
    plan = sound(line([robot], tasks))
    assert [v.task_id for v in plan.routes["a"]] == ["soon", "slow"]
    assert plan.unplaced == {"never": "it must end by 15 s, and the soonest that any robot could end it is 20.0 s"}


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (PlanTask(task_id="t", able=()), "no robot can and may do it"),
        (PlanTask(task_id="t", banned=("a", "b")), "no robot can and may do it"),
        (PlanTask(task_id="t", able=("a",), pinned_to=("b",)), "no robot can and may do it"),
        (PlanTask(task_id="t", team=2, banned=("a",)), "it takes 2 robots, and 1 can and may do it: b"),
        (PlanTask(task_id="t", after=("u",)), "it comes after u, which nobody does"),
    ],
)
def test_what_nobody_does_says_why(task, reason):
    robots = [PlanRobot(robot_id="a", at=0), PlanRobot(robot_id="b", at=1)]
    plan = sound(line(robots, [task, PlanTask(task_id="u", able=())]))
    assert plan.unplaced["t"] == reason


def test_places_without_a_way_are_named():
    far = LINE.copy()
    far[:, 9] = far[9, :] = math.inf
    far[9, 9] = 0.0
    robots, tasks = (
        (PlanRobot(robot_id="a", at=0),),
        (PlanTask(task_id="t", stops=(9,)), PlanTask(task_id="u", stops=(1, 9))),
    )
    plan = solve(Instance(robots=robots, tasks=tasks, distances_m=far), iterations=5)
    assert plan.unplaced["t"] == "no robot that can do it gets to location 9"
    assert plan.unplaced["u"] == "there is no way between its stops, from location 1 to 9"


def test_pins_fill_a_team_with_others():
    robots = [PlanRobot(robot_id=name, at=i) for i, name in enumerate("abcd")]
    plan = sound(line(robots, [PlanTask(task_id="t", stops=(0,), team=2, pinned_to=("d",))]))
    assert plan.robots_of("t") == ("a", "d")


@pytest.mark.parametrize(("gain", "who"), [(2.0, "b"), (30.0, "a")])
def test_a_robot_on_its_way_is_moved_only_for_more_than_the_stated_gain(gain, who):
    robots = [PlanRobot(robot_id="a", at=0), PlanRobot(robot_id="b", at=9)]
    instance = line(
        robots,
        [PlanTask(task_id="t", stops=(10,))],
        present={"a": ("t",)},
        on_the_way=frozenset({"t"}),
        weights=PlanWeights(moved=gain),
    )
    assert sound(instance).robots_of("t") == (who,)


def test_equal_robots_share_the_work_even_where_only_wear_counts():
    robots = [PlanRobot(robot_id=f"r{i}", at=0, worn_s=100.0 * i) for i in range(3)]
    tasks = [PlanTask(task_id=f"t{i}", work_s=50) for i in range(6)]
    weights = PlanWeights(makespan=0.0, wear=1.0, waiting=0.0)
    plan = sound(line(robots, tasks, weights=weights), iterations=400)
    assert [len(plan.routes[f"r{i}"]) for i in range(3)] == [4, 2, 0]


def test_an_empty_instance_has_an_empty_plan():
    assert sound(line([], [])).cost == 0.0
    assert sound(line([], [PlanTask(task_id="t")])).unplaced == {"t": "there are no robots"}
    assert sound(line([PlanRobot(robot_id="a", at=0)], [])).routes == {"a": ()}


@pytest.mark.parametrize("budget", [{"seconds": -1}, {"seconds": math.nan}, {"iterations": -1}])
def test_a_budget_that_is_none_is_refused(budget):
    with pytest.raises(InvalidField):
        solve(line([], []), **budget)


def test_with_seconds_it_stops_in_time_and_has_a_plan():
    instance = replace(from_dice(5, 40, 3), name="timed")
    plan = sound(instance, seconds=0.2, iterations=None)
    assert plan.iterations > 0
