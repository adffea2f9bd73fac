"""Silence: lost contact is not failure. A robot that is not heard holds by itself and keeps its task for a while."""

from __future__ import annotations

from fleet.escalation import questions
from fleet.model.escalation import Cause
from fleet.model.tasks import TaskState
from fleet.supervisor.draft import Draft

_WITH_A_ROBOT = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED)


def watch_contact(draft: Draft) -> None:
    """Ask about a task whose robot has been silent beyond patience; once per patience, not once per step."""
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
        since = max([robot.contact_changed_s, *asked])
        if draft.now_s - since > patience:
            questions.robot_silent(draft, robot_id, task, draft.now_s - robot.contact_changed_s)
