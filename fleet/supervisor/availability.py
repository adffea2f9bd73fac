"""Which robots may be given work now. One place, so that no rule forgets a reason."""

from __future__ import annotations

from fleet.model.robot import Health, OperatingMode, Posture, RobotState
from fleet.supervisor.state import FleetState, Robot


def unavailable_because(state: FleetState, robot_id: str) -> str:
    """Why nothing is assigned to the robot now; empty when it may be given work.

    Nothing is assigned to a robot that is fallen, leased by a person, e-stopped, silent or held. Whether the battery
    lasts depends on the task and is the allocator's question.
    """
    robot = state.robots[robot_id]
    barred = barred_because(state, robot_id)
    if barred:
        return barred
    if robot.task_id:
        return f"is busy with {robot.task_id}"
    return f"is still giving up {robot.closing_command_id}" if robot.closing_command_id else ""


def barred_because(state: FleetState, robot_id: str) -> str:
    """Why nothing can be assigned to the robot, now or once it is through with what it does; empty when it can."""
    robot = state.robots[robot_id]
    report = robot.state
    if report is None:
        return "has not reported yet"
    if robot.aside_because:
        return f"is set aside: {robot.aside_because}"
    return _as_reported(robot, report) or _as_ordered(state, robot) or _faulty(report)


def _as_reported(robot: Robot, report: RobotState) -> str:
    if report.posture is Posture.FALLEN:
        return "has fallen"
    if report.posture is Posture.LYING:
        return "is lying"
    if not robot.in_contact:
        return "is silent"
    return "is e-stopped" if report.e_stop else ""


def _as_ordered(state: FleetState, robot: Robot) -> str:
    if robot.lease_person:
        return f"is taken over by {robot.lease_person}"
    assert robot.state is not None
    if robot.state.mode is not OperatingMode.AUTOMATIC:
        return f"is in mode {robot.state.mode.value}"
    if state.hold_all:
        return f"is held with all others: {state.hold_all}"
    return f"is held: {robot.held_because}" if robot.held_because else ""


def _faulty(report: RobotState) -> str:
    return f"reports a fault: {report.health_detail}" if report.health is Health.FAULT else ""
