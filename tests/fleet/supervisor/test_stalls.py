"""A robot that is heard, complains of nothing and gets nowhere is not waited for, for ever."""

from __future__ import annotations

import pytest

from fleet.model.commands import CommandStatus
from fleet.model.escalation import Cause
from fleet.model.geometry import Pose
from fleet.model.requests import SetHold
from fleet.model.tasks import TaskState as S
from tests.fleet.supervisor.building import Desk, a_robot, carry


@pytest.fixture
def desk() -> Desk:
    desk = Desk(a_robot("r1"), a_robot("r2"))
    desk.submit(carry("t1", robot_id="r1"))
    desk.update("t1", CommandStatus.RUNNING)
    assert desk.task("t1").state is S.EXECUTING
    return desk


def test_a_pinned_task_that_stands_still_is_asked_about(desk: Desk) -> None:
    desk.wait(80)
    assert not desk.questions()
    desk.wait(15)
    (question,) = desk.questions()
    assert question.cause is Cause.RECOVERY_EXHAUSTED and "r1 has not got on for 9" in question.question


def test_a_question_that_is_asked_again_says_once_what_went_wrong(desk: Desk) -> None:
    desk.wait(95)
    (before,) = desk.questions()
    desk.see_object("box_a", holder="r1")
    (after,) = desk.questions()
    assert after.escalation_id != before.escalation_id, "the world has changed, so it is asked anew"
    assert after.question == before.question


def test_a_robot_that_moves_is_not_stuck(desk: Desk) -> None:
    for i in range(8):
        desk.wait(30)
        desk.report("r1", pose=Pose(x=1.0 + i, y=5))
    assert not desk.questions() and desk.task("t1").state is S.EXECUTING


def test_a_robot_that_tells_how_far_it_is_is_not_stuck(desk: Desk) -> None:
    for i in range(4):
        desk.wait(60)
        desk.update("t1", CommandStatus.RUNNING, phase=f"part {i}")
    assert not desk.questions() and desk.task("t1").state is S.EXECUTING


def test_a_robot_that_was_told_to_stand_is_not_stuck(desk: Desk) -> None:
    assert desk.ask(SetHold(robot_id="r1", engage=True, reason="a visitor")).accepted
    desk.wait(200)
    assert not desk.questions()


def test_why_it_holds_by_itself_is_said(desk: Desk) -> None:
    desk.report("r1", holding=True, hold_because="nobody commands it")
    desk.wait(95)
    assert "holds by itself (nobody commands it)" in desk.questions()[0].question
