"""A robot that cameras keep seeing elsewhere is stopped and asked about; cameras may be the ones that err."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.model import events as ev
from fleet.model.commands import CancelCommand, CommandStatus
from fleet.model.escalation import Cause
from fleet.model.evidence import Detection, Observation
from fleet.model.geometry import Pose
from fleet.model.requests import ReportRecovered
from fleet.model.tasks import TaskState as S
from fleet.supervisor.state import EPOCH_STRIDE
from tests.fleet.supervisor.building import Desk, a_robot, carry


@pytest.fixture
def desk() -> Desk:
    desk = Desk(a_robot("r1"), a_robot("r2"))
    desk.submit(carry("t1", robot_id="r1"))
    assert desk.task("t1").robot_id == "r1"
    return desk


def look(desk: Desk, off_m: float, times: int = 1, together: bool = True) -> None:
    """A camera sees r1 `off_m` from where it says it is, every half second."""
    for _ in range(times):
        desk.now_s += 0.5
        known = desk.reports["r1"]
        desk.reports["r1"] = replace(known, observed_at_s=desk.now_s, pose=Pose(x=2.0, y=4.0))
        seen = Observation(
            observation_id=f"camera_1@{desk.now_s:.3f}",
            source="camera_1",
            source_kind="camera",
            observed_at_s=desk.now_s,
            detections=(Detection(subject_id="r1", subject_kind="robot", x=2.0 + off_m, y=4.0, zone="hall"),),
        )
        if together:
            desk.take(states=[desk.reports["r1"]], observations=[seen])
        else:
            desk.take(states=[desk.reports["r1"]])
            desk.take(observations=[seen])


def test_one_sighting_is_no_reason_to_stop_anybody(desk: Desk) -> None:
    look(desk, 2.0, times=3)
    look(desk, 0.0)
    look(desk, 2.0, times=3)
    assert not desk.questions() and not desk.state.robots["r1"].aside_because


def test_what_cameras_and_maps_err_by_is_no_disagreement(desk: Desk) -> None:
    look(desk, 0.6, times=20)
    assert not desk.questions() and desk.state.robots["r1"].elsewhere is None


def test_a_robot_that_stays_elsewhere_is_stopped_and_asked_about(desk: Desk) -> None:
    look(desk, 2.0, times=10)
    (question,) = desk.questions()
    assert question.cause is Cause.ROBOT_MISPLACED and "2.0 m from where it says it is" in question.question
    assert desk.state.robots["r1"].aside_because and desk.task("t1").state is S.ESCALATED
    assert any(e.kind == "sighting" and e.source == "camera_1" for e in question.evidence)
    assert question.safe_default == "hold_safely"


def test_a_robots_own_eyes_do_not_accuse_another(desk: Desk) -> None:
    for _ in range(10):
        desk.see(Detection(subject_id="r1", subject_kind="robot", x=6.0, y=4.0), source="r2", kind="robot")
    assert not desk.questions()


def test_a_robot_that_stands_still_and_says_nothing_new_is_looked_at_too(desk: Desk) -> None:
    look(desk, 2.0, times=10, together=False)
    assert desk.questions()


def test_a_silent_robot_is_not_held_against_its_old_report(desk: Desk) -> None:
    desk.silent_s["r1"] = 1.0
    for _ in range(10):
        desk.see(Detection(subject_id="r1", subject_kind="robot", x=6.0, y=4.0))
    assert not desk.questions()


def test_a_report_of_before_this_supervisor_listened_is_not_held_against_a_robot(desk: Desk) -> None:
    desk.reported_s.clear()  # a supervisor that has just taken the lead has the journal, and has heard nobody
    desk.take(started=ev.SupervisorStarted(supervisor_id="next", epoch=2))
    for _ in range(10):
        desk.see(Detection(subject_id="r1", subject_kind="robot", x=6.0, y=4.0))
    assert not desk.questions() and desk.state.robots["r1"].elsewhere is None


def test_where_it_was_when_it_was_seen_counts_though_the_message_comes_late(desk: Desk) -> None:
    for i in range(10):
        x = 1.0 + 0.5 * i
        desk.report("r1", pose=Pose(x=x, y=4.0))
        desk.now_s += 0.9  # it walks half a metre each second, and is shown where it was three seconds ago
        seen = Observation(
            observation_id=f"camera_1@{desk.now_s:.3f}",
            source="camera_1",
            source_kind="camera",
            observed_at_s=desk.now_s - 3.9,
            detections=(Detection(subject_id="r1", subject_kind="robot", x=x - 1.5, y=4.0, zone="hall"),),
        )
        desk.take(observations=[seen])
    assert not desk.questions() and desk.state.robots["r1"].elsewhere is None


def test_a_new_supervisor_stops_a_robot_that_the_last_one_sent(desk: Desk) -> None:
    desk.take(started=ev.SupervisorStarted(supervisor_id="next", epoch=2))
    desk.commands.clear()
    look(desk, 2.0, times=10)
    (cancel,) = [c for c in desk.commands if isinstance(c, CancelCommand)]
    assert cancel.command_id == "t1#1" and cancel.epoch == desk.state.robots["r1"].epoch
    assert cancel.epoch >= 2 * EPOCH_STRIDE, "with the old epoch it would be refused"


def test_who_says_that_the_camera_is_wrong_is_believed_for_a_while(desk: Desk) -> None:
    look(desk, 2.0, times=10)
    desk.update("t1", CommandStatus.CANCELLED)
    assert desk.answer("trust_report").accepted
    assert not desk.state.robots["r1"].aside_because and desk.task("t1").robot_id == "r1"
    look(desk, 2.0, times=10)
    assert not desk.questions()


def test_the_question_falls_away_when_robot_and_camera_agree_again(desk: Desk) -> None:
    look(desk, 2.0, times=10)
    desk.update("t1", CommandStatus.CANCELLED)
    look(desk, 0.1, times=3)
    assert not desk.questions() and not desk.state.robots["r1"].aside_because
    assert desk.task("t1").robot_id == "r1"


def test_a_person_who_put_it_right_too_little_is_asked_again(desk: Desk) -> None:
    look(desk, 2.0, times=10)
    desk.update("t1", CommandStatus.CANCELLED)
    assert desk.answer("send_person").accepted
    assert desk.task("t1").state is S.BLOCKED
    assert desk.ask(ReportRecovered(robot_id="r1", reason="put right")).accepted
    assert desk.task("t1").robot_id == "r1", "it is believed until it is seen elsewhere again"
    look(desk, 2.0, times=10)
    assert desk.questions()[0].cause is Cause.ROBOT_MISPLACED


def test_a_load_in_its_hands_cannot_be_given_to_another(desk: Desk) -> None:
    desk.report("r1", held=("box_a",))
    look(desk, 2.0, times=10)
    reassign = desk.questions()[0].option("reassign")
    assert reassign is not None and not reassign.possible
    assert "box_a in its hands" in desk.questions()[0].question
