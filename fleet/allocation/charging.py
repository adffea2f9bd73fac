"""How long robots charge: of a few levels, and of staying on a dock or leaving it, what makes the cheapest plan.

The solver charges a robot just before the task it could not do otherwise, up to one level. What one level cannot say is
tried beside it: less, where others wait for the dock or a deadline presses; and to go on charging first where a robot
stands on a dock already, which saves it the way back after its next task.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from fleet.allocation.instance import Instance, PlanDock, PlanRobot, Solution, Visit
from fleet.allocation.outlook import Outlook

Made = tuple[Instance, Solution]
SHARES = (0.4, 0.2)  # of the level of the settings, that are tried beside it
_MOST_PAIRS = 600  # of a robot and a task, for which all this is tried; it takes up to five times as long
_KEPT = 0.05  # of what is charged above the reserve: robots use more than plans foresee
_BETTER = 0.01  # by so much of its cost a plan has to be cheaper than one that is tried before it


def best_charging(
    made: Made, outlook: Outlook, level: float, make: Callable[[float], Instance], solve: Callable[[Instance], Solution]
) -> Made:
    """The cheapest of `made`, which charges to `level` above the reserve, and of plans that charge otherwise; `made`
    itself where nobody charges in it and nobody who has work in it stands on a dock with less than that, and where
    there are so many robots and tasks that one level is as good as another: somebody else does it meanwhile.

    Args:
        make: the instance in which robots charge to a level above the reserve.
        solve: the plan of an instance.
    """
    instance, solution = made
    docked = {r.description.robot_id: r.docked_at for r in outlook.robots if r.docked_at and not r.busy_with}
    charges = any(v.dock_id for visits in solution.routes.values() for v in visits)
    if len(instance.tasks) * len(instance.robots) > _MOST_PAIRS:
        return made
    if not charges and not list(_staying(instance, solution, docked)):
        return made
    for variant in _variants(instance, solution, docked, level, make):
        found = variant(solve)
        if found[1].cost < made[1].cost - _BETTER * abs(made[1].cost):
            made = found
    return _trimmed(made, docked, solve)


def _trimmed(made: Made, docked: dict[str, str], solve: Callable[[Instance], Solution]) -> Made:
    """The same with what robots charge and do not need left out, where that makes it cheaper."""
    instance, solution = made
    spare = {r.robot_id: _spare_wh(instance, r, solution.routes.get(r.robot_id, ())) for r in instance.robots}
    robots = tuple(
        replace(r, capacity_wh=max(r.capacity_wh - spare[r.robot_id], r.battery_wh)) for r in instance.robots
    )
    if not any(spare.values()):
        return made
    less = replace(instance, robots=robots)
    first = {r: visits[0] for r, visits in solution.routes.items() if visits and visits[0].dock_id}
    stay = {
        r: dock for r, dock in _staying(less, solution, docked) if r in first and first[r].leaves_s == first[r].starts_s
    }
    found = _stays(less, stay, solve) if stay else (less, solve(less))
    return found if found[1].cost < solution.cost - _BETTER * abs(solution.cost) else made


def _spare_wh(instance: Instance, robot: PlanRobot, visits: tuple[Visit, ...]) -> float:
    """How much less the robot could charge, each time, and still do all that it is to do, Wh."""
    if not any(v.dock_id for v in visits) or not math.isfinite(robot.capacity_wh):
        return 0.0
    tasks, docks = {t.task_id: t for t in instance.tasks}, [d.at for d in instance.docks]
    at, least, charged = robot.at, math.inf, False
    for visit in visits:
        if visit.dock_id:
            charged = True
            at = next(d.at for d in instance.docks if d.dock_id == visit.dock_id)
            continue
        stops = tasks[visit.task_id].stops
        at = stops[-1] if stops else at
        home_m = min((float(instance.distances_m[at, d]) for d in docks), default=0.0)
        home_wh = robot.walking_w * home_m / robot.speed_mps / 3600.0
        if charged:
            least = min(least, visit.battery_wh - home_wh - robot.reserve_wh)
    spare = least - _KEPT * (robot.capacity_wh - robot.reserve_wh)
    return max(spare, 0.0) if math.isfinite(spare) else 0.0


Variant = Callable[[Callable[[Instance], Solution]], Made]


def _variants(
    instance: Instance, solution: Solution, docked: dict[str, str], level: float, make: Callable[[float], Instance]
) -> Iterator[Variant]:
    for share in (1.0, *SHARES):
        there = instance if share == 1.0 else make(share * level)
        if share < 1.0:
            yield lambda solve, there=there: (there, solve(there))  # type: ignore[misc]
        stay = dict(_staying(there, solution, docked))
        if stay:
            yield lambda solve, there=there, stay=stay: _stays(there, stay, solve)  # type: ignore[misc]


def _staying(instance: Instance, solution: Solution, docked: dict[str, str]) -> Iterator[tuple[str, PlanDock]]:
    """Robots with work in the plan that stand on a free dock and could charge on, with that dock."""
    docks = {d.dock_id: d for d in instance.docks}
    for robot in instance.robots:
        dock = docks.get(docked.get(robot.robot_id, ""))
        if dock is None or not solution.routes.get(robot.robot_id) or robot.at != dock.at:
            continue
        if robot.charging_w > 0 and robot.capacity_wh > robot.battery_wh and math.isfinite(robot.capacity_wh):
            yield robot.robot_id, dock


def _stays(instance: Instance, stay: dict[str, PlanDock], solve: Callable[[Instance], Solution]) -> Made:
    """The plan in which these charge on before they do anything else."""
    begins = {r.robot_id: _charge(instance, r, stay[r.robot_id]) for r in instance.robots if r.robot_id in stay}
    ends = {v.dock_id: v.ends_s for v in begins.values()}
    later = replace(
        instance,
        robots=tuple(_charged(r, begins.get(r.robot_id)) for r in instance.robots),
        docks=tuple(replace(d, free_at_s=max(d.free_at_s, ends.get(d.dock_id, 0.0))) for d in instance.docks),
    )
    found = solve(later)
    routes = {r: ((begins[r], *visits) if r in begins else visits) for r, visits in found.routes.items()}
    return instance, replace(found, routes=routes)


def _charge(instance: Instance, robot: PlanRobot, dock: PlanDock) -> Visit:
    at_s = max(robot.free_at_s, instance.now_s, dock.free_at_s)
    return Visit(
        robot_id=robot.robot_id,
        dock_id=dock.dock_id,
        leaves_s=at_s,
        arrives_s=at_s,
        starts_s=at_s,
        ends_s=at_s + (robot.capacity_wh - robot.battery_wh) * 3600.0 / robot.charging_w,
        battery_wh=robot.capacity_wh,
    )


def _charged(robot: PlanRobot, visit: Visit | None) -> PlanRobot:
    return robot if visit is None else replace(robot, free_at_s=visit.ends_s, battery_wh=visit.battery_wh)
