"""Whatever members of a team say and whatever happens to them: nobody has two tasks, nothing is told twice."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.model.commands import CommandStatus, ExecuteSkill
from fleet.model.requests import CancelTask, ReportRecovered, ReturnLease, TakeLease
from fleet.model.robot import Posture
from fleet.model.tasks import TaskState
from tests.fleet.supervisor.test_teams import TeamDesk, heavy, in_teams

ROBOTS = ("r1", "r2", "r3")
WHAT = (
    "ready",
    "lift",
    "done",
    "fail",
    "cancelled",
    "fall",
    "stand",
    "silent",
    "heard",
    "take",
    "back",
    "wait",
    "answer",
)
_ON_ROBOTS = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED, TaskState.VERIFYING)


def _does(desk: TeamDesk, robot_id: str, what: str) -> None:
    told = any(isinstance(c, ExecuteSkill) and c.robot_id == robot_id for c in desk.commands)
    if what == "wait":
        desk.wait(25, tick_s=5.0)
    elif what == "answer" and desk.questions():
        asked = desk.questions()[0]
        desk.answer(next(o.option_id for o in asked.options if o.possible))
    elif what in ("silent", "heard"):
        desk.silent_s[robot_id] = 5.0 if what == "silent" else 0.0
        desk.wait(1)
    elif what == "take":
        desk.ask(TakeLease(robot_id=robot_id, reason="x"))
    elif what == "back":
        desk.ask(ReturnLease(robot_id=robot_id, reason="x"))
    elif what == "fall":
        desk.report(robot_id, posture=Posture.FALLEN, held=())
    elif what == "stand":
        desk.report(robot_id, posture=Posture.STANDING)
        desk.ask(ReportRecovered(robot_id=robot_id, reason="x"))
    elif what == "lift":
        desk.report(robot_id, held=("crate",))
    elif told and what == "ready":
        desk.done(robot_id, ready="crate")
    elif told and what == "done":
        desk.done(robot_id, object="crate", at="table_3")
    elif told and what in ("fail", "cancelled"):
        desk.says(robot_id, CommandStatus.FAILED if what == "fail" else CommandStatus.CANCELLED, reason="x")


def _holds(desk: TeamDesk) -> None:
    for robot_id, robot in desk.state.robots.items():
        busy = [t.task_id for t in desk.state.open_tasks() if robot_id in t.robot_ids and t.state in _ON_ROBOTS]
        assert len(busy) <= 1, (robot_id, busy)
        assert robot.task_id is None or robot_id in desk.task(robot.task_id).robot_ids
    for task in desk.state.tasks.values():
        if task.spec.team > 1 and task.state in (TaskState.ASSIGNED, TaskState.EXECUTING):
            assert len(set(task.robot_ids)) == task.spec.team
    parameters: dict[str, object] = {}
    for command in desk.commands:
        if isinstance(command, ExecuteSkill):
            same = (command.robot_id, command.task_id, command.parameters)
            assert parameters.setdefault(command.command_id, same) == same


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(ROBOTS), st.sampled_from(WHAT)), max_size=14))
def test_nobody_has_two_tasks_and_no_command_means_two_things(acts: list[tuple[str, str]]) -> None:
    desk = TeamDesk(*(in_teams(r) for r in ROBOTS))
    desk.submit(heavy())
    for robot_id, what in acts:
        _does(desk, robot_id, what)
        _holds(desk)
    desk.ask(CancelTask(task_id="t1", reason="enough"))
    assert desk.task("t1").state.terminal
    assert all(r.task_id != "t1" for r in desk.state.robots.values())
