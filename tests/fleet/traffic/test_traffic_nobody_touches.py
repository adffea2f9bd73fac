"""Whoever stands wherever and is sent wherever, in a hall: nobody touches, and everybody arrives."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.traffic.floor import Point
from tests.fleet.traffic.test_traffic_on_floors import HALL, arrive, send_all, walking

spots = st.tuples(st.floats(0.6, 9.4), st.floats(0.6, 7.4))


@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.lists(spots, min_size=4, max_size=8), st.lists(spots, min_size=8, max_size=8), st.integers(0, 99))
def test_nobody_touches_and_everybody_arrives(starts: list[Point], goals: list[Point], seed: int) -> None:
    starts, goals = apart(starts, 1.2), apart(goals, 2.0)  # who has arrived stays: others must get through between
    n = min(len(starts), len(goals))
    floor = walking(HALL, {f"r{k}": starts[k] for k in range(n)}, seed)
    send_all(floor, {f"r{k}": goals[k] for k in range(n)})
    for w in floor.walkers:
        w.idle = w.goal is None
    assert arrive(floor, 200)
    assert floor.collisions == 0


def apart(points: list[Point], least_m: float) -> list[Point]:
    """Of the points, those that are not too near to an earlier one."""
    kept: list[Point] = []
    for p in points:
        if all(math.dist(p, q) > least_m for q in kept):
            kept.append(p)
    return kept
