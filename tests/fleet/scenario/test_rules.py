"""The rules that every run is held against."""

from __future__ import annotations

from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.geometry import Pose
from fleet.model.robot import Posture, RobotState
from fleet.scenario.rules import rules
from fleet.supervisor.state import FleetState


def journal(*events: ev.Event) -> list[Record]:
    return [
        Record(seq=i, batch=i, at_s=float(i), epoch=1, event=event, checksum="")
        for i, event in enumerate(events, start=1)
    ]


def fit_robots(*events: ev.Event) -> str:
    [found] = [f for f in rules(FleetState(), journal(*events)) if f.what.startswith("nothing is assigned")]
    assert found.kept is not bool(found.detail)
    return found.detail


ASSIGNED = ev.TaskAssigned(task_id="t", robot_id="g1", command_id="t#1", epoch=1, parameters={})
LYING = RobotState(robot_id="g1", observed_at_s=0, pose=Pose(x=0, y=0), posture=Posture.FALLEN)
STANDING = RobotState(robot_id="g1", observed_at_s=0, pose=Pose(x=0, y=0), posture=Posture.STANDING)


def test_whoever_may_work_may_be_given_work() -> None:
    back = ev.ContactRegained(robot_id="g1", silent_s=3)
    assert fit_robots(ev.ContactLost(robot_id="g1", silent_s=3), back, ASSIGNED) == ""
    assert fit_robots(ev.RobotReported(state=LYING), ev.RobotReported(state=STANDING), ASSIGNED) == ""
    released = ev.HoldSet(robot_id=None, engaged=False, because="x", by="y")
    assert fit_robots(ev.HoldSet(robot_id=None, engaged=True, because="x", by="y"), released, ASSIGNED) == ""


def test_work_for_whoever_must_not_work_breaks_the_rule() -> None:
    assert fit_robots(ev.ContactLost(robot_id="g1", silent_s=3), ASSIGNED) == "t to g1: silent"
    assert fit_robots(ev.RobotReported(state=LYING), ASSIGNED) == "t to g1: fallen"
    assert (
        fit_robots(ev.LeaseMoved(robot_id="g1", person="Mia", epoch=2, because="x"), ASSIGNED) == "t to g1: taken over"
    )
    assert fit_robots(ev.HoldSet(robot_id=None, engaged=True, because="x", by="y"), ASSIGNED) == "t to g1: all are held"
    assert fit_robots(ev.HoldSet(robot_id="g1", engaged=True, because="x", by="y"), ASSIGNED) == "t to g1: held"
