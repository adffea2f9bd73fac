"""Intervals contain the truth as often as they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from sim_worlds.rollouts.intervals import median_ranks, share, summary, wilson


@given(n=st.integers(1, 200), data=st.data())
def test_a_share_lies_within_its_interval_and_the_interval_within_0_and_1(n: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, n))
    found = share(count, n)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert share(n - count, n).low == pytest.approx(1 - found.high, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(n=st.integers(8, 64))
def test_shares_cover_the_truth_in_95_of_100_cases_on_average(n: int) -> None:
    intervals = [share(k, n) for k in range(n + 1)]
    truths = np.linspace(0.02, 0.98, 97)
    covered = [sum(binom.pmf(k, n, p) for k, i in enumerate(intervals) if i.low <= p <= i.high) for p in truths]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)
    assert min(covered) > 0.8


@given(n=st.integers(1, 300))
def test_the_medians_ranks_cover_it_whatever_the_distribution(n: int) -> None:
    ranks = median_ranks(n)
    if ranks is None:
        assert n < 6
        return
    low, high = ranks
    # The true median lies outside when at most `low` samples are below it, or as many above.
    outside = 2 * binom.cdf(low, n, 0.5)
    assert outside <= 0.05
    assert high == n - 1 - low
    assert 2 * binom.cdf(low + 1, n, 0.5) > 0.05, "and no wider than needed"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_a_summary_keeps_its_order(samples: list[float]) -> None:
    found = summary(samples)
    assert found.p10 is not None and found.p50 is not None and found.p90 is not None
    assert found.p10 <= found.p50 <= found.p90
    assert found.p10 in samples and found.p90 in samples
    if found.p50_low is not None and found.p50_high is not None:
        assert found.p50_low <= found.p50 <= found.p50_high
    if len(samples) > 1:
        assert found.mean_low is not None and found.mean is not None and found.mean_high is not None
        assert found.mean_low <= found.mean <= found.mean_high


def test_the_mean_is_covered_by_students_t() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(1500):
        s = summary(rng.normal(5, 2, 12).tolist())
        assert s.mean_low is not None and s.mean_high is not None
        hits += s.mean_low <= 5 <= s.mean_high
    assert hits / 1500 == pytest.approx(0.95, abs=0.02)


def test_what_is_beyond_the_horizon_is_unknown_and_counts() -> None:
    found = summary([1.0, 2.0, 3.0, 4.0, math.inf, math.inf, math.inf, math.inf])
    assert (found.p10, found.p50, found.p90, found.mean) == (1.0, 4.0, None, None)
    assert (found.p50_low, found.p50_high) == (1.0, None)


@pytest.mark.parametrize("samples", [[], [math.nan]])
def test_no_summary_of_nothing(samples: list[float]) -> None:
    with pytest.raises(ValueError, match="expected numbers"):
        summary(samples)


@pytest.mark.parametrize(("count", "n"), [(1, 0), (3, 2), (-1, 4)])
def test_no_share_of_what_cannot_be(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="expected a count"):
        share(count, n)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(0, 10, 0.0, 0.27753), (5, 10, 0.23659, 0.76341), (16, 16, 0.80639, 1.0)]
)
def test_wilsons_interval_is_as_published(count: int, n: int, low: float, high: float) -> None:
    assert wilson(count, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_wilsons_interval_of_no_runs_is_refused() -> None:
    with pytest.raises(ValueError, match="n of 1 or more"):
        wilson(0, 0)
