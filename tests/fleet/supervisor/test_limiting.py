"""A hard deadline that no plan keeps: a person is told what binds, asked once, and the answer is carried out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model import requests as rq
from fleet.model.escalation import Escalation
from fleet.model.geometry import Pose
from fleet.model.tasks import MissionSpec, TaskSpec, TaskState
from tests.fleet.supervisor.building import Desk, a_robot, carry


def a_desk() -> Desk:
    """One robot, 7 m (14 s at its best) from the shelf with box_a, which is 6 m from table_1."""
    desk = Desk(a_robot("r1"))
    desk.context = replace(desk.context, allocator=FleetPlanner(AllocationSettings(iterations=20)))
    desk.report("r1", pose=Pose(x=2, y=1))
    return desk


def want(desk: Desk, *tasks: TaskSpec) -> None:
    mission = MissionSpec(mission_id=f"m-{tasks[0].task_id}", title="m", tasks=tasks)
    assert desk.ask(rq.SubmitMission(mission=mission), actor="ana").accepted


def too_soon(desk: Desk, **more: Any) -> TaskSpec:
    return carry("t1", deadline_s=desk.now_s + 25.0, hard_deadline=True, **more)


def questions(desk: Desk) -> list[Escalation]:
    return [e for e in desk.state.escalations.values() if e.cause.value == "out_of_time"]


def answer(desk: Desk, question: Escalation, option_id: str) -> None:
    shown = question.shown_digest
    body = rq.AnswerEscalation(
        escalation_id=question.escalation_id, option_id=option_id, reason="better late", shown_digest=shown
    )
    assert desk.ask(body, actor="mia").accepted


def test_a_person_is_told_which_limit_binds_and_what_relaxing_it_would_buy() -> None:
    desk = a_desk()
    want(desk, too_soon(desk))
    desk.wait(6.0)
    (question,) = questions(desk)
    assert question.question.startswith("t1 cannot end by its deadline in ")
    assert "It would be in time if the deadline were" in question.question
    assert [o.option_id for o in question.options] == ["later", "cancel", "hold_safely"]
    assert any(e.kind == "limit" and "the deadline were" in e.summary for e in question.evidence)
    assert desk.state.tasks["t1"].state is TaskState.QUEUED
    desk.wait(5.0)
    assert len(questions(desk)) == 1


def test_a_deadline_that_a_person_moves_is_the_one_that_counts() -> None:
    desk = a_desk()
    want(desk, too_soon(desk))
    desk.wait(6.0)
    (question,) = questions(desk)
    answer(desk, question, "later")
    desk.wait(1.0)
    task = desk.state.tasks["t1"]
    assert task.robot_id == "r1"
    assert task.spec.deadline_s is not None and task.spec.deadline_s > 40.0


def test_what_nobody_could_answer_in_time_is_not_asked() -> None:
    desk = a_desk()
    want(desk, carry("t1", deadline_s=desk.now_s + 8.0, hard_deadline=True))
    desk.wait(10.0)
    assert questions(desk) == []
    assert desk.state.tasks["t1"].state is TaskState.FAILED


def test_a_soft_deadline_asks_nobody() -> None:
    desk = a_desk()
    want(desk, carry("t1", deadline_s=desk.now_s + 25.0))
    desk.wait(6.0)
    assert questions(desk) == []
    assert desk.state.tasks["t1"].robot_id == "r1"


def test_what_no_robot_can_do_is_asked_with_what_would_help() -> None:
    desk = a_desk()
    want(desk, carry("t1", "crate", "table_1"))
    desk.wait(12.0)
    (question,) = [e for e in desk.state.escalations.values() if e.cause.value == "no_capable_robot"]
    limits = [e.summary for e in question.evidence if e.kind == "limit"]
    assert limits == ["it could be done if r1 could do it (payload 12 kg > 2 kg)"]
