"""Who asked may not approve: somebody else must, or it is given up."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from fleet.escalation.own_request import requesters
from fleet.model.ruling import Choice, Ruled, Ruling
from fleet.model.severity import Severity
from tests.fleet.escalation.queue.desks import a_desk, ambiguous
from tests.fleet.supervisor.building import Desk

WHY = "medicines are reserved for people (policy ward.medicines)"


def reserved(desk: Desk, asked: str, reason: str = WHY) -> None:
    """Have the open question be one that a site's policy reserves."""
    question = desk.state.escalations[asked]
    choice = Choice(
        decision_class=question.decision_class, severity=Severity.MEDIUM, options=("a",), scores=(1.0,), reserved=reason
    )
    ruling = Ruling(
        act=False,
        chosen=0,
        in_set=(),
        sentence="",
        conditions=(),
        examples=0,
        epsilon=0.1,
        level=0.1,
        quantile=None,
        alpha=0.1,
        bar=None,
        novelty_p=None,
        p_wrong=None,
        asking_price=1.0,
    )
    ruled = Ruled(ruling_id="R1", choice=choice, ruling=ruling, subject={}, ruled_at_s=0.0)
    desk.state = desk.state.with_escalation(replace(question, ruled=ruled))


def answer(desk: Desk, option: str, actor: str):
    from fleet.model.requests import AnswerEscalation

    asked = desk.questions()[0]
    body = AnswerEscalation(
        escalation_id=asked.escalation_id, option_id=option, reason="I want it", shown_digest=asked.shown_digest
    )
    return desk.ask(msgspec.structs.replace(body), actor=actor)


def test_who_asked_for_it_may_not_approve_what_is_reserved() -> None:
    desk = a_desk()
    reserved(desk, ambiguous(desk))  # dana submits
    refused = answer(desk, "object:box_a", "dana")
    assert (refused.accepted, refused.problem, refused.field) == (False, "forbidden", "option_id")
    assert "dana asked for it and may not approve it" in refused.detail
    assert WHY in refused.detail
    assert answer(desk, "object:box_a", "Lea").accepted


def test_they_may_give_it_up() -> None:
    desk = a_desk()
    reserved(desk, ambiguous(desk))
    assert answer(desk, "cancel", "dana").accepted


def test_what_nobody_reserved_is_answered_by_whoever_knows() -> None:
    desk = a_desk()
    ambiguous(desk)
    assert answer(desk, "object:box_a", "dana").accepted


def test_those_who_asked_are_named() -> None:
    desk = a_desk()
    asked = ambiguous(desk)
    assert requesters(desk.state, desk.state.escalations[asked]) == {"dana"}


def test_what_comes_up_by_itself_is_nobodys_request() -> None:
    desk = a_desk()
    reserved(desk, ambiguous(desk), "the load is fragile and something has gone wrong with it already")
    assert answer(desk, "object:box_a", "dana").accepted


def test_a_sites_policy_counts_beside_one_of_the_packages() -> None:
    desk = a_desk()
    reserved(desk, ambiguous(desk), f"a person is within the robot's reach; {WHY}")
    refused = answer(desk, "object:box_a", "dana")
    assert refused.problem == "forbidden"
    assert f"({WHY})" in refused.detail
