"""What a plan would cost if something were otherwise: the solver is asked again, from the plan in force."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from fleet.allocation.changing import ITERATIONS, SEED, Solves, given_to, start_without, the_solver
from fleet.allocation.instance import Instance, Solution

TERM_WORDS: Mapping[str, str] = {
    "makespan": "the end of all work",
    "tardiness": "lateness",
    "waiting": "waiting",
    "travel": "walking",
    "energy": "energy",
    "wear": "uneven wear",
    "churn": "changing the plan",
    "moved": "calling back a robot on its way",
    "unplaced": "work left undone",
    "extra": "doubts about the robot or people it disturbs",
}
LEAST = 1e-6  # costs nearer than this are the same
_SMALL = 60  # tasks: in plans of so many every question is searched


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigher:
    """A plan of an instance, and a solver to ask what would be if the instance were another one.

    Args:
        solution: the plan in force; every question starts its search from it.
        iterations: of search for each question; 0: best insertion only.
    """

    instance: Instance
    solution: Solution
    iterations: int = ITERATIONS
    seed: int = SEED
    solve: Solves = field(default=the_solver)

    def plan(self, instance: Instance, gone: Collection[str] = (), iterations: int | None = None) -> Solution:
        """The plan there would be. `gone` are tasks whose places in the present plan are not to be kept."""
        known = {t.task_id for t in instance.tasks}
        lost = {t.task_id for t in self.instance.tasks} - known
        start = start_without(self.solution, {*gone, *lost})
        routes = {r.robot_id: start.routes.get(r.robot_id, ()) for r in instance.robots}
        start = Solution(routes=routes, unplaced=start.unplaced, cost=start.cost, terms=start.terms)
        n = self.iterations if iterations is None else iterations
        return self.solve(instance, iterations=n, seed=self.seed, start=start)

    def given(
        self, instance: Instance, task_id: str, robots: Collection[str], iterations: int | None = None
    ) -> Solution | None:
        """The plan in which these robots do the task; None where there is none."""
        plan = self.plan(given_to(instance, task_id, robots), gone=(task_id,), iterations=iterations)
        return plan if plan.robots_of(task_id) else None

    def cost_given(self, instance: Instance, task_id: str, robots: Collection[str]) -> float:
        """The cost, in s, of the plan in which they do it; infinite where there is none. It is asked many times: in a
        large instance all else then stays where it is."""
        small = len(instance.tasks) <= _SMALL
        plan = self.given(instance, task_id, robots, iterations=None if small else 0)
        return math.inf if plan is None else plan.cost


def smallest(holds: Callable[[float], bool], most: float, step: float) -> float | None:
    """The least multiple of `step` up to `most` for which it holds, by doubling and halving; None where it does not
    hold at `most` either. It is taken to hold from there on."""
    last = math.floor(most / step + 1e-9)
    if last < 1 or not holds(last * step):
        return None
    low, high = 0, 1
    while high < last and not holds(high * step):
        low, high = high, min(high * 2, last)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle * step) else (middle, high)
    return high * step


def ends_s(solution: Solution, task_id: str) -> float | None:
    """When the task ends in this plan; None for one that is not placed."""
    ends = [v.ends_s for visits in solution.routes.values() for v in visits if v.task_id == task_id]
    return max(ends) if ends else None


def starts_s(solution: Solution, task_id: str) -> float | None:
    """When the task starts in this plan; None for one that is not placed."""
    starts = [v.starts_s for visits in solution.routes.values() for v in visits if v.task_id == task_id]
    return max(starts) if starts else None


def seconds(value: float) -> str:
    """A length of time for people: `42 s`, `3 min 20 s`, `1 h 5 min`."""
    whole = round(abs(value))
    sign = "-" if value < 0 and whole else ""
    if whole < 120:
        return f"{sign}{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{sign}{minutes} min" + (f" {rest} s" if rest else "")
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours} h" + (f" {minutes} min" if minutes else "")


def in_terms(difference: Mapping[str, float], least: float = 0.05) -> str:
    """A difference of costs for people: `walking +20.0 s, lateness -3.5 s`, the largest first. What is left undone has
    no sensible number and is left out: it is for words."""
    named = sorted(difference.items(), key=lambda item: (-abs(item[1]), item[0]))
    named = [(name, value) for name, value in named if name != "unplaced"]
    said = [f"{TERM_WORDS.get(name, name)} {value:+.1f} s" for name, value in named if abs(value) >= least]
    return ", ".join(said)
