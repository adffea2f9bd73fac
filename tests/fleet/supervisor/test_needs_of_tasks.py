"""What a task asks of a robot besides the skill: reach, speed, sensors. Who lacks it never gets it, and says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model.robot import RobotDescription
from fleet.model.tasks import Needs, TaskSpec, TaskState
from tests.fleet.supervisor.building import Desk, a_robot


def with_limits(robot: RobotDescription, reach_m: float, speed_mps: float, *sensors: str) -> RobotDescription:
    able = (replace(c, reach_m=reach_m, speed_mps=speed_mps, sensors=sensors) for c in robot.capabilities)
    return replace(robot, capabilities=tuple(able))


def a_desk(method: str) -> Desk:
    near = with_limits(a_robot("near"), 0.5, 0.5, "camera")
    far = with_limits(a_robot("other"), 0.9, 1.2, "camera", "thermal")
    return Desk(near, far, allocator=FleetPlanner(AllocationSettings(iterations=10)) if method == "plan" else None)


def look(**needs: object) -> TaskSpec:
    return TaskSpec(task_id="look", skill="walk_to", parameters={"place": "shelf_1"}, needs=Needs(**needs))  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["plan", "one_ahead"])
@pytest.mark.parametrize("needs", [{"reach_m": 0.8}, {"speed_mps": 1.0}, {"sensors": ("thermal",)}])
def test_it_goes_to_who_has_what_it_takes_though_another_is_nearer(method: str, needs: dict[str, object]) -> None:
    desk = a_desk(method)
    desk.submit(look(**needs))
    assert desk.task("look").robot_id == "other"


@pytest.mark.parametrize("method", ["plan", "one_ahead"])
def test_where_nobody_has_it_a_person_is_told_what_each_robot_lacks(method: str) -> None:
    desk = a_desk(method)
    desk.submit(look(sensors=("gas",), reach_m=0.8))
    desk.wait(12)
    assert desk.task("look").state is TaskState.ESCALATED
    (question,) = desk.state.escalations.values()
    assert question.unknowns == (
        "near: reaches 0.5 m, needed is 0.8 m",
        "other: no sensor gas (it has camera, thermal)",
    )
