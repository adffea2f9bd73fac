"""Every plan of a tiny instance, tried one after the other: what a solver should find. One robot a task, no batteries,
no resources, no wear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise, permutations

from fleet.allocation.instance import Instance, PlanRobot, PlanTask, Solution, Visit


def brute(
    instance: Instance, *, iterations: int | None = None, seed: int = 0, start: Solution | None = None
) -> Solution:
    """The best plan there is; of equal ones the first by the robots' order."""
    best: Solution | None = None
    for routes in _all_routes(instance):
        plan = _lived(instance, routes)
        if plan is not None and (best is None or plan.cost < best.cost - 1e-9):
            best = plan
    assert best is not None, "leaving everything undone is a plan"
    return best


def _all_routes(instance: Instance) -> Iterator[dict[str, tuple[PlanTask, ...]]]:
    def dealt(i: int) -> Iterator[dict[str, list[PlanTask]]]:
        if i == len(instance.tasks):
            yield {r.robot_id: [] for r in instance.robots}
            return
        task = instance.tasks[i]
        for rest in dealt(i + 1):
            yield rest
            for robot_id in rest:
                if _may(task, robot_id):
                    yield {**rest, robot_id: [*rest[robot_id], task]}

    for hands in dealt(0):
        orders: list[dict[str, tuple[PlanTask, ...]]] = [{}]
        for robot_id, tasks in hands.items():
            orders = [{**o, robot_id: p} for o in orders for p in permutations(tasks)]
        yield from orders


def _may(task: PlanTask, robot_id: str) -> bool:
    if task.able is not None and robot_id not in task.able:
        return False
    return robot_id not in task.banned and (not task.pinned_to or robot_id in task.pinned_to)


def _lived(instance: Instance, routes: Mapping[str, tuple[PlanTask, ...]]) -> Solution | None:
    """The plan with its times; None where a deadline is broken, or two tasks wait for each other."""
    robots = {r.robot_id: r for r in instance.robots}
    placed = {t.task_id for tasks in routes.values() for t in tasks}
    if any(a not in placed for tasks in routes.values() for t in tasks for a in t.after):
        return None
    ends: dict[str, float] = {}
    visits: dict[str, list[Visit]] = {r: [] for r in routes}
    left = {r: list(tasks) for r, tasks in routes.items()}
    while any(left.values()):
        ready = [r for r, tasks in left.items() if tasks and all(a in ends for a in tasks[0].after)]
        if not ready:
            return None
        robot_id = ready[0]
        visit = _visit(instance, robots[robot_id], left[robot_id].pop(0), routes, visits[robot_id], ends)
        if visit is None:
            return None
        visits[robot_id].append(visit)
        ends[visit.task_id] = visit.ends_s
    terms = _terms(instance, visits, ends)
    unplaced = {t.task_id: "left" for t in instance.tasks if t.task_id not in ends}
    return Solution(
        routes={r: tuple(v) for r, v in visits.items()}, unplaced=unplaced, cost=sum(terms.values()), terms=terms
    )


def _visit(
    instance: Instance,
    robot: PlanRobot,
    task: PlanTask,
    routes: Mapping[str, tuple[PlanTask, ...]],
    before: list[Visit],
    ends: Mapping[str, float],
) -> Visit | None:
    done = routes[robot.robot_id][: len(before)]
    at = next((t.stops[-1] for t in reversed(done) if t.stops), robot.at)
    leaves = before[-1].ends_s if before else max(robot.free_at_s, instance.now_s)
    ways = (at, *task.stops)
    lengths = [float(instance.distances_m[a, b]) for a, b in pairwise(ways)]
    arrives = leaves + (lengths[0] / robot.speed_mps if lengths else 0.0)
    starts = max([arrives, task.earliest_s, *(ends[a] for a in task.after)])
    end = starts + sum(lengths[1:]) / robot.speed_mps + task.work_s
    if task.latest_s is not None and end > task.latest_s + 1e-9:
        return None
    return Visit(
        robot_id=robot.robot_id, task_id=task.task_id, leaves_s=leaves, arrives_s=arrives, starts_s=starts, ends_s=end
    )


def _terms(instance: Instance, visits: Mapping[str, list[Visit]], ends: Mapping[str, float]) -> dict[str, float]:
    weights, now_s = instance.weights, instance.now_s
    doer = {v.task_id: r for r, made in visits.items() for v in made}
    placed = [t for t in instance.tasks if t.task_id in ends]
    return {
        "makespan": weights.makespan * (max(ends.values()) - now_s if ends else 0.0),
        "tardiness": weights.tardiness
        * sum(t.due_weight * max(0.0, ends[t.task_id] - t.due_s) for t in placed if t.due_s is not None),
        "waiting": weights.waiting * sum(t.waiting_weight * (ends[t.task_id] - now_s) for t in placed),
        "travel": weights.travel * sum(v.arrives_s - v.leaves_s for made in visits.values() for v in made),
        "extra": sum(t.costs_s.get(doer[t.task_id], 0.0) for t in placed),
        "unplaced": weights.unplaced * sum(t.left_weight for t in instance.tasks if t.task_id not in ends),
    }
