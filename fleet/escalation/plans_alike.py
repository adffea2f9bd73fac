"""The question which of two plans it shall be: they cost the same, and are not the same to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.allocation.ambiguity import Ambiguity, RunnerUp
from fleet.allocation.differing import Difference
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.weighing import ends_s
from fleet.escalation import evidence as of
from fleet.escalation.deciding import decide_or_ask
from fleet.escalation.raising import Question, ask
from fleet.model import events as ev
from fleet.model.escalation import Cause, Escalation, EscalationState, Evidence, Option, Prediction, Severity
from fleet.model.ruling import Choice, Ruled
from fleet.model.wire import digest
from fleet.supervisor.draft import Draft

WHICH_PLAN = "which_plan"
CHOOSE = "choose_plan"
_MOST_LOSS_S = 300.0
_SAID = 4  # tasks whose fate is in an option's label


def which_plan(draft: Draft, instance: Instance, found: Ambiguity, answer_within_s: float) -> None:
    """Let the gate rule on it, and ask where it does not act. The cheapest plan is the safe default: all of them are
    work that was asked for, and waiting would make everybody late."""
    options = _options(instance, found)
    choice = Choice(
        decision_class=WHICH_PLAN,
        severity=Severity.LOW,
        options=tuple(o.label for o in options),
        scores=_scores(found),
        loss_if_wrong=min(_MOST_LOSS_S, max(d.by_s for o in found.others for d in (*o.better, *o.worse))),
        delay_cost=answer_within_s,
        answers=tuple((o.option_id,) for o in options),
    )
    first = sorted(found.tasks)[0]

    def act(chosen: int) -> None:
        choose(draft, options[chosen].action, "supervisor", options[chosen].label)

    def put(ruled: Ruled) -> str:
        return ask(draft, _question(draft, found, options, ruled, answer_within_s))

    decide_or_ask(draft, choice, {"task": first, "mission": draft.state.tasks[first].mission_id}, act=act, ask=put)


def _question(
    draft: Draft, found: Ambiguity, options: tuple[Option, ...], ruled: Ruled, answer_within_s: float
) -> Question:
    tasks = tuple(draft.state.tasks[t] for t in sorted(found.tasks))
    return Question(
        cause=Cause.PLANS_ALIKE,
        decision_class=WHICH_PLAN,
        severity=Severity.LOW,
        text=f"Plans cost nearly the same, and somebody loses in each. Who goes first: {_between(found.others[0])}?",
        unknowns=("who can better do without", f"anything that the weights do not know: {_costs(found)}"),
        options=options,
        evidence=(*(of.of_task(t) for t in tasks), _of_plans(draft, found)),
        subject="|".join(sorted(found.tasks)),
        tasks=tasks,
        keeps_running=True,
        ruled=ruled,
        deadline_s=draft.now_s + answer_within_s,
        safe_default=options[0].option_id,
    )


def _options(instance: Instance, found: Ambiguity) -> tuple[Option, ...]:
    """The cheapest plan first, which is the one in force unless a runner-up is cheaper still."""
    wins = tuple(sorted({d.task_id for o in found.others for d in o.worse}))
    loses = tuple(sorted({d.task_id for o in found.others for d in o.better}))
    first = found.others[0]
    plans = [(0.0, _option("plan", found.plan, instance, (wins, loses), (*first.worse, *first.better), 0))]
    for i, other in enumerate(found.others):
        sides = tuple(tuple(sorted({d.task_id for d in side})) for side in (other.better, other.worse))
        made = _option(f"other_{i + 1}", other.plan, instance, (sides[0], sides[1]), (*other.better, *other.worse), 1)
        plans.append((other.extra_cost, made))
    return tuple(option for _, option in sorted(plans, key=lambda p: p[0]))


def _option(
    option_id: str,
    plan: Solution,
    instance: Instance,
    sides: tuple[tuple[str, ...], tuple[str, ...]],
    told: Sequence[Difference],
    which: int,
) -> Option:
    late = [t.task_id for t in instance.tasks if t.due_s is not None and (ends_s(plan, t.task_id) or 0.0) > t.due_s]
    late += [t.task_id for t in instance.tasks if ends_s(plan, t.task_id) is None]
    said = "; ".join(f"{d.what} for {d.who} {d.second if which else d.first}" for d in told[:_SAID])
    said += f"; and {len(told) - _SAID} more" if len(told) > _SAID else ""
    return Option(
        option_id=option_id,
        label=said[:1].upper() + said[1:],
        action={"do": CHOOSE, "first": list(sides[0]), "after": list(sides[1])},
        predicted=Prediction(basis=f"the plan, which costs {_felt(plan):.0f} s", makes_late=tuple(sorted(late))),
        if_wrong="somebody is late who should not have been",
    )


def _between(other: RunnerUp) -> str:
    worse, better = other.worse[0], other.better[0]
    return f"{worse.what} for {worse.who}, or {better.what} for {better.who}"


def _costs(found: Ambiguity) -> str:
    others = ", ".join(f"{_felt(o.plan):.0f} s" for o in found.others)
    return f"the plans cost {_felt(found.plan):.0f} s and {others}, and up to {found.margin:.0f} s counts as the same"


def _felt(plan: Solution) -> float:
    return plan.cost - plan.terms.get("unplaced", 0.0)


def _of_plans(draft: Draft, found: Ambiguity) -> Evidence:
    terms = {name: round(value, 1) for name, value in sorted(found.plan.terms.items()) if value}
    others = [{n: round(v, 1) for n, v in sorted(o.plan.terms.items()) if v} for o in found.others]
    return Evidence(
        kind="plan",
        ref=f"plan {draft.state.plan.number + 1}",
        summary=f"{_costs(found)}; term by term {terms} against {others}",
        source="supervisor",
        at_s=draft.now_s,
        digest=digest([terms, others]),
    )


def _scores(found: Ambiguity) -> tuple[float, ...]:
    """Cheaper scores higher, and never by much: within the margin the costs say little. Nothing is learnt in it."""
    extras = sorted([0.0, *(o.extra_cost for o in found.others)])
    scale = max(found.margin, 1e-9)
    raw = [1.0 / (2.0 + max(e - extras[0], 0.0) / scale + 0.01 * i) for i, e in enumerate(extras)]
    return tuple(round(r / sum(raw), 6) for r in raw)


# ---- what follows -------------------------------------------------------------------------------------------


def choose(draft: Draft, action: Mapping[str, Any], by: str, because: str) -> None:
    """From now on the tasks that win go before those that lose."""
    first, after = tuple(action["first"]), tuple(action["after"])
    draft.emit(ev.PlanChosen(first=first, after=after, because=because, by=by))


def chosen(draft: Draft, task_id: str, action: Mapping[str, Any], operator: str) -> None:
    """An answer, carried out once for all of its tasks."""
    still = [t for t in sorted((*action["first"], *action["after"])) if not draft.state.tasks[t].state.terminal]
    if still and task_id == still[0]:
        choose(draft, action, operator, f"{operator} chose this plan")


def asked_between(draft: Draft) -> frozenset[frozenset[str]]:
    """Pairs of tasks that somebody was asked to choose between, whatever came of it: nobody is asked twice."""
    pairs = set()
    for escalation in draft.state.escalations.values():
        if escalation.cause is Cause.PLANS_ALIKE:
            for option in escalation.options:
                if option.action.get("do") == CHOOSE:
                    firsts, afters = option.action["first"], option.action["after"]
                    pairs |= {frozenset((a, b)) for a in firsts for b in afters}
    return frozenset(pairs)


def last_asked_s(draft: Draft) -> float:
    """When such a question was last put; long ago, if never."""
    return max((e.raised_at_s for e in draft.state.escalations.values() if e.cause is Cause.PLANS_ALIKE), default=-1e15)


def open_choices(draft: Draft) -> list[Escalation]:
    """Questions which plan it shall be that wait for an answer."""
    return [e for e in draft.state.open_escalations() if e.cause is Cause.PLANS_ALIKE]


def withdraw(draft: Draft, escalation: Escalation, because: str) -> None:
    """Take the question back: there is nothing to choose any more."""
    for state in (EscalationState.STALE, EscalationState.CLOSED):
        draft.emit(ev.EscalationMoved(escalation_id=escalation.escalation_id, state=state, because=because))
