"""Auditing people: what they choose before they are told, what they look at, whether they notice; and nothing follows
from a question that is none."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.escalation import Escalation
from fleet.model.oversight import CanaryOutcome
from fleet.model.oversight_requests import Looked
from fleet.oversight.people.blind import hidden_from, order_for
from fleet.oversight.people.canaries import is_canary
from fleet.supervisor.fold import apply
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.state import FleetState
from tests.fleet.supervisor.building import Desk, a_robot, carry

BLUE = {"colour": "blue"}


def desk(**settings: Any) -> Desk:
    return Desk(a_robot("g1_1"), settings=SupervisorSettings(**settings))


def a_question(at: Desk, name: str = "t1", **more: Any) -> Escalation:
    at.submit(carry(name, what=BLUE, **more), mission_id=f"m-{name}")
    return next(e for e in at.state.escalations.values() if name in e.task_ids)


def commit(at: Desk, asked: Escalation, option: str = "object:box_a", actor: str = "dana", **more: Any):
    body = {"escalation_id": asked.escalation_id, "option_id": option, "shown_digest": asked.shown_digest, **more}
    return at.ask(rq.CommitChoice(**body), actor=actor)


def test_no_question_is_drawn_where_that_is_not_wanted():
    at = desk()
    a_question(at)
    assert at.state.oversight.blind == {}
    assert at.answer("cancel").accepted


def test_who_answers_a_drawn_question_says_first_what_they_would_choose():
    at = desk(blind_share=1.0)
    asked = a_question(at)
    assert hidden_from(at.state.oversight, asked, "dana")
    refused = at.answer("object:box_b")
    assert (refused.problem, refused.field) == ("commit_first", "escalation_id")
    assert commit(at, asked).accepted
    assert not hidden_from(at.state.oversight, asked, "dana")
    assert hidden_from(at.state.oversight, asked, "erik")
    assert at.answer("object:box_b").accepted  # on second thoughts
    kept = at.state.oversight.committed(asked.escalation_id, "dana")
    assert kept is not None
    assert kept.option_id == "object:box_a"
    assert set(kept.order_shown) == {o.option_id for o in asked.options}


def test_the_order_shown_differs_between_people_and_not_between_processes():
    asked = a_question(desk())
    orders = {order_for(asked, f"person {i}") for i in range(20)}
    assert len(orders) > 5
    assert order_for(asked, "dana") == order_for(asked, "dana")


@pytest.mark.parametrize(
    ("more", "problem", "field"),
    [
        ({"option_id": "object:box_z"}, "invalid", "option_id"),
        ({"shown_digest": "0" * 64}, "stale", "shown_digest"),
        ({"escalation_id": "E9"}, "not_found", "escalation_id"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(more, problem, field):
    at = desk(blind_share=1.0)
    settled = commit(at, a_question(at), **more)
    assert (settled.problem, settled.field) == (problem, field)


def test_a_choice_is_said_once_and_only_of_what_was_drawn_and_is_open():
    at = desk(blind_share=1.0)
    asked = a_question(at)
    assert commit(at, asked).accepted
    assert commit(at, asked, option="cancel").problem == "conflict"
    assert at.answer("cancel").accepted
    assert commit(at, asked, actor="erik").problem == "already_answered"
    other = desk()
    assert commit(other, a_question(other)).problem == "conflict"


def test_a_hurried_question_is_shown_whole():
    at = desk(blind_share=1.0)
    a_question(at, deadline_s=at.now_s + 30)
    assert at.state.oversight.blind == {}


# ---- evidence -----------------------------------------------------------------------------------------------


def looked(at: Desk, escalation_id: str, *looks: tuple[str, float], actor: str = "dana"):
    body = rq.ReportLooked(escalation_id=escalation_id, looked=tuple(Looked(ref=r, seconds=s) for r, s in looks))
    return at.ask(body, actor=actor)


def test_what_people_look_at_is_kept_beside_the_question():
    at = desk()
    asked = a_question(at)
    at.wait(20)
    assert looked(at, "E1", (asked.evidence[0].ref, 6.0), ("question", 12.0)).accepted
    assert [(k.ref, k.seconds, k.person) for k in at.state.oversight.looks["E1"]] == [
        (asked.evidence[0].ref, 6.0, "dana"),
        ("question", 12.0, "dana"),
    ]


def test_nobody_looks_for_longer_than_there_was_something_to_see():
    at = desk()
    ref = a_question(at).evidence[0].ref
    at.wait(10)
    assert looked(at, "E1", (ref, 9.0)).accepted
    refused = looked(at, "E1", (ref, 9.0))
    assert (refused.problem, refused.field) == ("invalid", "looked[0].seconds")
    assert "18 s in all" in refused.detail
    assert looked(at, "E1", (ref, 9.0), actor="erik").accepted


@pytest.mark.parametrize(
    ("looks", "problem", "field"),
    [
        ((("a camera", 1.0),), "invalid", "looked[0].ref"),
        ((("question", -1.0),), "invalid", "looked[0].seconds"),
        ((), "invalid", "looked"),
        ((("question", 0.0),) * 101, "invalid", "looked"),
    ],
)
def test_a_look_that_cannot_be_is_refused(looks, problem, field):
    at = desk()
    a_question(at)
    settled = looked(at, "E1", *looks)
    assert (settled.problem, settled.field) == (problem, field)
    assert looked(at, "E7", ("question", 1.0)).problem == "not_found"


# ---- canaries -----------------------------------------------------------------------------------------------


def with_canary() -> tuple[Desk, Escalation]:
    at = desk(canary_every_s=100.0)
    a_question(at)
    at.answer("cancel")
    at.wait(160.0, tick_s=5.0)
    (planted,) = at.state.oversight.canaries.values()
    return at, at.state.escalations[planted.escalation_id]


def test_a_canary_is_about_nothing_and_nothing_follows_from_any_answer():
    _, asked = with_canary()
    assert (asked.task_ids, asked.robot_ids, asked.object_ids, asked.ruled) == ((), (), (), None)
    for option in asked.options:
        at, again = with_canary()
        before = at.state
        commands = len(at.commands)
        assert at.answer(option.option_id).accepted, option
        assert at.state.tasks == before.tasks
        assert at.state.robots == before.robots
        assert at.state.missions == before.missions
        assert len(at.commands) == commands
        assert again.escalation_id == asked.escalation_id


def test_it_is_told_afterwards_whether_it_was_noticed():
    at, asked = with_canary()
    bad = at.state.oversight.canaries[asked.escalation_id].bad[0]
    at.answer(bad)
    canary = at.state.oversight.canaries[asked.escalation_id]
    assert (canary.outcome, canary.by) == (CanaryOutcome.MISSED, "dana")
    at, asked = with_canary()
    at.answer("cancel")
    assert at.state.oversight.canaries[asked.escalation_id].outcome is CanaryOutcome.CAUGHT
    assert is_canary(at.state, asked.escalation_id)


def test_one_that_nobody_answers_ends_by_itself():
    at, asked = with_canary()
    at.wait(200.0, tick_s=5.0)
    canary = at.state.oversight.canaries[asked.escalation_id]
    assert (canary.outcome, canary.by) == (CanaryOutcome.UNANSWERED, "")


def test_its_bad_option_contradicts_what_it_says():
    at, asked = with_canary()
    canary = at.state.oversight.canaries[asked.escalation_id]
    decoy = at.context.site.objects[canary.bad[0].removeprefix("object:")]
    assert decoy.attributes["colour"] not in asked.question
    assert decoy.attributes["colour"] in canary.because


def test_a_real_question_is_never_merged_into_one():
    at, asked = with_canary()
    for name, colour in (("r1", "blue"), ("r2", "red")):
        at.submit(carry(name, what={"colour": colour, "size": "small"}), mission_id=f"m-{name}")
    assert at.state.escalations[asked.escalation_id].task_ids == ()


@pytest.mark.parametrize("why", ["nobody there", "a question waits", "all held"])
def test_none_is_planted_where_it_would_disturb(why):
    at = desk(canary_every_s=100.0, answer_within_s=1e5)
    if why != "nobody there":
        a_question(at)
    if why == "all held":
        at.answer("cancel")
        at.ask(rq.SetHold(robot_id=None, engage=True, reason="a drill"))
    at.wait(300.0, tick_s=10.0)
    assert at.state.oversight.canaries == {}


def test_a_replay_gives_the_same():
    at, _ = with_canary()
    at.answer("cancel")
    state = FleetState()
    for batch in at.batches:
        for event in batch.events:
            state = apply(state, event, batch.state.now_s)
    assert state.oversight == at.state.oversight
    assert sum(isinstance(e, ev.CanaryRevealed) for e in at.events) == 1
