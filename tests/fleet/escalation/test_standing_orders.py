"""Standing orders: a person decides in advance; the fleet follows only as long as people agree, and never too far."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.escalation import standing
from fleet.escalation.standing import agreed_at_least
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.escalation import DecidedHow, Escalation
from fleet.model.orders import OrderState, Weighing
from fleet.model.tasks import TaskSpec, TaskState
from fleet.supervisor.fold import apply
from fleet.supervisor.state import FleetState
from tests.fleet.supervisor.building import Desk, a_robot, carry

BLUE = {"colour": "blue"}
ENOUGH = 11  # answers, all agreeing, for 75 % with 95 % confidence


@pytest.fixture(autouse=True)
def nobody_is_asked_again(monkeypatch):
    """Unless a test says so: which question is drawn depends on nothing but its id."""
    monkeypatch.setattr(standing, "ASKED_AGAIN", 0.0)


def a_question(desk: Desk, name: str) -> Escalation:
    desk.submit(carry(name, what=BLUE), mission_id=f"m-{name}")
    return next(e for e in desk.state.escalations.values() if name in e.task_ids)


def desk_with_answers(*options: str) -> Desk:
    desk = Desk(a_robot("g1_1"))
    for i, option in enumerate(options):
        a_question(desk, f"past{i}")
        assert desk.answer(option).accepted
    return desk


def make(desk: Desk, **changes: Any) -> ev.RequestSettled:
    body: dict[str, Any] = {
        "order_id": "blue",
        "reason": "blue boxes are kept for the night",
        "expires_at_s": desk.now_s + 3600.0,
        "decision_class": "which_described_object",
        "option_id": "cancel",
        "epsilon": 0.25,
    }
    actor, role = changes.pop("actor", "dana"), changes.pop("role", rq.Role.OPERATOR)
    return desk.ask(rq.MakeStandingOrder(**{**body, **changes}), actor=actor, role=role)


def order(desk: Desk, order_id: str = "blue"):
    return desk.state.orders[order_id]


def test_the_bound_is_that_of_clopper_and_pearson():
    # One-sided, 95 %: for n of n it is 0.05 ** (1 / n); for 27 of 30 scipy.stats.binomtest gives 0.7614...
    assert agreed_at_least((True,) * 29) == pytest.approx(0.05 ** (1 / 29))
    assert agreed_at_least((True,) * 27 + (False,) * 3) == pytest.approx(0.76144, abs=1e-4)
    assert agreed_at_least(()) == 0.0
    assert agreed_at_least((False,) * 5) == 0.0


def test_what_people_always_answer_the_same_way_is_answered_in_the_owners_name():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    assert make(desk, from_escalation=f"E{ENOUGH}", decision_class="", option_id="").accepted
    assert order(desk).state is OrderState.ACTIVE
    question = a_question(desk, "now")
    assert not question.open
    decision = question.decision
    assert decision is not None
    assert (decision.how, decision.operator, decision.option_id) == (DecidedHow.STANDING_ORDER, "dana", "cancel")
    assert decision.reason == "standing order blue: blue boxes are kept for the night"
    assert desk.task("now").state is TaskState.CANCELLED
    assert order(desk).applied == 1
    assert desk.state.weighed[question.escalation_id].outcome is Weighing.APPLIED


def test_nobody_is_told_of_a_question_that_an_order_answered():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    question = a_question(desk, "now")
    assert question.escalation_id not in desk.state.queue.entries


def test_an_order_learns_until_enough_people_agree():
    desk = desk_with_answers(*["cancel"] * (ENOUGH - 1))
    assert make(desk).accepted
    assert order(desk).state is OrderState.LEARNING
    assert a_question(desk, "one").open
    desk.answer("cancel")
    assert order(desk).state is OrderState.ACTIVE
    assert not a_question(desk, "two").open


def test_too_much_disagreement_suspends_it_and_the_next_is_asked():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    standing.ASKED_AGAIN = 1.0
    asked = a_question(desk, "again")
    assert asked.open
    assert desk.state.weighed[asked.escalation_id].outcome is Weighing.ASKED_AGAIN
    desk.answer("object:box_a")
    assert order(desk).state is OrderState.SUSPENDED
    assert "11 of 12 answers agree" in order(desk).because
    standing.ASKED_AGAIN = 0.0
    assert a_question(desk, "next").open


def test_a_share_is_asked_again_and_counts():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    standing.ASKED_AGAIN = 1.0
    assert a_question(desk, "again").open
    desk.answer("cancel")
    assert order(desk).asked_again == 1
    assert order(desk).answers == (True,) * (ENOUGH + 1)
    assert order(desk).state is OrderState.ACTIVE


def test_it_does_not_answer_outside_its_condition_or_scope():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk, when='place == "table_1"', objects=("box_a", "box_b"))
    desk.submit(carry("elsewhere", what=BLUE, to="table_3"), mission_id="m-elsewhere")
    assert [e.task_ids for e in desk.questions()] == [("elsewhere",)]
    desk.answer("cancel")
    assert not a_question(desk, "here").open


def test_an_expired_order_asks_also_after_the_clock_jumped():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    desk.now_s += 7200.0
    assert a_question(desk, "late").open
    assert order(desk).state is OrderState.EXPIRED


def test_a_clock_that_is_set_back_brings_no_order_back():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    desk.now_s += 7200.0
    desk.take()
    desk.now_s -= 7200.0
    assert a_question(desk, "late").open
    assert order(desk).state is OrderState.EXPIRED


def test_two_orders_that_contradict_each_other_ask():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    make(desk, order_id="other", option_id="object:box_a", actor="erik")
    question = a_question(desk, "now")
    assert question.open
    weighed = desk.state.weighed[question.escalation_id]
    assert weighed.outcome is Weighing.CONTRADICTORY
    assert "blue of dana: cancel, other of erik: object:box_a" in weighed.because


def test_an_option_that_is_not_possible_is_not_chosen():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk, option_id="object:box_a", epsilon=0.25)
    state = desk.state
    given = replace(order(desk), state=OrderState.ACTIVE, answers=(True,) * 30)  # as if it had been agreed with
    desk.state = replace(state, orders={"blue": given})
    desk.submit(carry("first", what="box_a", to="table_3"), mission_id="m-first")  # box_a is wanted already
    question = a_question(desk, "now")
    assert question.open
    assert "is not possible" in desk.state.weighed[question.escalation_id].because


def test_what_no_person_has_answered_yet_is_asked_however_wide_the_order():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    desk.submit(TaskSpec(task_id="new", skill="pick", parameters={"object": BLUE}, why="x"), mission_id="m-new")
    question = desk.questions()[0]
    assert question.decision_class == "which_described_object"
    assert "skill pick" in desk.state.weighed[question.escalation_id].because


def test_an_order_ends_with_its_owners_right_to_decide():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    gone = rq.ReportUserGone(name="dana", reason="left the company")
    assert desk.ask(gone, actor="erik").problem == "forbidden"
    assert desk.ask(gone, actor="root", role=rq.Role.ADMIN).accepted
    assert order(desk).state is OrderState.REVOKED
    assert a_question(desk, "now").open


def test_only_its_owner_and_admins_take_it_back():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    back = rq.RevokeStandingOrder(order_id="blue", reason="they are needed now")
    assert desk.ask(back, actor="erik").problem == "forbidden"
    assert desk.ask(back).accepted
    assert desk.ask(back).problem == "conflict"
    assert desk.ask(rq.RevokeStandingOrder(order_id="red", reason="x")).problem == "not_found"
    assert a_question(desk, "now").open


@pytest.mark.parametrize(
    ("changes", "problem", "field"),
    [
        ({"actor": "g1_1"}, "forbidden", "actor"),
        ({"role": rq.Role.VIEWER}, "forbidden", "role"),
        ({"role": rq.Role.SERVICE, "actor": "service:previewer"}, "forbidden", "role"),
        ({"order_id": "a b"}, "invalid", "order_id"),
        ({"order_id": ""}, "invalid", "order_id"),
        ({"reason": "  "}, "invalid", "reason"),
        ({"decision_class": "which_objct"}, "invalid", "decision_class"),
        ({"decision_class": "after_a_fall"}, "forbidden", "decision_class"),
        ({"decision_class": "after_lost_contact"}, "forbidden", "decision_class"),
        ({"option_id": ""}, "invalid", "option_id"),
        ({"expires_at_s": 0.0}, "invalid", "expires_at_s"),
        ({"expires_at_s": 1e9}, "invalid", "expires_at_s"),
        ({"epsilon": 0.0}, "invalid", "epsilon"),
        ({"epsilon": 0.5}, "invalid", "epsilon"),
        ({"when": "plase == 'x'"}, "invalid", "when"),
        ({"when": "zone"}, "invalid", "when"),
        ({"zones": ("attic",)}, "invalid", "zones"),
        ({"robots": ("r2",)}, "invalid", "robots"),
        ({"objects": ("box_z",)}, "invalid", "objects"),
        ({"from_escalation": "E99"}, "not_found", "from_escalation"),
        ({"from_escalation": "E1", "option_id": "object:box_a"}, "invalid", "option_id"),
        ({"from_escalation": "E1", "when": "fragile"}, "invalid", "when"),
    ],
)
def test_an_order_that_cannot_be_is_refused_with_its_field(changes, problem, field):
    desk = desk_with_answers("cancel")
    settled = make(desk, **changes)
    assert (settled.accepted, settled.problem, settled.field) == (False, problem, field)
    assert settled.detail
    assert desk.state.orders == {}


def test_an_order_is_not_made_from_what_nobody_answered():
    desk = desk_with_answers()
    a_question(desk, "open")
    settled = make(desk, from_escalation="E1", decision_class="", option_id="")
    assert (settled.problem, settled.field) == ("conflict", "from_escalation")


def test_high_severity_is_always_a_persons(monkeypatch):
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    from fleet.model.severity import Severity

    question = replace(a_question(desk, "now"), severity=Severity.HIGH)
    assert "high severity" in standing._against(desk, question, order(desk))  # type: ignore[arg-type]


def test_a_replay_gives_the_same_orders():
    desk = desk_with_answers(*["cancel"] * ENOUGH)
    make(desk)
    a_question(desk, "now")
    state = FleetState()
    for batch in desk.batches:
        for event in batch.events:
            state = apply(state, event, batch.state.now_s)
    assert state.orders == desk.state.orders
    assert state.digest() == desk.state.digest()
