"""Plans that cost nearly the same and differ in what people care about: a choice that no sum of costs should make.

Runner-up plans are looked for where somebody loses in the plan there is: one for each task that is late, left undone,
or disturbs somebody, made by weighing that task alone a hundred times as much, and priced by the weights in force. A
runner-up within the margin that is better for one directive and worse for another is an `Ambiguity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from fleet.allocation.changing import kept_from, with_task
from fleet.allocation.differing import Difference, Stake, differences_between
from fleet.allocation.instance import Instance, PlanTask, Solution
from fleet.allocation.weighing import LEAST, Weigher, ends_s

_BOOST = 100.0
_MOST_TRIED, _MOST_PLANS = 6, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """When plans count as alike, and what a difference is. Costs within `share` of the plan's cost (what is left
    undone not counted), or within `seconds`, are alike. A task that is late by `late_s` more is a loss; one that ends
    `waits_s` later is, where its rival was asked for at nearly the same time (`together_s`)."""

    share: float = 0.03
    seconds: float = 10.0
    late_s: float = 10.0
    waits_s: float = 120.0
    together_s: float = 30.0

    def of(self, cost: float) -> float:
        """How much dearer than `cost` a plan may be and still be alike."""
        return max(self.share * abs(cost), self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerUp:
    """Another plan, what it costs more (less, below 0), and where it is better and worse for people."""

    plan: Solution
    extra_cost: float
    better: tuple[Difference, ...]
    worse: tuple[Difference, ...]

    @property
    def tasks(self) -> frozenset[str]:
        """Whom the choice is between."""
        return frozenset(d.task_id for d in (*self.better, *self.worse))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """A plan, and those that are as good by their costs and not the same to people, the cheapest first. `margin` is
    what they were allowed to cost more, in s."""

    plan: Solution
    others: tuple[RunnerUp, ...]
    margin: float

    @property
    def tasks(self) -> frozenset[str]:
        """All tasks that win or lose by the choice."""
        return frozenset().union(*(o.tasks for o in self.others))


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerns:
    """What people have to do with the tasks, by task id; and pairs of tasks between which somebody has chosen."""

    stakes: Mapping[str, Stake]
    settled: frozenset[frozenset[str]] = field(default_factory=frozenset)


def ambiguity(weigher: Weigher, concerns: Concerns, margin: Margin | None = None) -> Ambiguity | None:
    """Whether another plan is as good and not the same to people; None where there is none, and so no question.

    Args:
        concerns: of tasks that are not in it nobody is asked.
    """
    margin = margin or Margin()
    found = runners_up(weigher, concerns, margin)
    others = [r for r in found if r.better and r.worse and not _settled(r, concerns)]
    if not others:
        return None
    return Ambiguity(
        plan=weigher.solution, others=tuple(others[:_MOST_PLANS]), margin=margin.of(_felt(weigher.solution))
    )


def runners_up(weigher: Weigher, concerns: Concerns, margin: Margin) -> list[RunnerUp]:
    """Other plans within the margin that leave no more undone, each of other effect on people, the cheapest first."""
    plan, allowed = weigher.solution, margin.of(_felt(weigher.solution))
    found: dict[tuple[object, ...], RunnerUp] = {}
    for changed in _favouring(weigher, concerns, margin):
        other = priced(weigher.instance, weigher.plan(changed[1], gone=(changed[0],)))
        extra = other.cost - plan.cost
        if extra > allowed + LEAST or other.terms["unplaced"] > plan.terms.get("unplaced", 0.0) + LEAST:
            continue
        better, worse = differences_between(weigher.instance, plan, other, concerns.stakes, margin)
        key = tuple(sorted((d.kind, d.task_id) for d in (*better, *worse)))
        known = found.get(key)
        if key and (known is None or extra < known.extra_cost - LEAST):
            found[key] = RunnerUp(plan=other, extra_cost=extra, better=better, worse=worse)
    return sorted(found.values(), key=lambda r: (r.extra_cost, sorted(r.tasks)))


def _felt(plan: Solution) -> float:
    """The cost of what is done; what is left undone outweighs everything, and would make all plans alike."""
    return plan.cost - plan.terms.get("unplaced", 0.0)


def _settled(other: RunnerUp, concerns: Concerns) -> bool:
    """Whether somebody has chosen before between those who win and those who lose."""
    return any(frozenset((b.task_id, w.task_id)) in concerns.settled for b in other.better for w in other.worse)


def _favouring(weigher: Weigher, concerns: Concerns, margin: Margin) -> Iterable[tuple[str, Instance]]:
    """Instances in which one of those who lose in the plan is favoured, the one who loses most first."""
    instance, plan = weigher.instance, weigher.solution
    losing = sorted(
        ((_loss(t, plan), t) for t in instance.tasks if t.task_id in concerns.stakes),
        key=lambda pair: (-pair[0], pair[1].task_id),
    )
    for loss, task in losing[:_MOST_TRIED]:
        if loss >= margin.late_s or _waits_beside_another(task, plan, concerns, margin):
            yield task.task_id, favoured(instance, (task.task_id,), _BOOST)
    for task_id, stake in sorted(concerns.stakes.items()):
        disturbing = [r for r in plan.robots_of(task_id) if stake.disturbs.get(r)]
        if disturbing:
            yield task_id, kept_from(instance, task_id, disturbing)


def _loss(task: PlanTask, plan: Solution) -> float:
    """How late the task is, in s; more than any lateness for one that is left undone."""
    ends = ends_s(plan, task.task_id)
    if ends is None:
        return 1e12
    return 0.0 if task.due_s is None else max(0.0, ends - task.due_s)


def _waits_beside_another(task: PlanTask, plan: Solution, concerns: Concerns, margin: Margin) -> bool:
    """Whether it ends much later than one that somebody else asked for at nearly the same time, as urgently."""
    mine, ends = concerns.stakes[task.task_id], ends_s(plan, task.task_id)
    return ends is not None and any(
        mine.rivals(stake, margin.together_s) and (theirs := ends_s(plan, other)) is not None
        and ends - theirs >= margin.waits_s
        for other, stake in concerns.stakes.items()
        if other != task.task_id
    )  # fmt: skip


def favoured(instance: Instance, tasks: Iterable[str], times: float) -> Instance:
    """An instance in which these tasks count so many times as much: their lateness, their waiting, their being done."""
    chosen = set(tasks)
    for task in instance.tasks:
        if task.task_id in chosen:
            instance = with_task(
                instance,
                task.task_id,
                due_weight=task.due_weight * times,
                waiting_weight=task.waiting_weight * times,
                left_weight=task.left_weight * times,
            )
    return instance


def priced(instance: Instance, plan: Solution) -> Solution:
    """The plan at the weights of `instance`, where it was made with other weights of tasks."""
    weights, now_s = instance.weights, instance.now_s
    tardiness = waiting = unplaced = 0.0
    for task in instance.tasks:
        ends = ends_s(plan, task.task_id)
        if ends is None:
            unplaced += task.left_weight
            continue
        waiting += task.waiting_weight * (ends - now_s)
        tardiness += task.due_weight * max(0.0, ends - task.due_s) if task.due_s is not None else 0.0
    terms = {
        **plan.terms,
        "tardiness": weights.tardiness * tardiness,
        "waiting": weights.waiting * waiting,
        "unplaced": weights.unplaced * unplaced,
    }
    return replace(plan, terms=terms, cost=sum(terms.values()))
