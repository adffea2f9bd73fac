"""Every decision passes one function: it acts, or asks, and what led to it is on record."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.escalation.deciding import BY_GATE, BY_PROOF, decide_or_ask
from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Example
from fleet.escalation.reserved import ALWAYS
from fleet.model import events as ev
from fleet.model.ruling import Choice, Ruled
from fleet.model.severity import Severity
from fleet.supervisor.draft import Draft
from tests.fleet.supervisor.building import Desk, a_robot

CLEAR = Choice(
    decision_class="a_class",
    severity=Severity.MEDIUM,
    options=("this", "that"),
    scores=(0.97, 0.03),
    loss_if_wrong=60.0,
    proof="It is written on it",
)
SURE = Gate(
    {
        (name, severity): Calibration(
            [Example(scores=(0.9, 0.1), acceptable=(0,))] * 200, Promise(epsilon=0.2, alpha=0.2)
        )
        for name in ("a_class", *ALWAYS)
        for severity in Severity
    }
)


class Taken:
    """What was done and asked."""

    def __init__(self, gate: Gate | None = None) -> None:
        desk = Desk(a_robot("r1"))
        context = replace(desk.context, gate=gate) if gate is not None else desk.context
        self.draft = Draft(desk.state, desk.now_s, context)
        self.acted: list[int] = []
        self.asked: list[Ruled] = []

    def decide(self, choice: Choice) -> Ruled:
        def ask(ruled: Ruled) -> str:
            self.asked.append(ruled)
            return "E1"

        return decide_or_ask(self.draft, choice, {"task": "t1"}, act=self.acted.append, ask=ask)

    @property
    def on_record(self) -> list[Ruled]:
        return [e.ruled for e in self.draft.events if isinstance(e, ev.RulingMade)]


def test_without_past_cases_proof_decides_and_says_so() -> None:
    taken = Taken()
    ruled = taken.decide(CLEAR)
    assert (taken.acted, taken.asked, ruled.by) == ([0], [], BY_PROOF)
    assert "without past cases" in taken.on_record[0].ruling.sentence
    assert "It is written on it" in taken.on_record[0].ruling.sentence


def test_without_past_cases_and_without_proof_a_person_is_asked() -> None:
    taken = Taken()
    ruled = taken.decide(replace(CLEAR, proof=""))
    assert (taken.acted, len(taken.asked), ruled.escalation_id, ruled.by) == ([], 1, "E1", BY_GATE)


def test_with_past_cases_they_decide_and_proof_counts_no_more() -> None:
    assert Taken(SURE).decide(CLEAR).by == BY_GATE
    taken = Taken(SURE)
    taken.decide(replace(CLEAR, scores=(0.6, 0.4)))
    assert (taken.acted, len(taken.asked)) == ([], 1)


@pytest.mark.parametrize("gate", [None, SURE], ids=["no past cases", "past cases"])
@pytest.mark.parametrize(
    "change",
    [
        {"scores": (math.nan, 0.1)},
        {"scores": (math.inf, 0.1)},
        {"scores": (0.0, 0.0)},
        {"scores": (0.5, 0.5)},
        {"scores": (1.7, -0.7)},
        {"scores": (0.9,)},
        {"scores": (), "options": ()},
        {"features": (math.nan,), "proof": ""},
        {"loss_if_wrong": math.inf, "proof": ""},
        {"delay_cost": math.nan, "loss_if_wrong": math.nan, "proof": ""},
    ],
    ids=str,
)
def test_numbers_that_say_nothing_are_asked_about_and_the_journal_can_hold_the_ruling(
    change: dict[str, Any], gate: Gate | None
) -> None:
    taken = Taken(gate)
    taken.decide(replace(CLEAR, **change))
    if "features" in change and gate is SURE:  # past cases without features have nothing to compare
        return
    assert (taken.acted, len(taken.asked), len(taken.on_record)) == ([], 1, 1)


def test_what_cannot_be_kept_as_a_number_is_kept_in_words() -> None:
    taken = Taken()
    taken.decide(replace(CLEAR, scores=(math.nan, 0.25), loss_if_wrong=math.inf))
    kept = taken.on_record[0].choice
    assert kept.scores == ()
    assert "nan, 0.25" in kept.flaw
    assert "inf" in kept.flaw
    assert taken.on_record[0].ruling.conditions[0].detail == "a score is not a number"


def test_an_open_conflict_is_asked_about_whatever_the_scores_and_the_proof() -> None:
    for gate in (None, SURE):
        taken = Taken(gate)
        taken.decide(replace(CLEAR, conflicts=("camera_1 sees it here, r2 sees it there",)))
        assert (taken.acted, len(taken.asked)) == ([], 1)


def test_acts_are_drawn_for_review_and_questions_are_not() -> None:
    always = Taken()
    settings_ = replace(always.draft.context.settings, audit_share=1.0)
    always.draft.context = replace(always.draft.context, settings=settings_)
    assert always.decide(CLEAR).review
    assert not always.decide(replace(CLEAR, proof="")).review


scores_of = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    scores=scores_of,
    decision_class=st.sampled_from([*ALWAYS, "a_class"]),
    severity=st.sampled_from(list(Severity)),
    reserved=st.sampled_from(["", "a policy says so"]),
    proof=st.sampled_from(["", "it is obvious"]),
    gate=st.sampled_from([Gate({}), SURE]),
)
def test_nothing_reserved_is_ever_acted_on_without_a_person(
    scores: list[float], decision_class: str, severity: Severity, reserved: str, proof: str, gate: Gate
) -> None:
    taken = TAKEN_ONCE
    taken.acted.clear()
    taken.asked.clear()
    taken.draft.context = replace(taken.draft.context, gate=gate)
    choice = Choice(
        decision_class=decision_class,
        severity=severity,
        options=tuple(f"option {i}" for i in range(len(scores))),
        scores=tuple(scores),
        reserved=reserved,
        proof=proof,
    )
    taken.decide(choice)
    assert len(taken.acted) + len(taken.asked) == 1, "it acts or asks, never both, never neither"
    if reserved or decision_class in ALWAYS:
        assert not taken.acted


TAKEN_ONCE = Taken()
