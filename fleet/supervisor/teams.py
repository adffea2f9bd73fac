"""Tasks that several robots do together: from one stage to the next only when all are through with it, and all stop
when one of them cannot go on."""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.commands import CommandStatus, CommandUpdate
from fleet.model.tasks import Member, Stage, Task, TaskState
from fleet.supervisor.draft import ACTIVE, Draft, execute
from fleet.supervisor.falls import robot_fell
from fleet.supervisor.recovery import recover
from fleet.supervisor.state import Robot
from fleet.supervisor.team_orders import holders_of, members_for, no_room_because, stopped


def take_team_report(draft: Draft, task: Task, update: CommandUpdate) -> None:
    """React to one member's report on its present command."""
    if task.state not in ACTIVE:
        return
    robot_id, status = update.robot_id, update.status
    if status in (CommandStatus.ACCEPTED, CommandStatus.RUNNING):
        others_fault = task.state is TaskState.BLOCKED and not task.because.startswith(f"{robot_id}: ")
        if task.state is not TaskState.EXECUTING and task.intervened_by is None and not others_fault:
            draft.change(task, TaskState.EXECUTING, f"{' and '.join(task.robot_ids)} are on it")
    elif status is CommandStatus.BLOCKED:
        if task.state is not TaskState.BLOCKED:
            draft.change(task, TaskState.BLOCKED, f"{robot_id}: {update.reason or 'it does not say why'}")
    elif status is CommandStatus.DONE and update.claim is not None:
        if task.stage is Stage.GATHER and update.claim.statement.get("ready") != task.grounded.get("object"):
            because = f"{robot_id} says that it is done and not that it is ready at {task.grounded.get('object')}"
            _member_failed(draft, task, robot_id, because, retriable=False)
        else:
            _maybe_go_on(draft, task)
    elif status is CommandStatus.DONE:
        _member_failed(draft, task, robot_id, f"{robot_id} said done but claimed nothing", retriable=False)
    elif update.reason.startswith("fallen"):
        robot_fell(draft, robot_id)
    elif status is CommandStatus.CANCELLED and task.intervened_by is not None:
        draft.change(task, TaskState.BLOCKED, f"{task.intervened_by} has taken {robot_id} over")
    else:
        because = f"{robot_id}: {update.reason or status.value}"
        _member_failed(draft, task, robot_id, because, retriable=update.retriable)


def _member_failed(draft: Draft, task: Task, robot_id: str, because: str, *, retriable: bool) -> None:
    """All of them give it up; then the recovery ladder, on which the one that failed is the robot of the task."""
    draft.withdraw(task, because, but=robot_id)
    recover(draft, replace(task, robot_id=robot_id), because, retriable=retriable, command_over=True)


def _maybe_go_on(draft: Draft, task: Task) -> None:
    if not all(m.ready for m in task.members):
        return
    if task.stage is Stage.CARRY:
        draft.change(task, TaskState.VERIFYING, f"{' and '.join(task.robot_ids)} say that it is done")
    else:
        _advance(draft, task, Stage.CARRY)


def _advance(draft: Draft, task: Task, stage: Stage) -> None:
    """Tell all of them to begin a stage, in one step."""
    no_room = no_room_because(draft, task, task.robot_ids)
    if no_room:
        draft.withdraw(task, no_room)
        recover(draft, task, no_room, retriable=False, command_over=True)
        return
    attempt = str(task.attempt) + (f"-{task.blocked_times}" if task.blocked_times else "")
    members = members_for(draft, task, task.robot_ids, stage, attempt)
    draft.emit(ev.TeamAdvanced(task_id=task.task_id, stage=stage, members=members))
    tell_team(draft, draft.state.tasks[task.task_id])


def tell_team(draft: Draft, task: Task) -> None:
    """Send every member its command."""
    for member in task.members:
        if member.command_id:
            draft.tell(execute(task, member.epoch, member.robot_id))


def watch_teams(draft: Draft) -> None:
    """Stop the others where one is not heard any more, and let them go on together when it is back."""
    for task in draft.state.tasks_in(*ACTIVE):
        if len(task.members) < 2 or task.intervened_by is not None:
            continue
        robots = [draft.state.robots[m.robot_id] for m in task.members]
        silent = [r.description.robot_id for r in robots if not r.in_contact]
        if _standing(task.members):
            if not silent and all(_can_go_on(draft, r) for r in robots):
                _go_on(draft, task)
        elif silent and task.stage is Stage.CARRY:
            _stop_all(draft, task, f"nothing is heard of {' and '.join(silent)}")
        elif all(m.ready for m in task.members):
            _maybe_go_on(draft, task)  # nobody had anything to do for the stage, or a new supervisor has taken over


def _standing(members: tuple[Member, ...]) -> bool:
    return not any(m.command_id or m.ready for m in members)


def _can_go_on(draft: Draft, robot: Robot) -> bool:
    upright = robot.state is not None and not robot.state.holding and not robot.fallen
    held = robot.held_because or draft.state.hold_all or robot.aside_because or robot.lease_person
    return upright and not held and robot.closing_command_id is None


def _stop_all(draft: Draft, task: Task, because: str) -> None:
    """They give up what they were told and stand; what is in their hands stays there. Nobody is asked yet."""
    draft.withdraw(task, because)
    members = stopped(task.members)
    assert task.stage is not None
    draft.emit(ev.TeamAdvanced(task_id=task.task_id, stage=task.stage, members=members))
    text = f"{because}; {' and '.join(task.robot_ids)} stand still with the load until all are heard"
    draft.change(draft.state.tasks[task.task_id], TaskState.BLOCKED, text)


def _go_on(draft: Draft, task: Task) -> None:
    """All are back: they lift or carry on, with new commands."""
    holding = holders_of(draft, task)
    gathered = all(m.robot_id in holding for m in task.members)
    draft.change(task, TaskState.EXECUTING, f"{' and '.join(task.robot_ids)} are heard again and go on together")
    _advance(draft, draft.state.tasks[task.task_id], Stage.CARRY if gathered else Stage.GATHER)
