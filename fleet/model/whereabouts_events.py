"""Events about robots that are seen where they do not say they are."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event, input_event


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSeenElsewhere:
    """A camera sees the robot `apart_m` from where the robot itself says it is; coordinates in m (map frame)."""

    robot_id: str
    source: str
    x: float
    y: float
    reported_x: float
    reported_y: float
    apart_m: float
    observed_at_s: float


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSeenInPlace:
    """A camera sees the robot where it says it is, after it had been seen elsewhere."""

    robot_id: str
    source: str
    observed_at_s: float


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTrusted:
    """A person looked: the robot is where it says it is, whatever cameras say, until then (fleet time, s)."""

    robot_id: str
    by: str
    until_s: float
