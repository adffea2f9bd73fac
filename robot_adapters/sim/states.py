"""From what a simulated body reports to the fleet's record of a robot's state."""

from __future__ import annotations

import math

from fleet.model.geometry import Pose
from fleet.model.robot import Health, OperatingMode, Posture, RobotState
from robot_adapters.commands import CommandBook
from robot_adapters.sim.link import Body

SUPERVISOR = "supervisor"
"""The lease holder that is not a person."""
_OWN_REASONS = ("no heartbeat", "the simulation was restarted", "e-stop:")


def pose_of(body: Body) -> Pose:
    """Where the body is, in the map frame."""
    return Pose(x=body.x_m, y=body.y_m, z=body.z_m, yaw=body.yaw_rad)


def hold_reason(body: Body, asked: str | None) -> str:
    """Why the robot holds: what the fleet `asked` for, else the robot's own reason marked as automatic."""
    if body.holding_because is None:
        return ""
    if asked is not None:
        return asked
    own = body.holding_because
    return f"automatic: {own}" if own.startswith(_OWN_REASONS) else own


def state_of(robot_id: str, body: Body, book: CommandBook, asked: str | None) -> RobotState:
    """The robot's own report, as of the body's `time_s`; `asked` is why the fleet made it hold, if it did."""
    active = book.active
    fallen = body.posture == "fallen"
    health = Health.FAULT if fallen else Health.DEGRADED if body.health else Health.OK
    person = book.holder not in ("", SUPERVISOR)
    return RobotState(
        robot_id=robot_id,
        observed_at_s=body.time_s,
        pose=pose_of(body),
        posture=Posture(body.posture),
        battery_fraction=min(max(body.battery_fraction, 0.0), 1.0),
        held=tuple(body.held),
        stability=min(max(body.stability, 0.0), 1.0),
        e_stop=body.e_stop,
        health=health,
        health_detail="; ".join(body.health) or ("fallen" if fallen else ""),
        mode=OperatingMode.INTERVENED if person else OperatingMode.AUTOMATIC,
        docked_at=body.docked_at,
        holding=body.holding_because is not None,
        hold_because=hold_reason(body, asked),
        speed_mps=math.hypot(body.vx_mps, body.vy_mps),
        command_id=active.command_id if active else None,
        epoch=active.epoch if active else 0,
        lease_holder=book.holder,
        tired=min(max(body.tired, 0.0), 0.99),
        walking_to=body.walking_to if active else None,
        route=body.route if active else 0,
        route_passed=body.route_passed if active else 0,
        awaits_way=body.awaits_way,
    )
