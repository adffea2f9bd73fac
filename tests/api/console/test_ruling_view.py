"""Why the fleet did not decide it itself, as the console tells it."""

from __future__ import annotations

from dataclasses import replace

from api.console.views.ruling import why_asked
from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Example
from fleet.model.severity import Severity
from tests.fleet.supervisor.building import Desk, a_robot, carry


def test_equal_scores_are_called_what_they_are() -> None:
    desk = Desk(a_robot("r1"))
    desk.submit(carry("t1", what={"colour": "blue"}))
    told = why_asked(desk.questions()[0])
    assert told is not None
    assert [(c["name"], c["detail"]) for c in told["because"]] == [
        ("Its numbers tell nothing apart", "all options have the same score")
    ]
    assert told["scores"] == []


def test_what_is_reserved_or_contested_comes_before_what_is_not_known() -> None:
    desk = Desk(a_robot("r1"))
    desk.submit(carry("t1"))
    desk.claim("t1")
    desk.wait(2)
    desk.see_object("box_a")
    told = why_asked(desk.questions()[0])
    assert told is not None
    assert told["because"][0]["name"] == "Sources contradict each other"
    assert {s["option"] for s in told["scores"]} == {"it is done", "it is not done"}


def test_with_past_cases_all_numbers_are_there() -> None:
    desk = Desk(a_robot("r1"))
    cases = [Example(scores=(0.9, 0.1), acceptable=(0,))] * 60
    gate = Gate({("is_the_claim_true", Severity.MEDIUM): Calibration(cases, Promise(epsilon=0.2, alpha=0.1))})
    desk.context = replace(desk.context, gate=gate)
    desk.submit(carry("t1"))
    desk.claim("t1")
    desk.wait(9)
    told = why_asked(desk.questions()[0])
    assert told is not None
    named = {n["name"]: n["value"] for n in told["numbers"]}
    assert named["Past cases"] == "60"
    assert named["May act and be wrong in"] == "10.0% of cases"
    assert "nobody but r1 saw it" in told["because"][0]["detail"]


def test_a_question_without_a_ruling_says_nothing_about_one() -> None:
    desk = Desk(a_robot("r1"))
    desk.submit(carry("t1", what={"colour": "blue"}))
    assert why_asked(replace(desk.questions()[0], ruled=None)) is None
