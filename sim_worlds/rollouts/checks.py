"""Refuses questions that cannot be answered, before anything is run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sim_worlds.errors import InputError, Refused
from sim_worlds.records import AnyPrimitive
from sim_worlds.rollouts import options as o

if TYPE_CHECKING:
    from sim_worlds.world import World

MAX_RUNS = 10_000
MAX_WORKERS = 256
RAY_LEAST_S = 15.0


class OptionError(InputError):
    """A question about the future that cannot be asked of this world; says which field of which option is wrong."""


def check_request(world: World, request: o.Request) -> None:
    """Raises `OptionError` for the first thing that is wrong."""
    _number("horizon_s", request.horizon_s, 0.1, 86_400, "s")
    if request.deadline_s is not None:
        _number("deadline_s", request.deadline_s, 0.05, 86_400, "s")
    for name, value, most in (("n", request.n, MAX_RUNS), ("workers", request.workers, MAX_WORKERS)):
        if not 1 <= value <= most:
            raise OptionError(f"{name}: got {value}, expected a whole number from 1 to {most}")
    if request.seed < 0:
        raise OptionError(f"seed: got {request.seed}, expected a whole number of 0 or more")
    _check_variation(request.variation)
    if isinstance(request.executor, o.Ray):
        _check_ray(request)
    if not request.options:
        raise OptionError("options: got none, expected at least one")
    seen: set[str] = set()
    for i, option in enumerate(request.options):
        where = f"options[{i}] ({option.option_id})"
        if not option.option_id or option.option_id in seen:
            raise OptionError(f"{where}: option_id: got {option.option_id!r}, expected an id used once")
        seen.add(option.option_id)
        _check_option(world, option, request, where)
    if o.AS_NOW in seen and not next(x for x in request.options if x.option_id == o.AS_NOW).changes_nothing:
        raise OptionError(f"option_id: got {o.AS_NOW!r}, which means to change nothing; expected another id")
    _check_plans(world, request.background, "background")


def _number(name: str, value: float, least: float, most: float, unit: str = "") -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise OptionError(f"{name}: got {value}, expected a number from {least:g} to {most:g} {unit}".rstrip())


def _check_variation(variation: o.Variation) -> None:
    for name in variation.__struct_fields__:
        _number(f"variation.{name}", getattr(variation, name), 0, 1 if name == "person_new_goal" else 1e5)
    for name in ("pace_sd", "work_sd", "person_speed_sd"):
        _number(f"variation.{name}", getattr(variation, name), 0, 1)


def _check_ray(request: o.Request) -> None:
    if find_spec("ray") is None:
        raise OptionError(
            "executor: got ray, which is not installed; expected fork, or: pip install humanoid-fleet[ray]"
        )
    if request.deadline_s is not None and request.deadline_s < RAY_LEAST_S:
        raise OptionError(
            f"deadline_s: got {request.deadline_s:g}, expected {RAY_LEAST_S:g} s or more: "
            "Ray and its workers have to start"
        )


def _check_option(world: World, option: o.OptionPlan, request: o.Request, where: str) -> None:
    for field in ("hold", "resume", "cancel"):
        for robot_id in getattr(option, field):
            if robot_id != o.ALL and robot_id not in world.computers:
                raise OptionError(
                    f"{where}: {field}: got {robot_id!r}, expected {o.ALL!r} or one of: {_some(world.computers)}"
                )
    _check_plans(world, option.plans, f"{where}: plans")
    for plan in option.plans:
        if plan.robot_id in option.hold or o.ALL in option.hold:
            raise OptionError(f"{where}: hold: {plan.robot_id} has a plan too; expected one or the other")
    if option.success is not None:
        plans = {p.name for p in (*option.plans, *request.background)}
        _check_goal(world, option.success, plans, f"{where}: success", bool(option.plans))


def _check_plans(world: World, plans: Sequence[o.RobotPlan], where: str) -> None:
    seen: set[str] = set()
    for i, plan in enumerate(plans):
        here = f"{where}[{i}]"
        if plan.robot_id not in world.computers:
            raise OptionError(f"{here}.robot_id: got {plan.robot_id!r}, expected one of: {_some(world.computers)}")
        if plan.robot_id in seen:
            raise OptionError(f"{here}.robot_id: got {plan.robot_id!r} again, expected one plan for each robot")
        seen.add(plan.robot_id)
        if not plan.primitives:
            raise OptionError(f"{here}.primitives: got none, expected at least one (to stop a robot there is cancel)")
        _number(f"{here}.after_s", plan.after_s, 0, 86_400, "s")
        if plan.then and plan.goes_on:
            raise OptionError(f"{here}: got then and goes_on, expected at most one of them")
        robot = world.computers[plan.robot_id]
        if robot.fallen and not plan.goes_on:
            raise OptionError(f"{here}.robot_id: got {plan.robot_id!r}, which lies on the floor; expected one that can")
        for k, primitive in enumerate(plan.primitives):
            _check_primitive(world, robot.info.primitives, primitive, f"{here}.primitives[{k}]")


def _check_primitive(world: World, able: Sequence[str], primitive: AnyPrimitive, where: str) -> None:
    kind = str(type(primitive).__struct_config__.tag)
    if kind not in able:
        raise OptionError(f"{where}: got {kind}, expected what this robot supports: {', '.join(able)}")
    try:
        world.check_targets(primitive)
    except Refused as no:
        raise OptionError(f"{where}: {no}") from None


def _check_goal(world: World, goal: o.Goal, plans: set[str], where: str, has_plans: bool, alone: bool = True) -> None:
    for field, name, known in _names(world, goal, plans):
        if name not in known:
            raise OptionError(f"{where}.{field}: got {name!r}, expected one of: {_some(known) or 'none'}")
    if isinstance(goal, o.RobotAt):
        point = (goal.x_m, goal.y_m)
        if (goal.place_id is None) == (None in point) or (goal.place_id is not None and point != (None, None)):
            raise OptionError(f"{where}: got {goal}, expected either place_id, or x_m and y_m")
        _number(f"{where}.within_m", goal.within_m, 0.01, 100, "m")
    if isinstance(goal, o.PlansDone) and not (goal.names or has_plans):
        raise OptionError(f"{where}: plans_done: the option has no plans; expected another goal, or names of plans")
    if isinstance(goal, o.NobodyFell) and alone:
        raise OptionError(f"{where}: nobody_fell holds from the start; expected it beside another goal, in all_of")
    if isinstance(goal, o.AllOf | o.AnyOf):
        if not goal.goals:
            raise OptionError(f"{where}.goals: got none, expected at least one")
        for i, part in enumerate(goal.goals):
            within = isinstance(goal, o.AllOf) and len(goal.goals) > 1
            _check_goal(world, part, plans, f"{where}.goals[{i}]", has_plans, alone=not within)


def _names(world: World, goal: o.Goal, plans: set[str]) -> Iterator[tuple[str, str, set[str]]]:
    """Each name a goal mentions: the field, the name, and what it could be."""
    site = world.site
    robots, boxes, surfaces = set(world.computers), set(world.crates), _surfaces(world)
    if isinstance(goal, o.ObjectAt):
        yield from (("object_id", goal.object_id, boxes), ("place_id", goal.place_id, surfaces))
    elif isinstance(goal, o.ObjectHeldBy):
        yield from (("object_id", goal.object_id, boxes), ("holder", goal.holder, robots | set(world.people)))
    elif isinstance(goal, o.RobotAt):
        yield "robot_id", goal.robot_id, robots
        if goal.place_id is not None:
            yield "place_id", goal.place_id, set(site.places) | set(site.people)
    elif isinstance(goal, o.CommandDone):
        under_way = {r.status.command_id for r in world.computers.values() if r.primitive is not None}
        yield "command_id", goal.command_id, under_way
    elif isinstance(goal, o.PlansDone):
        yield from (("names", name, plans) for name in goal.names)


def _surfaces(world: World) -> set[str]:
    return {k for k, p in world.site.places.items() if p.surface is not None}


def _some(names: Iterable[str], most: int = 40) -> str:
    listed = sorted(names)
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")
