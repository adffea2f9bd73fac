"""Whatever people answer and decide in advance, no standing order answers beyond its bounds."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fleet.escalation.standing import agreed_at_least
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.escalation import DecidedHow
from fleet.model.orders import OrderState
from fleet.model.severity import Severity
from fleet.supervisor.fold import apply
from fleet.supervisor.state import FleetState
from tests.fleet.supervisor.building import Desk, a_robot, carry

pytestmark = pytest.mark.slow

OPTIONS = ("cancel", "object:box_a", "hold_safely")
BLUE, RED = {"colour": "blue"}, {"colour": "red"}

acts = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(["cancel"] * 8 + list(OPTIONS))),
    st.tuples(
        st.just("order"),
        st.sampled_from(["cancel"] * 8 + list(OPTIONS)),
        st.sampled_from([0.1, 0.25]),
        st.floats(60.0, 2000.0),
    ),
    st.tuples(st.just("revoke"), st.integers(0, 3)),
    st.tuples(st.just("pass"), st.floats(1.0, 500.0)),
)
histories = st.lists(acts, min_size=5, max_size=15)


ORDER, ASK = ("order", "cancel", 0.25, 2000.0), ("ask", "cancel")


@example(begin=12, history=[ORDER, ASK, ASK, ("ask", "object:box_a"), ("pass", 100.0), ASK])  # it answers
@example(begin=12, history=[ORDER, ASK, ("order", "hold_safely", 0.1, 100.0), ASK, ("revoke", 1), ASK])
@given(begin=st.integers(0, 14), history=histories)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_orders_answer_only_what_they_may(begin, history):
    desk = Desk(a_robot("g1_1"))
    for act in [("ask", "cancel")] * begin + history:
        _do(desk, act)
    _check(desk)


def _do(desk: Desk, act: tuple) -> None:
    number = len(desk.state.missions)
    if act[0] == "ask":
        desk.submit(carry(f"t{number}", what=BLUE), mission_id=f"m{number}")
        if desk.questions():
            desk.answer(act[1])
    elif act[0] == "order":
        body = rq.MakeStandingOrder(
            order_id=f"o{len(desk.state.orders)}",
            reason="as always",
            expires_at_s=desk.now_s + act[3],
            decision_class="which_described_object",
            option_id=act[1],
            epsilon=act[2],
        )
        desk.ask(body, actor=f"person{len(desk.state.orders)}")
    elif act[0] == "revoke":
        desk.ask(rq.RevokeStandingOrder(order_id=f"o{act[1]}", reason="no"), role=rq.Role.ADMIN, actor="root")
    else:
        desk.now_s += act[1]
        desk.take()


def test_the_first_example_has_answers_by_an_order():
    desk = Desk(a_robot("g1_1"))
    for act in [ASK] * 12 + [ORDER, ASK, ASK]:
        _do(desk, act)
    _check(desk)
    how = [e.decision.how for e in desk.state.escalations.values() if e.decision is not None]
    assert how.count(DecidedHow.STANDING_ORDER) == 2


def _check(desk: Desk) -> None:
    """Each answer of an order, against the state as it was just before."""
    state = FleetState()
    for batch in desk.batches:
        for event in batch.events:
            if isinstance(event, ev.EscalationDecided) and event.decision.how is DecidedHow.STANDING_ORDER:
                _check_answer(state, event, batch.state.now_s)
            state = apply(state, event, batch.state.now_s)
    assert state.digest() == desk.state.digest()


def _check_answer(state: FleetState, event: ev.EscalationDecided, now_s: float) -> None:
    decision = event.decision
    asked = state.escalations[decision.escalation_id]
    order = next(o for o in state.orders.values() if decision.reason.startswith(f"standing order {o.order_id}:"))
    assert (decision.operator, decision.option_id) == (order.owner, order.option_id)
    assert order.state is OrderState.ACTIVE
    assert now_s < order.expires_at_s
    assert agreed_at_least(order.answers) >= 1.0 - order.epsilon
    assert asked.severity is not Severity.HIGH
    assert asked.ruled is not None
    assert asked.ruled.choice.reserved == ""
    option = asked.option(decision.option_id)
    assert option is not None
    assert option.possible
    others = [o for o in state.orders.values() if o.state.live and o.option_id != order.option_id]
    assert others == []
