"""Tasks whose robots leave when nothing else is waited for."""

from __future__ import annotations

from fleet.allocation.instance import PlanRobot, PlanTask
from fleet.allocation.solver import solve
from fleet.allocation.verify import verify
from tests.fleet.allocation.solver.test_solver import line


def test_who_leaves_when_all_is_ready_leaves_together_and_has_the_bench_from_then_on() -> None:
    robots = [PlanRobot(robot_id="a", at=0), PlanRobot(robot_id="b", at=11, free_at_s=7.0)]
    tasks = [
        PlanTask(task_id="carry", stops=(5,), work_s=10, team=2, resources=("bench",), leaves_when_ready=True),
        PlanTask(task_id="then", stops=(4,), work_s=5, resources=("bench",), leaves_when_ready=True),
    ]
    instance = line(robots, tasks)
    plan = solve(instance, iterations=60)
    assert verify(instance, plan) == []
    carry = [v for route in plan.routes.values() for v in route if v.task_id == "carry"]
    then = next(v for route in plan.routes.values() for v in route if v.task_id == "then")
    assert carry[0].leaves_s == carry[1].leaves_s >= 7.0
    assert then.leaves_s >= carry[0].ends_s or carry[0].leaves_s >= then.ends_s
