"""Where to stand to take something up from the floor: beside it, not behind a wall, not on a robot that lies there."""

from __future__ import annotations

import math

from fleet.model.geometry import Pose
from fleet.supervisor.draft import Draft
from fleet.supervisor.state import Believed

_DIRECTIONS = 24
_GAPS_M = (0.05, 0.10, 0.14)  # between footprint and object: nearer, robots' own avoidance stops them
_WALL_M = 0.18  # kept free between a footprint and the middle of a wall, where there is a choice
LYING_M = 0.38  # kept free between a footprint and the middle of a robot that lies on the floor


def floor_approach(draft: Draft, object_id: str, robot_id: str) -> Pose | None:
    """The nearest pose on foot from which `robot_id` reaches the object; None where the map has none.

    Of 24 directions around the object those are left that a robot can walk to and from which no wall is in between;
    farther away from the object, close to a wall, or to a robot that lies there, only where there is no other.
    """
    believed = draft.state.objects.get(object_id)
    robot = draft.state.robots.get(robot_id)
    if believed is None or robot is None or robot.state is None:
        return None
    footprint = robot.description.footprint_radius_m
    record = draft.context.site.objects.get(object_id)
    radius = record.radius_m if record is not None else 0.0
    best_to_worst = (
        (footprint + _WALL_M, footprint + LYING_M),
        (0.0, footprint + LYING_M),
        (0.0, 0.0),  # at least on the right side of the wall; who lies there may be carried away meanwhile
    )
    for wall_m, lying_m in best_to_worst:
        for gap in _GAPS_M:
            away = footprint + gap + radius
            found = _nearest(draft, believed, robot.state.pose, robot_id, away, wall_m, lying_m)
            if found is not None:
                return found
    return None


def _nearest(
    draft: Draft, believed: Believed, start: Pose, robot_id: str, away: float, wall_m: float, lying_m: float
) -> Pose | None:
    best: tuple[float, int, Pose] | None = None
    for index in range(_DIRECTIONS):
        angle = 2 * math.pi * index / _DIRECTIONS
        pose = Pose(
            x=believed.x + away * math.cos(angle),
            y=believed.y + away * math.sin(angle),
            yaw=math.remainder(angle + math.pi, 2 * math.pi),
        )
        usable = _usable(draft, pose, believed.x, believed.y, robot_id, lying_m)
        if not usable or draft.context.site.room_at(pose.x, pose.y) < wall_m:
            continue
        found = (round(draft.context.travel.distance_m(start, pose), 2), index, pose)
        if math.isfinite(found[0]) and (best is None or found[:2] < best[:2]):
            best = found
    return best[2] if best is not None else None


def _usable(draft: Draft, pose: Pose, x: float, y: float, robot_id: str, lying_m: float) -> bool:
    travel = draft.context.travel
    if not travel.is_free(pose) or travel.wall_between(pose, Pose(x=x, y=y)):
        return False
    for other_id, other in draft.state.robots.items():
        lies = other.fallen and other.state is not None and other_id != robot_id
        if lies and other.state is not None and pose.distance_to(other.state.pose) < lying_m:
            return False
    return True
