"""Routes: a robot that follows them walks no further than is released; one that does not says so."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from fleet.model.commands import FollowRoute
from fleet.model.errors import InvalidField, StaleEpoch, Unsupported
from fleet.model.geometry import Pose
from robot_adapters.base import Rejected
from robot_adapters.conformance.rig import Rig

_STANDS_M = 0.3  # it may take a step to stop


def _route(rig: Rig, **fields: Any) -> FollowRoute:
    known: dict[str, Any] = {"robot_id": rig.adapter.describe().robot_id, "command_id": "c-1", "epoch": 3, "route": 1}
    return FollowRoute(**{**known, "points": ((0.0, 0.0),), "released": 0, **fields})


def _walking(rig: Rig) -> FollowRoute | None:
    """The long command is under way; a route for its walk, of which nothing is released. None, and checked to be
    refused, for a robot that finds its way by itself."""
    rig.connected().execute(rig.command("long", epoch=3))
    if not rig.adapter.describe().follows_routes:
        with pytest.raises(Unsupported):
            rig.adapter.follow(_route(rig))
        return None
    for _ in range(round(5.0 / rig.tick_s)):
        rig.run(rig.tick_s)
        to = rig.adapter.state().walking_to
        if to is not None:
            return _route(rig, points=(to,))
    pytest.fail("it follows routes, and its state does not say where it walks")


def _moved(rig: Rig, since: Pose) -> float:
    return rig.adapter.state().pose.distance_to(since)


def test_a_route_for_a_robot_that_does_nothing_is_refused(rig: Rig) -> None:
    rig.connected()
    follows = rig.adapter.describe().follows_routes
    with pytest.raises(Rejected if follows else Unsupported):
        rig.adapter.follow(_route(rig))


def test_it_walks_no_further_than_is_released_and_then_goes_on(rig: Rig) -> None:
    route = _walking(rig)
    if route is None:
        return
    rig.adapter.follow(route)
    rig.run(1.0)
    stands = rig.adapter.state().pose
    rig.run(4.0)
    assert _moved(rig, stands) < _STANDS_M
    assert (rig.adapter.state().route, rig.adapter.state().route_passed) == (1, 0)
    assert rig.adapter.state().awaits_way
    rig.adapter.follow(replace(route, route=2, released=1))
    rig.run_until(lambda _: _moved(rig, stands) > _STANDS_M, 10.0)
    assert not rig.adapter.state().awaits_way


def test_the_same_route_again_and_an_older_one_change_nothing(rig: Rig) -> None:
    route = _walking(rig)
    if route is None:
        return
    rig.adapter.follow(replace(route, route=5))
    rig.adapter.follow(replace(route, route=5))
    with pytest.raises(Rejected):
        rig.adapter.follow(replace(route, route=4, released=1))
    rig.run(1.0)
    assert rig.adapter.state().route == 5


def test_a_route_for_another_command_another_walk_or_of_an_older_leader_is_refused(rig: Rig) -> None:
    route = _walking(rig)
    if route is None:
        return
    x, y = route.points[-1]
    with pytest.raises(Rejected):
        rig.adapter.follow(replace(route, command_id="c-2", released=1))
    with pytest.raises(Rejected):
        rig.adapter.follow(replace(route, points=((x + 3.0, y),), released=1))
    with pytest.raises(StaleEpoch):
        rig.adapter.follow(replace(route, epoch=2, released=1))
    assert rig.adapter.state().route == 0


@pytest.mark.parametrize("wrong", [{"points": ()}, {"released": 2}, {"points": ((math.nan, 0.0),)}, {"route": 0}])
def test_what_is_no_route_is_refused_by_its_field(rig: Rig, wrong: dict[str, Any]) -> None:
    route = _walking(rig)
    if route is None:
        return
    with pytest.raises(InvalidField) as refused:
        rig.adapter.follow(replace(route, **wrong))
    assert refused.value.field in wrong


def test_a_route_after_the_command_has_ended_is_refused(rig: Rig) -> None:
    route = _walking(rig)
    if route is None:
        return
    rig.adapter.cancel("c-1", "no longer wanted")
    rig.run(1.0)
    with pytest.raises(Rejected):
        rig.adapter.follow(replace(route, released=1))
    assert rig.adapter.state().walking_to is None
