"""Is this plan right? Everything is worked out again from the instance, by code that the solver does not share.

What it holds a plan to (times s, lengths m, energies Wh):

- A robot is where it is from `max(free_at_s, now_s)`; it arrives a way's length over its speed after it leaves. Its
  pace is 1, is multiplied by `1 - slows` at the end of each task that slows, and is 1 again after a dock; it divides
  all that the robot does, ways and work.
- A task takes a robot the ways between its stops and `work_s`; a team starts together and ends with its slowest member.
  It starts at or after `earliest_s`, `now_s` and the end of all tasks in `after`, and ends by `latest_s`. A task whose
  predecessor is unplaced is unplaced. One that `leaves_when_ready` is left for by all its robots at once, at or after
  `earliest_s` and the ends of all in `after`, and has its resources from then on.
  Tasks that share a resource, and robots at one dock, do not overlap.
- A team has `team` different robots, all able, none banned; of those it is pinned to as many as fit.
- A battery drains by `walking_w` on ways, `working_w` during work, `standing_w` otherwise, from `max(free_at_s,
  now_s)`; it never goes below `reserve_wh`, and after the last task it can still reach the nearest dock at or above it.
  A robot that is low from the start may go and charge, as its first visit.
- Every task is placed once or unplaced with a reason; times, batteries, cost and terms are those that are said.
"""

from __future__ import annotations

import math
from collections import defaultdict

from fleet.allocation.instance import Instance, PlanTask, Solution, Visit
from fleet.allocation.verify_route import Lived, Route, Violation, close, not_before, overlaps
from fleet.allocation.verify_terms import terms_of

__all__ = ["Violation", "verify"]


def verify(instance: Instance, solution: Solution, *, tolerance: float = 1e-6) -> list[Violation]:
    """All that is wrong with the plan; empty for a right one. `tolerance` is absolute, in s and Wh; times large enough
    for rounding get a share of 1e-9 besides. A plan that names what does not exist is not looked at further."""
    found = _names(instance, solution)
    if found:
        return found
    lived = {
        robot.robot_id: Route(instance, robot, tolerance).live(tuple(solution.routes[robot.robot_id]))
        for robot in instance.robots
    }
    for one in lived.values():
        found += one.found
    members = _members(solution)
    for task in instance.tasks:
        if task.task_id in members:
            found += _task(instance, task, members, lived, tolerance)
            found += _after(task, members, tolerance)
    found += _exclusive(instance, solution, members, tolerance)
    return found + _cost(instance, solution, lived, tolerance)


def _wrong(kind: str, where: str, text: str) -> Violation:
    return Violation(kind=kind, where=where, text=text)


def _members(solution: Solution) -> dict[str, list[Visit]]:
    """The visits of each task that is in a route, one for each robot."""
    found: dict[str, list[Visit]] = defaultdict(list)
    for visits in solution.routes.values():
        for visit in visits:
            if visit.task_id:
                found[visit.task_id].append(visit)
    return dict(found)


def _names(instance: Instance, solution: Solution) -> list[Violation]:
    """Every robot has a route, every name exists, every task is placed or unplaced."""
    robots = {r.robot_id for r in instance.robots}
    tasks = {t.task_id for t in instance.tasks}
    docks = {d.dock_id for d in instance.docks}
    found = [_wrong("names", r, f"robot {r} has no route") for r in sorted(robots - set(solution.routes))]
    for robot_id, visits in solution.routes.items():
        if robot_id not in robots:
            found.append(_wrong("names", robot_id, f"there is a route for robot {robot_id}, which does not exist"))
        for visit in visits:
            found += _visit_names(robot_id, visit, tasks, docks)
    placed = {v.task_id for visits in solution.routes.values() for v in visits}
    for task_id, reason in solution.unplaced.items():
        if task_id not in tasks:
            found.append(_wrong("names", task_id, f"task {task_id} is said to be unplaced, but does not exist"))
        elif task_id in placed:
            found.append(_wrong("placed", task_id, f"task {task_id} is in a route and said to be unplaced"))
        if not reason.strip():
            found.append(_wrong("reason", task_id, f"task {task_id} is unplaced without a reason"))
    for task_id in sorted(tasks - placed - set(solution.unplaced)):
        found.append(_wrong("placed", task_id, f"task {task_id} is forgotten: in no route and not said to be unplaced"))
    return found


def _visit_names(robot_id: str, visit: Visit, tasks: set[str], docks: set[str]) -> list[Violation]:
    found = []
    if visit.robot_id != robot_id:
        found.append(_wrong("names", robot_id, f"robot {robot_id}: a visit in its route is of robot {visit.robot_id}"))
    if bool(visit.task_id) == bool(visit.dock_id):
        text = (
            f"robot {robot_id}: a visit names task {visit.task_id!r} and dock {visit.dock_id!r}, expected one of them"
        )
        found.append(_wrong("names", robot_id, text))
    if visit.task_id and visit.task_id not in tasks:
        found.append(_wrong("names", robot_id, f"robot {robot_id}: task {visit.task_id} does not exist"))
    if visit.dock_id and visit.dock_id not in docks:
        found.append(_wrong("names", robot_id, f"robot {robot_id}: dock {visit.dock_id} does not exist"))
    return found


def _task(
    instance: Instance, task: PlanTask, members: dict[str, list[Visit]], lived: dict[str, Lived], tolerance: float
) -> list[Violation]:
    """One placed task: who does it, together, long enough, in time."""
    visits = members[task.task_id]
    name, robots = f"task {task.task_id}", [v.robot_id for v in visits]
    found = _who(task, robots)
    start_s, end_s = visits[0].starts_s, visits[0].ends_s
    for visit in visits[1:]:
        if not (close(visit.starts_s, start_s, tolerance) and close(visit.ends_s, end_s, tolerance)):
            text = (
                f"{name} is from {visit.starts_s} to {visit.ends_s} for {visit.robot_id}, but from {start_s} to {end_s}"
            )
            found.append(_wrong("together", task.task_id, f"{text} for {visits[0].robot_id}"))
    needed_s = max(lived[r].alone_s.get(task.task_id, math.nan) for r in robots)
    if not close(end_s, start_s + needed_s, tolerance):
        text = f"{name} takes {end_s - start_s} s, expected {needed_s}, what its slowest robot needs"
        found.append(_wrong("times", task.task_id, text))
    for visit in visits if task.leaves_when_ready else ():
        if not close(visit.leaves_s, visits[0].leaves_s, tolerance):
            text = f"{name}: {visit.robot_id} leaves at {visit.leaves_s}, {visits[0].robot_id} at {visits[0].leaves_s}"
            found.append(_wrong("ready", task.task_id, f"{text}; they leave together"))
        if not not_before(visit.leaves_s, task.earliest_s, tolerance):
            text = f"{name}: {visit.robot_id} leaves at {visit.leaves_s}, before its earliest start, {task.earliest_s}"
            found.append(_wrong("ready", task.task_id, text))
    for least, what in ((task.earliest_s, "its earliest start"), (instance.now_s, "now")):
        if not not_before(start_s, least, tolerance):
            found.append(_wrong("earliest", task.task_id, f"{name} starts at {start_s}, before {what}, {least}"))
    if task.latest_s is not None and not not_before(task.latest_s, end_s, tolerance):
        found.append(_wrong("latest", task.task_id, f"{name} ends at {end_s}, but must by {task.latest_s}"))
    return found


def _who(task: PlanTask, robots: list[str]) -> list[Violation]:
    name, found = f"task {task.task_id}", []
    if len(set(robots)) != len(robots):
        found.append(_wrong("twice", task.task_id, f"{name} is twice in one route: {', '.join(robots)}"))
    if len(robots) != task.team:
        text = f"{name} has {len(robots)} robots ({', '.join(robots)}), expected {task.team}"
        found.append(_wrong("team", task.task_id, text))
    for robot_id in robots:
        if task.able is not None and robot_id not in task.able:
            found.append(_wrong("able", task.task_id, f"{name} is done by {robot_id}, which cannot"))
        if robot_id in task.banned:
            found.append(_wrong("banned", task.task_id, f"{name} is done by {robot_id}, which is banned from it"))
    pinned = set(task.pinned_to)
    if len(pinned & set(robots)) != min(task.team, len(pinned)):
        text = f"{name} is pinned to {', '.join(task.pinned_to)}, but is done by {', '.join(robots)}"
        found.append(_wrong("pinned", task.task_id, text))
    return found


def _after(task: PlanTask, members: dict[str, list[Visit]], tolerance: float) -> list[Violation]:
    found = []
    for before in task.after:
        if before not in members:
            text = f"task {task.task_id} is placed, but task {before}, which it comes after, is not"
            found.append(_wrong("after", task.task_id, text))
            continue
        end_s = max(v.ends_s for v in members[before])
        for visit in members[task.task_id]:
            begins_s = visit.leaves_s if task.leaves_when_ready else visit.starts_s
            if not not_before(begins_s, end_s, tolerance):
                begins = "is left for" if task.leaves_when_ready else "starts"
                text = f"task {task.task_id} {begins} at {begins_s}, before task {before} ends at {end_s}"
                found.append(_wrong("after", task.task_id, text))
    return found


def _exclusive(
    instance: Instance, solution: Solution, members: dict[str, list[Visit]], tolerance: float
) -> list[Violation]:
    """Resources and docks have one user at a time."""
    spans: dict[tuple[str, str], list[tuple[float, float, str]]] = defaultdict(list)
    for task in instance.tasks:
        for resource in dict.fromkeys(task.resources):
            for visit in members.get(task.task_id, ())[:1]:
                begins_s = visit.leaves_s if task.leaves_when_ready else visit.starts_s
                spans["resource", resource].append((begins_s, visit.ends_s, f"task {task.task_id}"))
    for visits in solution.routes.values():
        for visit in visits:
            if visit.dock_id:
                spans["dock", visit.dock_id].append((visit.starts_s, visit.ends_s, f"robot {visit.robot_id}"))
    return [
        _wrong(kind, name, f"{kind} {name} is used by {one} and {other} at once")
        for (kind, name), uses in spans.items()
        for one, other in overlaps(uses, tolerance)
    ]


def _cost(instance: Instance, solution: Solution, lived: dict[str, Lived], tolerance: float) -> list[Violation]:
    """The terms and their sum are those that are said; a term that is not said is 0."""
    found = []
    right = terms_of(instance, solution, lived)
    for name in sorted(set(right) | set(solution.terms)):
        said, expected = solution.terms.get(name, 0.0), right.get(name, 0.0)
        if not close(said, expected, max(tolerance, 1e-7 * abs(expected))):
            text = f"the term {name} is said to be {said}, expected {expected}"
            found.append(_wrong("terms", name, text))
    total = sum(right.values())
    if not close(solution.cost, total, max(tolerance, 1e-7 * abs(total))):
        found.append(_wrong("cost", "plan", f"the cost is said to be {solution.cost}, expected {total}"))
    return found
