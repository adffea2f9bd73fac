"""Charging as long as is worth it: less where a deadline presses or others wait, longer where that saves a way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.outlook import DockAhead, Outlook, RobotAhead
from fleet.allocation.plan_settings import AllocationSettings
from fleet.allocation.problem import Job
from fleet.allocation.verify import verify
from fleet.model.geometry import Pose
from tests.fleet.allocation.test_building import StraightWays, a_job, a_robot

PLANNER = FleetPlanner(AllocationSettings(iterations=20, charging_w=60.0))  # a Wh, or 1 % of these batteries, a minute


def laid_out(jobs: Sequence[Job], robots: Sequence[RobotAhead], docks: int = 1) -> tuple[Instance, Solution]:
    at = tuple(DockAhead(dock_id=f"dock_{i}", at=Pose(x=0, y=2.0 * i)) for i in range(docks))
    outlook = Outlook(jobs=tuple(jobs), robots=tuple(robots), docks=at, ways=StraightWays(), now_s=10.0)
    return PLANNER.lay_out(outlook, 3)


def low(robot_id: str, wh: float, **more: Any) -> RobotAhead:
    """A robot that draws 360 W while it walks, 0.1 Wh a second, and stands at (0, 0)."""
    robot = a_robot(robot_id, battery_wh=wh, **more)
    description = replace(robot.description, walk_power_w=360.0, idle_power_w=36.0)
    return replace(robot, description=description)


def charged_s(solution: Solution, robot_id: str) -> list[float]:
    return [v.ends_s - v.starts_s for v in solution.routes.get(robot_id, ()) if v.dock_id]


def test_a_robot_charges_no_longer_than_its_task_needs_where_the_task_would_be_late() -> None:
    instance, solution = laid_out([a_job("due", x=20.0, deadline_s=400.0)], [low("r1", 11.0)])
    (seconds,) = charged_s(solution, "r1")
    assert seconds < 260.0, "4 Wh are enough; 15 % would take a quarter of an hour"
    assert solution.terms.get("tardiness", 0.0) == 0.0
    assert verify(instance, solution) == []


def test_who_waits_for_the_dock_comes_sooner_where_the_first_charges_less() -> None:
    jobs = [a_job("one", x=20.0, pinned_to="r1"), a_job("other", x=-20.0, pinned_to="r2")]
    instance, solution = laid_out(jobs, [low("r1", 11.0), low("r2", 11.0)])
    assert max(v.ends_s for visits in solution.routes.values() for v in visits) < 700.0, "not half an hour"
    assert verify(instance, solution) == []


def test_a_robot_on_a_dock_charges_on_where_that_saves_it_coming_back() -> None:
    jobs = [a_job(f"far_{i}", x=30.0, work_s=200.0) for i in range(3)]
    here = low("r1", 19.5, docked_at="dock_0")  # enough for one of them, there and back
    instance, solution = laid_out(jobs, [here])
    first = solution.routes["r1"][0]
    assert (first.dock_id, first.leaves_s, first.battery_wh > 19.5) == ("dock_0", 10.0, True)
    assert len(charged_s(solution, "r1")) == 1
    assert verify(instance, solution) == []


batteries = st.floats(5.0, 40.0)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    robots=st.lists(st.tuples(batteries, st.booleans(), st.floats(-30.0, 30.0)), min_size=1, max_size=4),
    jobs=st.lists(st.tuples(st.floats(-60.0, 60.0), st.none() | st.floats(50.0, 900.0), st.booleans()), max_size=6),
    docks=st.integers(1, 2),
)
def test_nobody_is_given_what_it_could_not_finish_and_dock_after_and_docks_take_one_at_a_time(
    robots: list[tuple[float, bool, float]], jobs: list[tuple[float, float | None, bool]], docks: int
) -> None:
    ahead = [
        low(f"r{i}", wh, x=0.0 if on and i < docks else x, docked_at=f"dock_{i}" if on and i < docks else "")
        for i, (wh, on, x) in enumerate(robots)
    ]
    ahead = [replace(r, at=Pose(x=0, y=2.0 * i)) if r.docked_at else r for i, r in enumerate(ahead)]
    work = [a_job(f"j{i}", x=x, deadline_s=due, hard_deadline=hard) for i, (x, due, hard) in enumerate(jobs) if x]
    work = [replace(j, hard_deadline=j.hard_deadline and j.deadline_s is not None) for j in work]
    instance, solution = laid_out(work, ahead, docks)
    assert verify(instance, solution) == []
