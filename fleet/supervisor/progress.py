"""What robots report on commands, and what follows for tasks."""

from __future__ import annotations

from dataclasses import replace

from fleet.model.commands import CommandStatus, CommandUpdate
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.checking import check_claim
from fleet.supervisor.draft import Draft
from fleet.supervisor.falls import robot_fell
from fleet.supervisor.recovery import UNANSWERED, recover
from fleet.supervisor.state import Robot
from fleet.supervisor.teams import take_team_report

_S = TaskState
_UNDER_WAY = (_S.ASSIGNED, _S.EXECUTING, _S.BLOCKED)


def take_report(draft: Draft, update: CommandUpdate) -> None:
    """React to one report. Reports on anything but the task's present command change nothing."""
    task = draft.state.tasks.get(update.task_id)
    if task is None or task.command_of(update.robot_id) != update.command_id:
        return
    if task.members:
        take_team_report(draft, task, update)
        return
    if task.state not in _UNDER_WAY:
        return
    if update.status in (CommandStatus.ACCEPTED, CommandStatus.RUNNING):
        if task.state is not _S.EXECUTING and task.intervened_by is None:
            draft.change(task, _S.EXECUTING, f"{update.robot_id} is on it")
    elif update.status is CommandStatus.BLOCKED:
        if task.state is not _S.BLOCKED:
            draft.change(task, _S.BLOCKED, update.reason or "the robot does not say why")
    elif update.status is CommandStatus.DONE:
        _take_claim(draft, task, update)
    else:
        _take_failure(draft, task, update)


def _take_claim(draft: Draft, task: Task, update: CommandUpdate) -> None:
    if update.claim is None:
        recover(draft, task, f"{update.robot_id} said done but claimed nothing", retriable=False, command_over=True)
    else:
        draft.change(task, _S.VERIFYING, f"{update.robot_id} says it is done")


def _take_failure(draft: Draft, task: Task, update: CommandUpdate) -> None:
    because = f"{update.robot_id}: {update.reason or update.status.value}"
    if update.reason.startswith("fallen"):
        robot_fell(draft, update.robot_id)
    elif update.status is CommandStatus.CANCELLED and task.intervened_by is not None:
        draft.change(task, _S.BLOCKED, f"{task.intervened_by} has taken {update.robot_id} over")
    else:
        recover(draft, task, because, retriable=update.retriable, command_over=True)


def _awaited(task: Task) -> str:
    """Whose answer is awaited; of a team, the first that has been told something."""
    return next((m.robot_id for m in task.members if not m.ready), str(task.robot_id))


def _waits(draft: Draft, task: Task, robot: Robot) -> bool:
    """Whether somebody, or contact, has to come back first."""
    kept = robot.held_because or draft.state.hold_all or robot.aside_because or not robot.in_contact
    return bool(kept) or robot.task_id != task.task_id


def watch_tasks(draft: Draft) -> None:
    """What time alone brings about: claims that nobody confirms, commands that nobody takes up, ways that stay shut."""
    settings = draft.context.settings
    for task in draft.state.tasks_in(_S.VERIFYING):
        check_claim(draft, task)
    for task in draft.state.tasks_in(_S.ASSIGNED):
        robot = draft.state.robots[_awaited(task)]
        waited = draft.waited_s(max(task.changed_at_s, robot.contact_changed_s))
        if robot.in_contact and waited > settings.unanswered_command_s:
            because = f"{_awaited(task)} did not take it up in {waited:.0f} s"
            recover(draft, replace(task, robot_id=_awaited(task)), because, retriable=True, reason=UNANSWERED)
    for task in draft.state.tasks_in(_S.BLOCKED):
        if task.robot_id is None or task.intervened_by is not None:
            continue
        if any(_waits(draft, task, draft.state.robots[robot_id]) for robot_id in task.robot_ids):
            continue
        # One that comes free for a moment, again and again, gets nowhere either.
        if draft.waited_s(task.changed_at_s) > settings.blocked_patience_s:
            recover(
                draft,
                task,
                f"blocked for {settings.blocked_patience_s:g} s: {task.because}",
                retriable=True,
                replan=True,
            )
        elif task.blocked_times >= settings.blocked_times:
            because = f"blocked {task.blocked_times} times: {task.because}"
            recover(draft, task, because, retriable=True, replan=True)
