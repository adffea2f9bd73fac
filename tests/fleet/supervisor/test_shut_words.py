"""What robots say of doors outlasts the supervisor that heard it, and ends when one goes through or time is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.bus.base import Facts
from fleet.model.commands import CommandStatus, CommandUpdate
from fleet.model.geometry import Pose
from fleet.model.robot import RobotState
from fleet.supervisor.shut_words import DOUBTED_S
from fleet.supervisor.traffic_desk import TrafficDesk
from fleet.traffic.floor import Directions, Floor
from tests.fleet.supervisor.building import Desk, carry

DOOR = {"d1": (5.0, 2.0, 5.0, 3.0)}
SAYS = "door d1 does not open"


class Mute:
    """Traffic that gives no directions."""

    def direct(self, floor: Floor) -> Directions:
        return Directions()


def blocked(robot_id: str) -> CommandUpdate:
    return CommandUpdate(
        command_id="c", robot_id=robot_id, task_id="t1", epoch=1, status=CommandStatus.BLOCKED, reason=SAYS
    )


def told(desk: Desk, status: CommandStatus = CommandStatus.BLOCKED) -> str:
    """A robot under way says it; which one."""
    desk.submit(carry("t1"))
    desk.wait(1)
    robot_id = desk.last_command("t1").robot_id
    desk.update("t1", CommandStatus.RUNNING)
    desk.update("t1", status, reason=SAYS)
    return robot_id


@pytest.mark.parametrize("status", [CommandStatus.BLOCKED, CommandStatus.FAILED])
def test_a_new_supervisor_knows_from_the_journal_what_robots_said_is_shut(desk: Desk, status: CommandStatus) -> None:
    robot_id = told(desk, status)
    new = TrafficDesk(Mute(), doors=DOOR)
    floor = new.floor(desk.state, desk.now_s + 1, 7.0)
    assert dict(floor.doubted) == {"d1": f"{robot_id} says that {SAYS}"}
    assert not new.floor(desk.state, desk.now_s + 1 + DOUBTED_S, 7.0 + DOUBTED_S).doubted, "it is tried again"


def test_what_a_robot_says_that_is_no_door_is_not_kept(desk: Desk) -> None:
    desk.submit(carry("t1"))
    desk.wait(1)
    desk.update("t1", CommandStatus.BLOCKED, reason="no way forward for 10 s at (1.0, 2.0)")
    assert desk.state.said_shut == {}


def test_a_door_in_which_a_robot_stands_is_open_until_it_is_said_to_be_shut_again(desk: Desk) -> None:
    robot_id = told(desk)
    traffic = TrafficDesk(Mute(), doors=DOOR)
    report = desk.state.robots[robot_id].state
    assert isinstance(report, RobotState)
    for x, doubted in ((4.5, True), (4.9, False), (7.0, False)):
        traffic.hear(Facts(states=(replace(report, pose=Pose(x=x, y=2.5)),)), 10.0 + x)
        assert bool(traffic.floor(desk.state, desk.now_s, 10.0 + x).doubted) == doubted
    desk.update("t1", CommandStatus.RUNNING)
    again = desk.update("t1", CommandStatus.BLOCKED, reason=SAYS)
    assert again.state.said_shut["d1"].at_s == desk.state.now_s
    traffic.hear(Facts(updates=(blocked(robot_id),)), 20.0)
    assert traffic.floor(desk.state, desk.now_s, 21.0).doubted
