"""Silence: lost contact is not failure. A robot that is not heard holds by itself and keeps its task for a while."""

from __future__ import annotations

from fleet.escalation import questions
from fleet.model.escalation import Cause
from fleet.model.tasks import Stage, TaskState
from fleet.supervisor.draft import Draft

_MOST_DOUBLINGS = 4
_TEAM_PATIENCE_S = 20.0
_WITH_A_ROBOT = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED)


def watch_contact(draft: Draft) -> None:
    """Ask about a task whose robot has been silent beyond patience; while the silence lasts, each time after twice as
    long: whoever said "keep waiting" is not to be asked the same every minute and a half."""
    patience = draft.context.settings.silent_patience_s
    for robot_id, robot in list(draft.state.robots.items()):
        task = draft.state.task_of(robot_id)
        if robot.in_contact or task is None or task.state not in _WITH_A_ROBOT:
            continue
        asked = [
            e.raised_at_s
            for e in draft.state.escalations.values()
            if e.cause is Cause.ROBOT_SILENT and robot_id in e.robot_ids and task.task_id in e.task_ids
        ]
        again = sum(1 for at_s in asked if at_s >= robot.contact_changed_s)
        since = max([robot.contact_changed_s, *asked])
        # Others that stand with the load in their hands cannot wait for long.
        base = min(patience, _TEAM_PATIENCE_S) if task.stage is Stage.CARRY else patience
        if draft.waited_s(since) > base * 2 ** min(again, _MOST_DOUBLINGS):
            questions.robot_silent(draft, robot_id, task, draft.now_s - robot.contact_changed_s)
