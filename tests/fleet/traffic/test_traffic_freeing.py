"""Robots that wait for each other, and that no new ways have parted: one of them finds its own way."""

from __future__ import annotations

import pytest

from fleet.model.site import SiteMap, Wall
from fleet.traffic.blocks import Blocks
from fleet.traffic.floor import OnFloor
from fleet.traffic.freeing import Freeing
from fleet.traffic.roadmap import build_roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.tracks import Track

WALLS = ((0, 0, 10, 0), (10, 0, 10, 3), (10, 3, 0, 3), (0, 3, 0, 0))
ROOM = SiteMap(
    site_id="room",
    name="Room",
    zones={},
    places={},
    bounds=(0, 0, 10, 3),
    walls=tuple(Wall(ax=a, ay=b, bx=c, by=d) for a, b, c, d in WALLS),
)


def freeing(settings: TrafficSettings | None = None) -> Freeing:
    settings = settings or TrafficSettings()
    roadmap = build_roadmap(ROOM, settings)
    return Freeing(settings, Blocks(ROOM, roadmap, settings), roadmap.cells)


def waiting(robot_id: str, x: float, goal_x: float, since_s: float) -> Track:
    robot = OnFloor(robot_id=robot_id, x=x, y=1.5, radius_m=0.32, walking_to=(goal_x, 1.5), command_id="c")
    return Track(robot, waits_since=since_s, waits_for="another")


@pytest.fixture
def circle() -> list[Track]:
    return [waiting("a", 3.0, 9.0, since_s=100.0), waiting("b", 4.2, 1.0, since_s=104.0)]


def test_one_of_a_circle_is_let_go_once_all_have_waited_for_long(circle: list[Track]) -> None:
    let_go = freeing()
    let_go.look(circle, [circle], now_s=133.9)
    assert [t.free_s for t in circle] == [None, None], "b has waited for less than 30 s"
    let_go.look(circle, [circle], now_s=134.0)
    assert [t.free_s for t in circle] == [134.0, None]
    assert circle[0].freed_because == "a, b wait for each other"


def test_who_waits_but_in_no_circle_is_not_let_go(circle: list[Track]) -> None:
    freeing().look(circle, [], now_s=1000.0)
    assert [t.free_s for t in circle] == [None, None]


def test_it_is_free_for_a_while_and_then_not_again_for_a_minute(circle: list[Track]) -> None:
    let_go, a = freeing(TrafficSettings(free_for_s=20.0)), circle[0]
    let_go.look(circle, [circle], now_s=134.0)
    let_go.look(circle, [], now_s=153.9)
    assert a.free_s == 134.0
    let_go.look(circle, [circle], now_s=154.0)
    assert (a.free_s, a.freed_s) == (None, 154.0)
    let_go.look(circle, [circle], now_s=213.9)
    assert a.free_s is None
    let_go.look(circle, [circle], now_s=214.0)
    assert a.free_s == 214.0


def test_two_that_are_near_each_other_are_not_free_at_once(circle: list[Track]) -> None:
    others = [waiting("c", 5.4, 9.0, since_s=100.0), waiting("d", 6.6, 1.0, since_s=100.0)]
    far = [waiting("e", 8.0, 1.0, since_s=100.0), waiting("f", 9.2, 2.0, since_s=100.0)]
    tracks = [*circle, *others, *far]
    freeing().look(tracks, [circle, others, far], now_s=200.0)
    assert [t.robot.robot_id for t in tracks if t.free_s is not None] == ["a", "e"]


def test_a_site_that_wants_no_robot_on_its_own_way_has_none(circle: list[Track]) -> None:
    freeing(TrafficSettings(free_for_s=0.0)).look(circle, [circle], now_s=1000.0)
    assert [t.free_s for t in circle] == [None, None]


def test_none_is_let_go_near_what_is_closed_which_it_would_not_know(circle: list[Track]) -> None:
    let_go = freeing()
    let_go.blocks.areas = (("lab", "wet"),)
    let_go.blocks.polygon = lambda name: [(9.0, 1.0)]  # type: ignore[method-assign]
    let_go.look(circle, [circle], now_s=1000.0)
    assert [t.free_s for t in circle] == [None, None]
