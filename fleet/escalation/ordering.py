"""Giving standing orders and taking them back: who may, about what, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fleet.escalation.answers import Refusal
from fleet.escalation.gate.records import NOT_RESERVED
from fleet.escalation.reserved import ALWAYS
from fleet.escalation.standing import familiar_facts, fits, follow_agreement
from fleet.model import events as ev
from fleet.model.errors import InvalidField
from fleet.model.escalation import DecidedHow, Escalation
from fleet.model.order_requests import MakeStandingOrder, ReportUserGone, RevokeStandingOrder
from fleet.model.orders import OrderState, StandingOrder
from fleet.model.requests import Request, Role
from fleet.policy.expression import Expression
from fleet.policy.gather import facts_of_ruled
from fleet.supervisor.draft import Draft
from fleet.supervisor.fold_orders import WINDOW, with_familiar

LONGEST_S = 90 * 86_400.0
SHORTEST_S = 60.0
LARGEST_EPSILON = 0.25
_LONGEST_ID = 64


def make_order(draft: Draft, request: Request, body: MakeStandingOrder) -> None:
    """Take a standing order. It answers once enough of people's answers so far agree with it.

    Raises:
        Refusal: naming the field, and what would be right.
    """
    if request.actor in draft.state.robots:
        raise Refusal("forbidden", f"{request.actor} is a robot: only a person may decide in advance", "actor")
    source = _source(draft, body)
    order = _order(draft, request, body, source)
    _check_scope(draft, order)
    _check_reserved(draft, order, source)
    if source is not None and not fits(order, source):
        raise Refusal("invalid", f"it does not fit {source.escalation_id}, from which it is made", "when")
    past = [e for e in draft.state.escalations.values() if _by_person(e) and fits(order, e)]
    agreed = tuple(e.decision is not None and e.decision.option_id == order.option_id for e in past)
    familiar: dict[str, tuple[str, ...]] = {}
    for escalation in past:
        familiar = with_familiar(familiar, familiar_facts(escalation))
    draft.emit(ev.StandingOrderMade(order=replace(order, answers=agreed[-WINDOW:], familiar=familiar)))
    follow_agreement(draft, order.order_id)


def _by_person(escalation: Escalation) -> bool:
    return escalation.decision is not None and escalation.decision.how is DecidedHow.ANSWERED


def _source(draft: Draft, body: MakeStandingOrder) -> Escalation | None:
    if not body.from_escalation:
        return None
    found = draft.state.escalations.get(body.from_escalation)
    if found is None:
        raise Refusal("not_found", f"no escalation named {body.from_escalation!r}", "from_escalation")
    if not _by_person(found):
        how = "is not answered yet" if found.decision is None else f"was decided by {found.decision.how.value}"
        detail = f"{body.from_escalation} {how}: a standing order is made from a person's answer"
        raise Refusal("conflict", detail, "from_escalation")
    if found.ruled is None:
        detail = f"{body.from_escalation} did not pass the gate: there are no facts that an order could go by"
        raise Refusal("conflict", detail, "from_escalation")
    return found


def _order(draft: Draft, request: Request, body: MakeStandingOrder, source: Escalation | None) -> StandingOrder:
    decided = source.decision.option_id if source is not None and source.decision is not None else ""
    decision_class = body.decision_class or (source.decision_class if source is not None else "")
    option_id = body.option_id or decided
    _check_words(draft, body, decision_class, option_id)
    if source is not None and (decision_class, option_id) != (source.decision_class, decided):
        detail = f"{source.escalation_id} is about {source.decision_class} and was answered with {decided}"
        raise Refusal("invalid", f"{detail}: leave class and option empty, or from_escalation", "option_id")
    _check_time(draft, body)
    try:
        Expression(body.when)
    except InvalidField as error:
        raise Refusal("invalid", str(error), "when") from error
    return StandingOrder(
        order_id=body.order_id,
        owner=request.actor,
        role=request.role.value,
        decision_class=decision_class,
        option_id=option_id,
        reason=body.reason.strip(),
        made_at_s=draft.now_s,
        expires_at_s=float(body.expires_at_s),
        when=body.when,
        zones=body.zones,
        robots=body.robots,
        objects=body.objects,
        epsilon=float(body.epsilon),
        from_escalation=body.from_escalation,
        because="people's answers so far are counted",
    )


def _check_words(draft: Draft, body: MakeStandingOrder, decision_class: str, option_id: str) -> None:
    order_id = body.order_id
    if not order_id.replace("_", "").replace("-", "").replace(".", "").isalnum() or len(order_id) > _LONGEST_ID:
        raise Refusal("invalid", f"{order_id!r}: expected letters, digits, '_', '-', '.', at most 64", "order_id")
    if order_id in draft.state.orders:
        raise Refusal("conflict", f"there is a standing order {order_id!r} already", "order_id")
    if not body.reason.strip():
        raise Refusal("invalid", "a reason is needed: it is kept with your name and every answer", "reason")
    seen = {e.decision_class for e in draft.state.escalations.values()}
    if decision_class not in CLASSES | seen:
        known = ", ".join(sorted(CLASSES | seen))
        raise Refusal("invalid", f"no decision class {decision_class!r}; one of: {known}", "decision_class")
    if not option_id.strip():
        raise Refusal("invalid", "say which option it chooses, e.g. try_again or object:blue_2", "option_id")


CLASSES = frozenset(
    {
        *("which_object", "which_described_object", "which_place", "which_skill", "which_robot", "which_recovery"),
        *("where_instead", "where_is_the_robot", "which_directive_wins", "is_the_claim_true", "go_on_without", *ALWAYS),
    }
)


def _check_time(draft: Draft, body: MakeStandingOrder) -> None:
    left = body.expires_at_s - draft.now_s
    if not SHORTEST_S <= left <= LONGEST_S:  # NaN is in no range
        detail = f"it must end {SHORTEST_S:.0f} s to {LONGEST_S / 86_400:.0f} days from now ({draft.now_s:.0f} s)"
        raise Refusal("invalid", f"{detail}, got {body.expires_at_s}", "expires_at_s")
    if not 0.0 < body.epsilon <= LARGEST_EPSILON:
        raise Refusal("invalid", f"got {body.epsilon}, expected above 0 and at most {LARGEST_EPSILON}", "epsilon")


def _check_scope(draft: Draft, order: StandingOrder) -> None:
    tables: dict[str, Mapping[str, object]] = {
        "zones": draft.context.site.zones,
        "robots": draft.state.robots,
        "objects": draft.context.site.objects,
    }
    for field, table in tables.items():
        for name in getattr(order, field):
            if name not in table:
                known = ", ".join(list(table)[:12]) or "none"
                raise Refusal("invalid", f"{field}: there is no {name!r}; known: {known}", field)


def _check_reserved(draft: Draft, order: StandingOrder, source: Escalation | None) -> None:
    """What is reserved is decided anew each time, by a person, whoever asks for it not to be."""
    because = ALWAYS.get(order.decision_class) or draft.context.policy.reserved(
        {"decision_class": order.decision_class}
    )
    if source is not None and source.ruled is not None and not because:
        conditions = source.ruled.ruling.conditions
        because = next((c.detail for c in conditions if c.name == NOT_RESERVED and not c.holds), "")
        because = because or draft.context.policy.reserved(facts_of_ruled(source.ruled))
    if because:
        detail = f"{order.decision_class} is reserved for people, each time anew: {because}"
        raise Refusal("forbidden", detail, "decision_class")


def revoke_order(draft: Draft, request: Request, body: RevokeStandingOrder) -> None:
    """Take an order back. Raises `Refusal`: there is none, it has ended, or it is somebody else's."""
    order = draft.state.orders.get(body.order_id)
    if order is None:
        known = ", ".join(draft.state.orders) or "none"
        raise Refusal("not_found", f"no standing order named {body.order_id!r}; known: {known}", "order_id")
    if order.state in (OrderState.REVOKED, OrderState.EXPIRED):
        raise Refusal("conflict", f"{order.order_id} is {order.state.value} already: {order.because}", "order_id")
    if request.actor != order.owner and request.role is not Role.ADMIN:
        raise Refusal("forbidden", f"it is {order.owner}'s; they or an admin may take it back", "order_id")
    if not body.reason.strip():
        raise Refusal("invalid", "a reason is needed: it is kept with your name", "reason")
    _revoke(draft, order, f"{request.actor}: {body.reason.strip()}", request.actor)


def user_gone(draft: Draft, request: Request, body: ReportUserGone) -> None:
    """End what somebody decided in advance who may not decide any more. Raises `Refusal` for all but admins."""
    if request.role is not Role.ADMIN:
        raise Refusal("forbidden", "only an admin says that somebody may not decide any more", "role")
    for order in list(draft.state.orders.values()):
        if order.owner == body.name and order.state not in (OrderState.REVOKED, OrderState.EXPIRED):
            _revoke(draft, order, f"{body.name} may not decide any more: {body.reason}", request.actor)


def _revoke(draft: Draft, order: StandingOrder, because: str, by: str) -> None:
    draft.emit(ev.StandingOrderChanged(order_id=order.order_id, state=OrderState.REVOKED, because=because, by=by))
