from __future__ import annotations

import msgspec
import pytest

from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.escalation import EscalationState, Shift
from fleet.model.requests import AcknowledgeEscalation, CancelTask, ReportRecovered, Role
from fleet.model.robot import Posture
from fleet.model.tasks import TaskSpec, TaskState
from fleet.supervisor.settings import SupervisorSettings
from tests.fleet.supervisor.building import Desk, a_robot, carry

S = TaskState
BLUE = {"colour": "blue", "size": "small"}


@pytest.fixture
def desk() -> Desk:
    shift = Shift(accountable="Sam Lead")
    return Desk(a_robot("r1"), a_robot("r2"), settings=SupervisorSettings(shift=shift, answer_within_s=60))


def falls_while_carrying(desk: Desk) -> str:
    desk.submit(carry("t1"))
    robot_id = str(desk.task("t1").robot_id)
    desk.update("t1", CommandStatus.RUNNING, phase="carry")
    desk.report(robot_id, held=("box_a",))
    desk.report(robot_id, posture=Posture.FALLEN, held=())
    return robot_id


def claims_what_did_not_happen(desk: Desk) -> str:
    desk.submit(carry("t1"))
    robot_id = str(desk.task("t1").robot_id)
    desk.claim("t1")
    desk.wait(2)
    desk.see_object("box_a")  # on the floor
    return robot_id


def test_an_instruction_that_fits_two_objects_is_asked_about(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE))
    question = desk.questions()[0]
    assert question.cause.value == "ambiguous_instruction"
    assert [o.option_id for o in question.options] == ["object:box_a", "object:box_b", "cancel", "hold_safely"]
    assert question.safe_default == "hold_safely"
    assert question.evidence
    assert question.deadline_s > desk.now_s
    assert desk.task("t1").state is S.ESCALATED
    assert desk.answer("object:box_b", reason="the left one").accepted
    assert desk.task("t1").grounded["object"] == "box_b"
    assert desk.task("t1").state is S.ASSIGNED


def test_an_instruction_that_fits_one_object_is_not_asked_about(desk: Desk) -> None:
    desk.submit(carry("t1", what={"colour": "BLUE", "kind": "box"}), mission_id="m1")
    assert len(desk.questions()) == 1
    desk.submit(TaskSpec(task_id="t2", skill="pick", parameters={"object": {"colour": "red"}}), mission_id="m2")
    assert len(desk.questions()) == 1
    assert desk.task("t2").grounded["object"] == "crate"


def test_an_instruction_that_fits_nothing_is_asked_about_and_offers_no_object(desk: Desk) -> None:
    desk.submit(carry("t1", what={"colour": "green"}))
    assert [o.option_id for o in desk.questions()[0].options] == ["cancel", "hold_safely"]


def test_a_candidate_that_no_robot_can_carry_is_struck_out_and_cannot_be_chosen(desk: Desk) -> None:
    desk.submit(carry("t1", what={"kind": "box"}))
    crate = desk.questions()[0].option("object:crate")
    assert not crate.possible
    assert "12 kg" in crate.checks[1].detail
    settled = desk.answer("object:crate")
    assert (settled.accepted, settled.problem) == (False, "invalid")


def test_a_contradicted_claim_is_asked_about_with_both_words(desk: Desk) -> None:
    robot_id = claims_what_did_not_happen(desk)
    question = desk.questions()[0]
    assert question.cause.value == "claim_contradicted"
    assert {e.source for e in question.evidence} >= {robot_id, "camera_1"}
    assert all(len(e.digest) == 64 for e in question.evidence)
    assert desk.answer("redo_other").accepted
    desk.wait(1)
    assert desk.task("t1").robot_id not in (None, robot_id)
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    assert desk.task("t1").state is S.DONE


def test_sources_that_disagree_are_a_conflict_and_not_a_confirmation(desk: Desk) -> None:
    desk.submit(carry("t1"))
    desk.claim("t1")
    desk.now_s += 1.5
    floor = desk.see_object("box_a", source="camera_2").state
    assert floor.tasks["t1"].state is S.ESCALATED


def test_a_person_can_say_that_it_is_done_after_all(desk: Desk) -> None:
    claims_what_did_not_happen(desk)
    assert desk.answer("accept", reason="I carried it the last metre").accepted
    assert desk.task("t1").state is S.DONE
    assert "dana" in desk.task("t1").because


def test_a_fall_while_carrying_is_asked_about_once_the_load_was_seen(desk: Desk) -> None:
    robot_id = falls_while_carrying(desk)
    assert desk.questions() == []
    assert desk.task("t1").state is S.BLOCKED
    desk.see_object("box_a")
    question = desk.questions()[0]
    assert question.cause.value == "robot_fallen"
    assert question.option("reassign").possible
    assert desk.answer("reassign", reason="the box looks fine").accepted
    desk.wait(1)
    assert desk.task("t1").robot_id not in (None, robot_id)
    assert desk.last_command("t1").parameters["object_at"]["x"] == 5


def test_a_load_nobody_has_seen_cannot_be_fetched_by_another_robot(desk: Desk) -> None:
    falls_while_carrying(desk)
    desk.wait(6)
    reassign = desk.questions()[0].option("reassign")
    assert not reassign.possible


def test_a_question_is_asked_again_when_the_world_has_changed(desk: Desk) -> None:
    falls_while_carrying(desk)
    desk.wait(6)
    first = desk.questions()[0].escalation_id
    desk.see_object("box_a")
    anew = desk.questions()
    assert [q.escalation_id for q in anew] != [first]
    assert anew[0].option("reassign").possible
    assert desk.state.escalations[first].replaced_by == anew[0].escalation_id
    assert desk.state.escalations[first].state is EscalationState.CLOSED


def test_waiting_for_a_person_ends_when_the_robot_is_reported_recovered(desk: Desk) -> None:
    robot_id = falls_while_carrying(desk)
    desk.see_object("box_a")
    assert desk.answer("send_person", reason="Ben goes").accepted
    desk.wait(200)
    assert desk.task("t1").state is S.BLOCKED
    desk.report(robot_id, posture=Posture.STANDING)
    desk.ask(ReportRecovered(robot_id=robot_id, reason="stands"))
    desk.wait(1)
    assert desk.task("t1").state is S.ASSIGNED


def test_an_answer_is_taken_once(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE))
    escalation = desk.questions()[0]
    assert desk.answer("object:box_a").accepted
    received = [e.request.body for e in desk.events if isinstance(e, ev.RequestReceived)]
    again = desk.ask(msgspec.structs.replace(received[-1], option_id="object:box_b"), actor="eve")
    assert again.problem == "already_answered"
    assert "dana" in again.detail
    decision = desk.state.escalations[escalation.escalation_id].decision
    assert (decision.operator, decision.option_id, decision.reason) == ("dana", "object:box_a", "I looked at it")


@pytest.mark.parametrize(
    ("changes", "problem", "field"),
    [
        ({"option_id": "explode"}, "invalid", "option_id"),
        ({"reason": "  "}, "invalid", "reason"),
        ({"shown_digest": "0" * 64}, "stale", "shown_digest"),
        ({"escalation_id": "E99"}, "not_found", "escalation_id"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_and_changes_nothing(
    desk: Desk, changes: dict[str, str], problem: str, field: str
) -> None:
    desk.submit(carry("t1", what=BLUE))
    settled = desk.answer("object:box_a", **changes)
    assert (settled.accepted, settled.problem, settled.field) == (False, problem, field)
    assert len(desk.questions()) == 1
    assert desk.task("t1").state is S.ESCALATED


def test_the_deadline_brings_the_safe_default_in_the_name_of_the_shift(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE))
    escalation = desk.questions()[0]
    desk.wait(61)
    decided = desk.state.escalations[escalation.escalation_id]
    assert decided.decision.how.value == "safe_default"
    assert decided.decision.operator == "Sam Lead"
    assert desk.task("t1").state is S.BLOCKED
    assert [q.cause.value for q in desk.questions()] == []
    desk.wait(300, tick_s=5)
    assert [q.cause.value for q in desk.questions()] == ["ambiguous_instruction"], "it is put again, not forgotten"


def test_a_near_deadline_shortens_the_time_to_answer(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE, deadline_s=30.0))
    assert desk.questions()[0].deadline_s == 30.0


def test_the_same_question_from_two_tasks_is_asked_once(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE), carry("t2", what=BLUE))
    assert len(desk.questions()) == 1
    assert desk.questions()[0].task_ids == ("t1", "t2")


def test_nobody_else_may_answer_what_somebody_has_acknowledged_until_they_leave_it(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE, deadline_s=1e4))
    desk = desk_with_long_deadlines(desk)
    escalation_id = desk.questions()[0].escalation_id
    assert desk.ask(AcknowledgeEscalation(escalation_id=escalation_id), actor="eve").accepted
    assert desk.answer("object:box_a").problem == "conflict"
    desk.wait(121, tick_s=5)
    assert desk.questions()[0].acknowledged_by is None
    assert desk.answer("object:box_a").accepted


def desk_with_long_deadlines(_: Desk) -> Desk:
    desk = Desk(a_robot("r1"), a_robot("r2"), settings=SupervisorSettings(answer_within_s=1000))
    desk.submit(carry("t1", what=BLUE))
    return desk


def test_a_viewer_may_not_answer(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE))
    escalation_id = desk.questions()[0].escalation_id
    settled = desk.ask(AcknowledgeEscalation(escalation_id=escalation_id), role=Role.VIEWER)
    assert settled.problem == "forbidden"


def test_a_question_about_a_cancelled_task_falls_away(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE))
    desk.ask(CancelTask(task_id="t1", reason="never mind"))
    desk.wait(1)
    assert desk.questions() == []
    assert [e.replaced_by for e in desk.state.escalations.values()] == [None]


def test_a_long_silence_is_asked_about_and_the_task_runs_on(desk: Desk) -> None:
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    desk.silent_s = {str(desk.task("t1").robot_id): 50.0}
    desk.wait(95)
    assert [q.cause.value for q in desk.questions()] == ["robot_silent"]
    assert desk.task("t1").state is S.EXECUTING
    desk.silent_s = {k: 0.0 for k in desk.silent_s}
    desk.wait(1)
    assert desk.questions() == [], "it resolves itself when the robot is heard"


def test_work_that_no_robot_can_do_is_asked_about_with_a_reason_for_each(desk: Desk) -> None:
    desk.submit(carry("t1", what="crate"))
    desk.wait(11)
    question = desk.questions()[0]
    assert question.cause.value == "no_capable_robot"
    assert all("12 kg" in line for line in question.unknowns)


def test_every_question_has_a_safe_default_that_is_possible(desk: Desk) -> None:
    desk.submit(carry("t1", what={"kind": "box"}))
    desk.submit(carry("t2", what="crate"), mission_id="m2")
    desk.report("r1", posture=Posture.FALLEN)
    desk.wait(20)
    assert len(desk.state.escalations) >= 3
    for escalation in desk.state.escalations.values():
        default = escalation.option(escalation.safe_default)
        assert default is not None
        assert default.possible
        assert default.reversible


def test_seeing_things_where_the_inventory_has_them_does_not_change_the_question(desk: Desk) -> None:
    desk.submit(carry("t1", what=BLUE))
    asked = desk.questions()[0].escalation_id
    desk.see_object("box_a", place="shelf_1")
    desk.see_object("box_b", place="shelf_2")
    assert [q.escalation_id for q in desk.questions()] == [asked]
    desk.see_object("box_b", place="table_2")
    assert [q.escalation_id for q in desk.questions()] != [asked]


def test_an_option_says_what_would_be_late_and_says_when_that_is_not_known(desk: Desk) -> None:
    after = TaskSpec(task_id="t2", skill="wait", parameters={"seconds": 1}, depends_on=("t1",), deadline_s=200.0)
    desk.submit(carry("t1", what=BLUE), after)
    options = {o.option_id: o.predicted.makes_late for o in desk.questions()[0].options}
    assert options == {"object:box_a": (), "object:box_b": (), "cancel": None, "hold_safely": ("t2",)}


def test_a_robot_that_is_not_heard_is_not_offered_as_a_replacement() -> None:
    desk = Desk(a_robot("r1"), a_robot("r2"))
    desk.submit(carry("t1"))
    robot_id = str(desk.task("t1").robot_id)
    other = "r2" if robot_id == "r1" else "r1"
    desk.silent_s = {other: 20.0}
    desk.claim("t1")
    desk.wait(2)
    desk.see_object("box_a")
    assert not desk.questions()[0].option("redo_other").possible
