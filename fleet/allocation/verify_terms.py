"""What a plan costs, term by term, worked out again from its routes. Part of the verifier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from fleet.allocation.instance import Instance, Solution
from fleet.allocation.verify_route import Lived


def terms_of(instance: Instance, solution: Solution, lived: Mapping[str, Lived]) -> dict[str, float]:
    """Each term times its weight, in s. Every task that is in no route counts as unplaced, also one nobody could do,
    which is the same for all plans of the instance."""
    weights, tasks = instance.weights, {t.task_id: t for t in instance.tasks}
    ends: dict[str, float] = {}
    robots: dict[str, set[str]] = defaultdict(set)
    for robot_id, visits in solution.routes.items():
        for visit in visits:
            if visit.task_id:
                ends[visit.task_id] = visit.ends_s
                robots[visit.task_id].add(robot_id)
    late = sum(
        tasks[name].due_weight * max(0.0, end - due)
        for name, end in ends.items()
        if (due := tasks[name].due_s) is not None
    )
    waiting = sum(tasks[name].waiting_weight * (end - instance.now_s) for name, end in ends.items())
    extra = sum(tasks[name].costs_s.get(robot, 0.0) for name, team in robots.items() for robot in team)
    worked = [robot.worn_s + lived[robot.robot_id].worked_s for robot in instance.robots]
    churn, moved = _changes(instance, solution, robots)
    left = sum(task.left_weight for task in instance.tasks if task.task_id not in ends)
    return {
        "makespan": weights.makespan * (max(ends.values()) - instance.now_s if ends else 0.0),
        "tardiness": weights.tardiness * late,
        "waiting": weights.waiting * waiting,
        "travel": weights.travel * sum(one.walked_s for one in lived.values()),
        "energy": weights.energy * sum(one.spent_wh for one in lived.values()),
        "wear": weights.wear * (max(worked) - sum(worked) / len(worked) if worked else 0.0),
        "churn": weights.churn * churn,
        "moved": weights.moved * moved,
        "unplaced": weights.unplaced * left,
        "extra": extra,
    }


def _changes(instance: Instance, solution: Solution, robots: Mapping[str, set[str]]) -> tuple[int, int]:
    """How many robots get a task that the present plan gives to others: tasks that nobody walks to yet, and tasks that
    somebody does. A robot that keeps the task it walks to but goes somewhere else first counts among the latter."""
    before: dict[str, set[str]] = defaultdict(set)
    for robot_id, names in instance.present.items():
        for name in names:
            before[name].add(robot_id)
    churn = moved = 0
    for name, team in before.items():
        new, kept = robots.get(name, set()) - team, robots.get(name, set()) & team
        if name in instance.on_the_way:
            moved += len(new) + sum(solution.routes[robot_id][0].task_id != name for robot_id in kept)
        else:
            churn += len(new)
    return churn, moved
