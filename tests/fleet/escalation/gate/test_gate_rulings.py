"""The gate acts only if every condition holds, and says which did not."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.escalation.gate import records as names
from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.gate import Gate, Prices
from fleet.escalation.gate.records import Choice, Example
from fleet.model.errors import InvalidField
from fleet.model.escalation import Severity

KEY = ("which_object", Severity.MEDIUM)
PROMISE = Promise(epsilon=0.1, alpha=0.05)


def examples(n: int = 400, seed: int = 0) -> list[Example]:
    """Two candidates; the one with the higher score is right, nearly always when the gap is wide."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        top = rng.uniform(0.5, 1.0)
        right = rng.uniform() < top**0.25 if top > 0.8 else rng.uniform() < top
        made.append(
            Example(scores=(top, 1 - top), acceptable=(0 if right else 1,), features=(top, float(rng.normal())))
        )
    return made


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate({KEY: Calibration(examples(), PROMISE)})


CLEAR = Choice(
    decision_class=KEY[0],
    severity=KEY[1],
    options=("blue_1", "blue_2"),
    scores=(0.99, 0.01),
    features=(0.99, 0.1),
    loss_if_wrong=60.0,
)


def failing(gate: Gate, choice: Choice, load: float = 0.0) -> list[str]:
    ruling = gate.rule(choice, load)
    assert ruling.act == (not [c for c in ruling.conditions if not c.holds])
    return [c.name for c in ruling.conditions if not c.holds]


def test_what_is_clear_is_decided_without_a_person(gate: Gate) -> None:
    ruling = gate.rule(CLEAR)
    assert (ruling.act, ruling.chosen, ruling.in_set) == (True, 0, (0,))
    assert ruling.examples == 400 and ruling.quantile is not None and ruling.bar is not None
    assert "Decided without a person: blue_1" in ruling.sentence


def test_two_that_fit_are_a_question(gate: Gate) -> None:
    choice = replace(CLEAR, scores=(0.52, 0.48), features=(0.52, 0.1))
    assert names.ONE_OPTION in failing(gate, choice)
    ruling = gate.rule(choice)
    assert not ruling.act and len(ruling.in_set) == 2 and "blue_1, blue_2" in ruling.sentence


def test_without_past_cases_it_asks(gate: Gate) -> None:
    ruling = gate.rule(replace(CLEAR, decision_class="never seen"))
    assert not ruling.act
    assert (ruling.examples, ruling.quantile, ruling.bar, ruling.p_wrong) == (0, None, None, None)


def test_with_too_few_past_cases_it_asks() -> None:
    few = Gate({KEY: Calibration(examples(30), PROMISE)})
    assert names.CALIBRATED in failing(few, CLEAR)


def test_what_has_no_precedent_is_a_question_however_sure_the_scores(gate: Gate) -> None:
    assert failing(gate, replace(CLEAR, features=(0.99, 40.0))) == [names.PRECEDENT]
    assert failing(gate, replace(CLEAR, features=(0.99,))) == [names.PRECEDENT]
    assert failing(gate, replace(CLEAR, features=(0.99, math.nan))) == [names.PRECEDENT]


def test_what_sources_contest_is_a_question(gate: Gate) -> None:
    assert failing(gate, replace(CLEAR, conflicts=("camera and robot disagree",))) == [names.NO_CONFLICT]


def test_what_is_reserved_is_a_persons(gate: Gate) -> None:
    choice = replace(CLEAR, reserved="a person is within reach")
    assert failing(gate, choice) == [names.NOT_RESERVED]
    assert "a person is within reach" in gate.rule(choice).sentence


def test_dear_mistakes_are_worth_a_question(gate: Gate) -> None:
    assert failing(gate, replace(CLEAR, loss_if_wrong=1e6)) == [names.WORTH_IT]


def test_load_makes_questions_dearer_and_relaxes_nothing_else(gate: Gate) -> None:
    dear = replace(CLEAR, loss_if_wrong=2000.0)
    assert failing(gate, dear) == [names.WORTH_IT]
    assert failing(gate, dear, load=50.0) == []
    for choice in (
        replace(CLEAR, conflicts=("x",)),
        replace(CLEAR, reserved="y"),
        replace(CLEAR, features=(0.99, 40.0)),
        replace(CLEAR, scores=(0.52, 0.48)),
    ):
        assert not gate.rule(choice, load=1e9).act


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ((math.nan, 0.5), "not a number"),
        ((math.inf, 0.5), "not a number"),
        ((0.0, 0.0), "all scores are zero"),
        ((0.4, 0.4), "the same score"),
        ((1.5, 0.1), r"not in \[0, 1\]"),
        ((0.9,), "1 scores for 2 options"),
        ((), "there are no options"),
    ],
)
def test_scores_that_say_nothing_are_a_question_and_no_error(gate: Gate, scores: tuple[float, ...], said: str) -> None:
    ruling = gate.rule(replace(CLEAR, scores=scores))
    assert not ruling.act and ruling.conditions[0].name == names.CALIBRATED
    assert re.search(said, ruling.conditions[0].detail)


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=5),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=3),
    st.floats(0, 1e6),
)
def test_no_input_makes_it_act_against_a_condition(
    gate: Gate, scores: list[float], features: list[float], load: float
) -> None:
    choice = replace(CLEAR, options=tuple("abcde"[: len(scores)]), scores=tuple(scores), features=tuple(features))
    ruling = gate.rule(choice, load)
    assert ruling.act == all(c.holds for c in ruling.conditions)
    if ruling.act:
        assert ruling.in_set == (ruling.chosen,) and max(scores) == scores[ruling.chosen]


def test_misses_widen_the_sets_and_hits_narrow_them() -> None:
    start = Calibration(examples(), replace(PROMISE, gamma=0.05))
    wider = start.after(True).after(True)
    assert wider.quantile >= start.quantile
    everything = start
    for _ in range(10):
        everything = everything.after(True)
    assert everything.quantile == math.inf
    assert len(Gate({KEY: everything}).rule(CLEAR).in_set) == 2


def test_rare_audits_count_as_much_as_they_stand_for() -> None:
    """Wrong cases that were seen one time in twenty raise the bar as if all had been seen."""
    good = [Example(scores=(0.9, 0.1), acceptable=(0,))] * 2000
    bad = Example(scores=(0.95, 0.05), acceptable=(1,), weight=20.0)
    assert Calibration([*good, *[bad] * 3], PROMISE).bar <= 0.9
    assert Calibration([*good, *[bad] * 5], PROMISE).bar > 0.95
    assert Calibration([*good, *[replace(bad, weight=1.0)] * 60], PROMISE).bar <= 0.9


@pytest.mark.parametrize(
    ("example", "field"),
    [
        (Example(scores=(math.nan, 0.1), acceptable=(0,)), r"examples\[1\]"),
        (Example(scores=(0.5, 0.1), acceptable=()), r"examples\[1\].*acceptable"),
        (Example(scores=(0.5, 0.1), acceptable=(2,)), r"examples\[1\].*acceptable"),
        (Example(scores=(0.5, 0.1), acceptable=(0,), weight=0.0), r"examples\[1\].weight"),
        (Example(scores=(0.5, 0.1), acceptable=(0,), features=(1.0,)), "features"),
    ],
)
def test_past_cases_that_cannot_be_are_refused(example: Example, field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        Calibration([Example(scores=(0.9, 0.1), acceptable=(0,)), example], PROMISE)


def test_prices_grow_with_load_only() -> None:
    prices = Prices(question=30.0, load_factor=2.0)
    assert prices.of_asking(0.0) == 30.0 == prices.of_asking(-5.0)
    assert prices.of_asking(1.0) == 90.0
