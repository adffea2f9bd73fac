"""What events make of tasks and missions."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.tasks import MISSION_TRANSITIONS, TASK_TRANSITIONS, Mission, MissionState, Task, TaskState
from fleet.supervisor.fold_team import with_report, without_command
from fleet.supervisor.folding import check, on
from fleet.supervisor.learning import after_check, after_task_change
from fleet.supervisor.shut_words import after_words
from fleet.supervisor.state import FleetState


@on(ev.CommandReported)
def _command_reported(state: FleetState, event: ev.CommandReported, at_s: float) -> FleetState:
    update = event.update
    robot = state.robots.get(update.robot_id)
    if robot is not None and update.status.final and robot.closing_command_id == update.command_id:
        state = state.with_robot(update.robot_id, replace(robot, closing_command_id=None))
    if update.claim is not None:
        state = replace(state, claims={**state.claims, update.claim.claim_id: update.claim})
    task = state.tasks.get(update.task_id)
    if task is None or task.command_of(update.robot_id) != update.command_id or task.state.terminal:
        return state
    if task.members:
        return state.with_task(replace(with_report(task, update), heard_at_s=at_s))
    if update.status in (CommandStatus.RUNNING, CommandStatus.BLOCKED):
        task = replace(task, phase=update.phase or task.phase, fraction=max(task.fraction, update.fraction))
    task = replace(task, heard_at_s=at_s)
    if update.claim is not None:
        task = replace(task, claim_id=update.claim.claim_id)
    return state.with_task(task)


@on(ev.ObservationMade)
def _observed(state: FleetState, event: ev.ObservationMade, at_s: float) -> FleetState:
    # Only the newest observation of each source is kept in the state; all of them stay in the journal.
    observations = {**state.observations, event.observation.source: event.observation}
    return replace(state, observations=observations)


@on(ev.DirectiveGiven)
def _directive(state: FleetState, event: ev.DirectiveGiven, at_s: float) -> FleetState:
    return replace(state, directives={**state.directives, event.directive.directive_id: event.directive})


@on(ev.MissionAccepted)
def _mission(state: FleetState, event: ev.MissionAccepted, at_s: float) -> FleetState:
    spec = event.mission
    mission = Mission(
        mission_id=spec.mission_id,
        title=spec.title,
        why=spec.why,
        directive_id=spec.directive_id,
        task_ids=tuple(t.task_id for t in spec.tasks),
        state=MissionState.ACTIVE,
        requested_by=event.by,
        requested_at_s=at_s,
    )
    tasks = [
        Task(
            spec=t,
            mission_id=spec.mission_id,
            state=TaskState.REQUESTED,
            because="asked for",
            requested_by=event.by,
            requested_at_s=at_s,
            changed_at_s=at_s,
        )
        for t in spec.tasks
    ]
    return state.with_mission(mission, tasks)


@on(ev.MissionEnded)
def _mission_ended(state: FleetState, event: ev.MissionEnded, at_s: float) -> FleetState:
    mission = state.missions[event.mission_id]
    check(MISSION_TRANSITIONS, mission.state, event.state, f"mission {mission.mission_id}")
    return state.with_mission(replace(mission, state=event.state, finished_at_s=at_s))


@on(ev.TaskGrounded)
def _grounded(state: FleetState, event: ev.TaskGrounded, at_s: float) -> FleetState:
    return state.with_task(replace(state.tasks[event.task_id], grounded=event.grounded, changed_at_s=at_s))


@on(ev.TaskProgressed)
def _progressed(state: FleetState, event: ev.TaskProgressed, at_s: float) -> FleetState:
    return state.with_task(replace(state.tasks[event.task_id], phase=event.phase, fraction=event.fraction))


@on(ev.TaskAssigned)
def _assigned(state: FleetState, event: ev.TaskAssigned, at_s: float) -> FleetState:
    task = state.tasks[event.task_id]
    check(TASK_TRANSITIONS, task.state, TaskState.ASSIGNED, f"task {task.task_id}")
    task = replace(
        task,
        state=TaskState.ASSIGNED,
        because=f"assigned to {event.robot_id}",
        robot_id=event.robot_id,
        command_id=event.command_id,
        command_parameters=event.parameters,
        epoch=event.epoch,
        attempt=task.attempt + 1,
        claim_id=None,
        phase="",
        fraction=0.0,
        assigned_at_s=at_s,
        changed_at_s=at_s,
        blocked_times=0,
        members=event.members,
        stage=event.stage,
    )
    state = state.with_task(task)
    for robot_id in task.robot_ids:
        robot = state.robots[robot_id]
        held = robot.state.held if robot.state is not None else ()
        state = state.with_robot(robot_id, replace(robot, task_id=task.task_id, last_held=held))
    return state


_ON_A_ROBOT = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.VERIFYING, TaskState.BLOCKED)


@on(ev.TaskChanged)
def _task_changed(state: FleetState, event: ev.TaskChanged, at_s: float) -> FleetState:
    task = state.tasks[event.task_id]
    if event.state is not task.state:
        check(TASK_TRANSITIONS, task.state, event.state, f"task {task.task_id}")
    counts: dict[str, Any] = dict.fromkeys(("retries", "replans", "reassignments"), 0) if event.reset_ladder else {}
    if event.count is not None:
        counts[event.count] = counts.get(event.count, getattr(task, event.count)) + 1
    excluded = () if event.forgive else task.excluded_robots
    if event.exclude_robot is not None and event.exclude_robot not in excluded:
        excluded = (*excluded, event.exclude_robot)
    newly_blocked = event.state is TaskState.BLOCKED and task.state is not TaskState.BLOCKED
    changed = replace(
        task,
        state=event.state,
        blocked_times=task.blocked_times + newly_blocked,
        because=event.because,
        escalation_id=event.escalation_id if event.escalation_id is not None else task.escalation_id,
        excluded_robots=excluded,
        not_before_s=event.not_before_s if event.not_before_s is not None else task.not_before_s,
        started_at_s=at_s if event.state is TaskState.EXECUTING and task.started_at_s is None else task.started_at_s,
        finished_at_s=at_s if event.state.terminal else None,
        changed_at_s=at_s,
        **counts,
    )
    state = state.with_task(changed)
    if task.robot_id is not None and (event.forget_robot or event.state not in _ON_A_ROBOT):
        state = _free_robot(state, task, event.state is TaskState.DONE, at_s)
    if event.forget_robot or event.state is TaskState.QUEUED:
        forgotten = replace(state.tasks[task.task_id], robot_id=None, intervened_by=None, members=(), stage=None)
        state = state.with_task(forgotten)
    return after_words(after_task_change(state, task, event), task, event, at_s)


def _free_robot(state: FleetState, task: Task, done: bool, at_s: float) -> FleetState:
    """Take the task off its robots' hands and count what they did."""
    busy = at_s - task.assigned_at_s if task.assigned_at_s is not None else 0.0
    for robot_id in task.robot_ids:
        robot = state.robots[robot_id]
        if robot.task_id != task.task_id:
            continue
        robot = replace(robot, task_id=None, busy_s=robot.busy_s + busy, tasks_done=robot.tasks_done + int(done))
        state = state.with_robot(robot_id, robot)
    return state


@on(ev.CommandCancelled)
def _command_cancelled(state: FleetState, event: ev.CommandCancelled, at_s: float) -> FleetState:
    robot, task = state.robots[event.robot_id], state.tasks.get(event.task_id)
    if task is not None and task.members:
        state = state.with_task(without_command(task, event.command_id))
    return state.with_robot(event.robot_id, replace(robot, closing_command_id=event.command_id, closing_since_s=at_s))


@on(ev.ClaimChecked)
def _claim_checked(state: FleetState, event: ev.ClaimChecked, at_s: float) -> FleetState:
    return after_check(state, event.verification)
