"""From events to state. Every event has exactly one handler; a handler only looks at the state and the event."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar, cast

from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.escalation import ESCALATION_TRANSITIONS, Escalation, EscalationState
from fleet.model.robot import Posture
from fleet.model.tasks import MISSION_TRANSITIONS, TASK_TRANSITIONS, Mission, MissionState, Task, TaskState
from fleet.supervisor.state import EPOCH_STRIDE, Believed, FleetState, RequestNote, Robot, has_let_go

E = TypeVar("E")
_Handler = Callable[[FleetState, Any, float], FleetState]
_HANDLERS: dict[type, _Handler] = {}


class IllegalTransition(AssertionError):
    """An event would take a task, mission or escalation where its table does not let it go."""


def _on(kind: type[E]) -> Callable[[Callable[[FleetState, E, float], FleetState]], Callable[..., FleetState]]:
    def register(handler: Callable[[FleetState, E, float], FleetState]) -> Callable[..., FleetState]:
        _HANDLERS[kind] = cast(_Handler, handler)
        return handler

    return register


def apply(state: FleetState, event: ev.Event, at_s: float) -> FleetState:
    """The state after `event`, which happened at fleet time `at_s`.

    Raises:
        IllegalTransition: the event does not fit the state; a journal that was written by `step` never does that.
    """
    state = _HANDLERS[type(event)](state, event, at_s)
    return replace(state, now_s=max(state.now_s, at_s), events=state.events + 1)


def fold(state: FleetState, record: Record) -> FleetState:
    """The state after one journal record."""
    return apply(state, record.event, record.at_s)


def replay(records: Iterable[Record], state: FleetState | None = None) -> FleetState:
    """The state after all records, from the beginning or from a snapshot's `state`."""
    state = state or FleetState()
    for record in records:
        state = fold(state, record)
    return state


# ---- robots -------------------------------------------------------------------------------------------------


@_on(ev.SupervisorStarted)
def _started(state: FleetState, event: ev.SupervisorStarted, at_s: float) -> FleetState:
    floor = event.epoch * EPOCH_STRIDE
    robots = {key: r if r.lease_person else replace(r, epoch=max(r.epoch, floor)) for key, r in state.robots.items()}
    return replace(state, supervisor_id=event.supervisor_id, epoch=event.epoch, robots=robots)


@_on(ev.RobotDescribed)
def _described(state: FleetState, event: ev.RobotDescribed, at_s: float) -> FleetState:
    robot_id = event.description.robot_id
    known = state.robots.get(robot_id)
    if known is None:
        robot = Robot(description=event.description, epoch=state.leader_epoch, contact_changed_s=at_s)
    else:
        robot = replace(known, description=event.description)
    return state.with_robot(robot_id, robot)


@_on(ev.RobotReported)
def _reported(state: FleetState, event: ev.RobotReported, at_s: float) -> FleetState:
    robot_id = event.state.robot_id
    robot = state.robots[robot_id]
    if has_let_go(robot, event.state):
        robot = replace(robot, closing_command_id=None)
    fell = event.state.posture is Posture.FALLEN and not robot.fallen
    robot = replace(robot, state=event.state, falls=robot.falls + int(fell))
    if event.state.held:
        robot = replace(robot, last_held=event.state.held)
    return state.with_robot(robot_id, robot)


@_on(ev.ContactLost)
def _contact_lost(state: FleetState, event: ev.ContactLost, at_s: float) -> FleetState:
    robot = state.robots[event.robot_id]
    robot = replace(robot, in_contact=False, contact_changed_s=at_s, contact_losses=robot.contact_losses + 1)
    return state.with_robot(event.robot_id, robot)


@_on(ev.ContactRegained)
def _contact_regained(state: FleetState, event: ev.ContactRegained, at_s: float) -> FleetState:
    robot = replace(state.robots[event.robot_id], in_contact=True, contact_changed_s=at_s)
    return state.with_robot(event.robot_id, robot)


@_on(ev.RobotSetAside)
def _set_aside(state: FleetState, event: ev.RobotSetAside, at_s: float) -> FleetState:
    robot = state.robots[event.robot_id]
    because = event.because if event.aside else ""
    return state.with_robot(event.robot_id, replace(robot, aside_because=because, aside_since_s=at_s))


@_on(ev.HoldSet)
def _hold_set(state: FleetState, event: ev.HoldSet, at_s: float) -> FleetState:
    because, by = (event.because, event.by) if event.engaged else ("", "")
    if event.robot_id is None:
        return replace(state, hold_all=because, hold_all_by=by)
    robot = replace(state.robots[event.robot_id], held_because=because, held_by=by)
    return state.with_robot(event.robot_id, robot)


@_on(ev.LeaseMoved)
def _lease_moved(state: FleetState, event: ev.LeaseMoved, at_s: float) -> FleetState:
    robot = state.robots[event.robot_id]
    state = state.with_robot(event.robot_id, replace(robot, lease_person=event.person, epoch=event.epoch))
    if robot.task_id is None:
        return state
    task = state.tasks[robot.task_id]
    return state.with_task(replace(task, intervened_by=event.person or None, changed_at_s=at_s))


@_on(ev.ObjectFound)
def _object_found(state: FleetState, event: ev.ObjectFound, at_s: float) -> FleetState:
    believed = Believed(**{name: getattr(event, name) for name in Believed.__dataclass_fields__})
    return replace(state, objects={**state.objects, event.object_id: believed})


# ---- tasks and missions -------------------------------------------------------------------------------------


@_on(ev.CommandReported)
def _command_reported(state: FleetState, event: ev.CommandReported, at_s: float) -> FleetState:
    update = event.update
    robot = state.robots.get(update.robot_id)
    if robot is not None and update.status.final and robot.closing_command_id == update.command_id:
        state = state.with_robot(update.robot_id, replace(robot, closing_command_id=None))
    if update.claim is not None:
        state = replace(state, claims={**state.claims, update.claim.claim_id: update.claim})
    task = state.tasks.get(update.task_id)
    if task is None or task.command_id != update.command_id or task.state.terminal:
        return state
    if update.status in (CommandStatus.RUNNING, CommandStatus.BLOCKED):
        task = replace(task, phase=update.phase or task.phase, fraction=max(task.fraction, update.fraction))
    if update.claim is not None:
        task = replace(task, claim_id=update.claim.claim_id)
    return state.with_task(task)


@_on(ev.ObservationMade)
def _observed(state: FleetState, event: ev.ObservationMade, at_s: float) -> FleetState:
    # Only the newest observation of each source is kept in the state; all of them stay in the journal.
    observations = {**state.observations, event.observation.source: event.observation}
    return replace(state, observations=observations)


@_on(ev.DirectiveGiven)
def _directive(state: FleetState, event: ev.DirectiveGiven, at_s: float) -> FleetState:
    return replace(state, directives={**state.directives, event.directive.directive_id: event.directive})


@_on(ev.MissionAccepted)
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
    tasks = {
        t.task_id: Task(
            spec=t,
            mission_id=spec.mission_id,
            state=TaskState.REQUESTED,
            because="asked for",
            requested_by=event.by,
            requested_at_s=at_s,
            changed_at_s=at_s,
        )
        for t in spec.tasks
    }
    return replace(state, missions={**state.missions, mission.mission_id: mission}, tasks={**state.tasks, **tasks})


@_on(ev.MissionEnded)
def _mission_ended(state: FleetState, event: ev.MissionEnded, at_s: float) -> FleetState:
    mission = state.missions[event.mission_id]
    _check(MISSION_TRANSITIONS, mission.state, event.state, f"mission {mission.mission_id}")
    mission = replace(mission, state=event.state, finished_at_s=at_s)
    return replace(state, missions={**state.missions, mission.mission_id: mission})


@_on(ev.TaskGrounded)
def _grounded(state: FleetState, event: ev.TaskGrounded, at_s: float) -> FleetState:
    return state.with_task(replace(state.tasks[event.task_id], grounded=event.grounded, changed_at_s=at_s))


@_on(ev.TaskProgressed)
def _progressed(state: FleetState, event: ev.TaskProgressed, at_s: float) -> FleetState:
    return state.with_task(replace(state.tasks[event.task_id], phase=event.phase, fraction=event.fraction))


@_on(ev.TaskAssigned)
def _assigned(state: FleetState, event: ev.TaskAssigned, at_s: float) -> FleetState:
    task = state.tasks[event.task_id]
    _check(TASK_TRANSITIONS, task.state, TaskState.ASSIGNED, f"task {task.task_id}")
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
    )
    robot = state.robots[event.robot_id]
    held = robot.state.held if robot.state is not None else ()
    robot = replace(robot, task_id=task.task_id, last_held=held)
    return state.with_task(task).with_robot(event.robot_id, robot)


_ON_A_ROBOT = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.VERIFYING, TaskState.BLOCKED)


@_on(ev.TaskChanged)
def _task_changed(state: FleetState, event: ev.TaskChanged, at_s: float) -> FleetState:
    task = state.tasks[event.task_id]
    if event.state is not task.state:
        _check(TASK_TRANSITIONS, task.state, event.state, f"task {task.task_id}")
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
        state = state.with_task(replace(state.tasks[task.task_id], robot_id=None, intervened_by=None))
    return state


def _free_robot(state: FleetState, task: Task, done: bool, at_s: float) -> FleetState:
    """Take the task off its robot's hands and count what the robot did."""
    robot = state.robots[str(task.robot_id)]
    if robot.task_id != task.task_id:
        return state
    busy = at_s - task.assigned_at_s if task.assigned_at_s is not None else 0.0
    robot = replace(robot, task_id=None, busy_s=robot.busy_s + busy, tasks_done=robot.tasks_done + int(done))
    return state.with_robot(robot.description.robot_id, robot)


@_on(ev.CommandCancelled)
def _command_cancelled(state: FleetState, event: ev.CommandCancelled, at_s: float) -> FleetState:
    robot = state.robots[event.robot_id]
    return state.with_robot(event.robot_id, replace(robot, closing_command_id=event.command_id, closing_since_s=at_s))


@_on(ev.ClaimChecked)
def _claim_checked(state: FleetState, event: ev.ClaimChecked, at_s: float) -> FleetState:
    verification = event.verification
    return replace(state, verifications={**state.verifications, verification.claim_id: verification})


# ---- people -------------------------------------------------------------------------------------------------


@_on(ev.RequestReceived)
def _request(state: FleetState, event: ev.RequestReceived, at_s: float) -> FleetState:
    return replace(state, requests_taken=max(state.requests_taken, event.request.number))


@_on(ev.RequestSettled)
def _settled(state: FleetState, event: ev.RequestSettled, at_s: float) -> FleetState:
    note = RequestNote(
        number=event.number,
        accepted=event.accepted,
        problem=event.problem,
        field=event.field,
        detail=event.detail,
    )
    return replace(state, requests={**state.requests, event.request_id: note})


@_on(ev.EscalationRaised)
def _raised(state: FleetState, event: ev.EscalationRaised, at_s: float) -> FleetState:
    return state.with_escalation(event.escalation)


@_on(ev.EscalationMerged)
def _merged(state: FleetState, event: ev.EscalationMerged, at_s: float) -> FleetState:
    known = state.escalations[event.escalation_id]
    return state.with_escalation(
        replace(
            known,
            task_ids=tuple(dict.fromkeys(known.task_ids + event.task_ids)),
            robot_ids=tuple(dict.fromkeys(known.robot_ids + event.robot_ids)),
            situation_digest=event.situation_digest,
        )
    )


@_on(ev.EscalationAcknowledged)
def _acknowledged(state: FleetState, event: ev.EscalationAcknowledged, at_s: float) -> FleetState:
    known = _moved(state.escalations[event.escalation_id], EscalationState.ACKNOWLEDGED)
    return state.with_escalation(replace(known, acknowledged_by=event.by, acknowledged_until_s=event.until_s))


@_on(ev.EscalationReleased)
def _released(state: FleetState, event: ev.EscalationReleased, at_s: float) -> FleetState:
    known = _moved(state.escalations[event.escalation_id], EscalationState.QUEUED)
    return state.with_escalation(replace(known, acknowledged_by=None, acknowledged_until_s=0.0))


@_on(ev.EscalationDecided)
def _decided(state: FleetState, event: ev.EscalationDecided, at_s: float) -> FleetState:
    known = _moved(state.escalations[event.decision.escalation_id], EscalationState.DECIDED)
    return state.with_escalation(replace(known, decision=event.decision))


@_on(ev.EscalationMoved)
def _escalation_moved(state: FleetState, event: ev.EscalationMoved, at_s: float) -> FleetState:
    known = _moved(state.escalations[event.escalation_id], event.state)
    closed = at_s if event.state is EscalationState.CLOSED else known.closed_at_s
    return state.with_escalation(
        replace(
            known,
            carried_out=event.because,
            closed_at_s=closed,
            replaced_by=event.replaced_by or known.replaced_by,
        )
    )


def _moved(escalation: Escalation, to: EscalationState) -> Escalation:
    _check(ESCALATION_TRANSITIONS, escalation.state, to, f"escalation {escalation.escalation_id}")
    return replace(escalation, state=to)


def _check(table: dict[Any, frozenset[Any]], old: Any, new: Any, what: str) -> None:
    if new not in table[old]:
        raise IllegalTransition(f"{what} cannot go from {old.value} to {new.value}")
