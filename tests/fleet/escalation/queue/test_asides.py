from __future__ import annotations

import pytest

from fleet.model import events as ev
from fleet.model import queue_requests as qr
from fleet.model.requests import Role
from tests.fleet.escalation.queue.desks import HALL, a_desk, acknowledge, ambiguous, fall, happened, notices


def shelve(escalation_id: str, until_s: float = 100.0, reason: str = "after the round") -> qr.ShelveEscalation:
    return qr.ShelveEscalation(escalation_id=escalation_id, until_s=until_s, reason=reason)


def hand_on(escalation_id: str, to: str = "Lea", reason: str = "she knows the ward") -> qr.DelegateEscalation:
    return qr.DelegateEscalation(escalation_id=escalation_id, to=to, reason=reason)


def test_a_shelved_question_is_quiet_and_comes_back():
    desk = a_desk()
    asked = ambiguous(desk)
    assert desk.ask(shelve(asked), actor="Mia").accepted
    desk.wait(80)
    assert len(notices(desk, asked)) == 1, "tiers do not run while it is put aside"
    desk.wait(25)
    last = notices(desk, asked)[-1]
    assert last.page
    assert last.because == "the time for which Mia put it aside is over"
    assert desk.state.queue.entries[asked].shelved is None


def test_shelving_never_outlives_the_deadline():
    desk = a_desk(answer_within_s=200)
    asked = ambiguous(desk)
    assert desk.ask(shelve(asked, until_s=5000)).accepted
    shelved = desk.state.queue.entries[asked].shelved
    assert shelved is not None
    assert shelved.until_s <= desk.state.escalations[asked].deadline_s - 30


def test_shelving_lasts_as_long_as_the_policy_allows():
    desk = a_desk(answer_within_s=5000)
    asked = ambiguous(desk)
    desk.ask(shelve(asked, until_s=4000))
    shelved = desk.state.queue.entries[asked].shelved
    assert shelved is not None
    assert shelved.until_s == pytest.approx(desk.now_s + 600, abs=1)


def test_a_grave_question_is_put_aside_for_five_minutes_at_most():
    desk = a_desk(answer_within_s=5000)
    grave = fall(desk)
    desk.ask(shelve(grave, until_s=4000))
    shelved = desk.state.queue.entries[grave].shelved
    assert shelved is not None
    assert shelved.until_s == pytest.approx(desk.now_s + 300, abs=1)


def test_a_shelved_question_can_be_answered_and_fetched_back():
    desk = a_desk()
    asked = ambiguous(desk)
    desk.ask(shelve(asked))
    assert desk.ask(qr.UnshelveEscalation(escalation_id=asked, reason="I have time now")).accepted
    assert desk.ask(qr.UnshelveEscalation(escalation_id=asked, reason="again")).problem == "conflict"
    desk.ask(shelve(asked))
    assert desk.answer("object:box_a").accepted


def test_what_cannot_be_shelved_is_refused():
    desk = a_desk(answer_within_s=60)
    asked = ambiguous(desk)
    bad = [
        (shelve("E9"), "not_found", "escalation_id"),
        (shelve(asked, until_s=0.0), "invalid", "until_s"),
        (shelve(asked, reason=" "), "invalid", "reason"),
    ]
    for body, problem, field in bad:
        settled = desk.ask(body)
        assert (settled.problem, settled.field) == (problem, field)
    desk.wait(35)
    late = desk.ask(shelve(asked, until_s=1000))
    assert late.problem == "conflict"
    assert "too little" in late.detail
    desk.wait(30)
    assert desk.ask(shelve(asked, until_s=1000)).problem == "already_answered"


def test_a_policy_may_forbid_shelving():
    desk = a_desk(HALL.replace("shelve_at_most_s: 600", "shelve_at_most_s: 0"))
    assert "allows no putting aside" in desk.ask(shelve(ambiguous(desk))).detail


def test_handing_on_calls_the_person_named():
    desk = a_desk()
    asked = ambiguous(desk)
    acknowledge(desk, asked)
    assert desk.ask(hand_on(asked), actor="Mia").accepted
    last = notices(desk, asked)[-1]
    assert (last.to, last.page) == (("Lea",), True)
    assert desk.state.queue.entries[asked].delegated_to == "Lea"
    assert desk.state.escalations[asked].acknowledged_by is None
    assert happened(desk, ev.EscalationDelegated)[0].reason == "she knows the ward"


def test_a_question_that_was_handed_on_and_left_goes_to_the_next_tier():
    desk = a_desk()
    asked = ambiguous(desk)
    desk.ask(hand_on(asked), actor="Mia")
    desk.wait(31)
    assert notices(desk, asked)[-1].tier == 1


def test_what_cannot_be_handed_on_is_refused():
    desk = a_desk()
    asked = ambiguous(desk)
    bad = [
        (hand_on(asked, to="Nobody"), "invalid", "to"),
        (hand_on(asked, to="  "), "invalid", "to"),
        (hand_on(asked, to="Mia"), "invalid", "to"),
        (hand_on(asked, to="Ben"), "conflict", "to"),  # on the late shift
        (hand_on(asked, reason=""), "invalid", "reason"),
        (hand_on("E9"), "not_found", "escalation_id"),
    ]
    for body, problem, field in bad:
        settled = desk.ask(body, actor="Mia")
        assert (settled.problem, settled.field) == (problem, field), settled.detail


def test_nobody_but_its_holder_or_an_admin_moves_an_acknowledged_question():
    desk = a_desk()
    asked = ambiguous(desk)
    acknowledge(desk, asked, "Lea")
    assert desk.ask(hand_on(asked), actor="Mia").problem == "conflict"
    assert desk.ask(shelve(asked), actor="Mia").problem == "conflict"
    assert desk.ask(shelve(asked), actor="Root", role=Role.ADMIN).accepted


def test_a_viewer_may_do_none_of_it():
    desk = a_desk()
    asked = ambiguous(desk)
    assert desk.ask(shelve(asked), role=Role.VIEWER).problem == "forbidden"
