"""Which states are worth a message now, and what diagnostics say of a robot."""

from __future__ import annotations

import math
from dataclasses import fields

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from fleet.model.robot import Health, RobotState
from robot_adapters.slot import Slot

_MOVED_M, _TURNED_RAD, _SHARE, _SPEED_MPS = 0.05, 0.1, 0.01, 0.1
_WITH_TOLERANCE = {"observed_at_s", "pose", "battery_fraction", "stability", "speed_mps"}
_EXACT = tuple(f.name for f in fields(RobotState) if f.name not in _WITH_TOLERANCE)


def differs(now: RobotState, told: RobotState | None) -> bool:
    """Whether a state says something new compared with the one told last; that time has passed is nothing new."""
    if told is None:
        return True
    if any(getattr(now, name) != getattr(told, name) for name in _EXACT):
        return True
    return (
        now.pose.distance_to(told.pose) > _MOVED_M
        or abs(now.pose.z - told.pose.z) > _MOVED_M
        or abs(math.remainder(now.pose.yaw - told.pose.yaw, math.tau)) > _TURNED_RAD
        or abs(now.battery_fraction - told.battery_fraction) > _SHARE
        or abs(now.stability - told.stability) > 10 * _SHARE
        or abs(now.speed_mps - told.speed_mps) > _SPEED_MPS
    )


def diagnosis(host: str, slot: Slot, lifecycle: str, failure: str) -> DiagnosticStatus:
    """One robot's line in `/diagnostics`."""
    state = slot.last
    level, message = DiagnosticStatus.OK, "ok"
    if failure or slot.problem:
        level, message = DiagnosticStatus.ERROR, failure or slot.problem
    elif not slot.connected or state is None:
        level, message = DiagnosticStatus.WARN, "not connected"
    elif not slot.link_ok:
        level, message = DiagnosticStatus.STALE, "no contact"
    elif state.health is Health.FAULT or state.e_stop:
        level, message = DiagnosticStatus.ERROR, state.health_detail or "e-stop"
    elif state.health is Health.DEGRADED:
        level, message = DiagnosticStatus.WARN, state.health_detail
    values = {"lifecycle": lifecycle, "link_ok": str(slot.link_ok)}
    if state is not None:
        values |= {
            "battery_fraction": f"{state.battery_fraction:.3f}",
            "posture": state.posture.value,
            "stability": f"{state.stability:.2f}",
            "hold": state.hold_because,
            "command": state.command_id or "",
            "observed_at_s": f"{state.observed_at_s:.3f}",
        }
    pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
    return DiagnosticStatus(
        level=level, name=f"{host}: {slot.robot_id}", message=message, hardware_id=slot.robot_id, values=pairs
    )
