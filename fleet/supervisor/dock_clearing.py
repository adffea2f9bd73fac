"""Docks are shared: a robot that stands on one, has enough, and has nothing to do leaves when another needs it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.model.geometry import Pose
from fleet.model.site import PlaceKind
from fleet.model.spots import spot_id, spot_pose
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.availability import unavailable_because
from fleet.supervisor.docks import docks_out_of_order, docks_taken
from fleet.supervisor.draft import Draft

CLEARS = "clear-dock"  # what the supervisor calls such errands
_RINGS_M = tuple(1.2 + 0.4 * k for k in range(9))
_DIRECTIONS = 16
_FROM_PLACES_M, _FROM_DOORS_M, _APART_M, _WALL_M = 1.2, 1.8, 1.1, 0.25
_MUCH_LESS, _SPARE, _CHARGE_BY = 0.1, 0.05, 0.15  # of a battery
_ROUND_ABOUT = 2.0  # a spot that is so much farther on foot than as the crow flies is behind something


def waiting_for_docks(draft: Draft) -> list[tuple[Task, str]]:
    """Tasks that would send a robot to a dock now if somebody did not stand on it, with who stands there."""
    found: list[tuple[Task, str]] = []
    asked: set[str] = set()
    leaving = _leaving(draft)
    for task in draft.state.tasks_in(TaskState.QUEUED):
        if task.spec.skill != "dock" or draft.now_s < task.not_before_s:
            continue
        if leaving > 0 and not task.grounded.get("dock"):
            leaving -= 1  # somebody has been told to leave already, and does not stand elsewhere yet
            continue
        occupant = _in_the_way(draft, task, asked)
        if occupant:
            asked.add(occupant)
            found.append((task, occupant))
    return found


def _leaving(draft: Draft) -> int:
    """How many have been told to leave a dock and still stand on it."""
    robots = (draft.state.robots.get(t.spec.robot_id or "") for t in draft.state.open_tasks() if _clears(t))
    return sum(r is not None and r.state is not None and r.state.docked_at is not None for r in robots)


def _clears(task: Task) -> bool:
    return task.task_id.endswith(f".{CLEARS}")


def may_leave(draft: Draft, robot_id: str, needs_it: str = "") -> bool:
    """Whether the robot stands on a dock, could do without, and has nothing to do. It could do with less where another
    one, that has much less still, needs the dock for work that waits."""
    robot = draft.state.robots[robot_id]
    if robot.state is None or robot.state.docked_at is None or unavailable_because(draft.state, robot_id):
        return False
    if robot.description.capability("walk_to") is None or not _rests(draft, robot_id):
        return False
    has = robot.state.battery_fraction
    other = draft.state.robots.get(needs_it)
    if other is not None and other.state is not None and other.state.battery_fraction <= has - _MUCH_LESS:
        return has >= yields_from(draft)
    return has >= draft.context.settings.dock_yields_from


def yields_from(draft: Draft) -> float:
    """From which share of its battery on a robot with nothing to do leaves its dock to one that has much less and work
    to do: enough for a while, and more than what would send it back to a dock."""
    settings, planner = draft.context.settings, draft.context.allocator
    charge_by = planner.settings.charge_by if isinstance(planner, FleetPlanner) else _CHARGE_BY
    return min(settings.dock_yields_from, max(settings.dock_below + _SPARE, settings.battery_reserve + charge_by))


def charging_until(draft: Draft) -> dict[str, float]:
    """By dock, when a robot that stands on it with nothing to do will have charged enough to leave it to another;
    only where it has not yet."""
    planner = draft.context.allocator
    if not isinstance(planner, FleetPlanner):
        return {}
    found, enough, charging_w = {}, yields_from(draft), planner.settings.charging_w
    for robot_id, robot in draft.state.robots.items():
        report = robot.state
        if report is None or report.docked_at is None or robot.task_id is not None or not _rests(draft, robot_id):
            continue
        lacks_wh = (enough - report.battery_fraction) * robot.description.battery_wh
        if lacks_wh > 0:
            found[report.docked_at] = draft.now_s + lacks_wh * 3600.0 / charging_w
    return found


def _rests(draft: Draft, robot_id: str) -> bool:
    """Whether the plan has nothing for it to do."""
    return not any(not v.given for v in draft.state.plan.routes.get(robot_id, ()))


def _in_the_way(draft: Draft, task: Task, asked: set[str]) -> str:
    """Who has to leave for the task: whoever stands on the dock that it names; where it names none and none is free,
    who has most in its battery."""
    robots, robot_id = draft.state.robots, task.spec.robot_id or ""
    at = {
        r.state.docked_at: k for k, r in robots.items() if r.state is not None and r.state.docked_at and k != robot_id
    }
    named = task.grounded.get("dock")
    if not isinstance(named, str):
        taken, out = docks_taken(draft, robot_id), docks_out_of_order(draft)
        if any(d.place_id not in taken and d.place_id not in out for d in draft.context.site.docks()):
            return ""
        at = {dock: k for dock, k in at.items() if dock not in out}
    else:
        at = {named: at[named]} if named in at else {}
    for_work = robot_id if robot_id in robots and not _rests(draft, robot_id) else ""
    able = [k for k in at.values() if k not in asked and may_leave(draft, k, for_work)]
    battery = {k: s.battery_fraction for k in able if (s := robots[k].state) is not None}
    return max(able, key=lambda k: (battery[k], k), default="")


def parking_for(draft: Draft, robot_id: str) -> str | None:
    """Where the robot is in nobody's way, as the id of a place or spot: the nearest free floor away from places and
    doors, else the nearest station that nobody is at; None where there is neither."""
    state = draft.state.robots[robot_id].state
    if state is None:
        return None
    taken = list(_taken_poses(draft, robot_id))
    # The first will do: each further one costs a search of ways.
    free = next((p for p in _spots(draft, state.pose) if all(p.distance_to(t) >= _APART_M for t in taken)), None)
    if free is not None:
        return spot_id(free.x, free.y)
    travel = draft.context.travel
    stations = [
        (round(travel.distance_m(state.pose, p.approach), 2), p.place_id)
        for p in draft.context.site.places.values()
        if p.kind is PlaceKind.STATION and all(p.approach.distance_to(t) >= _APART_M for t in taken)
    ]
    nearest = min(stations, default=(math.inf, ""))
    return nearest[1] if math.isfinite(nearest[0]) else None


def _taken_poses(draft: Draft, robot_id: str) -> Iterator[Pose]:
    """Where others stand, and where they are sent."""
    for other, robot in draft.state.robots.items():
        if other != robot_id and robot.state is not None:
            yield robot.state.pose
    for task in draft.state.open_tasks():
        named = task.grounded.get("place", task.spec.parameters.get("place"))
        if isinstance(named, str) and (pose := spot_pose(named)) is not None:
            yield pose


def _spots(draft: Draft, around: Pose) -> Iterator[Pose]:
    """Free floor near by where nobody has anything to do, the nearest first."""
    site, travel, closed = draft.context.site, draft.context.travel, draft.context.site.keep_outs.values()
    used = [p.approach for p in site.places.values()] + [p.approach for p in site.people.values()]
    doors = [Pose(x=(d.ax + d.bx) / 2, y=(d.ay + d.by) / 2) for d in site.doors.values()]
    for away_m in _RINGS_M:
        for k in range(_DIRECTIONS):
            angle = 2.0 * math.pi * k / _DIRECTIONS
            pose = Pose(
                x=round(around.x + away_m * math.cos(angle), 2), y=round(around.y + away_m * math.sin(angle), 2)
            )
            zone = site.zones.get(site.zone_at(pose.x, pose.y))
            if zone is not None and (zone.one_lane or zone.one_way_rad is not None):
                continue
            if not travel.is_free(pose) or site.room_at(pose.x, pose.y) < 0.35 + _WALL_M:
                continue
            if any(pose.distance_to(p) < _FROM_PLACES_M for p in used) or any(
                a.contains(pose.x, pose.y) for a in closed
            ):
                continue
            if any(pose.distance_to(d) < _FROM_DOORS_M for d in doors):
                continue
            if travel.distance_m(around, pose) <= _ROUND_ABOUT * away_m:
                yield pose
