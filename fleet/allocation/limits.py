"""Which limit keeps a task from being done in time, and what relaxing each of them would buy.

Each limit is relaxed alone and the solver asked again, from the plan in force. A limit *binds* if the task would be
done in time without it, whatever else stays as it is; of one that does not, what it would buy all the same is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fleet.allocation.changing import task_of, with_task
from fleet.allocation.instance import Instance, PlanTask, Solution
from fleet.allocation.relaxing import Relaxed, relaxations
from fleet.allocation.weighing import Weigher, ends_s, seconds, smallest

_SLACK_S = 1e-6
_FIRST = 1e3  # how much worse it is to leave the task undone, where it is to go before all others
_LATER_S = 1.0  # of another task's end, that is worth a word
_STEP_S = 1.0
_LONGER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What another task would lose: how much later it would end than its deadline allows, in s, or that it would be
    left undone (`late_s` None)."""

    task_id: str
    late_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """One limit relaxed. `amount` of `unit` is by how much (0: altogether), `subject` whose it is; `ends_s` is when the
    task would end (None: it would still be left undone), `meets` whether that is in time, `buys_s` how much sooner than
    now; `harms` is what others would lose."""

    kind: str
    subject: str
    amount: float
    unit: str
    ends_s: float | None
    meets: bool
    buys_s: float
    text: str
    harms: tuple[Harm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What is closed on every way to a task: ids, the robots that it keeps out, and when the task would end if all of
    it were open (None: it would still be left undone)."""

    what: tuple[str, ...]
    kept_out: frozenset[str]
    ends_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Why a task is not done in time. `wanted_s` is its deadline (None: it has none, and is left undone), `ends_s` when
    it ends in the plan, `soonest_s` when it would end if its deadline did not keep it from being done late. `binds` are
    the kinds of those `reliefs` that suffice alone, which come first."""

    task_id: str
    wanted_s: float | None
    hard: bool
    ends_s: float | None
    soonest_s: float | None
    reliefs: tuple[Relief, ...]
    sentence: str

    @property
    def binds(self) -> tuple[str, ...]:
        """The kinds of limits without which the task would be done in time."""
        return tuple(dict.fromkeys(r.kind for r in self.reliefs if r.meets))

    @property
    def met(self) -> bool:
        """Whether the task is done in time as it is."""
        return _in_time(self.ends_s, self.wanted_s)


def limits(
    weigher: Weigher, task_id: str, *, reasons: Mapping[str, str] | None = None, closed: Closed | None = None
) -> Limits:
    """What keeps the task from being done in time in the weigher's plan, or in a better one that a longer search finds;
    no reliefs where nothing does.

    Args:
        reasons: by robot why it cannot do the task, in words.
        closed: what keeps robots from the task, where something closed does.

    Raises:
        NotFound: there is no such task.
    """
    instance = weigher.instance
    task = task_of(instance, task_id)
    wanted = _wanted_s(task)
    ends = ends_s(weigher.solution, task_id)
    if not _in_time(ends, wanted):
        weigher = _searched_longer(weigher)  # or a limit would seem to bind that only the search's patience did
        ends = ends_s(weigher.solution, task_id)
    made = Limits(
        task_id=task_id,
        wanted_s=wanted,
        hard=task.latest_s is not None,
        ends_s=ends,
        soonest_s=ends,
        reliefs=(),
        sentence="",
    )
    if made.met:
        return replace(made, sentence=_met(instance, made))
    if ends is None and task.latest_s is not None:
        late = weigher.plan(with_task(instance, task_id, latest_s=None, due_s=task.latest_s), gone=(task_id,))
        made = replace(made, soonest_s=ends_s(late, task_id))
    found = [_deadline(weigher, task, made), _first(weigher, task, made)]
    kept_out = closed.kept_out if closed is not None else frozenset()
    relaxed = [
        r for r in relaxations(instance, task, reasons or {}) if (r.kind, r.subject in kept_out) != ("able", True)
    ]
    found += [_opened(made, closed), *(_relief(weigher, task, made, r) for r in relaxed)]
    reliefs = [r for r in found if r is not None]
    reliefs.sort(key=lambda r: (not r.meets, bool(r.harms), -r.buys_s if not r.meets else 0.0))
    made = replace(made, reliefs=tuple(reliefs))
    return replace(made, sentence=_sentence(instance, made))


def _searched_longer(weigher: Weigher) -> Weigher:
    """With a better plan, where a longer search finds one."""
    plan = weigher.plan(weigher.instance, iterations=_LONGER * weigher.iterations)
    return replace(weigher, solution=plan) if plan.cost < weigher.solution.cost - _SLACK_S else weigher


def _wanted_s(task: PlanTask) -> float | None:
    if task.due_s is None or task.latest_s is None:
        return task.latest_s if task.due_s is None else task.due_s
    return min(task.due_s, task.latest_s)


def _in_time(ends: float | None, wanted: float | None) -> bool:
    return ends is not None and (wanted is None or ends <= wanted + _SLACK_S)


def _buys(made: Limits, ends: float | None) -> float:
    return 0.0 if ends is None or made.soonest_s is None else max(0.0, made.soonest_s - ends)


# ---- the limits that every task has -------------------------------------------------------------------------


def _deadline(weigher: Weigher, task: PlanTask, made: Limits) -> Relief | None:
    """How much later the deadline would have to be for the task to keep it, with the plan that there would then be."""
    if made.wanted_s is None or made.soonest_s is None:
        return None
    wanted, instance = made.wanted_s, weigher.instance

    def later(by_s: float) -> Instance:
        return with_task(
            instance,
            task.task_id,
            due_s=None if task.due_s is None else task.due_s + by_s,
            latest_s=None if task.latest_s is None else task.latest_s + by_s,
        )

    def ends_with(by_s: float) -> float | None:
        return ends_s(weigher.plan(later(by_s), gone=(task.task_id,), iterations=0), task.task_id)

    most = 4.0 * (made.soonest_s - wanted) + 60.0
    amount = smallest(lambda by_s: _in_time(ends_with(by_s), wanted + by_s), most, _STEP_S)
    if amount is None:
        return None
    ends = ends_with(amount)
    text = f"the deadline were {seconds(amount)} later"
    return Relief(
        kind="deadline", subject=task.task_id, amount=amount, unit="s", ends_s=ends, meets=True, buys_s=0.0, text=text
    )


def _first(weigher: Weigher, task: PlanTask, made: Limits) -> Relief | None:
    """It goes before everything else, and what others lose by that; None where nothing else is in its way."""
    if len(weigher.instance.tasks) < 2 or made.wanted_s is None:
        return None
    before_all = with_task(
        weigher.instance, task.task_id, latest_s=made.wanted_s, left_weight=task.left_weight * _FIRST
    )
    plan = weigher.plan(before_all, gone=(task.task_id,))
    ends = ends_s(plan, task.task_id)
    if not _in_time(ends, made.wanted_s):
        return None
    harms = harms_of(weigher.instance, weigher.solution, plan, task.task_id)
    return Relief(
        kind="priority", subject=task.task_id, amount=0.0, unit="", ends_s=ends, meets=True, buys_s=_buys(made, ends),
        text=f"it went before everything else{_losses(harms)}", harms=harms,
    )  # fmt: skip


def harms_of(instance: Instance, before: Solution, after: Solution, but: str = "") -> tuple[Harm, ...]:
    """What tasks other than `but` lose in `after` against `before`: those that are done no more, then those that are
    late, or later than they were, the worst first."""
    undone, late = [], []
    for task in instance.tasks:
        was, now, wanted = ends_s(before, task.task_id), ends_s(after, task.task_id), _wanted_s(task)
        if task.task_id == but or was is None:
            continue
        if now is None:
            undone.append(Harm(task_id=task.task_id, late_s=None))
        elif wanted is not None and now > max(was, wanted) + _LATER_S:
            late.append(Harm(task_id=task.task_id, late_s=now - wanted))
    return (*undone, *sorted(late, key=lambda h: (-(h.late_s or 0.0), h.task_id)))


def _losses(harms: tuple[Harm, ...]) -> str:
    if not harms:
        return ""
    said = [f"{h.task_id} {'left undone' if h.late_s is None else seconds(h.late_s) + ' late'}" for h in harms[:3]]
    more = f" and {len(harms) - 3} more" if len(harms) > 3 else ""
    return f" (then {', '.join(said)}{more})"


def _opened(made: Limits, closed: Closed | None) -> Relief | None:
    """It is open; None where that alone would not have the task done."""
    if closed is None or closed.ends_s is None:
        return None
    names = " and ".join(closed.what)
    return Relief(
        kind="closed", subject=names, amount=0.0, unit="", ends_s=closed.ends_s,
        meets=_in_time(closed.ends_s, made.wanted_s), buys_s=_buys(made, closed.ends_s),
        text=f"{names} were opened now",
    )  # fmt: skip


# ---- the others ---------------------------------------------------------------------------------------------


def _relief(weigher: Weigher, task: PlanTask, made: Limits, relaxed: Relaxed) -> Relief | None:
    """What relaxing this limit alone would buy; None where it buys nothing. Of one that can be relaxed by degrees the
    least degree that suffices, where one does."""
    amount, text = relaxed.most, relaxed.say(relaxed.most)

    def ends_with(by: float, iterations: int | None) -> float | None:
        return ends_s(weigher.plan(relaxed.make(by), gone=(task.task_id,), iterations=iterations), task.task_id)

    def suffices(iterations: int | None) -> Callable[[float], bool]:
        return lambda by: _in_time(ends_with(by, iterations), made.wanted_s)

    ends = ends_with(amount, None)
    meets = _in_time(ends, made.wanted_s)
    if meets and relaxed.step > 0:
        for iterations in (0, None):  # with search only where insertion alone does not do
            least = smallest(suffices(iterations), relaxed.most, relaxed.step)
            if least is not None:
                amount, ends, text = least, ends_with(least, iterations), relaxed.say(least)
                break
    buys = _buys(made, ends)
    if not meets and buys < _LATER_S:
        return None
    return Relief(
        kind=relaxed.kind, subject=relaxed.subject, amount=amount if relaxed.step > 0 else 0.0, unit=relaxed.unit,
        ends_s=ends, meets=meets, buys_s=buys, text=text,
    )  # fmt: skip


# ---- in words -----------------------------------------------------------------------------------------------


def _met(instance: Instance, made: Limits) -> str:
    assert made.ends_s is not None, "a task that is in time is placed"
    if made.wanted_s is None:
        return f"{made.task_id} has no deadline and ends in {seconds(made.ends_s - instance.now_s)}."
    return f"{made.task_id} ends {seconds(made.wanted_s - made.ends_s)} before its deadline."


def _sentence(instance: Instance, made: Limits) -> str:
    enough = [r.text for r in made.reliefs if r.meets]
    part = [f"if {r.text}, it would end {seconds(r.buys_s)} sooner" for r in made.reliefs if not r.meets]
    said = _what(instance, made)
    if enough:
        done = "done" if made.wanted_s is None else "in time"
        said += f" It would be {done} if {'; or if '.join(enough)}."
    elif made.wanted_s is None:
        said += " Nothing that was tried would change that."
    else:
        said += " No single change that was tried would bring it in time."
    return said + (f" Not enough alone: {'; '.join(part)}." if part else "")


def _what(instance: Instance, made: Limits) -> str:
    if made.wanted_s is None:
        return f"{made.task_id} is left undone."
    due = seconds(made.wanted_s - instance.now_s)
    if made.soonest_s is None:
        return f"{made.task_id} cannot be done at all as things are (its deadline is in {due})."
    late = seconds(made.soonest_s - made.wanted_s)
    if made.ends_s is None:
        return f"{made.task_id} cannot end by its deadline in {due}: it would end {late} after it."
    return f"{made.task_id} ends {late} after its deadline in {due}."
