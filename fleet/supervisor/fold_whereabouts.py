"""What events make of robots that are seen where they do not say they are."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.supervisor.folding import on
from fleet.supervisor.state import Elsewhere, FleetState


@on(ev.RobotSeenElsewhere)
def _elsewhere(state: FleetState, event: ev.RobotSeenElsewhere, at_s: float) -> FleetState:
    robot = state.robots[event.robot_id]
    since = robot.elsewhere.since_s if robot.elsewhere is not None else event.observed_at_s
    seen = Elsewhere(
        source=event.source, x=event.x, y=event.y, apart_m=event.apart_m, since_s=since, last_s=event.observed_at_s
    )
    return state.with_robot(event.robot_id, replace(robot, elsewhere=seen))


@on(ev.RobotSeenInPlace)
def _in_place(state: FleetState, event: ev.RobotSeenInPlace, at_s: float) -> FleetState:
    return state.with_robot(event.robot_id, replace(state.robots[event.robot_id], elsewhere=None))


@on(ev.ReportTrusted)
def _trusted(state: FleetState, event: ev.ReportTrusted, at_s: float) -> FleetState:
    robot = replace(state.robots[event.robot_id], elsewhere=None, trusted_until_s=event.until_s)
    return state.with_robot(event.robot_id, robot)
