"""Standing orders answer questions in their owner's name, inside hard bounds, and are watched while they do.

The question is raised as always, with all that is on record about it; in the same step, where an order fits it and
nothing stands against that, it is answered. Nobody has to be told of it, everybody can read it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fleet.escalation.answers import answer_by_order, still_stands
from fleet.escalation.audits import drawn
from fleet.escalation.gate import records as names
from fleet.model import events as ev
from fleet.model.escalation import Cause, DecidedHow, Escalation
from fleet.model.orders import OrderState, StandingOrder, Weighed, Weighing
from fleet.model.severity import Severity
from fleet.policy.expression import Expression, prepared
from fleet.policy.facts import complete, plain
from fleet.policy.gather import facts_of_ruled
from fleet.supervisor.draft import Draft

ASKED_AGAIN = 0.05  # share of the questions that an order fits and a person is asked all the same
CONFIDENCE = 0.95
# What the question itself is about, where it is asked because the request and the world do not go together: no open
# conflict between sources, which nobody may decide in advance.
_ABOUT_A_CONFLICT = (Cause.DESTINATION_TAKEN, Cause.NO_CAPABLE_ROBOT, Cause.RECOVERY_EXHAUSTED, Cause.OUT_OF_TIME)
_FAMILIAR = ("skill", "object_kind", "fragile", "zone_kind", "robot_model")


def agreed_at_least(answers: tuple[bool, ...], confidence: float = CONFIDENCE) -> float:
    """Lower bound of the share of people who agree, exact for a binomial (Clopper and Pearson 1934), one-sided."""
    from scipy.special import betaincinv  # slow to import

    n, k = len(answers), sum(answers)
    return float(betaincinv(k, n - k + 1, 1.0 - confidence)) if k else 0.0


def watch_orders(draft: Draft) -> None:
    """End what has expired, count what people answered in this step, then answer what may be answered."""
    if not any(order.state.live for order in draft.state.orders.values()):
        return
    _expire(draft)
    _count(draft)
    # Once, in the step that raised it: an order never takes a question away from people who have it before them.
    for event in list(draft.events):
        if isinstance(event, ev.EscalationRaised):
            escalation = draft.state.escalations[event.escalation.escalation_id]
            if escalation.open:
                _weigh(draft, escalation)


def _expire(draft: Draft) -> None:
    for order in list(draft.state.orders.values()):
        if order.state in (OrderState.REVOKED, OrderState.EXPIRED) or draft.now_s < order.expires_at_s:
            continue
        because = f"it was given until {order.expires_at_s:.0f} s"
        draft.emit(ev.StandingOrderChanged(order_id=order.order_id, state=OrderState.EXPIRED, because=because))


def _count(draft: Draft) -> None:
    decided = [e.decision for e in list(draft.events) if isinstance(e, ev.EscalationDecided)]
    for decision in decided:
        if decision.how is not DecidedHow.ANSWERED:
            continue
        escalation = draft.state.escalations[decision.escalation_id]
        for order in list(draft.state.orders.values()):
            if order.state.live and fits(order, escalation):
                draft.emit(
                    ev.StandingOrderHeld(
                        order_id=order.order_id,
                        escalation_id=escalation.escalation_id,
                        agreed=decision.option_id == order.option_id,
                        by=decision.operator,
                        familiar=familiar_facts(escalation),
                    )
                )
                follow_agreement(draft, order.order_id)


def follow_agreement(draft: Draft, order_id: str) -> None:
    """Put an order in force once enough people agree with it, and suspend it when they no longer do."""
    order = draft.state.orders[order_id]
    bound = agreed_at_least(order.answers)
    said = f"{sum(order.answers)} of {len(order.answers)} answers agree: in at least {bound:.1%} of cases"
    if order.state is OrderState.LEARNING and bound >= 1.0 - order.epsilon:
        state, because = OrderState.ACTIVE, f"{said}, needed {1 - order.epsilon:.1%}"
    elif order.state is OrderState.ACTIVE and bound < 1.0 - order.epsilon:
        state, because = OrderState.SUSPENDED, f"{said} only, needed {1 - order.epsilon:.1%}"
    else:
        return
    draft.emit(ev.StandingOrderChanged(order_id=order_id, state=state, because=because))


def _weigh(draft: Draft, escalation: Escalation) -> None:
    fitting = [
        order
        for order in draft.state.orders.values()
        if order.state.live and order.made_at_s <= escalation.raised_at_s and fits(order, escalation)
    ]
    if not fitting:
        return
    weighed = _weighing(draft, escalation, fitting)
    if weighed is None:
        return
    draft.emit(ev.StandingOrdersWeighed(escalation_id=escalation.escalation_id, weighed=weighed))
    if weighed.outcome is Weighing.APPLIED:
        order = draft.state.orders[weighed.order_ids[0]]
        answer_by_order(draft, escalation, order)


def _weighing(draft: Draft, escalation: Escalation, fitting: list[StandingOrder]) -> Weighed | None:
    """What comes of orders that fit; None where they only learn from the answer."""
    options = {order.option_id for order in fitting}
    ids = tuple(order.order_id for order in fitting)
    if len(options) > 1:
        said = ", ".join(f"{o.order_id} of {o.owner}: {o.option_id}" for o in fitting)
        return Weighed(outcome=Weighing.CONTRADICTORY, order_ids=ids, because=f"standing orders contradict: {said}")
    active = [order for order in fitting if order.state is OrderState.ACTIVE]
    if not active:
        return None
    order = active[0]
    against = _against(draft, escalation, order)
    if against:
        return Weighed(outcome=Weighing.NOT_NOW, order_ids=(order.order_id,), because=against)
    if drawn(f"{order.order_id}|{escalation.escalation_id}", ASKED_AGAIN, salt="standing order"):
        because = f"one in {round(1 / ASKED_AGAIN)} is asked again, to see whether people still agree"
        return Weighed(outcome=Weighing.ASKED_AGAIN, order_ids=(order.order_id,), because=because)
    because = f"{order.owner} decided so in advance: {order.reason}"
    return Weighed(outcome=Weighing.APPLIED, order_ids=(order.order_id,), because=because)


def _against(draft: Draft, escalation: Escalation, order: StandingOrder) -> str:
    """Why the order may not answer this question now; empty where it may."""
    option = escalation.option(order.option_id)
    if escalation.severity is Severity.HIGH:
        return "too much is at stake: high severity is always a person's"
    assert option is not None, "an order fits only questions that offer its option"
    if not option.possible:
        return f"{order.option_id} is not possible: " + "; ".join(c.detail or c.name for c in option.checks if not c.ok)
    ruled = escalation.ruled
    assert ruled is not None, "only questions that passed the gate fit an order"
    must = {names.NOT_RESERVED}
    if escalation.cause not in _ABOUT_A_CONFLICT:
        must.add(names.NO_CONFLICT)
    if ruled.choice.features:
        must.add(names.PRECEDENT)
    failed = [c for c in ruled.ruling.conditions if c.name in must and not c.holds]
    if failed or ruled.choice.reserved:
        return "; ".join(f"{c.name}: {c.detail}" for c in failed) or f"reserved: {ruled.choice.reserved}"
    strange = [
        f"{name} {value or 'not known'}"
        for name, value in familiar_facts(escalation).items()
        if value not in order.familiar.get(name, ())
    ]
    if strange:
        return f"no person has answered such a question yet: {', '.join(strange)}"
    if not still_stands(draft, escalation):
        return "the world has changed since it was asked"
    return ""


def familiar_facts(escalation: Escalation) -> dict[str, str]:
    """What must have been so before in questions that people answered, for an order to answer this one."""
    facts = complete(facts_of_ruled(escalation.ruled)) if escalation.ruled is not None else {}
    return {name: str(facts[name]) for name in _FAMILIAR if name in facts}


def fits(order: StandingOrder, escalation: Escalation) -> bool:
    """Whether the question is one that the order is about, and offers what it chooses. What cannot be judged does not
    fit."""
    ruled = escalation.ruled
    if ruled is None or escalation.decision_class != order.decision_class:
        return False
    if escalation.option(order.option_id) is None:
        return False
    facts = facts_of_ruled(ruled)
    scopes = (
        (order.zones, {str(facts.get("zone", ""))}),
        (order.robots, set(escalation.robot_ids) or {str(facts.get("robot", ""))}),
        (order.objects, set(escalation.object_ids) or {str(facts.get("object", ""))}),
    )
    if any(scope and not found <= set(scope) for scope, found in scopes):
        return False
    return condition_holds(order.when, facts)


def condition_holds(when: str, facts: Mapping[str, Any]) -> bool:
    """Whether an order's condition holds for these facts; one that fails does not."""
    if when == "true":
        return True
    try:
        return _expression(when).holds(prepared(plain(complete(facts))))
    except Exception:  # whatever it is: the order then says nothing about this question
        return False


@lru_cache(maxsize=256)
def _expression(when: str) -> Expression:
    return Expression(when)
