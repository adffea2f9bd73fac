"""Thinned tracks: fewer poses, and none further from the truth than was allowed."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.scenario.reports.thin import YAW_TOLERANCE_RAD, thinned


def unpacked(run: list[int]) -> list[tuple[float, float, float, float]]:
    t = x = y = yaw = 0
    keys = []
    for i in range(0, len(run), 4):
        t, x, y, yaw = t + run[i], x + run[i + 1], y + run[i + 2], yaw + run[i + 3]
        keys.append((t / 100, x / 100, y / 100, yaw / 100))
    return keys


def at(keys: list[tuple[float, float, float, float]], t: float) -> tuple[float, ...]:
    for a, b in pairwise(keys):
        if a[0] <= t <= b[0]:
            part = (t - a[0]) / (b[0] - a[0])
            return tuple(p + (q - p) * part for p, q in zip(a[1:], b[1:], strict=True))
    return keys[0][1:]


def test_a_straight_walk_needs_its_ends_only() -> None:
    times = [0.5 * i for i in range(200)]
    assert thinned(times, [(0.1 * i, 2.0, 0.0) for i in range(200)], 0.03) == [[0, 0, 200, 0, 9950, 1990, 0, 0]]


def test_turning_through_south_is_a_small_turn() -> None:
    [run] = thinned([0.0, 0.5], [(0, 0, math.pi - 0.05), (0, 0, -math.pi + 0.05)], 0.03)
    assert run[7] == 10


def test_what_was_away_for_a_while_has_a_run_for_each_time_it_was_there() -> None:
    here = (1.0, 1.0, 0.0)
    runs = thinned([0.0, 0.5, 1.0, 1.5, 2.0], [None, here, None, here, here], 0.03)
    assert [run[0] for run in runs] == [50, 150]
    assert len(runs[0]) == 4, "seen once"
    assert thinned([0.0], [None], 0.03) == []


def test_times_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="times must rise"):
        thinned([0.0, 0.0], [(0, 0, 0), (1, 0, 0)], 0.03)


poses = st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.floats(-3.1, 3.1))


@settings(max_examples=60, deadline=None)
@given(st.lists(poses, min_size=2, max_size=40), st.sampled_from([0.03, 0.2]))
def test_no_pose_is_further_from_the_line_than_the_tolerance(
    walk: list[tuple[float, float, float]], tol: float
) -> None:
    times = [0.5 * i for i in range(len(walk))]
    keys = unpacked(*thinned(times, walk, tol))
    for t, (x, y, yaw) in zip(times, walk, strict=True):
        got = at(keys, t)
        assert abs(got[0] - x) <= tol + 0.011
        assert abs(got[1] - y) <= tol + 0.011
        assert abs(math.remainder(got[2] - yaw, 2 * math.pi)) <= YAW_TOLERANCE_RAD + 0.011
