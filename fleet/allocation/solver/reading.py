"""From arrays back to a plan in words: visits, cost terms, and why what is left undone is."""

from __future__ import annotations

import math

from fleet.allocation.instance import Instance, PlanTask, Solution, Visit
from fleet.allocation.instance_checks import candidates
from fleet.allocation.solver.draft import Draft
from fleet.allocation.solver.packing import WEIGHTS, Packed
from fleet.allocation.solver.timing import SUMS, alive, unfold


def read_out(instance: Instance, packed: Packed, draft: Draft, iterations: int, seconds: float) -> Solution:
    """The plan that the draft says."""
    live = alive(packed, log=2 * int(packed.tasks["team"].sum()) + 4)
    cost = unfold(packed, live, draft.order, draft.counts[0], draft.who)
    if not math.isfinite(cost):
        raise RuntimeError("the search kept a plan that cannot be: this is a defect of the solver")
    routes: dict[str, list[Visit]] = {r.robot_id: [] for r in instance.robots}
    for row in live.log[: live.logged[0]]:
        name = instance.robots[row["robot"]].robot_id
        visit = Visit(
            robot_id=name,
            task_id=instance.tasks[row["task"]].task_id if row["task"] >= 0 else "",
            dock_id=instance.docks[row["dock"]].dock_id if row["dock"] >= 0 else "",
            leaves_s=float(row["leaves"]),
            arrives_s=float(row["arrives"]),
            starts_s=float(row["starts"]),
            ends_s=float(row["ends"]),
            battery_wh=float(row["battery"]),
        )
        routes[name].append(visit)
    left = {t.task_id: t for i, t in enumerate(instance.tasks) if draft.rank[i] < 0}
    terms = _terms(instance, dict(zip(SUMS, live.sums.tolist(), strict=True)), routes, left)
    unplaced = {name: why_not(instance, task, left) for name, task in left.items()}
    return Solution(
        routes={name: tuple(visits) for name, visits in routes.items()},
        unplaced=unplaced,
        cost=sum(terms.values()),
        terms=terms,
        iterations=iterations,
        seconds=seconds,
    )


def _terms(
    instance: Instance, sums: dict[str, float], routes: dict[str, list[Visit]], left: dict[str, PlanTask]
) -> dict[str, float]:
    """Each by its weight. Churn is worked out from who has what: the search has it among what things cost besides."""
    weights = instance.weights
    terms = {name: getattr(weights, name) * sums[name] for name in WEIGHTS if name != "unplaced"}
    terms["churn"] = 0.0
    holders: dict[str, set[str]] = {}
    for robot, names in instance.present.items():
        for name in names:
            holders.setdefault(name, set()).add(robot)
    tasks = {t.task_id: t for t in instance.tasks}
    extra = 0.0
    for robot, visits in routes.items():
        for visit in visits:
            name = visit.task_id
            extra += tasks[name].costs_s.get(robot, 0.0) if name else 0.0
            if name in holders and robot not in holders[name]:
                kind = "moved" if name in instance.on_the_way else "churn"
                terms[kind] += getattr(weights, kind)
    terms["extra"] = extra
    terms["unplaced"] = weights.unplaced * sum(t.left_weight for t in left.values())
    return terms


def why_not(instance: Instance, task: PlanTask, left: dict[str, PlanTask]) -> str:
    """Why nobody does the task, in one sentence."""
    allowed = candidates(task, instance.robots)
    if not instance.robots:
        return "there are no robots"
    if not allowed:
        return "no robot can and may do it"
    if len(allowed) < task.team:
        return f"it takes {task.team} robots, and {len(allowed)} can and may do it: {', '.join(allowed)}"
    waits = [name for name in task.after if name in left]
    if waits:
        return f"it comes after {', '.join(waits)}, which nobody does"
    d = instance.distances_m
    pairs = zip(task.stops, task.stops[1:], strict=False)
    broken = next(((a, b) for a, b in pairs if not math.isfinite(d[a, b])), None)
    if broken:
        return f"there is no way between its stops, from location {broken[0]} to {broken[1]}"
    robots = {r.robot_id: r for r in instance.robots}
    if task.stops and not any(math.isfinite(d[robots[name].at, task.stops[0]]) for name in allowed):
        return f"no robot that can do it gets to location {task.stops[0]}"
    soonest = min(_soonest(instance, task, name) for name in allowed)
    if task.latest_s is not None and soonest > task.latest_s:
        return f"it must end by {task.latest_s:g} s, and the soonest that any robot could end it is {soonest:.1f} s"
    if task.latest_s is not None:
        return f"it must end by {task.latest_s:g} s, and no plan was found in which it does without harm to others"
    return "no robot has the battery for it, docks and reserve counted"


def _soonest(instance: Instance, task: PlanTask, name: str) -> float:
    """When the robot would end it, did it nothing else."""
    robot = next(r for r in instance.robots if r.robot_id == name)
    d, at = instance.distances_m, robot.at
    ways = sum(float(d[a, b]) for a, b in zip((at, *task.stops), task.stops, strict=False))
    first = float(d[at, task.stops[0]]) if task.stops else 0.0
    begins = max(max(robot.free_at_s, instance.now_s) + first / robot.speed_mps, task.earliest_s)
    return begins + (ways - first) / robot.speed_mps + task.work_s
