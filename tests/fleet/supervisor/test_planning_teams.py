"""Teams and what only one task may use at a time, in the plan: it chooses who, with whom, and in which order."""

from __future__ import annotations

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model.commands import CommandStatus, ExecuteSkill
from fleet.model.geometry import Pose
from fleet.model.plan import PlannedVisit
from fleet.model.tasks import TaskSpec, TaskState
from fleet.supervisor.why import why
from tests.fleet.supervisor.building import Desk, carry
from tests.fleet.supervisor.test_teams import TeamDesk, in_teams


def a_desk(*robots: str) -> TeamDesk:
    desk = TeamDesk(*(in_teams(r) for r in robots), allocator=FleetPlanner(AllocationSettings(iterations=20)))
    for i, robot_id in enumerate(robots):
        desk.report(robot_id, pose=Pose(x=1.0 + 2 * i, y=4))
    return desk


def heavy(task_id: str = "t", **more: object) -> TaskSpec:
    return carry(task_id, "crate", "table_3", team=2, **more)


def visits_of(desk: Desk, task_id: str) -> dict[str, PlannedVisit]:
    routes = desk.state.plan.routes
    return {r: v for r, visits in routes.items() for v in visits if v.task_id == task_id}


def told(desk: Desk) -> list[tuple[str, str]]:
    return [(c.robot_id, c.task_id) for c in desk.commands if isinstance(c, ExecuteSkill)]


def test_the_plan_chooses_the_two_robots_and_they_start_and_end_together() -> None:
    desk = a_desk("r1", "r2", "r3")
    desk.submit(heavy())
    planned = visits_of(desk, "t")
    assert len(planned) == 2
    one, other = planned.values()
    assert (one.leaves_s, one.starts_s, one.ends_s) == (other.leaves_s, other.starts_s, other.ends_s)
    assert {r for r, _ in told(desk)} == set(planned)
    assert desk.task("t").state is TaskState.ASSIGNED
    assert all(v.given for v in visits_of(desk, "t").values())


def test_who_is_free_does_not_wait_for_a_busy_partner_where_something_short_can_be_done_before() -> None:
    desk = a_desk("r1", "r2")
    desk.submit(TaskSpec(task_id="long", skill="wait", parameters={"seconds": 120.0}, robot_id="r1"))
    desk.update("long", CommandStatus.RUNNING)
    walk = TaskSpec(task_id="short", skill="walk_to", parameters={"place": "shelf_1"})
    desk.submit(heavy(), walk, mission_id="m2")
    assert [v.task_id for v in desk.state.plan.routes["r2"]] == ["short", "t"]
    assert visits_of(desk, "t")["r2"].leaves_s >= visits_of(desk, "long")["r1"].ends_s
    assert told(desk) == [("r1", "long"), ("r2", "short")]


def test_a_team_is_told_when_all_of_it_is_free() -> None:
    desk = a_desk("r1", "r2")
    desk.submit(TaskSpec(task_id="first", skill="wait", parameters={"seconds": 5.0}, robot_id="r1"))
    desk.update("first", CommandStatus.RUNNING)
    desk.submit(heavy(), mission_id="m2")
    assert desk.task("t").state is TaskState.QUEUED
    desk.claim("first")
    desk.wait(12)
    assert {r for r, t in told(desk) if t == "t"} == {"r1", "r2"}


def test_who_holds_the_load_already_is_in_the_team_though_others_are_nearer() -> None:
    desk = a_desk("r1", "r2", "r3")
    desk.submit(TaskSpec(task_id="first", skill="wait", parameters={"seconds": 5.0}, robot_id="r1"))
    desk.report("r1", held=("crate",), pose=Pose(x=1.0, y=1.5))
    desk.submit(heavy(), mission_id="m2")
    assert "r1" in visits_of(desk, "t")


def test_of_two_tasks_for_one_bench_the_plan_chooses_which_is_first_and_one_is_under_way() -> None:
    desk = a_desk("r1", "r2")
    near, far = {"place": "shelf_1"}, {"place": "table_2"}
    desk.submit(
        TaskSpec(task_id="a", skill="walk_to", parameters=far, resources=("bench",), robot_id="r1"),
        TaskSpec(task_id="b", skill="walk_to", parameters=near, resources=("bench",), robot_id="r2"),
    )
    a, b = visits_of(desk, "a")["r1"], visits_of(desk, "b")["r2"]
    assert a.leaves_s >= b.ends_s or b.leaves_s >= a.ends_s
    assert told(desk) == [("r2", "b")] if b.ends_s <= a.leaves_s else [("r1", "a")]
    waits = desk.task("a" if b.ends_s <= a.leaves_s else "b")
    desk.wait(1)
    assert waits.state is TaskState.QUEUED
    assert "waits for bench" in desk.task(waits.task_id).because


def test_an_explanation_of_a_team_names_both_and_what_another_would_cost() -> None:
    desk = a_desk("r1", "r2", "r3")
    desk.silent_s["r3"] = 30.0
    desk.wait(3)
    desk.submit(heavy(earliest_start_s=500.0))
    document = why(desk.state, desk.now_s, desk.context, "t")
    assert sorted(document["robots"]) == ["r1", "r2"]


def test_a_team_that_never_comes_together_is_asked_about() -> None:
    desk = TeamDesk(in_teams("r1"), in_teams("r2", payload_kg=3.0), allocator=FleetPlanner(AllocationSettings()))
    desk.submit(heavy())
    desk.wait(12)
    assert desk.questions()[0].cause.value == "no_capable_robot"
