"""From the fleet's outlook to an instance: everything that the solver may not get wrong is in the numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fleet.allocation.building import build
from fleet.allocation.fleet_plan import FleetPlanner, allocator_of
from fleet.allocation.instance_checks import check
from fleet.allocation.outlook import DockAhead, Outlook, RobotAhead
from fleet.allocation.plan_settings import AllocationSettings
from fleet.allocation.problem import Job
from fleet.model.geometry import Pose
from fleet.model.robot import Capability, RobotDescription

SETTINGS = AllocationSettings(iterations=10)


class StraightWays:
    def distances_m(self, starts: Sequence[Pose], ends: Sequence[Pose]) -> NDArray[np.float64]:
        return np.array([[a.distance_to(b) for b in ends] for a in starts], dtype=np.float64).reshape(
            len(starts), len(ends)
        )


def a_robot(robot_id: str, x: float = 0.0, payload_kg: float = 2.0, **more: Any) -> RobotAhead:
    skills = ("walk_to", "carry", "pick", "place", "dock")
    description = RobotDescription(
        robot_id=robot_id,
        model=f"model_{payload_kg:g}",
        vendor="test",
        capabilities=tuple(Capability(skill=s, max_payload_kg=payload_kg, speed_mps=1.0) for s in skills),
        payload_kg=payload_kg,
        max_speed_mps=1.0,
        battery_wh=100.0,
    )
    return RobotAhead(description=description, at=Pose(x=x, y=0), **{"free_at_s": 0.0, "battery_wh": 100.0, **more})


def a_job(task_id: str, x: float = 1.0, **more: Any) -> Job:
    return Job(task_id=task_id, **{"skill": "walk_to", "stops": (Pose(x=x, y=0),), **more})


def an_outlook(jobs: tuple[Job, ...], robots: tuple[RobotAhead, ...], **more: Any) -> Outlook:
    docks = (DockAhead(dock_id="dock_1", at=Pose(x=0, y=5)),)
    return Outlook(jobs=jobs, robots=robots, **{"docks": docks, "ways": StraightWays(), "now_s": 10.0, **more})


def test_the_order_in_which_things_are_listed_changes_nothing() -> None:
    jobs, robots = (a_job("a"), a_job("b", 2.0), a_job("c", 3.0)), (a_robot("r1"), a_robot("r2", 4.0))
    one = build(an_outlook(jobs, robots), SETTINGS)
    other = build(an_outlook(jobs[::-1], robots[::-1]), SETTINGS)
    assert (one.tasks, one.robots, one.docks) == (other.tasks, other.robots, other.docks)
    assert np.array_equal(one.distances_m, other.distances_m)


def test_who_cannot_is_not_able_and_where_all_can_nobody_is_named() -> None:
    heavy = a_job("heavy", skill="carry", payload_kg=10.0, object_id="crate")
    instance = build(an_outlook((heavy, a_job("any")), (a_robot("r1"), a_robot("strong", payload_kg=20.0))), SETTINGS)
    assert {t.task_id: t.able for t in instance.tasks} == {"any": None, "heavy": ("strong",)}


def test_a_robot_with_something_in_its_hands_is_given_nothing_else_to_carry() -> None:
    mine, other = (a_job(name, skill="carry", object_id=name) for name in ("mine", "other"))
    instance = build(an_outlook((mine, other), (a_robot("r1", holds=("mine",)), a_robot("r2"))), SETTINGS)
    assert {t.task_id: t.able for t in instance.tasks} == {"mine": None, "other": ("r2",)}


def test_whoever_holds_it_already_does_not_go_for_it() -> None:
    stops = (Pose(x=9, y=0), Pose(x=1, y=0))
    job = a_job("a", skill="carry", object_id="box", stops=stops, pinned_to="r1")
    instance = build(an_outlook((job,), (a_robot("r1", holds=("box",)),)), SETTINGS)
    assert len(instance.tasks[0].stops) == 1
    assert instance.tasks[0].pinned_to == ("r1",)


def test_deadlines_are_soft_unless_they_are_hard() -> None:
    jobs = (a_job("hard", deadline_s=90.0, hard_deadline=True), a_job("soft", deadline_s=90.0))
    hard, soft = build(an_outlook(jobs, (a_robot("r1"),)), SETTINGS).tasks
    assert (hard.due_s, hard.latest_s, soft.due_s, soft.latest_s) == (90.0, 90.0, 90.0, None)


def test_what_has_waited_longer_and_what_matters_more_costs_more() -> None:
    jobs = (a_job("a", priority=90), a_job("b", priority=10), a_job("c", priority=10, waiting_since_s=-5000.0))
    a, b, c = (t.waiting_weight for t in build(an_outlook(jobs, (a_robot("r1"),)), SETTINGS).tasks)
    assert a > c > b > 0


def test_against_a_robots_word_stands_a_cost() -> None:
    instance = build(
        an_outlook((a_job("a"),), (a_robot("r1"),), doubts={"r1": {"walk_to": 0.5}, "gone": {"walk_to": 0.5}}), SETTINGS
    )
    assert instance.tasks[0].costs_s == {"r1": 0.5 * SETTINGS.weights.honesty}


def test_robots_that_are_not_there_are_not_named() -> None:
    instance = build(an_outlook((a_job("a", excluded=("r1", "gone")),), (a_robot("r1"), a_robot("r2"))), SETTINGS)
    assert instance.tasks[0].banned == ("r1",)
    check(instance)


def test_a_team_that_is_too_large_has_nobody() -> None:
    assert build(an_outlook((a_job("a", team=3),), (a_robot("r1"), a_robot("r2"))), SETTINGS).tasks[0].able == ()


def test_of_many_robots_those_near_are_taken_and_those_that_are_needed() -> None:
    robots = tuple(a_robot(f"r{i:02}", float(i)) for i in range(30))
    jobs = (a_job("a", 0.0), a_job("b", 3.0, pinned_to="r29"))
    near = build(an_outlook(jobs, robots, present={"r20": ("a",)}), SETTINGS, nearest=4)
    assert {r.robot_id for r in near.robots} >= {"r00", "r01", "r02", "r03", "r20", "r29"}
    assert len(near.robots) < 12
    assert len(build(an_outlook(jobs, robots), SETTINGS).robots) == 30


def test_low_robots_are_not_taken_for_the_nearest() -> None:
    robots = (*(a_robot(f"low{i}", 0.0, battery_wh=11.0) for i in range(5)), a_robot("full", 9.0), a_robot("far", 10.0))
    near = build(an_outlook((a_job("a", 0.0),), robots), SETTINGS, nearest=2)
    assert {r.robot_id for r in near.robots} == {"full", "far"}


def test_there_is_no_way_where_there_is_none() -> None:
    class Cut(StraightWays):
        def distances_m(self, starts: Sequence[Pose], ends: Sequence[Pose]) -> NDArray[np.float64]:
            return np.where(super().distances_m(starts, ends) > 5, np.inf, super().distances_m(starts, ends))

    planner = FleetPlanner(SETTINGS)
    _, solution = planner.lay_out(an_outlook((a_job("a", 50.0),), (a_robot("r1"),), ways=Cut()), 1)
    assert "a" in solution.unplaced
    assert math.isfinite(solution.cost)


def test_the_same_outlook_gives_the_same_plan() -> None:
    jobs = tuple(a_job(f"t{i}", float(i % 7), work_s=5.0) for i in range(12))
    outlook = an_outlook(jobs, (a_robot("r1"), a_robot("r2", 3.0), a_robot("r3", 6.0)))
    assert replace(FleetPlanner(SETTINGS).lay_out(outlook, 3)[1], seconds=0.0) == replace(
        FleetPlanner(SETTINGS).lay_out(outlook, 3)[1], seconds=0.0
    )


def test_a_number_that_cannot_be_makes_no_plan_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    instance, solution = FleetPlanner(SETTINGS).lay_out(
        an_outlook((a_job("a", work_s=math.nan), a_job("b")), (a_robot("r1"),)), 1
    )
    assert instance.tasks
    assert set(solution.unplaced) == {"a", "b"}
    assert "work_s" in solution.unplaced["a"]
    assert "no plan could be made" in caplog.text


def test_a_long_task_is_charged_for_beyond_what_is_charged_for_most() -> None:
    job = a_job("long", work_s=3600.0)  # 40 Wh at 40 W, and 25 Wh are what is charged up to
    _, solution = FleetPlanner(SETTINGS).lay_out(an_outlook((job,), (a_robot("r1", battery_wh=12.0),)), 1)
    assert [bool(v.dock_id) for v in solution.routes["r1"]] == [True, False]


def test_the_settings_say_which_allocator_it_is() -> None:
    assert isinstance(allocator_of(AllocationSettings()), FleetPlanner)
    assert not isinstance(allocator_of(AllocationSettings(method="one_ahead")), FleetPlanner)


def test_of_robots_that_would_do_as_well_the_one_that_has_worked_less_gets_it() -> None:
    for worn, rested in (("r1", "r2"), ("r2", "r1")):
        robots = tuple(a_robot(r, worn_s=5000.0 if r == worn else 4500.0) for r in ("r1", "r2"))
        _, solution = FleetPlanner(SETTINGS).lay_out(an_outlook((a_job("a", work_s=60.0),), robots), 1)
        assert solution.robots_of("a") == (rested,)
