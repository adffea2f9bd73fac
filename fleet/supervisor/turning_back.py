"""Robots on their way to work: their tasks may go to others, where the site allows it and the plan gains by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.model.plan import PlannedVisit
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.availability import barred_because
from fleet.supervisor.draft import Draft
from fleet.supervisor.looking import is_look

_WALKING = ("", "walk", "walk_1", "walk_to_object", "walk_to_person")  # before anything was taken up or looked at


def on_their_way(draft: Draft) -> list[Task]:
    """Tasks whose robots have been told and only walk to them so far; not those that somebody gave to that robot."""
    return [t for t in draft.state.tasks_in(TaskState.ASSIGNED, TaskState.EXECUTING) if _may_be_moved(draft, t)]


def _may_be_moved(draft: Draft, task: Task) -> bool:
    robot = draft.state.robots.get(task.robot_id or "")
    if robot is None or robot.state is None or robot.task_id != task.task_id or robot.closing_command_id is not None:
        return False
    if task.members or task.spec.robot_id is not None or task.intervened_by is not None or is_look(task):
        return False
    if task.spec.skill in ("dock", "place") or barred_because(draft.state, robot.description.robot_id):
        return False
    foretold = any(v.given and v.task_id == task.task_id for v in draft.state.plan.routes.get(task.robot_id or "", ()))
    return foretold and task.phase in _WALKING and task.grounded.get("object") not in robot.state.held


def turn_back(draft: Draft, tasks: Iterable[Task], routes: Mapping[str, tuple[PlannedVisit, ...]]) -> list[Task]:
    """Take the tasks from robots where the plan gives them to others; the old command is cancelled first, and the new
    one has a new id. Returns the tasks that wait to be given out."""
    has = {v.task_id: robot_id for robot_id, visits in routes.items() for v in visits if v.task_id}
    turned = []
    for task in tasks:
        new = has.get(task.task_id)
        if new is None or new == task.robot_id:
            continue
        because = f"the plan has {new} do it instead: {task.robot_id} was only on its way"
        draft.withdraw(task, because)
        draft.change(draft.state.tasks[task.task_id], TaskState.QUEUED, because, forget_robot=True)
        turned.append(draft.state.tasks[task.task_id])
    return turned
