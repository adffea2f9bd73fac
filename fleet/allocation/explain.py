"""Why this robot, why not that one, and what would change it: from the plan's own costs, found by asking the solver.

For a task: who has it and what that costs; for every other robot the best plan in which it does the task and what that
plan costs more, term by term, or why there is none; and the smallest changes that would give it to the nearest rivals.
Nothing here is a rule of thumb: each number is the difference of two plans, and each "would get it if" was tried.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fleet.allocation.changing import able_for, differences, given_to, robot_of, task_of, without_tasks
from fleet.allocation.explain_words import comparison, sentence_of
from fleet.allocation.flips import Flip, flips
from fleet.allocation.instance import Instance, PlanTask, Solution
from fleet.allocation.weighing import LEAST, Weigher, ends_s, seconds, starts_s

_SEARCHED, _FLIPPED = 12, 1  # rivals whose plans are searched and not only inserted; whose smallest changes are found
_LONGER = 5  # their plans are searched so much longer than those on the way to a smallest change


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another robot for the task. `team` is who would do it together with it, itself included; `difference` is what the
    best such plan costs more, by term, in s; `extra_cost` their sum, infinite where there is no such plan. `also` are
    other tasks that another robot would then do, `undone` those that nobody would. `because` says it in words."""

    robot_id: str
    team: tuple[str, ...]
    possible: bool
    because: str
    extra_cost: float = math.inf
    difference: Mapping[str, float] = field(default_factory=dict)
    ends_s: float | None = None
    also: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    flips: tuple[Flip, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a task is where it is in a plan. `terms` are what the task adds to the plan's cost, by term, in s;
    `alternatives` has every other robot, the cheapest first, then those that cannot. `late_s` is how long after its
    deadline it ends."""

    task_id: str
    robots: tuple[str, ...]
    starts_s: float | None
    ends_s: float | None
    late_s: float
    terms: Mapping[str, float]
    alternatives: tuple[Alternative, ...]
    unplaced_because: str
    sentence: str

    def alternative(self, robot_id: str) -> Alternative | None:
        """What is said of that robot; None for one that has the task, or is not known."""
        return next((a for a in self.alternatives if a.robot_id == robot_id), None)


def explain(
    weigher: Weigher,
    task_id: str,
    *,
    robots: Sequence[str] | None = None,
    reasons: Mapping[str, str] | None = None,
    absent: Mapping[str, str] | None = None,
) -> Explanation:
    """Explain where the task is in the weigher's plan.

    Args:
        robots: only these are compared with, each with what would change it; None: all, the closest with that.
        reasons: by robot why it cannot do the task, in words, where somebody knows (`feasibility.judge`).
        absent: robots that are no part of the instance, and why not, in words.

    Raises:
        NotFound: there is no such task, or one of the robots is not known.
    """
    instance, plan = weigher.instance, weigher.solution
    task = task_of(instance, task_id)
    for robot_id in robots or ():
        robot_of(instance, robot_id)
    holders = plan.robots_of(task_id)
    asked = [r.robot_id for r in instance.robots if robots is None or r.robot_id in robots]
    rivals = _by_nearness(instance, task, [r for r in asked if r not in holders])
    given = [_alternative(weigher, task, holders, r, i < _SEARCHED, reasons or {}) for i, r in enumerate(rivals)]
    given.sort(key=lambda a: a.extra_cost)  # of those that cannot, the nearest stay first
    closest = len(given) if robots is not None else _FLIPPED
    given = [_with_flips(weigher, task, a, holders) if i < closest else a for i, a in enumerate(given)]
    given += [
        Alternative(robot_id=robot_id, team=(robot_id,), possible=False, because=because)
        for robot_id, because in sorted((absent or {}).items())
    ]
    ends = ends_s(plan, task_id)
    share = _share(weigher, task_id) if holders else {}
    made = Explanation(
        task_id=task_id,
        robots=holders,
        starts_s=starts_s(plan, task_id),
        ends_s=ends,
        late_s=0.0 if ends is None or task.due_s is None else max(0.0, ends - task.due_s),
        terms=share,
        alternatives=tuple(given),
        unplaced_because=plan.unplaced.get(task_id, ""),
        sentence="",
    )
    return replace(made, sentence=sentence_of(instance, task, made))


def _by_nearness(instance: Instance, task: PlanTask, robots: list[str]) -> list[str]:
    """Those first that could be there soonest."""

    def there_s(robot_id: str) -> float:
        robot = robot_of(instance, robot_id)
        way_m = float(instance.distances_m[robot.at, task.stops[0]]) if task.stops else 0.0
        return max(robot.free_at_s, instance.now_s) + way_m / robot.speed_mps

    unable = {r for r in robots if _barred(task, r)}
    return sorted(robots, key=lambda r: (r in unable, there_s(r), r))


def _barred(task: PlanTask, robot_id: str) -> str:
    """Why the instance keeps the robot from the task; empty where it does not."""
    if task.able is not None and robot_id not in task.able:
        return "it is not able to do it"
    if robot_id in task.banned:
        return "it was ruled out for this task"
    if task.pinned_to and robot_id not in task.pinned_to:
        return f"the task is for {' and '.join(task.pinned_to)} only"
    return ""


def _share(weigher: Weigher, task_id: str) -> dict[str, float]:
    """What the plan would cost less if nobody had asked for the task."""
    without = weigher.plan(without_tasks(weigher.instance, {task_id}), iterations=0)
    return differences(weigher.solution.terms, without.terms)


# ---- one rival ----------------------------------------------------------------------------------------------


def _alternative(
    weigher: Weigher,
    task: PlanTask,
    holders: tuple[str, ...],
    robot_id: str,
    searched: bool,
    reasons: Mapping[str, str],
) -> Alternative:
    iterations = _LONGER * weigher.iterations if searched else 0
    barred = _barred(task, robot_id)
    if barred:
        return _of_one_that_cannot(weigher, task, holders, robot_id, reasons.get(robot_id, barred))
    best = weigher.given(weigher.instance, task.task_id, (robot_id,), iterations)
    if best is None:
        because = reasons.get(robot_id) or _why_not(weigher, task, robot_id)
        return Alternative(robot_id=robot_id, team=(robot_id,), possible=False, because=because)
    plan = weigher.solution
    difference = differences(best.terms, plan.terms)
    extra = best.cost - plan.cost
    ends = ends_s(best, task.task_id)
    undone = tuple(sorted(set(best.unplaced) - set(plan.unplaced)))
    also = tuple(t for t in _also(plan, best, task.task_id) if t not in undone)
    return Alternative(
        robot_id=robot_id,
        team=best.robots_of(task.task_id),
        possible=True,
        because=comparison(robot_id, extra, difference, ends, ends_s(plan, task.task_id), also, undone),
        extra_cost=extra,
        difference=difference,
        ends_s=ends,
        also=also,
        undone=undone,
    )


def _of_one_that_cannot(
    weigher: Weigher, task: PlanTask, holders: tuple[str, ...], robot_id: str, reason: str
) -> Alternative:
    """It cannot; and whether it would get the task if it could."""
    changed = able_for(weigher.instance, task.task_id, robot_id)
    free = weigher.plan(changed, gone=(task.task_id,), iterations=0)
    would = robot_id in free.robots_of(task.task_id)
    then = ""
    if would:
        then = "; it would get the task otherwise"
    else:
        plan = weigher.given(changed, task.task_id, (robot_id,), 0)
        extra = math.inf if plan is None else plan.cost - weigher.solution.cost
        then = f"; and it would cost {seconds(extra)} more" if holders and 0 < extra < math.inf else ""
    flip = Flip(
        kind="able", robot_id=robot_id, subject=robot_id, amount=1.0, unit="",
        text=f"{robot_id} would get it if that were not so: {reason}",
    )  # fmt: skip
    return Alternative(
        robot_id=robot_id,
        team=(robot_id,),
        possible=False,
        because=reason + then,
        flips=(flip,) if would else (),
    )


def _why_not(weigher: Weigher, task: PlanTask, robot_id: str) -> str:
    """There is no plan in which this robot, which is able, does the task: what the solver says about it."""
    plan = weigher.plan(given_to(weigher.instance, task.task_id, (robot_id,)), gone=(task.task_id,), iterations=0)
    return plan.unplaced.get(task.task_id, "") or "there is no plan in which it does the task"


def _also(plan: Solution, other: Solution, task_id: str) -> tuple[str, ...]:
    """Other tasks that other robots do in `other`."""

    def doers(solution: Solution) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for robot_id, visits in solution.routes.items():
            for visit in visits:
                if visit.task_id and visit.task_id != task_id:
                    found.setdefault(visit.task_id, set()).add(robot_id)
        return found

    before, after = doers(plan), doers(other)
    return tuple(sorted(t for t in {*before, *after} if before.get(t) != after.get(t)))


def _with_flips(weigher: Weigher, task: PlanTask, alternative: Alternative, holders: tuple[str, ...]) -> Alternative:
    """With the smallest changes that would give it the task, unless it is barred or costs no more anyway."""
    if _barred(task, alternative.robot_id) or (alternative.possible and alternative.extra_cost <= LEAST):
        return alternative
    return replace(alternative, flips=flips(weigher, task.task_id, alternative.robot_id, holders))
