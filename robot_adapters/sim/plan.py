"""From a skill and its grounded parameters to the steps that carry it out. Pure; knows no link and no robot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fleet.model.errors import InvalidField
from fleet.model.geometry import Pose
from robot_adapters.claims import GATHER, is_gathering

STAND_OFF_M = 0.1
"""How much nearer than its reach a robot stops at a thing whose approach nobody has named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One primitive. `phase` names it to people and, with the command's id, to the world's ledger.

    `goal` is for walks; `fields` are the primitive's own for all others, and of walks with others their `team`.
    `carries`: the object must be in the robot's hands for this step to make sense. `thing` is what a walk is to bring
    within `reach_m`, where it is known; a walk with `stand_off_m` has no better goal than the thing itself.
    """

    phase: str
    kind: str  # walk, pick, place, give, look, dock, wait
    goal: Pose | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    carries: bool = False
    stand_off_m: float = 0.0
    thing: Pose | None = None
    reach_m: float = 0.0

    def reaches(self, pose: Pose) -> bool:
        """Whether the thing that is walked to can be reached from `pose`."""
        return self.thing is not None and self.thing.distance_to(pose) <= self.reach_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps, and the object they move if any."""

    steps: tuple[Step, ...]
    object_id: str | None = None
    fetches: bool = False  # the object is picked up on the way; otherwise it must be in hand from the start


def plan_skill(skill: str, parameters: Mapping[str, Any], reach_m: float = 0.6) -> Plan:
    """The steps of a skill that is in `PLANNED`, for a robot with this reach (m, from its vertical axis).

    Raises:
        InvalidField: something the supervisor should have looked up is missing or malformed.
    """
    plan = PLANNED[skill](parameters)
    steps = (replace(s, reach_m=reach_m, stand_off_m=_stand_off(s, reach_m)) for s in plan.steps)
    return replace(plan, steps=tuple(steps))


def _stand_off(step: Step, reach_m: float) -> float:
    return max(0.1, reach_m - STAND_OFF_M) if step.stand_off_m > 0.0 else 0.0


def _walk_to(given: Mapping[str, Any]) -> Plan:
    _id(given, "place")
    return Plan(steps=(_walk("walk", given, "place"),))


def _pick(given: Mapping[str, Any]) -> Plan:
    return Plan(steps=_fetch(given), object_id=_id(given, "object"), fetches=True)


def _place(given: Mapping[str, Any]) -> Plan:
    return Plan(steps=_put(given), object_id=_id(given, "object"))


def _carry(given: Mapping[str, Any]) -> Plan:
    if given.get("object_team") is not None:
        return _carry_together(given)
    return Plan(steps=(*_fetch(given), *_put(given)), object_id=_id(given, "object"), fetches=True)


def _carry_together(given: Mapping[str, Any]) -> Plan:
    """One member's part: to stand ready at the load, or to lift, walk and put it down with the others."""
    team = _team(given["object_team"])
    if is_gathering(given):
        return Plan(steps=_fetch(given)[:1], object_id=_id(given, "object"), fetches=True)
    lift, (walk, lower) = _fetch(given)[1], _put(given)
    steps = tuple(replace(s, fields={**s.fields, "team": team}) for s in (lift, walk, lower))
    return Plan(steps=steps, object_id=_id(given, "object"), fetches=True)


def _team(value: object) -> tuple[str, ...]:
    """The robots of a team, who walks ahead first. Raises `InvalidField`."""
    right = "{stage: gather or carry, robots: [two ids or more, who walks ahead first]}"
    robots = value.get("robots") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or value.get("stage") not in (GATHER, "carry"):
        raise InvalidField("parameters.object_team", value, right)
    if not isinstance(robots, Sequence) or isinstance(robots, str) or len(robots) < 2:
        raise InvalidField("parameters.object_team.robots", robots, right)
    return tuple(str(robot_id) for robot_id in robots)


def _hand_over(given: Mapping[str, Any]) -> Plan:
    give = Step(phase="give", kind="give", fields={"person_id": _id(given, "person")}, carries=True)
    steps = (*_fetch(given), _walk("walk_to_person", given, "person", carries=True), give)
    return Plan(steps=steps, object_id=_id(given, "object"), fetches=True)


def _inspect(given: Mapping[str, Any]) -> Plan:
    target, views = _id(given, "target"), given.get("target_views")
    if views is None:
        look = Step(phase="look", kind="look", fields={"target_id": target})
        return Plan(steps=(_walk("walk", given, "target"), look))
    if not isinstance(views, Sequence) or isinstance(views, str) or not views:
        raise InvalidField("parameters.target_views", views, "a list of at least one {x, y} in m")
    steps: list[Step] = []
    for number, view in enumerate(views, start=1):
        goal = _pose(f"target_views.{number - 1}", view)
        whole = number == len(views)  # only with the last one the whole zone can have been seen
        steps.append(Step(phase=f"walk_{number}", kind="walk", goal=goal))
        steps.append(Step(phase=f"look_{number}", kind="look", fields={"target_id": target, "whole": whole}))
    return Plan(steps=tuple(steps))


def _dock(given: Mapping[str, Any]) -> Plan:
    return Plan(steps=(Step(phase="dock", kind="dock", fields={"dock_id": _id(given, "dock")}),))


def _wait(given: Mapping[str, Any]) -> Plan:
    return Plan(steps=(Step(phase="wait", kind="wait", fields={"seconds": float(given["seconds"])}),))


PLANNED: dict[str, Callable[[Mapping[str, Any]], Plan]] = {
    "walk_to": _walk_to,
    "pick": _pick,
    "place": _place,
    "carry": _carry,
    "hand_over": _hand_over,
    "inspect": _inspect,
    "dock": _dock,
    "wait": _wait,
}


def _fetch(given: Mapping[str, Any]) -> tuple[Step, ...]:
    pick = Step(phase="pick", kind="pick", fields={"object_id": _id(given, "object")})
    at = _pose("object_at", given["object_at"]) if given.get("object_at") is not None else None
    if given.get("object_approach") is not None:
        return (replace(_walk("walk_to_object", given, "object"), thing=at), pick)
    if at is None:
        at = _pose("object_at", None)  # says what is missing
    return (Step(phase="walk_to_object", kind="walk", goal=at, thing=at, stand_off_m=STAND_OFF_M), pick)


def _put(given: Mapping[str, Any]) -> tuple[Step, ...]:
    place = Step(phase="place", kind="place", fields={"place_id": _id(given, "to")}, carries=True)
    return (_walk("walk_to_goal", given, "to", carries=True), place)


def _walk(phase: str, given: Mapping[str, Any], name: str, *, carries: bool = False) -> Step:
    key = f"{name}_approach"
    return Step(phase=phase, kind="walk", goal=_pose(key, given.get(key)), carries=carries)


def _id(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidField(f"parameters.{name}", value, "an id; descriptions are looked up before a robot is told")
    return value


def _pose(name: str, value: Any) -> Pose:
    wanted = "{x, y, yaw} in m and rad, looked up before a robot is told (yaw may be left out)"
    if not isinstance(value, Mapping):
        raise InvalidField(f"parameters.{name}", value, wanted)
    numbers = {}
    for key in ("x", "y", "yaw"):
        number = value.get(key, math.nan if key == "yaw" else None)
        finite = isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number)
        if not finite and not (key == "yaw" and key not in value):
            raise InvalidField(f"parameters.{name}.{key}", number, wanted)
        numbers[key] = float(number)
    return Pose(**numbers)


def walk_target(step: Step, x: float, y: float) -> tuple[float, float, float | None]:
    """Where to walk for a walk step from (x, y): the goal, or the point before it that `stand_off_m` says.

    Returns x, y in m and the yaw in rad, None where the heading of arrival will do.
    """
    assert step.goal is not None
    goal = step.goal
    away = math.hypot(goal.x - x, goal.y - y)
    if step.stand_off_m <= 0.0:
        return goal.x, goal.y, None if math.isnan(goal.yaw) else goal.yaw
    yaw = math.atan2(goal.y - y, goal.x - x) if away > 1e-6 else 0.0
    return goal.x - step.stand_off_m * math.cos(yaw), goal.y - step.stand_off_m * math.sin(yaw), yaw


def arrived(step: Step, pose: Pose, *, within_m: float, within_rad: float) -> bool:
    """Whether a robot at `pose` need not walk for this step any more."""
    assert step.goal is not None
    away = math.hypot(step.goal.x - pose.x, step.goal.y - pose.y)
    if step.stand_off_m > 0.0:
        return step.reaches(pose)
    turn = 0.0 if math.isnan(step.goal.yaw) else abs(math.remainder(step.goal.yaw - pose.yaw, math.tau))
    return away <= within_m and turn <= within_rad
