"""Docks are shared: who has enough and nothing to do leaves for others, and idle robots charge where a dock is free."""

from __future__ import annotations

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model.commands import ExecuteSkill
from fleet.model.geometry import Pose
from fleet.model.spots import spot_pose
from fleet.model.tasks import TaskSpec, TaskState
from fleet.supervisor.dock_clearing import charging_until
from fleet.supervisor.draft import Draft
from fleet.supervisor.settings import SupervisorSettings
from tests.fleet.supervisor.building import Desk, a_robot


def all_docked(*, battery: float, **supervising: float) -> Desk:
    """Three robots on the three docks, and one that is low, in the middle."""
    desk = Desk(
        *(a_robot(r) for r in ("r1", "r2", "r3", "low")),
        settings=SupervisorSettings(**supervising),
        allocator=FleetPlanner(AllocationSettings(iterations=20)),
    )
    for robot_id, dock in zip(("r1", "r2", "r3"), desk.context.site.docks(), strict=True):
        desk.report(robot_id, pose=dock.approach, docked_at=dock.place_id, battery_fraction=battery)
    desk.report("low", pose=Pose(x=5, y=5), battery_fraction=0.2)
    desk.wait(1)
    return desk


def told(desk: Desk) -> list[tuple[str, str]]:
    return [(c.robot_id, c.skill) for c in desk.commands if isinstance(c, ExecuteSkill)]


def test_who_is_full_and_idle_parks_off_the_dock_and_the_other_one_comes_then() -> None:
    desk = all_docked(battery=0.95)
    assert told(desk) == [("r3", "walk_to")]
    away = desk.last_command(desk.state.robots["r3"].task_id or "")
    spot = spot_pose(str(away.parameters["place"]))
    assert spot is not None
    places = [p.approach for p in desk.context.site.places.values()]
    assert min(spot.distance_to(p) for p in places) >= 1.2
    waiting = next(t for t in desk.state.tasks_in(TaskState.QUEUED) if t.spec.skill == "dock")
    assert waiting.because == "waits for dock_3, which r3 leaves"
    assert [v.task_id for v in desk.state.plan.routes["r3"] if v.given] == [away.task_id]
    desk.report("r3", pose=spot, docked_at=None)
    desk.wait(1)
    assert ("low", "dock") in told(desk)
    assert desk.last_command(waiting.task_id).parameters["dock"] == "dock_3"


def test_who_has_not_much_more_itself_stays() -> None:
    assert told(all_docked(battery=0.5)) == []


def test_who_has_enough_for_a_while_leaves_to_one_that_has_much_less_and_work_to_do() -> None:
    desk = all_docked(battery=0.4)
    assert told(desk) == []
    desk.report("low", battery_fraction=0.099)
    desk.submit(TaskSpec(task_id="mine", skill="walk_to", parameters={"place": "table_1"}, robot_id="low"))
    desk.wait(2)
    assert [skill for _, skill in told(desk)] == ["walk_to"]
    assert told(desk)[0][0] != "low"


def test_the_plan_reckons_with_a_dock_from_when_who_charges_there_has_enough() -> None:
    desk = all_docked(battery=0.15)
    until = charging_until(Draft(desk.state, desk.now_s, desk.context))
    assert set(until) == {"dock_1", "dock_2", "dock_3"}
    assert min(until.values()) > desk.now_s + 60
    assert charging_until(Draft(all_docked(battery=0.9).state, desk.now_s, desk.context)) == {}


def test_nobody_leaves_while_another_dock_is_free() -> None:
    desk = Desk(a_robot("r1"), a_robot("low"), allocator=FleetPlanner(AllocationSettings(iterations=20)))
    dock = desk.context.site.docks()[0]
    desk.report("r1", pose=dock.approach, docked_at=dock.place_id, battery_fraction=0.95)
    desk.report("low", battery_fraction=0.2)
    desk.wait(1)
    assert told(desk) == [("low", "dock")]


def test_idle_robots_charge_early_where_that_is_wanted_and_docks_are_free() -> None:
    def a_desk(below: float) -> Desk:
        desk = Desk(
            *(a_robot(r) for r in ("a", "b")),
            settings=SupervisorSettings(charge_idle_below=below),
            allocator=FleetPlanner(AllocationSettings(iterations=20)),
        )
        desk.report("a", battery_fraction=0.7)
        desk.wait(2)
        return desk

    assert told(a_desk(0.0)) == []
    assert told(a_desk(0.8)) == [("a", "dock")]
