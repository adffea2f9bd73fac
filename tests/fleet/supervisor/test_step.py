from __future__ import annotations

import pytest

from fleet.model import events as ev
from fleet.model.commands import CancelCommand, CommandStatus, GrantLease, HoldRobot, ReleaseHold
from fleet.model.requests import (
    CancelTask,
    ReportRecovered,
    ReturnLease,
    SetHold,
    TakeLease,
)
from fleet.model.robot import Posture
from fleet.model.tasks import MissionState, RecoveryPolicy, TaskSpec, TaskState
from tests.fleet.supervisor.building import Desk, a_robot, carry

S = TaskState


def test_a_task_goes_from_request_to_done_on_evidence(desk: Desk) -> None:
    assert desk.submit(carry("t1")).accepted
    assert desk.task("t1").state is S.ASSIGNED
    desk.update("t1", CommandStatus.RUNNING, phase="walk")
    assert desk.task("t1").state is S.EXECUTING
    desk.claim("t1")
    assert desk.task("t1").state is S.VERIFYING
    desk.see_object("box_a", place="table_1")
    assert desk.task("t1").state is S.DONE
    assert "camera_1" in desk.task("t1").because
    assert desk.state.missions["m1"].state is MissionState.DONE


def test_a_claim_alone_is_never_enough(desk: Desk) -> None:
    desk.submit(carry("t1"))
    desk.claim("t1")
    desk.wait(7)
    assert desk.task("t1").state is S.VERIFYING
    desk.wait(60)  # another robot was sent to look and never answered
    assert desk.task("t1").state is S.ESCALATED


def test_the_command_carries_positions_so_that_a_robot_needs_no_names(desk: Desk) -> None:
    desk.submit(carry("t1"))
    parameters = desk.last_command("t1").parameters
    assert parameters["object_approach"] == {"x": 2, "y": 8, "yaw": 0}
    assert parameters["to_approach"] == {"x": 8, "y": 8, "yaw": 0}
    assert parameters["object_at"]["place"] == "shelf_1"


def test_a_heavy_object_goes_to_the_robot_that_can_carry_it() -> None:
    desk = Desk(a_robot("g1"), a_robot("optimus", payload_kg=20, model="tesla_optimus_gen2"))
    desk.submit(carry("t1", what="crate"))
    assert desk.task("t1").robot_id == "optimus"


def test_a_task_waits_for_the_one_it_depends_on(desk: Desk) -> None:
    desk.submit(carry("t1"), carry("t2", what="box_b", to="table_3", depends_on=("t1",)))
    desk.wait(2)
    assert desk.task("t2").state is S.REQUESTED
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    assert desk.task("t2").state is S.ASSIGNED


def test_what_depends_on_a_cancelled_task_is_cancelled_and_the_mission_has_failed(desk: Desk) -> None:
    desk.submit(
        carry("t0", what="box_b", to="table_3"),
        carry("t1"),
        TaskSpec(task_id="t2", skill="wait", parameters={"seconds": 1}, depends_on=("t1",)),
    )
    desk.claim("t0")
    desk.see_object("box_b", place="table_3")
    assert desk.ask(CancelTask(task_id="t1", reason="not needed")).accepted
    assert desk.task("t2").state is S.CANCELLED
    assert "t1" in desk.task("t2").because
    assert desk.state.missions["m1"].state is MissionState.FAILED


def test_cancelling_tells_the_robot_and_keeps_it_from_work_until_it_has_let_go(desk: Desk) -> None:
    desk = Desk(a_robot("r1"))
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    desk.ask(CancelTask(task_id="t1", reason="wrong one"))
    assert isinstance(desk.commands[-1], CancelCommand)
    desk.submit(carry("t2", what="box_b", to="table_3"), mission_id="m2")
    desk.wait(2)
    assert desk.task("t2").state is S.QUEUED
    desk.update("t1", CommandStatus.CANCELLED)
    desk.wait(1)
    assert desk.task("t2").state is S.ASSIGNED


def test_a_failed_task_is_tried_again_then_given_to_another_robot_then_asked_about() -> None:
    desk = Desk(a_robot("r1"), a_robot("r2"))
    desk.submit(carry("t1", recovery=RecoveryPolicy(retries=1, reassignments=1)))
    first = desk.task("t1").robot_id
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    assert desk.task("t1").state is S.QUEUED
    desk.wait(3)
    again = desk.task("t1").robot_id
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    desk.wait(1)
    assert desk.task("t1").robot_id not in (None, again)
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    assert desk.task("t1").state is S.ESCALATED
    assert desk.questions()[0].cause.value == "recovery_exhausted"
    assert first is not None


def test_a_policy_that_does_not_ask_ends_in_failure(desk: Desk) -> None:
    desk.submit(carry("t1", recovery=RecoveryPolicy(retries=0, reassignments=0, ask_human=False)))
    desk.update("t1", CommandStatus.FAILED, reason="broken", retriable=False)
    assert desk.task("t1").state is S.FAILED


def test_a_blocked_robot_gets_another_way_and_then_another_robot_does_it(desk: Desk) -> None:
    desk.submit(carry("t1"))
    for expected in ("replans", "reassignments"):
        desk.update("t1", CommandStatus.RUNNING)
        desk.update("t1", CommandStatus.BLOCKED, reason="a door is shut")
        assert desk.task("t1").state is S.BLOCKED
        blocked = desk.last_command("t1")
        desk.wait(23)
        desk.report(blocked.robot_id, command_id=None)
        desk.wait(1)
        assert getattr(desk.task("t1"), expected) == 1
        told = [c for c in desk.commands if isinstance(c, CancelCommand)]
        assert told[-1].command_id == blocked.command_id
        assert desk.task("t1").command_id != blocked.command_id
    assert blocked.robot_id in desk.task("t1").excluded_robots


def test_a_robot_that_comes_free_for_a_moment_again_and_again_does_not_go_on_for_ever(desk: Desk) -> None:
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    first = desk.last_command("t1")
    for _ in range(6):
        assert desk.task("t1").replans == 0
        desk.update("t1", CommandStatus.BLOCKED, reason="no way forward")
        desk.wait(15)
        desk.update("t1", CommandStatus.RUNNING)
        desk.wait(15)
    assert desk.task("t1").replans == 1
    assert any(isinstance(c, CancelCommand) and c.command_id == first.command_id for c in desk.commands)


def test_silence_is_lost_contact_and_the_task_stays_with_its_robot(desk: Desk) -> None:
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    robot_id = str(desk.task("t1").robot_id)
    desk.silent_s = {robot_id: 2.5}
    desk.wait(30)
    assert not desk.state.robots[robot_id].in_contact
    assert desk.task("t1").state is S.EXECUTING
    assert desk.task("t1").robot_id == robot_id
    desk.silent_s = {robot_id: 0.1}
    told = len(desk.commands)
    desk.wait(1)
    assert desk.state.robots[robot_id].in_contact
    assert desk.commands[told].command_id == desk.last_command("t1").command_id, "it is told again, under the same id"
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    assert desk.task("t1").state is S.DONE


def test_nothing_is_given_to_a_silent_robot() -> None:
    desk = Desk(a_robot("r1"))
    desk.silent_s = {"r1": 9.0}
    desk.wait(1)
    desk.submit(carry("t1"))
    desk.wait(30)
    assert desk.task("t1").state is S.QUEUED


@pytest.mark.parametrize(
    "trouble",
    [{"e_stop": True}, {"posture": Posture.FALLEN}, {"battery_fraction": 0.02}, {"posture": Posture.LYING}],
)
def test_nothing_is_given_to_a_robot_in_trouble(trouble: dict[str, object]) -> None:
    desk = Desk(a_robot("r1"))
    desk.report("r1", **trouble)
    desk.submit(carry("t1"))
    desk.wait(5)
    assert desk.task("t1").robot_id is None


def test_an_idle_robot_that_runs_low_is_sent_to_a_dock(desk: Desk) -> None:
    desk.report("r1", battery_fraction=0.2)
    desk.wait(1)
    charging = [t for t in desk.state.tasks.values() if t.spec.skill == "dock"]
    assert [t.robot_id for t in charging] == ["r1"]
    assert desk.last_command(charging[0].task_id).parameters["dock"].startswith("dock_")


def test_two_robots_are_never_sent_to_one_dock(desk: Desk) -> None:
    desk.report("r1", battery_fraction=0.2)
    desk.report("r2", battery_fraction=0.2)
    desk.wait(1)
    docks = [c.parameters["dock"] for c in desk.commands if getattr(c, "skill", "") == "dock"]
    assert len(docks) == 2
    assert len(set(docks)) == 2


def test_a_put_back_that_a_person_called_off_is_not_asked_about_again_at_once(desk: Desk) -> None:
    def put_backs() -> int:
        return sum(t.task_id.endswith(".put-back") for t in desk.state.tasks.values())

    desk.report("r1", held=("box_a",))
    waited = []
    for number in (1, 2, 3):
        before = desk.now_s
        while put_backs() < number:
            desk.wait(1, tick_s=1)
            desk.report("r1", held=("box_a",))
        waited.append(desk.now_s - before)
        called_off = next(reversed(desk.state.tasks))
        desk.ask(CancelTask(task_id=called_off, reason="its hands are stuck"))
        if not desk.task(called_off).state.terminal:
            desk.update(called_off, CommandStatus.CANCELLED)
    assert waited[0] < 5
    assert 55 < waited[1] < 70
    assert 115 < waited[2] < 135


def test_what_is_left_in_a_robots_hands_is_put_back(desk: Desk) -> None:
    desk.report("r1", held=("box_a",))
    desk.wait(1)
    task = next(t for t in desk.state.tasks.values() if t.spec.skill == "place")
    assert (task.robot_id, task.grounded) == ("r1", {"object": "box_a", "to": "shelf_1"})


def test_a_fallen_robot_with_empty_hands_loses_its_task_to_another(desk: Desk) -> None:
    desk.submit(TaskSpec(task_id="t1", skill="walk_to", parameters={"place": "table_1"}))
    fallen = str(desk.task("t1").robot_id)
    desk.report(fallen, posture=Posture.FALLEN)
    desk.wait(1)
    assert desk.task("t1").robot_id not in (None, fallen)
    assert [q.cause.value for q in desk.questions()] == ["robot_fallen"]


def test_a_recovered_robot_works_again_only_once_a_person_said_so(desk: Desk) -> None:
    desk.report("r1", posture=Posture.FALLEN)
    desk.wait(1)
    assert desk.ask(ReportRecovered(robot_id="r1", reason="stood it up")).problem == "conflict"
    desk.report("r1", posture=Posture.STANDING)
    assert desk.state.robots["r1"].aside_because
    assert desk.ask(ReportRecovered(robot_id="r1", reason="stood it up")).accepted
    assert not desk.state.robots["r1"].aside_because


def test_hold_all_reaches_every_robot_and_nothing_is_assigned_meanwhile(desk: Desk) -> None:
    desk.ask(SetHold(robot_id=None, engage=True, reason="fire drill"))
    assert {c.robot_id for c in desk.commands if isinstance(c, HoldRobot)} == {"r1", "r2"}
    desk.submit(carry("t1"))
    desk.wait(5)
    assert desk.task("t1").state is S.QUEUED
    desk.ask(SetHold(robot_id=None, engage=False, reason="over"))
    assert {c.robot_id for c in desk.commands if isinstance(c, ReleaseHold)} == {"r1", "r2"}
    desk.wait(1)
    assert desk.task("t1").state is S.ASSIGNED


def test_a_robot_held_for_two_reasons_goes_on_when_both_are_gone(desk: Desk) -> None:
    desk.ask(SetHold(robot_id="r1", engage=True, reason="something leaks"))
    desk.ask(SetHold(robot_id=None, engage=True, reason="fire drill"))
    desk.ask(SetHold(robot_id=None, engage=False, reason="over"))
    assert "r1" not in {c.robot_id for c in desk.commands if isinstance(c, ReleaseHold)}
    desk.ask(SetHold(robot_id="r1", engage=False, reason="wiped up"))
    assert "r1" in {c.robot_id for c in desk.commands if isinstance(c, ReleaseHold)}


def test_a_robot_that_forgot_its_hold_is_held_again(desk: Desk) -> None:
    desk.ask(SetHold(robot_id="r1", engage=True, reason="something leaks"))
    desk.report("r1", holding=True)
    told = len(desk.commands)
    desk.report("r1", holding=False)
    assert desk.commands[told:] == [HoldRobot(robot_id="r1", because="something leaks", by="dana")]


def test_a_task_whose_robot_a_person_takes_over_is_intervened_and_not_lost(desk: Desk) -> None:
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    robot_id = str(desk.task("t1").robot_id)
    before = desk.state.robots[robot_id].epoch
    assert desk.ask(TakeLease(robot_id=robot_id, reason="it looks odd")).accepted
    desk.update("t1", CommandStatus.CANCELLED)
    assert desk.task("t1").intervened_by == "dana"
    assert desk.task("t1").state is S.BLOCKED
    grant = [c for c in desk.commands if isinstance(c, GrantLease)][-1]
    assert (grant.holder, grant.epoch > before) == ("dana", True)
    desk.wait(60)
    assert desk.task("t1").state is S.BLOCKED
    assert desk.ask(ReturnLease(robot_id=robot_id, reason="fine"), actor="eve").problem == "conflict"
    assert desk.ask(ReturnLease(robot_id=robot_id, reason="fine")).accepted
    desk.wait(1)
    assert desk.task("t1").state is S.ASSIGNED
    assert desk.task("t1").intervened_by is None


def test_a_new_leader_tells_robots_again_under_the_same_ids_with_a_higher_epoch(desk: Desk) -> None:
    desk.submit(carry("t1"))
    before = desk.last_command("t1")
    desk.take(started=ev.SupervisorStarted(supervisor_id="second", epoch=2))
    again = desk.last_command("t1")
    assert again is not before
    assert again.command_id == before.command_id
    assert again.epoch > before.epoch


@pytest.mark.parametrize("begun", [False, True])
def test_time_in_which_nobody_led_is_nobodys_fault(desk: Desk, begun: bool) -> None:
    desk.submit(carry("t1"))
    if begun:
        desk.update("t1", CommandStatus.BLOCKED, reason="a person is in the way")
    before = desk.task("t1")
    desk.now_s += 200.0  # the leader hangs; what robots say meanwhile is not heard
    desk.take(started=ev.SupervisorStarted(supervisor_id="second", epoch=2))
    assert desk.task("t1").state is before.state
    assert not [c for c in desk.commands if isinstance(c, CancelCommand)]
    desk.wait(60.0)
    assert desk.task("t1").state is not before.state  # from then on it counts again
