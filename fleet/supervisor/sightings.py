"""Fixed cameras that see a robot somewhere else than it says. Pure; only what is news is kept."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fleet.bus.base import Facts
from fleet.model import events as ev
from fleet.model.evidence import Detection, Observation
from fleet.model.robot import RobotState
from fleet.supervisor.state import FleetState, Robot

APART_M = 0.8  # more than localisation and a camera err by together
_AGREES_M = 0.5
_SAME_TIME_S = 0.3  # a report and a sighting this near in time are about the same place: 0.4 m at a walk
_AGAIN_S = 1.0
_HURRIED = 1.25  # robots walk somewhat faster than they say, at times
_ASIDE_S = 60.0  # for a robot that is kept from work already, once a minute is often enough


def sightings(state: FleetState, facts: Facts, moved_m: float) -> Iterator[ev.RobotSeenElsewhere | ev.RobotSeenInPlace]:
    """What cameras say of robots' places, where it differs from what the robots say, or does so no longer.

    Robots' own eyes are left out: one that is astray itself puts what it sees on its own, wrong map.

    Args:
        moved_m: how far a robot may have moved since its last report in the state.
    """
    cameras = [o for o in facts.observations if o.source_kind == "camera"]
    if not cameras:
        return
    reports = {r.robot_id: r for r in facts.states}
    told: set[str] = set()
    for observation in cameras:
        for detection in observation.detections:
            robot_id = detection.subject_id
            if detection.subject_kind != "robot" or robot_id not in state.robots or robot_id in told:
                continue
            if facts.silent_s.get(robot_id, 0.0) > _SAME_TIME_S:
                continue
            seen_s = observation.observed_at_s
            heard, last = reports.get(robot_id), state.robots[robot_id].state
            if heard is not None and abs(heard.observed_at_s - seen_s) <= _SAME_TIME_S:
                event = _compared(state, heard, observation, detection, 0.0)
            elif last is not None and robot_id in facts.reported_s:
                apart_s = _apart_s(last.observed_at_s, max(last.observed_at_s, facts.reported_s[robot_id]), seen_s)
                walked_m = _fastest(state.robots[robot_id]) * max(0.0, apart_s - _SAME_TIME_S)
                event = _compared(state, last, observation, detection, moved_m + walked_m)
            else:
                continue  # what the state has is of before this process listened: it may have walked on since
            if event is not None:
                told.add(robot_id)
                yield event


def _apart_s(since_s: float, until_s: float, seen_s: float) -> float:
    """How long before or after the time over which the last report held the robot was seen. Messages come late."""
    return max(since_s - seen_s, seen_s - until_s, 0.0)


def _fastest(robot: Robot) -> float:
    return _HURRIED * robot.description.max_speed_mps


def _compared(
    state: FleetState, report: RobotState, observation: Observation, seen: Detection, slack_m: float
) -> ev.RobotSeenElsewhere | ev.RobotSeenInPlace | None:
    known, aside = state.robots[report.robot_id].elsewhere, state.robots[report.robot_id].aside_because
    apart = math.hypot(seen.x - report.pose.x, seen.y - report.pose.y)
    if apart <= _AGREES_M and known is not None:
        return ev.RobotSeenInPlace(
            robot_id=report.robot_id, source=observation.source, observed_at_s=observation.observed_at_s
        )
    if apart <= APART_M + slack_m:
        return None
    if known is not None and observation.observed_at_s - known.last_s < (_ASIDE_S if aside else _AGAIN_S):
        return None
    return ev.RobotSeenElsewhere(
        robot_id=report.robot_id,
        source=observation.source,
        x=round(seen.x, 2),
        y=round(seen.y, 2),
        reported_x=round(report.pose.x, 2),
        reported_y=round(report.pose.y, 2),
        apart_m=round(apart, 2),
        observed_at_s=observation.observed_at_s,
    )
