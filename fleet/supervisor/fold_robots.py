"""What events make of robots and of what is believed about objects."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.robot import Posture
from fleet.supervisor.folding import on
from fleet.supervisor.state import EPOCH_STRIDE, Believed, FleetState, Robot, has_let_go


@on(ev.SupervisorStarted)
def _started(state: FleetState, event: ev.SupervisorStarted, at_s: float) -> FleetState:
    floor = event.epoch * EPOCH_STRIDE
    robots = {key: r if r.lease_person else replace(r, epoch=max(r.epoch, floor)) for key, r in state.robots.items()}
    return replace(state, supervisor_id=event.supervisor_id, epoch=event.epoch, robots=robots, started_at_s=at_s)


@on(ev.RobotDescribed)
def _described(state: FleetState, event: ev.RobotDescribed, at_s: float) -> FleetState:
    robot_id = event.description.robot_id
    known = state.robots.get(robot_id)
    if known is None:
        robot = Robot(description=event.description, epoch=state.leader_epoch, contact_changed_s=at_s)
    else:
        robot = replace(known, description=event.description)
    return state.with_robot(robot_id, robot)


@on(ev.RobotReported)
def _reported(state: FleetState, event: ev.RobotReported, at_s: float) -> FleetState:
    robot_id = event.state.robot_id
    robot = state.robots[robot_id]
    if has_let_go(robot, event.state):
        robot = replace(robot, closing_command_id=None)
    fell = event.state.posture is Posture.FALLEN and not robot.fallen
    robot = replace(robot, state=event.state, falls=robot.falls + int(fell), reported_at_s=at_s)
    if event.state.held:
        robot = replace(robot, last_held=event.state.held)
    return state.with_robot(robot_id, robot)


@on(ev.ContactLost)
def _contact_lost(state: FleetState, event: ev.ContactLost, at_s: float) -> FleetState:
    robot = state.robots[event.robot_id]
    robot = replace(robot, in_contact=False, contact_changed_s=at_s, contact_losses=robot.contact_losses + 1)
    return state.with_robot(event.robot_id, robot)


@on(ev.ContactRegained)
def _contact_regained(state: FleetState, event: ev.ContactRegained, at_s: float) -> FleetState:
    robot = replace(state.robots[event.robot_id], in_contact=True, contact_changed_s=at_s)
    return state.with_robot(event.robot_id, robot)


@on(ev.RobotSetAside)
def _set_aside(state: FleetState, event: ev.RobotSetAside, at_s: float) -> FleetState:
    robot = state.robots[event.robot_id]
    because = event.because if event.aside else ""
    seen = robot.elsewhere if event.aside else None  # who is back at work is doubted anew, or not
    return state.with_robot(event.robot_id, replace(robot, aside_because=because, aside_since_s=at_s, elsewhere=seen))


@on(ev.HoldSet)
def _hold_set(state: FleetState, event: ev.HoldSet, at_s: float) -> FleetState:
    because, by = (event.because, event.by) if event.engaged else ("", "")
    if event.robot_id is None:
        return replace(state, hold_all=because, hold_all_by=by)
    robot = replace(state.robots[event.robot_id], held_because=because, held_by=by)
    return state.with_robot(event.robot_id, robot)


@on(ev.LeaseMoved)
def _lease_moved(state: FleetState, event: ev.LeaseMoved, at_s: float) -> FleetState:
    robot = state.robots[event.robot_id]
    state = state.with_robot(event.robot_id, replace(robot, lease_person=event.person, epoch=event.epoch))
    if robot.task_id is None:
        return state
    task = state.tasks[robot.task_id]
    return state.with_task(replace(task, intervened_by=event.person or None, changed_at_s=at_s))


@on(ev.ObjectFound)
def _object_found(state: FleetState, event: ev.ObjectFound, at_s: float) -> FleetState:
    believed = Believed(**{name: getattr(event, name) for name in Believed.__dataclass_fields__})
    return replace(state, objects={**state.objects, event.object_id: believed})
