from __future__ import annotations

from fleet.model import events as ev
from fleet.model.escalation import DecidedHow
from fleet.supervisor.fold import replay
from tests.api.console.building import records
from tests.fleet.escalation.queue.desks import HALL, a_desk, acknowledge, ambiguous, fall, happened, notices


def test_a_question_calls_the_first_tier_at_once():
    desk = a_desk()
    asked = ambiguous(desk)
    (notice,) = notices(desk, asked)
    assert (notice.tier, notice.to, notice.page) == (0, ("Mia",), True)
    assert notice.text == desk.state.escalations[asked].question


def test_who_is_not_on_shift_is_not_called():
    desk = a_desk()
    desk.now_s = 15 * 3600.0  # three in the afternoon: the late shift is on
    assert notices(desk, ambiguous(desk))[0].to == ("Mia", "Ben")


def test_unanswered_it_goes_to_the_next_tier_and_the_next():
    desk = a_desk()
    asked = ambiguous(desk)
    desk.wait(31)
    desk.wait(30)
    assert [n.to for n in notices(desk, asked)] == [("Mia",), ("Lea",), ("Sam Lead",)]
    assert [t.tier for t in desk.state.queue.entries[asked].tried] == [0, 1, 2]


def test_after_the_last_tier_the_safe_default_is_taken_under_the_accountable_persons_name():
    desk = a_desk(answer_within_s=120)
    asked = ambiguous(desk)
    desk.wait(121)
    decision = desk.state.escalations[asked].decision
    assert decision is not None
    assert (decision.how, decision.operator) == (DecidedHow.SAFE_DEFAULT, "Sam Lead")


def test_a_tier_in_which_nobody_is_on_shift_is_passed_over():
    desk = a_desk(HALL.replace("- {name: Lea, role: lead}", "- {name: Lea, role: lead, shifts: [late]}"))
    asked = ambiguous(desk)
    desk.wait(31)
    last = notices(desk, asked)[-1]
    assert (last.tier, last.to) == (2, ("Sam Lead",))
    assert "nobody of tier 2 is on shift" in last.because


def test_an_acknowledged_question_waits_for_its_holder():
    desk = a_desk(acknowledged_for_s=100)
    asked = ambiguous(desk)
    acknowledge(desk, asked)
    desk.wait(60)
    assert len(notices(desk, asked)) == 1


def test_acknowledged_but_undecided_escalates_again():
    desk = a_desk(acknowledged_for_s=50)
    asked = ambiguous(desk)
    acknowledge(desk, asked)
    desk.wait(51)
    last = notices(desk, asked)[-1]
    assert (last.tier, last.to, last.because) == (1, ("Lea",), "Mia did not decide in time")


def test_the_policy_is_copied_into_the_question():
    desk = a_desk()
    asked = ambiguous(desk)
    (routed,) = happened(desk, ev.EscalationRouted)
    assert [t.to for t in routed.policy.tiers] == [("role:operator",), ("role:lead",), ("accountable",)]
    assert desk.state.queue.entries[asked].policy == routed.policy


def test_routes_send_grave_questions_elsewhere():
    routed = HALL.replace("routes:\n", "routes:\n  - {policy: falls, causes: [robot_fallen]}\n").replace(
        "policies:\n", "policies:\n  - {id: falls, tiers: [{to: ['role:lead', Mia], within_s: 10}]}\n"
    )
    desk = a_desk(routed)
    assert notices(desk, fall(desk))[0].to == ("Lea", "Mia")
    assert notices(desk, ambiguous(desk))[0].to == ("Mia",)


def test_without_a_file_operators_are_told_and_then_who_answers_for_the_shift():
    desk = a_desk("")
    asked = ambiguous(desk)
    desk.wait(91)
    assert [n.to for n in notices(desk, asked)] == [("role:operator",), ("Sam Lead",)]


def test_a_replay_gives_the_same_queue():
    desk = a_desk()
    ambiguous(desk)
    desk.wait(70)
    again = replay(records(*desk.events))
    assert [e.tier for e in again.queue.entries.values()] == [e.tier for e in desk.state.queue.entries.values()]
