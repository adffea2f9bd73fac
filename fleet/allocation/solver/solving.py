"""Plans made from nothing, or made better: at once by insertion, then for as long as one lets it."""

from __future__ import annotations

import time

import numpy as np

from fleet.allocation.instance import Instance, PlanRobot, PlanTask, Solution
from fleet.allocation.instance_checks import check
from fleet.model.errors import InvalidField

DEFAULT_ITERATIONS = 2000


def solve(
    instance: Instance,
    *,
    seconds: float | None = None,
    iterations: int | None = None,
    seed: int = 0,
    start: Solution | None = None,
) -> Solution:
    """A plan for the instance.

    Args:
        seconds: how long to go on, in CPU seconds of this thread (the first plan is made whatever it takes).
        iterations: how many rounds of search at most; 2,000 when neither is given. With a budget of rounds alone the
            answer is the same, bit for bit, in every process.
        seed: of the search's dice.
        start: a plan to begin from, as far as it still can be.

    Raises:
        InvalidField: the instance makes no sense (`fleet.allocation.instance_checks`), or a budget is negative.
    """
    from fleet.allocation.solver.engine import Engine

    began = time.thread_time()
    check(instance)
    if seconds is not None and not 0.0 <= seconds < 1e9:
        raise InvalidField("seconds", seconds, "0 or more")
    if iterations is not None and iterations < 0:
        raise InvalidField("iterations", iterations, "0 or more")
    if iterations is None and seconds is None:
        iterations = DEFAULT_ITERATIONS
    engine = Engine(instance, seed, start)
    engine.run(iterations, None if seconds is None else began + seconds, began)
    return engine.solution(time.thread_time() - began)


def warm_up() -> None:
    """Compiles (the first time ever) or loads the solver's code, so that the first real question does not wait."""
    robots = (PlanRobot(robot_id="a", at=0), PlanRobot(robot_id="b", at=1))
    tasks = (PlanTask(task_id="1", stops=(1,)), PlanTask(task_id="2", stops=(0,)))
    distances = np.array([[0.0, 1.0], [1.0, 0.0]])
    solve(Instance(robots=robots, tasks=tasks, distances_m=distances), iterations=2)
    team = (*tasks, PlanTask(task_id="3", stops=(1,), team=2))
    solve(Instance(robots=robots, tasks=team, distances_m=distances), iterations=2)
