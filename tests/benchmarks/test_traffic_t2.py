"""How far a walking robot strays is measured from the lines that it was given, and from no others."""

from __future__ import annotations

import pytest

from benchmarks._traffic_t2 import _Led
from fleet.model.commands import FollowRoute


def _route(route: int, released: int) -> FollowRoute:
    points = ((2.0, 0.0), (4.0, 0.0))
    return FollowRoute(robot_id="one", command_id="c", epoch=1, route=route, points=points, released=released)


def test_before_a_route_has_come_there_is_nothing_to_stray_from() -> None:
    assert _Led().off((0.0, 0.0)) is None


def test_what_was_not_given_yet_does_not_count_and_what_was_given_later_does() -> None:
    led = _Led()
    led.take(_route(1, 1), (0.0, 0.0))
    assert led.off((1.0, 0.1)) == pytest.approx(0.1)
    assert led.off((3.0, 0.0)) == pytest.approx(1.0), "it has walked on without being told to"
    led.take(_route(2, 2), (3.0, 0.0))
    assert led.off((3.0, 0.05)) == pytest.approx(0.05)
