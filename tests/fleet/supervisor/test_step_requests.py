"""Requests that are refused, heard twice or about the same object; replay, and answers in vain."""

from __future__ import annotations

import pytest

from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.geometry import Pose
from fleet.model.requests import (
    CancelMission,
    CancelTask,
    Role,
)
from fleet.model.robot import Posture
from fleet.model.tasks import MissionState, RecoveryPolicy, TaskSpec, TaskState
from fleet.supervisor.decide import decide
from fleet.supervisor.fold import IllegalTransition, apply
from fleet.supervisor.state import FleetState
from tests.fleet.supervisor.building import Desk, a_robot, carry

S = TaskState


def test_cancelling_a_mission_ends_every_task_of_it(desk: Desk) -> None:
    desk.submit(carry("t1"), carry("t2", what="box_b", to="table_3"))
    assert desk.ask(CancelMission(mission_id="m1", reason="called off")).accepted
    assert {t.state for t in desk.state.tasks.values()} == {S.CANCELLED}
    assert desk.state.missions["m1"].state is MissionState.CANCELLED
    assert desk.ask(CancelMission(mission_id="m1", reason="again")).problem == "conflict"


@pytest.mark.parametrize(
    ("spec", "field", "says"),
    [
        (TaskSpec(task_id="t", skill="fly", parameters={}), "tasks[0].skill", "one of"),
        (carry("t", what="box_z"), "tasks[0].parameters.object", "box_a"),
        (carry("t", to="dock_1"), "tasks[0].parameters.to", "no surface"),
        (carry("t", depends_on=("nope",)), "tasks[0].depends_on", "does not exist"),
        (carry("t", depends_on=("t",)), "tasks", "circle"),
        (carry("t", deadline_s=0.05), "tasks[0].deadline_s", "past"),
        (carry("t", robot_id="r9"), "tasks[0].robot_id", "r1, r2"),
        (TaskSpec(task_id="t", skill="wait", parameters={"seconds": -1}), "tasks[0].parameters.seconds", "0 to 3600"),
        (TaskSpec(task_id="t", skill="dock", parameters={"dock": "table_1"}), "tasks[0].parameters.dock", "not a dock"),
    ],
)
def test_a_mission_that_makes_no_sense_is_refused_naming_the_field(
    desk: Desk, spec: TaskSpec, field: str, says: str
) -> None:
    settled = desk.submit(spec)
    assert not settled.accepted
    assert settled.field == field
    assert says in settled.detail
    assert not desk.state.tasks


def test_an_id_is_used_once(desk: Desk) -> None:
    desk.submit(carry("t1"))
    assert desk.submit(carry("t1"), mission_id="m2").problem == "conflict"
    assert desk.submit(carry("t2"), mission_id="m1").problem == "conflict"


def test_a_viewer_changes_nothing(desk: Desk) -> None:
    desk.submit(carry("t1"))
    settled = desk.ask(CancelTask(task_id="t1", reason="x"), role=Role.VIEWER)
    assert settled.problem == "forbidden"
    assert desk.task("t1").state is S.ASSIGNED


def test_a_request_that_is_heard_twice_is_settled_once(desk: Desk) -> None:
    desk.submit(carry("t1"))
    request = next(e.request for e in desk.events if isinstance(e, ev.RequestReceived))
    taken = desk.take(requests=(request,))
    assert taken.events == ()


def test_two_tasks_about_one_object_are_done_one_after_the_other(desk: Desk) -> None:
    desk.submit(carry("t1", to="table_1"), carry("t2", to="table_3"))
    assert [desk.task(t).state for t in ("t1", "t2")] == [S.ASSIGNED, S.QUEUED]
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    assert desk.task("t2").state is S.ASSIGNED
    assert desk.last_command("t2").parameters["object_at"]["place"] == "table_1"


def test_replaying_the_events_gives_the_same_state_and_the_same_decisions(desk: Desk) -> None:
    desk.submit(carry("t1"), carry("t2", what={"colour": "blue"}, to="table_3"))
    desk.update("t1", CommandStatus.RUNNING)
    desk.report("r1", posture=Posture.FALLEN)
    desk.wait(8)
    state = FleetState()
    for batch in desk.batches:
        now = batch.state.now_s
        for event in batch.inputs:
            state = apply(state, event, now)
        decisions, commands = decide(state, batch.inputs, now, desk.context)
        assert tuple(decisions) == batch.decisions
        assert tuple(commands) == batch.commands
        for event in decisions:
            state = apply(state, event, now)
    assert state.digest() == desk.state.digest()


def test_a_finished_task_cannot_be_moved_by_any_event(desk: Desk) -> None:
    desk.submit(carry("t1"))
    desk.ask(CancelTask(task_id="t1", reason="x"))
    with pytest.raises(IllegalTransition, match="cancelled to queued"):
        apply(desk.state, ev.TaskChanged(task_id="t1", state=S.QUEUED, because="x"), desk.now_s)


def test_time_does_not_go_back_when_the_clock_does(desk: Desk) -> None:
    desk.wait(10)
    later = desk.state.now_s
    desk.now_s = 3.0
    desk.submit(carry("t1"))
    assert desk.task("t1").requested_at_s >= later


def test_an_answer_that_was_in_vain_three_times_is_struck_out_and_says_why() -> None:
    desk = Desk(a_robot("r1"))
    desk.submit(carry("t1", recovery=RecoveryPolicy(retries=0, replans=0, reassignments=0)))
    for _ in range(3):
        desk.update("t1", CommandStatus.FAILED, reason="the gripper is stuck", retriable=False)
        assert desk.questions()[0].option("try_again").possible
        assert desk.answer("try_again").accepted
    desk.update("t1", CommandStatus.FAILED, reason="the gripper is stuck", retriable=False)
    option = desk.questions()[0].option("try_again")
    assert not option.possible
    assert "chosen 3 times in the last 10 minutes" in option.checks[-1].detail
    refused = desk.answer("try_again")
    assert not refused.accepted and "not possible" in refused.detail
    assert desk.answer("cancel").accepted


def test_a_load_is_not_walked_to_where_something_stands_and_a_person_says_where_instead(desk: Desk) -> None:
    desk.see_object("box_b", place="table_1")
    desk.submit(carry("t1", to="table_1"))
    (question,) = desk.questions()
    assert "box_b stands there" in question.question and question.task_ids == ("t1",)
    elsewhere = [o for o in question.options if o.action["do"] == "redirect"]
    assert elsewhere and elsewhere[0].possible
    assert desk.answer(elsewhere[0].option_id).accepted
    assert desk.task("t1").state is S.ASSIGNED
    assert desk.last_command("t1").parameters["to"] == elsewhere[0].action["to"] != "table_1"


def test_that_question_falls_away_when_the_place_is_free(desk: Desk) -> None:
    desk.see_object("box_b", place="table_1")
    desk.submit(carry("t1", to="table_1"))
    desk.see_object("box_b", holder="nurse")
    desk.wait(1)
    assert not desk.questions()
    assert desk.task("t1").state is S.ASSIGNED


def test_nobody_is_asked_while_a_task_under_way_clears_the_place(desk: Desk) -> None:
    desk.see_object("box_b", place="table_1")
    desk.submit(carry("t1", what="box_b", to="shelf_1"), mission_id="m1")
    assert desk.task("t1").state in (S.ASSIGNED, S.ESCALATED)
    desk.submit(carry("t2", what="box_a", to="table_1"), mission_id="m2")
    if desk.task("t1").state is S.ASSIGNED:
        assert not desk.questions() and desk.task("t2").state is S.QUEUED


def test_what_a_robot_has_in_its_hands_is_brought_by_no_other() -> None:
    desk = Desk(a_robot("r1"), a_robot("r2"))
    desk.submit(carry("t1", robot_id=None))
    first = desk.task("t1").robot_id
    assert first is not None
    other = "r2" if first == "r1" else "r1"
    desk.update("t1", CommandStatus.RUNNING)
    desk.report(first, held=("box_a",), pose=Pose(x=9, y=1))
    desk.report(other, pose=Pose(x=2, y=8))  # much nearer to where the box stood
    desk.update("t1", CommandStatus.FAILED, reason="lost its way", retriable=True)
    desk.wait(4)
    assert desk.task("t1").robot_id == first
