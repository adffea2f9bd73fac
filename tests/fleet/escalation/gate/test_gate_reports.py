"""What is told of calibration data, and of a journal: on cases held out, and as far as truth came to be known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.escalation.as_ruled import as_ruled
from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.data_report import data_report, drift
from fleet.escalation.gate.evaluate import Table, asked_at, by_entropy, by_simple_set, by_threshold, gate_on, sureness
from fleet.escalation.gate.records import NONE_OF_THESE, Example
from fleet.escalation.gate.store import CalibrationData, Case
from fleet.escalation.learned import Known, Learned
from fleet.model.severity import Severity
from tests.fleet.escalation.gate.test_gate_promises import cases
from tests.fleet.escalation.test_reviews import ruled

KEY = ("which_object", Severity.MEDIUM)


def data(count: int, seed: int = 0) -> CalibrationData:
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        top = float(rng.uniform(0.5, 1.0))
        right = (0,) if rng.uniform() < top else (1,)
        made.append(Case(key=KEY, example=Example(scores=(top, 1 - top), acceptable=right)))
    return CalibrationData(cases=tuple(made), promises={KEY: Promise(epsilon=0.1, alpha=0.1)})


def test_a_report_says_for_each_class_what_it_is_worth() -> None:
    (report,) = data_report(data(300), seed=0, times=10).values()
    assert (report["examples"], report["effective"], report["enough"]) == (300, 300.0, True)
    assert report["held_out"]["coverage"] == pytest.approx(0.9, abs=0.05)
    assert report["held_out"]["act_and_wrong"] <= 0.12
    assert 0.0 <= report["drift"]["static_worst"] <= 1.0


def test_a_few_examples_are_told_as_few_and_nothing_is_made_of_them() -> None:
    (report,) = data_report(data(10), seed=0, times=10).values()
    assert (report["enough"], report["held_out"], report["drift"]) == (False, None, None)


def test_heavy_weights_are_worth_fewer_examples() -> None:
    plain = Example(scores=(0.9, 0.1), acceptable=(0,))
    heavy = replace(plain, weight=20.0)
    known = Calibration([*[plain] * 60, *[heavy] * 3], Promise(least=40))
    assert known.count == 63 and known.effective == pytest.approx(120**2 / (60 + 3 * 400))
    assert not known.enough and Calibration([heavy] * 63, Promise(least=40)).enough


def test_none_of_these_is_right_where_nothing_else_is_and_cannot_be_acted_on() -> None:
    examples = [Example(scores=(0.9,), acceptable=(0,))] * 90 + [
        Example(scores=(0.2, 0.1), acceptable=(NONE_OF_THESE,))
    ] * 10
    table = Table.of_examples(examples)
    assert table.all_scores.shape == (100, 3) and table.all_right[-1].tolist() == [False, False, True]
    kept = gate_on(table, table, 0.05, 0.05)
    assert (kept.help_rate, kept.act_and_wrong, kept.coverage) == (0.1, 0.0, 1.0)


def test_weights_count_in_every_share() -> None:
    right, wrong = Example(scores=(0.9, 0.1), acceptable=(0,)), Example(scores=(0.9, 0.1), acceptable=(1,), weight=9.0)
    table = Table.of_examples([*[right] * 9, wrong])
    assert table.mean(table.wrong) == pytest.approx(0.5)
    assert by_threshold(table, 0.5).act_and_wrong == pytest.approx(0.5)


@given(st.integers(0, 500), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
@settings(max_examples=30, deadline=None)
def test_no_setting_of_a_simpler_policy_asks_less_than_is_told(seed: int, success: float) -> None:
    table = cases(120, seed=seed)
    sure = sureness(table)
    for setting in np.linspace(0.01, 0.99, 25):
        for name, kept in (
            ("simple_set", by_simple_set(table, float(setting))),
            ("threshold", by_threshold(table, float(setting))),
            ("entropy", by_entropy(table, float(setting) * 2)),
        ):
            if kept.success >= success:
                assert asked_at(table, sure[name], success) <= kept.help_rate + 1e-9


def test_along_a_stream_that_turns_bad_the_level_that_adapts_recovers() -> None:
    good, bad = cases(900, seed=1), cases(600, seed=2, too_sure=6.0)
    both = Table(
        scores=np.concatenate([good.scores, bad.scores]), acceptable=np.concatenate([good.acceptable, bad.acceptable])
    )
    found = drift(both, Promise(epsilon=0.15, gamma=0.05), part=0.3)
    assert found is not None and found["adaptive_worst"] > found["static_worst"]


def learned(acts: int, reviewed: int, wrong: int, asked: int) -> Learned:
    found = Learned()
    for number in range(acts + asked):
        one = ruled(number, act=number < acts, chance=0.1)
        found.rulings.append(one)
        if number < reviewed:
            right = (1,) if number < wrong else (0,)
            found.known[one.ruling_id] = Known(ruled=one, acceptable=right, weight=10.0, how="reviewed")
        elif number >= acts:
            found.known[one.ruling_id] = Known(ruled=one, acceptable=(0,), weight=1.0, how="decided")
    return found


def test_a_journal_tells_how_often_it_asked_and_what_reviews_say_of_the_rest() -> None:
    (told,) = as_ruled(learned(acts=80, reviewed=20, wrong=2, asked=20)).values()
    assert (told["rulings"], told["acted"], told["reviewed"], told["reviewed_wrong"]) == (100, 80, 20, 2)
    assert told["help_rate"] == pytest.approx(0.2)
    assert told["act_and_wrong"] == pytest.approx(0.8 * 0.1)
    assert told["act_and_wrong"] < told["act_and_wrong_at_most"] < 0.8
    assert told["coverage"] == pytest.approx((18 * 10 + 20) / (20 * 10 + 20))


def test_without_reviews_nothing_is_claimed_about_acts() -> None:
    (told,) = as_ruled(learned(acts=5, reviewed=0, wrong=0, asked=0)).values()
    assert (told["act_and_wrong"], told["act_and_wrong_at_most"], told["coverage"]) == (None, 1.0, None)
