"""How two plans differ for people: who is late, whose task is left undone, who waits, who is disturbed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fleet.allocation.instance import Instance, PlanTask, Solution
from fleet.allocation.weighing import ends_s, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What a task is to people: `what` it is and `who` asked for it (words), under which `directive`, when and how
    urgently; and `disturbs`, by robot, whom that robot would disturb at it."""

    what: str
    who: str
    directive: str
    asked_at_s: float = 0.0
    priority: int = 50
    disturbs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def rivals(self, other: Stake, together_s: float) -> bool:
        """Whether nothing says whose turn is first: other people, as urgent, at nearly the same time."""
        return (
            self.directive != other.directive
            and self.who != other.who
            and self.priority == other.priority
            and abs(self.asked_at_s - other.asked_at_s) <= together_s
        )


class Sizes(Protocol):
    """How large a difference must be to count, in s."""

    @property
    def late_s(self) -> float: ...

    @property
    def waits_s(self) -> float: ...

    @property
    def together_s(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one task's people get in two plans. `kind`: undone, late, waits or disturbed; `first` and `second` say how
    it is in each plan, `by_s` how much the worse is worse, in s (0 where it is not a time)."""

    kind: str
    task_id: str
    who: str
    directive: str
    what: str
    first: str
    second: str
    by_s: float = 0.0


def differences_between(
    instance: Instance, first: Solution, second: Solution, stakes: Mapping[str, Stake], sizes: Sizes
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Where `second` is better for people than `first`, and where it is worse, as far as they are of different
    directives: within one directive it is the plan's business who goes first."""
    better: list[Difference] = []
    worse: list[Difference] = []
    for task in instance.tasks:
        stake = stakes.get(task.task_id)
        if stake is not None:
            for is_better, difference in _of_task(instance, task, stake, first, second, sizes):
                (better if is_better else worse).append(difference)
    better, worse = _of_rivals(better, worse, stakes, sizes)
    return tuple(_largest_first(better)), tuple(_largest_first(worse))


def _largest_first(found: list[Difference]) -> list[Difference]:
    return sorted(found, key=lambda d: (d.kind != "undone", -d.by_s, d.task_id))


def _of_task(
    instance: Instance, task: PlanTask, stake: Stake, first: Solution, second: Solution, sizes: Sizes
) -> Iterator[tuple[bool, Difference]]:
    """(whether the second plan is the better, how they differ) for one task."""
    ends = [ends_s(plan, task.task_id) for plan in (first, second)]

    def made(kind: str, texts: tuple[str, str], by_s: float = 0.0) -> Difference:
        return Difference(
            kind=kind, task_id=task.task_id, who=stake.who, directive=stake.directive, what=stake.what,
            first=texts[0], second=texts[1], by_s=by_s,
        )  # fmt: skip

    if ends[0] is None or ends[1] is None:
        if ends[0] is not ends[1]:
            texts = tuple("is left undone" if e is None else _done(instance, task, e) for e in ends)
            yield ends[0] is None, made("undone", (texts[0], texts[1]))
        return
    texts = (_done(instance, task, ends[0]), _done(instance, task, ends[1]))
    late = [0.0 if task.due_s is None else max(0.0, e - task.due_s) for e in (ends[0], ends[1])]
    if abs(late[0] - late[1]) >= sizes.late_s:
        yield late[1] < late[0], made("late", texts, abs(late[0] - late[1]))
    elif abs(ends[0] - ends[1]) >= sizes.waits_s:
        yield ends[1] < ends[0], made("waits", texts, abs(ends[0] - ends[1]))
    disturbed = [_disturbed(stake, plan, task.task_id) for plan in (first, second)]
    if disturbed[0] != disturbed[1] and len(disturbed[0]) != len(disturbed[1]):
        said = tuple(f"disturbs {', '.join(d)}" if d else "disturbs nobody" for d in disturbed)
        yield len(disturbed[1]) < len(disturbed[0]), made("disturbed", (said[0], said[1]))


def _done(instance: Instance, task: PlanTask, ends: float) -> str:
    said = f"is done in {seconds(ends - instance.now_s)}"
    if task.due_s is None:
        return said
    if ends > task.due_s:
        return f"{said}, {seconds(ends - task.due_s)} late"
    return f"{said}, in time"


def _disturbed(stake: Stake, plan: Solution, task_id: str) -> tuple[str, ...]:
    return tuple(sorted({person for r in plan.robots_of(task_id) for person in stake.disturbs.get(r, ())}))


def _of_rivals(
    better: list[Difference], worse: list[Difference], stakes: Mapping[str, Stake], sizes: Sizes
) -> tuple[list[Difference], list[Difference]]:
    """Only what is between different directives; and mere waiting only between those whose turn nothing says."""

    def against(one: Difference, other: Difference) -> bool:
        if one.task_id == other.task_id:
            return one.kind != other.kind
        if "waits" in (one.kind, other.kind):
            return stakes[one.task_id].rivals(stakes[other.task_id], sizes.together_s)
        return one.directive != other.directive

    kept_better = [b for b in better if not worse or any(against(b, w) for w in worse)]
    kept_worse = [w for w in worse if not better or any(against(w, b) for b in better)]
    if better and worse and not (kept_better and kept_worse):
        return [], []
    return kept_better, kept_worse
