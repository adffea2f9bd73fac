"""Two plans that cost the same and are not the same to people: a person is asked once, and the answer holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.allocation.alike_settings import AlikeSettings
from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model import requests as rq
from fleet.model.escalation import DecidedHow, Escalation
from fleet.model.geometry import Pose
from fleet.model.tasks import MissionSpec, TaskSpec, TaskState
from tests.fleet.supervisor.building import Desk, a_robot

CAUSE = "plans_alike"


def a_desk(**alike: Any) -> Desk:
    """One robot in the middle, as far from the one place as from the other."""
    desk = Desk(a_robot("r1"))
    settings = AllocationSettings(iterations=20, alike=AlikeSettings(**{"late_s": 5.0, **alike}))
    desk.context = replace(desk.context, allocator=FleetPlanner(settings))
    desk.report("r1", pose=Pose(x=5, y=8))
    return desk


def want(desk: Desk, actor: str, task_id: str, place: str, **more: Any) -> None:
    task = TaskSpec(task_id=task_id, skill="walk_to", parameters={"place": place}, why="a test", **more)
    mission = MissionSpec(mission_id=f"m-{task_id}", title=task_id, tasks=(task,))
    assert desk.ask(rq.SubmitMission(mission=mission), actor=actor).accepted


def both(desk: Desk, **other: Any) -> None:
    """Two people want the robot at two places, each by a time that only one of them can have. Nothing is given out
    before both have said so."""
    desk.ask(rq.SetHold(robot_id=None, engage=True, reason="not yet"))
    want(desk, "ana", "left", "shelf_1", deadline_s=desk.now_s + 8.0)
    want(desk, "jo", "right", "table_1", **{"deadline_s": desk.now_s + 8.0, **other})
    desk.ask(rq.SetHold(robot_id=None, engage=False, reason="go"))
    desk.report("r1", holding=False)
    desk.wait(1.0)


def questions(desk: Desk) -> list[Escalation]:
    return [e for e in desk.state.escalations.values() if e.cause.value == CAUSE]


def answer(desk: Desk, question: Escalation, option_id: str) -> None:
    body = rq.AnswerEscalation(
        escalation_id=question.escalation_id, option_id=option_id, reason="she is in a hurry",
        shown_digest=question.shown_digest,
    )  # fmt: skip
    assert desk.ask(body, actor="mia").accepted


def first_for(question: Escalation, task_id: str) -> str:
    """The option by which that task goes first."""
    return next(o.option_id for o in question.options if o.action["first"] == [task_id])


def test_a_person_is_asked_whose_deadline_is_missed_and_nothing_is_given_out_before() -> None:
    desk = a_desk()
    both(desk)
    (question,) = questions(desk)
    assert question.decision_class == "which_plan" and set(question.task_ids) == {"left", "right"}
    assert {o.action["do"] for o in question.options} == {"choose_plan"}
    assert question.safe_default == question.options[0].option_id
    assert "for ana" in question.question and "for jo" in question.question
    assert all("late" in o.label and "in time" in o.label for o in question.options)
    assert {desk.state.tasks[t].state for t in ("left", "right")} == {TaskState.QUEUED}
    assert desk.state.robots["r1"].task_id is None


@pytest.mark.parametrize("chosen", ["left", "right"])
def test_the_plan_that_was_chosen_is_the_one_that_is_carried_out(chosen: str) -> None:
    desk = a_desk()
    both(desk)
    (question,) = questions(desk)
    answer(desk, question, first_for(question, chosen))
    desk.wait(1.0)
    assert desk.state.robots["r1"].task_id == chosen
    assert chosen in desk.state.preferred
    assert len(questions(desk)) == 1


def test_nobody_answers_and_the_cheaper_plan_is_taken() -> None:
    desk = a_desk(answer_within_s=10.0)
    both(desk)
    desk.wait(12.0)
    (question,) = questions(desk)
    assert question.decision is not None and question.decision.how is DecidedHow.SAFE_DEFAULT
    assert desk.state.robots["r1"].task_id == question.options[0].action["first"][0]


def test_nobody_is_asked_where_one_is_more_urgent_or_the_site_asks_for_no_questions() -> None:
    desk = a_desk()
    both(desk, priority=90)
    assert questions(desk) == [] and desk.state.robots["r1"].task_id == "right"
    silent = a_desk(ask=False)
    both(silent)
    assert questions(silent) == [] and silent.state.robots["r1"].task_id is not None


def test_people_are_not_asked_one_such_question_after_the_other() -> None:
    desk = a_desk()
    both(desk)
    (question,) = questions(desk)
    answer(desk, question, first_for(question, "left"))
    desk.ask(rq.SetHold(robot_id=None, engage=True, reason="not yet"))
    desk.ask(rq.CancelTask(task_id="left", reason="no longer"), actor="ana")
    want(desk, "jo", "again", "shelf_1", deadline_s=desk.now_s + 8.0)
    want(desk, "ana", "other", "table_1", deadline_s=desk.now_s + 8.0)
    desk.ask(rq.SetHold(robot_id=None, engage=False, reason="go"))
    desk.report("r1", holding=False)
    desk.wait(1.0)
    assert len(questions(desk)) == 1


def test_the_question_is_taken_back_when_there_is_nothing_to_choose_any_more() -> None:
    desk = a_desk()
    both(desk)
    (question,) = questions(desk)
    desk.ask(rq.CancelTask(task_id="left", reason="no longer"), actor="ana")
    desk.wait(1.0)
    (question,) = questions(desk)
    assert not question.open and question.decision is None
    assert desk.state.robots["r1"].task_id == "right"
