"""Why a robot of the running fleet has a task: the plan in force is what is explained, and asking changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model import requests as rq
from fleet.model.errors import Conflict, NotFound
from fleet.model.geometry import Pose
from fleet.model.robot import Posture
from fleet.model.tasks import MissionSpec, Needs, TaskSpec, TaskState
from fleet.supervisor.why import why
from tests.fleet.supervisor.building import Desk, a_robot


@pytest.fixture
def desk() -> Desk:
    """r1 near the shelves, r2 far from them, r3 fallen; all of them can carry 2 kg."""
    made = Desk(a_robot("r1"), a_robot("r2"), a_robot("r3"))
    made.context = replace(made.context, allocator=FleetPlanner(AllocationSettings(iterations=20)))
    made.report("r1", pose=Pose(x=2, y=7))
    made.report("r2", pose=Pose(x=9, y=1))
    made.report("r3", posture=Posture.FALLEN)
    return made


def submit(desk: Desk, *tasks: TaskSpec) -> None:
    assert desk.ask(rq.SubmitMission(mission=MissionSpec(mission_id="m", title="m", tasks=tasks))).accepted


def carry(task_id: str, thing: str, to: str, **more: object) -> TaskSpec:
    return TaskSpec(task_id=task_id, skill="carry", parameters={"object": thing, "to": to}, **more)  # type: ignore[arg-type]


def test_a_task_under_way_is_explained_as_if_its_robot_could_be_called_back(desk: Desk) -> None:
    submit(desk, carry("t1", "box_a", "table_1"))
    desk.wait(1.0)
    assert desk.state.tasks["t1"].robot_id == "r1"
    before = desk.state.digest()
    told = why(desk.state, desk.now_s, desk.context, "t1")
    assert told["robots"] == ["r1"]
    r2 = next(a for a in told["alternatives"] if a["robot_id"] == "r2")
    assert r2["possible"] and r2["difference"]["moved"] == pytest.approx(60.0)
    r3 = next(a for a in told["alternatives"] if a["robot_id"] == "r3")
    assert not r3["possible"] and r3["because"].startswith("is set aside: it has fallen")
    assert desk.state.digest() == before
    assert why(desk.state, desk.now_s, desk.context, "t1") == told


def test_a_task_that_waits_says_whom_it_is_for_and_what_would_bring_it_in_time(desk: Desk) -> None:
    submit(desk, carry("t1", "box_a", "table_1", robot_id="r1"))
    desk.wait(1.0)
    submit_later = MissionSpec(
        mission_id="m2", title="m2", tasks=(carry("t2", "box_b", "table_3", deadline_s=30.0, robot_id="r1"),)
    )
    desk.ask(rq.SubmitMission(mission=submit_later))
    desk.wait(1.0)
    assert desk.state.tasks["t2"].state is TaskState.QUEUED
    told = why(desk.state, desk.now_s, desk.context, "t2")
    assert told["robots"] == ["r1"]
    assert not told["limits"]["met"]
    assert {"deadline", "busy"} <= set(told["limits"]["binds"])
    assert next(a for a in told["alternatives"] if a["robot_id"] == "r2")["because"].startswith(
        "the task is for r1 only"
    )


def test_what_no_robot_can_lift_is_told_robot_by_robot(desk: Desk) -> None:
    submit(desk, carry("t1", "crate", "table_1"))
    desk.wait(1.0)
    told = why(desk.state, desk.now_s, desk.context, "t1", ["r1"])
    (r1,) = told["alternatives"]
    assert r1["because"].startswith("payload 12 kg > 2 kg")
    assert "able" in told["limits"]["binds"]


def test_a_task_for_a_robot_that_has_never_reported_says_so_and_does_not_hide_the_others(desk: Desk) -> None:
    desk.take(descriptions=[a_robot("r4")])
    submit(desk, carry("t1", "box_a", "table_1", robot_id="r4"), carry("t2", "box_b", "table_3"))
    desk.wait(1.0)
    with pytest.raises(Conflict, match="t1 is for a robot that has not reported yet"):
        why(desk.state, desk.now_s, desk.context, "t1")
    told = why(desk.state, desk.now_s, desk.context, "t2")
    assert told["robots"] == ["r1"]
    assert next(a for a in told["alternatives"] if a["robot_id"] == "r4")["because"] == "has not reported yet"


def test_what_cannot_be_explained_says_why_not(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no task named 't9'"):
        why(desk.state, desk.now_s, desk.context, "t9")
    submit(desk, carry("t1", "box_a", "table_1"), TaskSpec(task_id="d", skill="dock", needs=Needs()))
    with pytest.raises(NotFound, match="known: r1, r2, r3"):
        why(desk.state, desk.now_s, desk.context, "t1", ["r9"])
    with pytest.raises(Conflict, match="such tasks are not weighed"):
        why(desk.state, desk.now_s, desk.context, "d")
    desk.ask(rq.CancelTask(task_id="t1", reason="no longer"))
    with pytest.raises(Conflict, match="t1 is cancelled"):
        why(desk.state, desk.now_s, desk.context, "t1")


def test_a_site_that_plans_one_task_ahead_has_no_plan_to_explain() -> None:
    desk = Desk(a_robot("r1"))
    submit(desk, carry("t1", "box_a", "table_1"))
    with pytest.raises(Conflict, match="one_ahead"):
        why(desk.state, desk.now_s, desk.context, "t1")
