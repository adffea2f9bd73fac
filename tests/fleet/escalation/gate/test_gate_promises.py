"""What the gate promises, held against data whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.escalation.gate.adaptive import Adaptive
from fleet.escalation.gate.conformal import nonconformity, over_steps, p_values, prediction_sets, quantile
from fleet.escalation.gate.control import acting_bar
from fleet.escalation.gate.evaluate import Table, by_simple_set, gate_on, risk_coverage, simple_set, splits
from fleet.escalation.gate.novelty import Novelty
from fleet.model.errors import InvalidField


def cases(n: int, k: int = 4, seed: int = 0, too_sure: float = 1.5) -> Table:
    """Scores of a proposer that knows something and is too sure of it: the truth is drawn from flatter odds."""
    rng = np.random.default_rng(seed)
    odds = np.exp(rng.normal(size=(n, k)) * 2.0)
    odds /= odds.sum(axis=1, keepdims=True)
    truth = (odds.cumsum(axis=1) > rng.uniform(size=(n, 1))).argmax(axis=1)
    scores = odds**too_sure
    return Table.of(scores / scores.sum(axis=1, keepdims=True), truth)


@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.15, 0.25])
def test_sets_cover_the_truth_as_often_as_promised(epsilon: float) -> None:
    kept = splits(cases(2000), epsilon, 0.1, part=0.5, seed=1, times=200)
    assert np.mean([k.coverage for k in kept]) == pytest.approx(1 - epsilon, abs=0.02)


@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_acting_and_being_wrong_is_as_rare_as_promised(alpha: float) -> None:
    kept = splits(cases(2000), 0.2, alpha, part=0.5, seed=2, times=200)
    assert np.mean([k.act_and_wrong for k in kept]) <= alpha + 0.002  # three standard errors of 200 splits
    assert np.mean([k.help_rate for k in kept]) < 1.0


def test_the_bar_itself_keeps_the_promise_without_help_from_the_sets() -> None:
    """All of the risk allowed is used: the bar is not kept by never acting."""
    lost = []
    for seed in range(200):
        past, new = cases(400, seed=seed), cases(400, seed=10_000 + seed)
        lost.append(float((new.wrong & (new.top >= acting_bar(past.top, past.wrong, 0.1))).mean()))
    assert 0.09 <= np.mean(lost) <= 0.101


def test_a_quantile_is_the_rank_that_the_formula_says() -> None:
    values = np.arange(1, 20) / 20.0  # 19 of them: ceil(20 * 0.9) = 18th
    assert quantile(values, 0.1) == pytest.approx(18 / 20)
    assert quantile(values, 0.05) == pytest.approx(19 / 20)
    assert quantile(values, 0.04) == math.inf
    assert quantile([], 0.1) == math.inf


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_equal_weights_are_no_weights(values: list[float], epsilon: float) -> None:
    assert quantile(values, epsilon, np.full(len(values), 3.0)) == quantile(values, epsilon)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80),
    st.sampled_from([0.02, 0.05, 0.1, 0.3]),
)
@settings(max_examples=200)
def test_the_bar_is_the_lowest_that_keeps_the_bound(pairs: list[tuple[float, bool]], alpha: float) -> None:
    top, wrong = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    n, bar = len(pairs), acting_bar(top, wrong, alpha)

    def bound(at: float) -> float:
        return float((wrong & (top >= at)).sum() + 1) / (n + 1)

    if math.isinf(bar):
        assert 1 / (n + 1) > alpha
        return
    assert bound(bar) <= alpha + 1e-9
    lower = top[top < bar]
    if lower.size:
        assert bound(float(lower.max())) > alpha


def test_a_case_on_the_quantile_is_in_its_own_set() -> None:
    table = cases(300, seed=3)
    q = quantile(table.nonconformity, 0.1)
    inside = (prediction_sets(table.scores, q) & table.acceptable).any(axis=1)
    assert inside.mean() >= 0.9


def test_of_several_right_options_the_best_counts() -> None:
    assert nonconformity([[0.2, 0.7, 0.1]], [(0, 1)]) == pytest.approx([0.3])


def test_of_several_steps_the_least_certain_counts() -> None:
    assert over_steps([0.1, 0.4, 0.2, 0.3], [0, 0, 1, 1]) == pytest.approx([0.4, 0.3])


def test_p_values_are_the_set_seen_from_the_other_side() -> None:
    table = cases(500, seed=4)
    past, scores = table.nonconformity[:300], table.scores[300:]
    inside = prediction_sets(scores, quantile(past, 0.1))
    assert ((p_values(past, scores) > 0.1) == inside).all()


@pytest.mark.parametrize("scores", [[[0.5, math.nan]], [[0.5, math.inf]], [[1.2, 0.1]], [[-0.1, 0.1]], [[]]], ids=str)
def test_scores_that_are_none_are_refused(scores: list[list[float]]) -> None:
    with pytest.raises(InvalidField, match="scores"):
        Table.of(scores, [0])


@pytest.mark.parametrize("truth", [[2], [-1], [0.5], [0, 1], [[False, False]]], ids=str)
def test_truths_that_fit_no_option_are_refused(truth: object) -> None:
    with pytest.raises(InvalidField, match="truth"):
        Table.of([[0.4, 0.6]], truth)


def test_the_simple_set_grows_until_it_has_enough() -> None:
    table = Table.of([[0.6, 0.25, 0.15], [0.95, 0.05, 0.0]], [0, 0])
    assert simple_set(table, 0.1).sum(axis=1).tolist() == [3, 1]
    assert by_simple_set(table, 0.1).help_rate == 0.5


def test_acting_on_the_surest_first_is_less_often_wrong() -> None:
    share, risk = risk_coverage(cases(4000, seed=5))
    assert share[-1] == 1.0
    assert risk[400] < risk[2000] < risk[-1]


def test_the_adaptive_level_comes_back_to_the_promise_after_a_shift() -> None:
    """Half-way the proposer is too sure of itself; static sets go on missing, adaptive ones do so only for a while."""
    good, bad = cases(1500, seed=6), cases(1500, seed=7, too_sure=6.0)
    past = good.nonconformity[:500]
    stream = [*good.rows(np.arange(500, 1500)).nonconformity, *bad.nonconformity]
    level, static, adaptive = Adaptive.start(0.15, 0.03), [], []
    q = quantile(past, 0.15)
    for strange in stream:
        now = quantile(past, level.level) if 0 < level.level < 1 else (math.inf if level.level <= 0 else -math.inf)
        adaptive.append(strange <= now)
        static.append(strange <= q)
        level = level.after(not adaptive[-1])

    def worst(hits: list[bool]) -> float:
        return min(float(np.mean(hits[i : i + 200])) for i in range(len(hits) - 199))

    assert worst(adaptive) > worst(static) + 0.03
    assert np.mean(adaptive[-1000:]) == pytest.approx(0.85, abs=0.03)


def test_what_is_like_the_past_has_precedents_and_what_is_not_has_none() -> None:
    rng = np.random.default_rng(8)
    novelty = Novelty(rng.normal(size=(400, 3)))
    like = [novelty.p_value(x) for x in rng.normal(size=(300, 3))]
    assert np.mean(np.array(like) <= 0.05) == pytest.approx(0.05, abs=0.03)
    assert novelty.p_value([9.0, 0.0, 0.0]) == pytest.approx(1 / 401)


def test_a_feature_that_never_varied_is_strange_as_soon_as_it_does() -> None:
    points = np.column_stack([np.random.default_rng(9).normal(size=100), np.zeros(100)])
    assert Novelty(points).p_value([0.0, 1.0]) == pytest.approx(1 / 101)


def test_too_few_cases_never_act() -> None:
    few = cases(8, seed=10)
    assert gate_on(few, cases(100, seed=11), 0.1, 0.1).help_rate == 1.0
