"""Where the members of a team stand around a thing: each within reach of it, apart from each other, on free floor."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from fleet.model.geometry import Pose
from fleet.supervisor.approach import LYING_M
from fleet.supervisor.draft import Draft

_DIRECTIONS = 72  # to choose two of; of more than two there are too many combinations
_FEWER_DIRECTIONS = 24
# How much nearer than its reach to stand, and how far between two footprints, m; the most comfortable first.
_COMFORT_M = ((0.10, 0.2), (0.05, 0.2), (0.0, 0.2), (0.0, 0.08))
_ROOM_M = 0.05  # between a footprint and the middle of a wall or the edge of furniture
_USUAL_REACH_M = 0.65


def stands_around(
    draft: Draft, x: float, y: float, robot_ids: Sequence[str], *, skill: str, held: Sequence[Pose] = ()
) -> tuple[Pose, ...] | None:
    """A pose for each of the robots around the thing at (x, y) in m, facing it; None where there is no room.

    They stand as far around it from each other as the floor allows, at best on opposite sides. Which robot gets which
    pose is so that the longest way of any of them is shortest.

    Args:
        held: where others stand that hold the thing already; nobody stands in them.
    """
    radius = max(draft.state.robots[r].description.footprint_radius_m for r in robot_ids)
    reach = min(_reach_m(draft, r, skill) for r in robot_ids)
    for inside, apart in _COMFORT_M:
        directions = _DIRECTIONS if len(robot_ids) <= 2 else _FEWER_DIRECTIONS
        free = list(_free_around(draft, x, y, reach - inside, radius, directions))
        chosen = _farthest_apart(
            free, [math.atan2(p.y - y, p.x - x) for p in held], len(robot_ids), held, 2 * radius + apart
        )
        if chosen is not None:
            return _shared_out(draft, robot_ids, chosen)
    return None


def _reach_m(draft: Draft, robot_id: str, skill: str) -> float:
    capability = draft.state.robots[robot_id].description.capability(skill)
    return (capability.reach_m if capability is not None else 0.0) or _USUAL_REACH_M


def _free_around(draft: Draft, x: float, y: float, away_m: float, radius_m: float, directions: int) -> Iterator[Pose]:
    site, travel, thing = draft.context.site, draft.context.travel, Pose(x=x, y=y)
    lying = [r.state.pose for r in draft.state.robots.values() if r.fallen and r.state is not None]
    for index in range(directions):
        angle = 2 * math.pi * index / directions
        pose = Pose(
            x=x + away_m * math.cos(angle),
            y=y + away_m * math.sin(angle),
            yaw=math.remainder(angle + math.pi, 2 * math.pi),
        )
        if site.room_at(pose.x, pose.y) < radius_m + _ROOM_M or not travel.is_free(pose):
            continue
        if any(pose.distance_to(body) < radius_m + LYING_M for body in lying):
            continue
        if not travel.wall_between(pose, thing):
            yield pose


def _farthest_apart(
    free: Sequence[Pose], taken_rad: Sequence[float], count: int, held: Sequence[Pose], least_m: float
) -> tuple[Pose, ...] | None:
    """The choice of `count` poses whose nearest two, those taken among them, are farthest apart by angle, rad, and at
    least `least_m`."""
    best, chosen = 0.0, None
    for poses in combinations(free, count):
        everybody = (*poses, *held)
        if any(a.distance_to(b) < least_m for a, b in combinations(everybody, 2)):
            continue
        angles = [math.remainder(p.yaw + math.pi, 2 * math.pi) for p in poses] + list(taken_rad)
        apart = min((abs(math.remainder(a - b, 2 * math.pi)) for a, b in combinations(angles, 2)), default=math.pi)
        if round(apart, 6) > best or chosen is None:
            best, chosen = round(apart, 6), poses
    return chosen


def _shared_out(draft: Draft, robot_ids: Sequence[str], poses: tuple[Pose, ...]) -> tuple[Pose, ...] | None:
    travel = draft.context.travel

    def longest_m(order: tuple[Pose, ...]) -> float:
        ways = []
        for robot_id, pose in zip(robot_ids, order, strict=True):
            state = draft.state.robots[robot_id].state
            ways.append(travel.distance_m(state.pose, pose) if state is not None else math.inf)
        return round(max(ways), 2)

    best = min(permutations(poses), key=longest_m)
    return best if math.isfinite(longest_m(best)) else None
