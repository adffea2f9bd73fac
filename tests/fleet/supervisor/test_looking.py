"""Another robot is sent to look at what no sensor of the site speaks about."""

from __future__ import annotations

import math

import pytest

from fleet.model.commands import CommandStatus
from fleet.model.geometry import Pose
from fleet.model.tasks import TaskState as S
from fleet.supervisor.draft import Draft
from fleet.supervisor.looking import view_of
from tests.fleet.supervisor.building import Desk, a_robot, carry


@pytest.fixture
def desk() -> Desk:
    """Nobody has seen what r1 says that it did."""
    desk = Desk(a_robot("r1"), a_robot("r2"))
    desk.submit(carry("t1", robot_id="r1"))
    assert desk.task("t1").robot_id == "r1"
    desk.claim("t1")
    desk.wait(6)
    return desk


def the_look(desk: Desk) -> str:
    (name,) = [t for t in desk.state.tasks if t.startswith("look-")]
    return name


def test_another_robot_than_the_claimant_goes_before_anybody_is_asked(desk: Desk) -> None:
    look = desk.task(the_look(desk))
    assert (look.spec.skill, look.grounded["target"], look.robot_id) == ("inspect", "table_1", "r2")
    assert not desk.questions()


def test_what_it_sees_settles_the_claim(desk: Desk) -> None:
    desk.see_object("box_a", place="table_1", source="r2")
    assert desk.task("t1").state is S.DONE
    assert "r2 sees box_a at table_1" in desk.task("t1").because


def test_what_it_does_not_see_is_a_question(desk: Desk) -> None:
    desk.see(source="r2", covered=("table_1",))
    assert desk.task("t1").state is S.ESCALATED
    assert "r2 sees table_1 and box_a is not there" in desk.questions()[0].question


def test_the_claimant_cannot_be_its_own_witness(desk: Desk) -> None:
    desk.see_object("box_a", place="table_1", source="r1")
    assert desk.task("t1").state is S.VERIFYING


def test_a_look_that_fails_is_no_question_of_its_own(desk: Desk) -> None:
    name = the_look(desk)
    desk.update(name, CommandStatus.FAILED, reason="cannot get there", retriable=False)
    desk.wait(3)
    assert desk.task(name).state is S.CANCELLED
    assert [q.task_ids for q in desk.questions()] == [("t1",)]


def test_the_question_does_not_wait_for_ever(desk: Desk) -> None:
    name = the_look(desk)
    desk.update(name, CommandStatus.RUNNING, phase="walk")
    desk.wait(60)
    assert desk.task(name).state is S.CANCELLED
    assert desk.task("t1").state is S.ESCALATED


def test_it_looks_once(desk: Desk) -> None:
    name = the_look(desk)
    desk.update(name, CommandStatus.RUNNING, phase="walk")
    desk.claim(name)
    desk.wait(70)
    assert [t for t in desk.state.tasks if t.startswith("look-")] == [name]


def test_without_another_robot_a_person_is_asked_as_soon_as_ever() -> None:
    desk = Desk(a_robot("r1"))
    desk.submit(carry("t1", robot_id="r1"))
    desk.claim("t1")
    desk.wait(9)
    assert desk.task("t1").state is S.ESCALATED


def test_the_view_is_past_the_robot_that_stands_there(desk: Desk) -> None:
    surface = desk.context.site.places["table_1"].surface
    assert surface is not None
    desk.report("r1", pose=Pose(x=surface.x, y=surface.y - 0.6))
    view = view_of(Draft(desk.state, desk.now_s, desk.context), "table_1", "r2")
    assert view is not None
    towards = math.atan2(surface.y - view.y, surface.x - view.x)
    assert math.remainder(view.yaw - towards, math.tau) == pytest.approx(0, abs=1e-6)
    body = desk.reports["r1"].pose
    along = (body.x - view.x) * math.cos(towards) + (body.y - view.y) * math.sin(towards)
    aside = abs((body.y - view.y) * math.cos(towards) - (body.x - view.x) * math.sin(towards))
    assert along < 0 or aside >= 0.45
