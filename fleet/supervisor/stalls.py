"""Robots that are heard, say nothing is wrong, and get nowhere: what they were to do does not wait for ever."""

from __future__ import annotations

from dataclasses import replace

from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.recovery import UNANSWERED, recover
from fleet.supervisor.state import Robot

_AWAITS_WAY_FACTOR = 10.0  # who stands until its way is free does as it is told; what holds it up is asked about
_STANDS_STILL = frozenset({"wait"})  # skills in which nothing is to be seen from outside


def watch_stalls(draft: Draft) -> None:
    """Take the next step of the recovery ladder for tasks whose robot has neither moved nor told anything for long.

    A robot that hears nobody is one of those: it holds by itself, and its reports come through all the same.
    """
    for task in draft.state.tasks_in(TaskState.EXECUTING):
        if task.robot_id is None or task.intervened_by is not None or task.spec.skill in _STANDS_STILL:
            continue
        for robot_id in _awaited(task):
            robot = draft.state.robots[robot_id]
            still_s = _still_for(draft, task, robot)
            patience_s = draft.context.settings.stalled_patience_s
        if robot.state is not None and robot.state.awaits_way:
            patience_s *= _AWAITS_WAY_FACTOR
        if still_s > patience_s and not _told_to_stand(draft, robot):
            stuck = replace(task, robot_id=robot_id)
            recover(draft, stuck, _words(robot, still_s), retriable=False, reason=UNANSWERED)
            break


def _awaited(task: Task) -> tuple[str, ...]:
    """Who has something to do for it now: of a team those that the others wait for."""
    return tuple(m.robot_id for m in task.members if not m.ready) if task.members else task.robot_ids


def _still_for(draft: Draft, task: Task, robot: Robot) -> float:
    return draft.waited_s(max(task.changed_at_s, task.heard_at_s, robot.reported_at_s, robot.contact_changed_s))


def _told_to_stand(draft: Draft, robot: Robot) -> bool:
    return bool(robot.held_because or draft.state.hold_all or robot.aside_because or not robot.in_contact)


def _words(robot: Robot, still_s: float) -> str:
    state, robot_id = robot.state, robot.description.robot_id
    holds = f" and holds by itself ({state.hold_because})" if state is not None and state.holding else ""
    return f"{robot_id} has not got on for {still_s:.0f} s{holds}"
