"""Which robots may be given work now. One place, so that no rule forgets a reason."""

from __future__ import annotations

from fleet.model.robot import Health, OperatingMode, Posture
from fleet.supervisor.state import FleetState


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
    checks = (
        (robot.aside_because, f"is set aside: {robot.aside_because}"),
        (report.posture is Posture.FALLEN, "has fallen"),
        (report.posture is Posture.LYING, "is lying"),
        (not robot.in_contact, "is silent"),
        (report.e_stop, "is e-stopped"),
        (robot.lease_person, f"is taken over by {robot.lease_person}"),
        (report.mode is not OperatingMode.AUTOMATIC, f"is in mode {report.mode.value}"),
        (state.hold_all, f"is held with all others: {state.hold_all}"),
        (robot.held_because, f"is held: {robot.held_because}"),
        (report.health is Health.FAULT, f"reports a fault: {report.health_detail}"),
    )
    return next((text for wrong, text in checks if wrong), "")
