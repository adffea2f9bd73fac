"""Robots whose map is wrong: set aside and asked about, before they put something down where nobody looks for it."""

from __future__ import annotations

from fleet.escalation.misplaced import robot_misplaced
from fleet.model import events as ev
from fleet.model.escalation import Cause
from fleet.model.tasks import TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.resuming import resume_waiting
from fleet.supervisor.state import Robot

MISPLACED = "it is not where it says it is"
LASTS_S = 3.0  # one sighting may be a mistake of the camera's; this much of it is not
_RECENT_S = 3.0
_WITH_A_ROBOT = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED)


def watch_whereabouts(draft: Draft) -> None:
    """Stop and ask about robots that cameras keep seeing elsewhere; welcome back who is where it says again."""
    for robot_id, robot in list(draft.state.robots.items()):
        if robot.aside_because == MISPLACED:
            _look_again(draft, robot_id, robot)
        elif _lasting(draft, robot) and not robot.aside_because and not robot.lease_person and not robot.fallen:
            _stop(draft, robot_id)


def _lasting(draft: Draft, robot: Robot) -> bool:
    seen = robot.elsewhere
    if seen is None or draft.now_s < robot.trusted_until_s or not robot.in_contact:
        return False
    return seen.last_s - seen.since_s >= LASTS_S and draft.now_s - seen.last_s <= _RECENT_S


def _stop(draft: Draft, robot_id: str) -> None:
    draft.emit(ev.RobotSetAside(robot_id=robot_id, aside=True, because=MISPLACED))
    task = draft.state.task_of(robot_id)
    if task is not None and task.state in _WITH_A_ROBOT:
        draft.withdraw(task, f"{robot_id} {MISPLACED}")
    else:
        task = None
    robot_misplaced(draft, robot_id, task)


def _look_again(draft: Draft, robot_id: str, robot: Robot) -> None:
    """At a dock's marks, or by a person's hand, it was put right: the question falls away with the doubt."""
    if robot.elsewhere is not None or any(
        e.cause is Cause.ROBOT_MISPLACED and robot_id in e.robot_ids for e in draft.state.open_escalations()
    ):
        return
    draft.emit(ev.RobotSetAside(robot_id=robot_id, aside=False, because="it is seen where it says it is"))
    resume_waiting(draft, robot_id, f"{robot_id} is where it says it is again", Cause.ROBOT_MISPLACED)
