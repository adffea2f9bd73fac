"""Operators who take time, err and leave; arrivals by chance that do not move each other."""

from __future__ import annotations

from typing import Any

from fleet.scenario.arrivals import drawn
from fleet.scenario.operator import Operator
from fleet.scenario.spec import Answer, Away, OperatorModel, Stream, Template

REQUEUE = {"option_id": "again", "action": {"do": "requeue"}, "possible": True, "predicted": {"success": 0.4}}
CANCEL = {"option_id": "cancel", "action": {"do": "cancel"}, "possible": True, "predicted": {"success": None}}
STRUCK_OUT = {"option_id": "other", "action": {"do": "requeue", "exclude": "g1"}, "possible": False, "predicted": {}}


def question(number: int = 1) -> dict[str, Any]:
    return {
        "escalation_id": f"E{number}",
        "cause": "robot_fallen",
        "dedup_key": "fallen",
        "options": [STRUCK_OUT, REQUEUE, CANCEL],
        "evidence": [],
        "safe_default": "hold",
    }


def operator(**more: Any) -> Operator:
    choose = more.pop("choose", {"do": "requeue"})
    return Operator(OperatorModel(answers=(Answer(cause="any", choose=choose, reason="so"),), **more), seed=7)


def test_an_option_is_chosen_by_what_it_does_and_only_if_it_is_possible() -> None:
    choice = operator().choose(question())
    assert choice is not None
    assert (choice.option_id, choice.erred) == ("again", False)
    assert operator(choose={"do": "requeue", "exclude": "*"}).choose(question()) is None
    first_then_second = operator(choose=[{"do": "requeue", "exclude": "*"}, {"do": "cancel"}]).choose(question())
    assert first_then_second is not None
    assert first_then_second.option_id == "cancel"
    best = operator(choose="best").choose(question())
    assert best is not None
    assert best.option_id == "again"


def test_an_answer_takes_its_time_and_nobody_answers_while_away() -> None:
    slow = operator(answers_after_s=(5.0, 5.0), goes_away=(Away(from_s=20, to_s=30),))
    assert not slow.ready("E1", 10.0)
    assert not slow.ready("E1", 14.9)
    assert slow.ready("E1", 15.0)
    assert not slow.ready("E1", 25.0)
    assert slow.ready("E1", 30.0)


def test_errors_are_drawn_for_each_question_by_itself() -> None:
    always, never = operator(errs=1.0), operator(errs=0.0)
    wrong = [always.choose(question(n)) for n in range(5)]
    assert all(c is not None and c.erred and c.option_id == "cancel" for c in wrong)
    assert not any(c is None or c.erred for c in (never.choose(question(n)) for n in range(5)))
    sometimes = [operator(errs=0.5).choose(question(n)) for n in range(20)]
    again = [operator(errs=0.5).choose(question(n)) for n in reversed(range(20))]
    assert sometimes == again[::-1], "whatever else is asked, a question's draw stays"
    assert 0 < sum(c is not None and c.erred for c in sometimes) < 20


def test_who_answered_in_vain_several_times_cancels() -> None:
    patient = operator(gives_up_after=2)
    for _ in range(2):
        patient.has_answered(question())
    choice = patient.choose(question())
    assert choice is not None
    assert choice.option_id == "cancel"


def stream(name: str, per_hour: float = 3600.0) -> Stream:
    mix = (Template(skill="walk_to", parameters={"place": ["a", "b"]}), Template(skill="wait", weight=0.5))
    return Stream(id=name, per_hour=per_hour, from_s=10, until_s=110, mix=mix)


def test_a_stream_comes_at_its_rate_within_its_time_and_is_the_same_for_a_seed() -> None:
    missions = drawn([stream("x")], seed=1)
    assert missions == drawn([stream("x")], seed=1)
    assert missions != drawn([stream("x")], seed=2)
    assert 70 <= len(missions) <= 130, "a hundred are expected"
    assert all(10 <= m.at_s < 110 for m in missions)
    assert {m.plain["tasks"][0]["parameters"].get("place") for m in missions} == {"a", "b", None}


def test_adding_a_stream_does_not_move_another() -> None:
    alone = drawn([stream("x")], seed=1)
    both = drawn([stream("y"), stream("x")], seed=1)
    assert [m for m in both if m.stream == "x"] == alone
