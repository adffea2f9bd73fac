"""Against the optimum that CP-SAT proves, on instances of whole seconds."""

from __future__ import annotations

import numpy as np
import pytest

from fleet.allocation.instance import Instance, PlanRobot, PlanTask, PlanWeights
from fleet.allocation.solver import solve
from fleet.allocation.verify import verify

HORIZON = 2000


def whole_seconds(robots: int, tasks: int, seed: int, bound: float) -> Instance:
    """Distances and durations in whole numbers; a share `bound` of the tasks has a team, a predecessor, the bench."""
    dice = np.random.default_rng(seed)
    places = dice.integers(0, 40, (robots + 2 * tasks, 2))
    made = []
    for i in range(tasks):
        able = tuple(f"r{j}" for j in sorted(dice.permutation(robots)[: max(2, robots - 1)].tolist()))
        made.append(
            PlanTask(
                task_id=f"t{i}",
                stops=(robots + 2 * i, robots + 2 * i + 1),
                work_s=float(dice.integers(5, 40)),
                team=2 if dice.random() < bound else 1,
                able=able,
                after=(f"t{dice.integers(0, i)}",) if i and dice.random() < bound else (),
                resources=("bench",) if dice.random() < bound else (),
                due_s=float(dice.integers(40, 160)) if dice.random() < 0.5 else None,
            )
        )
    return Instance(
        robots=tuple(PlanRobot(robot_id=f"r{i}", at=i) for i in range(robots)),
        tasks=tuple(made),
        distances_m=np.abs(places[:, None] - places[None]).sum(-1).astype(float),
        weights=PlanWeights(tardiness=0.5, waiting=0.0),
    )


def optimum(instance: Instance) -> float:
    """The least makespan + half the tardiness there can be, proven."""
    cp_model = pytest.importorskip("ortools.sat.python.cp_model")
    model, distances = cp_model.CpModel(), instance.distances_m.astype(int)
    names = {t.task_id: i for i, t in enumerate(instance.tasks)}
    starts = [model.NewIntVar(0, HORIZON, "") for _ in instance.tasks]
    lasts = [int(t.work_s) + int(distances[t.stops[0], t.stops[1]]) for t in instance.tasks]
    members: list[list[object]] = [[] for _ in instance.tasks]
    for robot in instance.robots:
        arcs = [(0, 0, model.NewBoolVar(""))]
        for i, task in enumerate(instance.tasks):
            does = model.NewBoolVar("")
            arcs.append((i + 1, i + 1, does.Not()))
            if robot.robot_id in (task.able or ()):
                members[i].append(does)
            else:
                model.Add(does == 0)
            first, last = model.NewBoolVar(""), model.NewBoolVar("")
            arcs += [(0, i + 1, first), (i + 1, 0, last)]
            model.Add(starts[i] >= int(distances[robot.at, task.stops[0]])).OnlyEnforceIf(first)
            for j, other in enumerate(instance.tasks):
                if i != j:
                    then = model.NewBoolVar("")
                    arcs.append((i + 1, j + 1, then))
                    way = lasts[i] + int(distances[task.stops[-1], other.stops[0]])
                    model.Add(starts[j] >= starts[i] + way).OnlyEnforceIf(then)
        model.AddCircuit(arcs)
    for i, task in enumerate(instance.tasks):
        model.Add(sum(members[i]) == task.team)
        for name in task.after:
            model.Add(starts[i] >= starts[names[name]] + lasts[names[name]])
    bench = [i for i, t in enumerate(instance.tasks) if t.resources]
    model.AddNoOverlap([model.NewFixedSizeIntervalVar(starts[i], lasts[i], "") for i in bench])
    makespan = model.NewIntVar(0, HORIZON, "")
    late = []
    for i, task in enumerate(instance.tasks):
        model.Add(makespan >= starts[i] + lasts[i])
        if task.due_s is not None:
            late.append(model.NewIntVar(0, HORIZON, ""))
            model.Add(late[-1] >= starts[i] + lasts[i] - int(task.due_s))
    model.Minimize(2 * makespan + sum(late))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 2, 60.0
    assert solver.Solve(model) == cp_model.OPTIMAL
    return float(solver.ObjectiveValue()) / 2.0


@pytest.mark.parametrize(
    ("robots", "tasks", "seed", "bound"),
    [(2, 5, 1, 0.0), (3, 6, 2, 0.0), (3, 5, 3, 0.5), (3, 6, 4, 0.4)],
)
def test_small_plans_are_the_best_there_are(robots, tasks, seed, bound):
    instance = whole_seconds(robots, tasks, seed, bound)
    plan = solve(instance, iterations=1000)
    assert verify(instance, plan) == []
    assert plan.cost == pytest.approx(optimum(instance))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("robots", "tasks", "seed", "bound"),
    [(5, 9, 5, 0.0), (4, 8, 7, 0.5)],
)
def test_larger_ones_too_within_a_second(robots, tasks, seed, bound):
    instance = whole_seconds(robots, tasks, seed, bound)
    plan = solve(instance, seconds=1.0)
    assert verify(instance, plan) == []
    assert plan.cost == pytest.approx(optimum(instance))
