"""In the step: which robot may not manage a task, what people's answers move, and what one robot alone says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Example
from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.evidence import Detection, Observation
from fleet.model.severity import Severity
from fleet.model.tally import Tally
from fleet.model.tasks import TaskSpec
from fleet.model.tasks import TaskState as S
from fleet.supervisor.fold import apply
from tests.fleet.supervisor.building import Desk, carry
from tests.fleet.supervisor.gating import gate_that_needs, rulings, with_gate

# ---- robots -----------------------------------------------------------------------------------------------------


def unable(desk: Desk, **wrong: int) -> None:
    """Robots that did not see through so many carries."""
    with_gate(desk, gate_that_needs("which_robot", Severity.LOW, 0.85))
    desk.state = replace(desk.state, competence={r: {"carry": Tally(wrong=n)} for r, n in wrong.items()})


def test_who_does_a_task_is_on_record_with_what_speaks_for_it(desk: Desk) -> None:
    desk.submit(carry("t1"))
    (ruled,) = rulings(desk, "which_robot")
    assert ruled.ruling.act
    assert ruled.subject["robot"] == desk.task("t1").robot_id
    assert ruled.subject["command"] == desk.task("t1").command_id


def test_a_robot_that_may_not_manage_it_is_asked_about_once(desk: Desk) -> None:
    unable(desk, r1=9, r2=9)
    desk.submit(carry("t1"))
    (question,) = desk.questions()
    assert question.cause.value == "robot_doubtful"
    assert desk.answer("go_ahead", reason="let it try").accepted
    desk.wait(1)
    assert desk.task("t1").state is S.ASSIGNED
    desk.update("t1", CommandStatus.FAILED, reason="slipped", retriable=True)
    desk.wait(5)
    assert desk.task("t1").state is S.ASSIGNED, "it is not asked about again"
    assert not desk.questions()


def test_nobody_is_asked_while_a_better_robot_may_come_free(desk: Desk) -> None:
    unable(desk, r1=9)
    desk.submit(TaskSpec(task_id="busy", skill="walk_to", parameters={"place": "table_3"}, robot_id="r2"))
    desk.submit(carry("t1"), mission_id="m2")
    desk.wait(5)
    assert desk.task("t1").state is S.QUEUED
    assert not desk.questions()
    desk.wait(70)
    assert [q.cause.value for q in desk.questions()] == ["robot_doubtful"], "but not for ever"


def test_a_robot_that_somebody_named_is_not_asked_about(desk: Desk) -> None:
    unable(desk, r1=9, r2=9)
    desk.submit(carry("t1", robot_id="r1"))
    assert desk.task("t1").state is S.ASSIGNED
    assert not rulings(desk, "which_robot")


def test_a_robot_that_is_known_not_to_manage_it_is_passed_over(desk: Desk) -> None:
    cases = [Example(scores=(0.9, 0.1), acceptable=(0,))] * 100 + [Example(scores=(0.1, 0.9), acceptable=(1,))] * 100
    gate = Gate({("which_robot", Severity.LOW): Calibration(cases, Promise(epsilon=0.1, alpha=0.05))})
    with_gate(desk, gate)
    desk.state = replace(desk.state, competence={"r2": {"carry": Tally(wrong=200)}})
    desk.submit(carry("t1"))
    desk.wait(1)
    assert desk.task("t1").robot_id == "r1"


# ---- what people say moves the level; what one robot alone says is not believed ---------------------------------


def test_an_answer_moves_the_level_of_its_class_and_nothing_else(desk: Desk) -> None:
    cases = [Example(scores=(0.9, 0.1), acceptable=(0,))] * 60
    promise = Promise(epsilon=0.2, gamma=0.1)
    with_gate(desk, Gate({("is_the_claim_true", Severity.MEDIUM): Calibration(cases, promise)}))
    desk = contradicted(desk)
    assert desk.answer("redo_other", reason="it lies on the floor").accepted
    assert list(desk.state.levels) == ["is_the_claim_true/medium"]
    (moved,) = [e for e in desk.events if isinstance(e, ev.LevelMoved)]
    assert moved.level == desk.state.levels["is_the_claim_true/medium"] != promise.epsilon
    assert moved.level == pytest.approx(0.2 + 0.1 * (0.2 - moved.missed))
    assert "dana" in moved.because
    desk.wait(3)
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    assert rulings(desk, "is_the_claim_true")[-1].ruling.level == moved.level, "the next ruling goes by it"


def contradicted(desk: Desk) -> Desk:
    desk.submit(carry("t1"))
    desk.claim("t1")
    desk.wait(2)
    desk.see_object("box_a")
    return desk


def test_a_safe_default_says_nothing_about_the_truth(desk: Desk) -> None:
    contradicted(desk)
    honesty = desk.state.honesty
    desk.wait(200)
    assert desk.state.levels == {}
    assert desk.state.honesty == honesty


def sees_ghost(desk: Desk, source: str, kind: str = "robot") -> Any:
    desk.now_s += 0.5
    ghost = Detection(subject_id="ghost_7", subject_kind="object", x=8, y=8.4, z=0.8, zone="hall", place="table_1")
    seen = Observation(
        observation_id=f"{source}@{desk.now_s}",
        source=source,
        source_kind=kind,
        observed_at_s=desk.now_s,
        covered=("table_1",),
        detections=(ghost,),
    )
    return desk.take(observations=[seen])


def test_a_thing_that_one_robot_makes_up_is_on_record_once_and_blocks_nothing(desk: Desk) -> None:
    first, again = sees_ghost(desk, "r1"), sees_ghost(desk, "r1")
    assert [type(e).__name__ for e in first.inputs] == ["UnknownReported"]
    assert again.inputs == ()
    assert "ghost_7" not in desk.state.objects
    assert list(desk.state.unknown["r1"]) == ["ghost_7"]
    desk.submit(carry("t1", to="table_1"))
    assert desk.task("t1").state is S.ASSIGNED
    assert not desk.questions()


def test_what_a_second_robot_sees_too_is_believed(desk: Desk) -> None:
    sees_ghost(desk, "r1")
    sees_ghost(desk, "r2")
    assert desk.state.objects["ghost_7"].place == "table_1"


def test_a_camera_is_believed_once_it_goes_on_seeing_it(desk: Desk) -> None:
    sees_ghost(desk, "camera_1", "camera")
    assert "ghost_7" not in desk.state.objects
    desk.now_s += 2
    sees_ghost(desk, "camera_1", "camera")
    assert desk.state.objects["ghost_7"].source == "camera_1"


def test_a_journal_with_all_of_this_replays_to_the_same_state(desk: Desk) -> None:
    contradicted(desk)
    sees_ghost(desk, "r1")
    desk.answer("redo_other", reason="it lies on the floor")
    desk.wait(3)
    state = None
    for batch in desk.batches:
        for event in batch.events:
            state = apply(state or type(desk.state)(), event, batch.state.now_s)
    assert state is not None
    assert state.digest() == desk.state.digest()
