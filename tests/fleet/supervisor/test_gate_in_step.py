"""The gate at work in the supervisor: claims, steps of recovery, robots; and what is learned from what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Example
from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.evidence import Claim, Detection, Observation, Verdict
from fleet.model.robot import Posture
from fleet.model.severity import Severity
from fleet.model.tally import Tally
from fleet.model.tasks import RecoveryPolicy, TaskSpec
from fleet.model.tasks import TaskState as S
from fleet.supervisor.learning import claim_reviewed, competence_of, honesty_of
from tests.fleet.supervisor.building import Desk, a_robot, carry
from tests.fleet.supervisor.gating import does, gate_that_needs, rulings, with_gate

# ---- claims -----------------------------------------------------------------------------------------------------


def test_a_claim_that_others_confirm_is_ruled_on_and_the_numbers_are_on_record(desk: Desk) -> None:
    robot_id = does(desk, "t1", "table_1")
    (ruled,) = rulings(desk, "is_the_claim_true")
    assert ruled.ruling.act
    assert ruled.subject["claim"] == desk.task("t1").claim_id
    assert ruled.choice.scores[0] > 0.9
    assert len(ruled.choice.features) == 6
    assert desk.state.verifications[ruled.subject["claim"]].likely == ruled.choice.scores[0]
    assert honesty_of(desk.state, robot_id, "carry") == Tally(right=1)
    assert competence_of(desk.state, robot_id, "carry") == Tally(right=1)


def test_weak_evidence_is_not_enough_for_a_strict_gate_and_another_robot_looks_first(desk: Desk) -> None:
    with_gate(desk, gate_that_needs("is_the_claim_true", Severity.MEDIUM, 0.999))
    desk.submit(carry("t1", robot_id="r1"))
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    assert desk.task("t1").state is S.VERIFYING
    desk.wait(6)
    assert [t for t in desk.state.tasks if t.startswith("look-")], "a second pair of eyes before a person is asked"
    assert not desk.questions()
    desk.wait(70)
    (question,) = desk.questions()
    assert "nothing else speaks for it" in question.question
    assert question.ruled is not None
    assert not question.ruled.ruling.act


def test_a_second_source_can_be_what_the_strict_gate_waits_for(desk: Desk) -> None:
    with_gate(desk, gate_that_needs("is_the_claim_true", Severity.MEDIUM, 0.999))
    desk.submit(carry("t1", robot_id="r1"))
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    desk.see_object("box_a", place="table_1", source="camera_2")
    assert desk.task("t1").state is S.DONE


def test_what_nobody_else_saw_is_no_evidence_and_the_question_says_so(desk: Desk) -> None:
    desk = Desk(a_robot("r1"))
    desk.submit(carry("t1"))
    desk.claim("t1")
    desk.wait(9)
    question = desk.questions()[0]
    assert question.ruled.choice.conflicts == ("nobody but r1 saw it",)
    assert honesty_of(desk.state, "r1", "carry") == Tally()
    assert desk.answer("accept", reason="I saw it").accepted
    assert honesty_of(desk.state, "r1", "carry") == Tally(right=1)


def test_a_contradiction_is_an_open_conflict_and_counts_against_the_robot(desk: Desk) -> None:
    desk.submit(carry("t1"))
    robot_id = str(desk.task("t1").robot_id)
    desk.claim("t1")
    desk.wait(2)
    desk.see_object("box_a")
    (question,) = desk.questions()
    assert "the robot says that it is done, but camera_1 sees" in question.ruled.choice.conflicts[0]
    assert honesty_of(desk.state, robot_id, "carry") == Tally(wrong=1)
    assert competence_of(desk.state, robot_id, "carry") == Tally(wrong=1)


def test_a_person_who_says_that_it_was_done_after_all_puts_the_record_right(desk: Desk) -> None:
    desk.submit(carry("t1"))
    robot_id = str(desk.task("t1").robot_id)
    desk.claim("t1")
    desk.wait(2)
    desk.see_object("box_a")
    assert desk.answer("accept", reason="the camera is wrong").accepted
    assert honesty_of(desk.state, robot_id, "carry") == Tally(right=1)


def test_sources_that_disagree_count_for_nobody_until_a_person_has_said(desk: Desk) -> None:
    desk.submit(carry("t1"))
    robot_id = str(desk.task("t1").robot_id)
    desk.claim("t1")
    desk.now_s += 1.5
    surface = desk.context.site.places["table_1"].surface
    assert surface is not None
    here = Detection(subject_id="box_a", subject_kind="object", x=surface.x, y=surface.y, z=surface.z, place="table_1")
    there = replace(here, x=5.0, y=5.0, z=0.1, place="")
    seen = [
        Observation(
            observation_id=f"{name}@x", source=name, source_kind="camera", observed_at_s=desk.now_s, detections=(d,)
        )
        for name, d in (("camera_1", here), ("camera_2", there))
    ]
    desk.take(observations=seen)
    (question,) = desk.questions()
    assert question.ruled.choice.conflicts[0].startswith("sources disagree")
    assert honesty_of(desk.state, robot_id, "carry") == Tally()
    assert desk.answer("redo_other", reason="it is on the floor").accepted
    assert honesty_of(desk.state, robot_id, "carry") == Tally(wrong=1)


def test_a_claim_about_another_thing_than_was_asked_for_is_asked_about_at_once(desk: Desk) -> None:
    desk.submit(carry("t1"))
    command = desk.last_command("t1")
    made_up = Claim(
        claim_id="made up",
        robot_id=command.robot_id,
        task_id="t1",
        command_id=command.command_id,
        epoch=command.epoch,
        skill="carry",
        statement={"object": "ghost_7", "at": "table_1"},
        claimed_at_s=desk.now_s,
    )
    desk.update("t1", CommandStatus.DONE, claim=made_up)
    (question,) = desk.questions()
    assert "'ghost_7'" in question.question
    assert "'box_a' was asked for" in question.question
    verification = desk.state.verifications[question.ruled.subject["claim"]]
    assert verification.verdict is Verdict.CONTRADICTED


def test_a_review_that_finds_a_claim_false_is_counted(desk: Desk) -> None:
    robot_id = does(desk, "t1", "table_1")
    state = claim_reviewed(desk.state, str(desk.task("t1").claim_id), False)
    assert honesty_of(state, robot_id, "carry") == Tally(wrong=1)
    assert claim_reviewed(state, "no such claim", True) == state


def test_nothing_is_at_stake_with_a_claim_to_have_waited(desk: Desk) -> None:
    desk.submit(TaskSpec(task_id="t1", skill="wait", parameters={"seconds": 1}))
    robot_id = str(desk.task("t1").robot_id)
    desk.claim("t1")
    assert desk.task("t1").state is S.DONE
    assert rulings(desk, "is_the_claim_true")[0].choice.severity is Severity.LOW
    assert honesty_of(desk.state, robot_id, "wait") == Tally(), "it cannot be found out, so that it counts for nothing"


def test_where_no_sensor_of_the_site_sees_the_place_a_robot_goes_to_look_at_once(desk: Desk) -> None:
    desk.context = replace(desk.context, site=replace(desk.context.site, cameras={"camera_1": ("shelf_1",)}))
    desk.submit(carry("t1", robot_id="r1"))
    desk.claim("t1")
    desk.wait(0.5)
    (look,) = [t for t in desk.state.tasks.values() if t.task_id.startswith("look-")]
    assert look.robot_id == "r2"


def test_the_robot_that_lied_is_passed_over_for_one_that_did_not(desk: Desk) -> None:
    lied = {"r1": {"carry": Tally(wrong=4)}}
    desk.state = replace(desk.state, honesty=lied)
    desk.report("r1", pose=replace(desk.reports["r1"].pose, x=1.5, y=7.5))  # much nearer to the box than r2
    desk.submit(carry("t1"))
    assert desk.task("t1").robot_id == "r2"
    desk.submit(carry("t2", what="box_b", to="table_3", robot_id="r1"), mission_id="m2")
    assigned = [e for e in desk.events if isinstance(e, ev.TaskAssigned)]
    assert "honesty" not in assigned[0].terms
    assert assigned[1].terms["honesty"] == pytest.approx(300 * (0.9 - 9 / 14), abs=1e-3)


# ---- the ladder -------------------------------------------------------------------------------------------------


def test_a_step_that_the_policy_allows_is_taken_on_the_word_of_who_allowed_it(desk: Desk) -> None:
    desk.submit(carry("t1", recovery=RecoveryPolicy(retries=1, reassignments=0)))
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    (ruled,) = rulings(desk, "which_recovery")
    assert ruled.ruling.act
    assert "dana allowed this 1 times" in ruled.ruling.sentence
    assert (ruled.subject["rung"], ruled.subject["reason"]) == ("retries", "failed")
    assert desk.state.trials == {"t1": "carry/failed/retries"}


def test_what_became_of_a_step_is_counted_and_the_next_time_it_counts(desk: Desk) -> None:
    desk.submit(carry("t1", recovery=RecoveryPolicy(retries=2, reassignments=0)))
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    desk.wait(3)
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    assert desk.state.recoveries == {"carry/failed/retries": Tally(wrong=1)}
    desk.wait(3)
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    assert desk.state.recoveries == {"carry/failed/retries": Tally(right=1, wrong=1)}
    assert desk.state.trials == {}
    first, second = rulings(desk, "which_recovery")
    assert second.choice.scores[0] < first.choice.scores[0]


def test_a_step_whose_claim_turned_out_false_did_not_mend_it(desk: Desk) -> None:
    desk.submit(carry("t1", recovery=RecoveryPolicy(retries=1, reassignments=0)))
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    desk.wait(3)
    desk.claim("t1")
    desk.wait(2)
    desk.see_object("box_a")
    assert desk.task("t1").state is S.ESCALATED
    assert desk.state.recoveries == {"carry/failed/retries": Tally(wrong=1)}
    assert desk.state.trials == {}


def test_a_step_that_may_be_in_vain_is_a_question_and_the_answer_is_carried_out(desk: Desk) -> None:
    with_gate(desk, gate_that_needs("which_recovery", Severity.LOW, 0.95))
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    (question,) = desk.questions()
    assert question.cause.value == "recovery_doubtful"
    assert "Next would be to try again" in question.question
    assert [o.option_id for o in question.options] == ["try_again", "redo_other", "cancel", "hold_safely"]
    assert desk.answer("redo_other", reason="the other one").accepted
    desk.wait(1)
    assert desk.task("t1").state is S.ASSIGNED


def test_a_task_whose_policy_asks_nobody_ends_where_the_gate_would_ask(desk: Desk) -> None:
    with_gate(desk, gate_that_needs("which_recovery", Severity.LOW, 0.95))
    desk.submit(carry("t1", recovery=RecoveryPolicy(ask_human=False)))
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    assert desk.task("t1").state is S.FAILED
    assert not desk.questions()


def test_a_step_that_is_known_to_be_in_vain_is_left_out(desk: Desk) -> None:
    vain = [Example(scores=(0.05, 0.95), acceptable=(1,))] * 100
    gate = Gate({("which_recovery", Severity.LOW): Calibration(vain, Promise(epsilon=0.1, alpha=0.05, novelty=1e-9))})
    with_gate(desk, gate)
    desk.state = replace(desk.state, recoveries={"carry/failed/retries": Tally(wrong=60)})
    desk.submit(carry("t1", recovery=RecoveryPolicy(retries=1, reassignments=0)))
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    assert desk.questions()[0].cause.value == "recovery_exhausted"
    (first, last) = rulings(desk, "which_recovery")
    assert (first.ruling.act, first.ruling.chosen) == (True, 1)
    assert last.choice.conflicts == ("its recovery policy allows no further step",)


def test_after_a_fall_a_person_decides_and_the_reason_is_on_record(desk: Desk) -> None:
    desk.submit(carry("t1"))
    robot_id = str(desk.task("t1").robot_id)
    desk.report(robot_id, held=("box_a",))
    desk.report(robot_id, posture=Posture.FALLEN, held=())
    desk.see_object("box_a")
    (ruled,) = rulings(desk, "after_a_fall")
    assert not ruled.ruling.act
    assert "for a person to say" in ruled.choice.reserved
    assert desk.questions()[0].ruled.ruling_id == ruled.ruling_id
