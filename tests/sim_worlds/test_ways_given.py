"""A robot walks the way that the fleet gives it, and no further than it may."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from driving import Hands, robot
from small_sites import DOOR, annex, world_of

from sim_worlds.errors import Refused
from sim_worlds.onboard.guidance import Guide
from sim_worlds.records import Walk, Way
from sim_worlds.world import World

HALL = "doors:\n  - {id: gap, x: 6, y: 3, width_m: 1.2, kind: open}\n"
CORNER = ((2.0, 2.0), (2.0, 4.5), (4.5, 4.5))


def begun(name: str = "g1_a", to: tuple[float, float] = (4.5, 4.5), site_more: str = HALL) -> tuple[World, Hands]:
    world = world_of(annex(site_more), [robot(name, 2.0, 1.0, 1.57)])
    hands = Hands(world)
    hands.beat()
    world.start(name, Walk(command_id="c1", x_m=to[0], y_m=to[1]))
    hands.advance(0.2)
    return world, hands


def at(world: World, name: str = "g1_a") -> tuple[float, float]:
    m = world.computers[name].body.motion()
    return m.x, m.y


def furthest_from(
    world: World, hands: Hands, points: tuple[tuple[float, float], ...], seconds: float, name: str = "g1_a"
) -> float:
    """The greatest distance of the robot to the polyline while it walks for so long."""
    worst = 0.0
    for _ in range(round(seconds / 0.2)):
        hands.advance(0.2)
        worst = max(worst, min(_to_segment(at(world, name), a, b) for a, b in pairwise(points)))
    return worst


def _to_segment(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = min(max(((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    return math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy)


def test_it_goes_through_the_points_in_order_and_arrives() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=3))
    assert furthest_from(world, hands, ((2.0, 1.0), *CORNER), 20.0) < 0.3
    assert world.status("g1_a").state == "done"
    assert math.dist(at(world), CORNER[-1]) < 0.06
    world.close()


def test_it_stops_at_the_last_point_released_and_says_that_it_waits() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=1))
    hands.advance(15.0)
    state = world.body_state("g1_a")
    assert math.dist(at(world), CORNER[0]) < 0.25
    assert (state.status.state, state.status.code) == ("running", "awaits_way")
    assert (state.awaits_way, state.route, state.route_passed) == (True, 1, 1)
    assert state.walking_to == CORNER[-1]
    world.follow("g1_a", Way(route=2, points=CORNER, released=3))
    hands.advance(0.3)
    assert not world.body_state("g1_a").awaits_way
    hands.advance(15.0)
    assert world.status("g1_a").state == "done"
    world.close()


def test_nothing_released_means_standing_still() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=0))
    before = at(world)
    hands.advance(10.0)
    assert math.dist(at(world), before) < 0.15
    world.close()


def test_a_longer_way_does_not_send_it_back_to_points_behind_it() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=2))
    hands.advance(6.0)
    passed = world.body_state("g1_a").route_passed
    assert passed == 1
    world.follow("g1_a", Way(route=2, points=CORNER, released=3))
    assert world.body_state("g1_a").route_passed == passed
    y = at(world)[1]
    hands.advance(1.0)
    assert at(world)[1] >= y
    world.close()


def test_without_a_way_it_finds_its_own_and_a_fleet_that_guides_is_waited_for_only_briefly() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=3))
    hands.advance(20.0)
    hands.beat()
    world.start("g1_a", Walk(command_id="c2", x_m=2.0, y_m=1.0))
    hands.advance(0.4)
    assert math.dist(at(world), CORNER[-1]) < 0.1, "it waits for its first way"
    hands.advance(20.0)
    assert world.status("g1_a").state == "done"
    world.close()


def test_speeds_are_limited_on_the_way_to_a_point() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=3, max_mps=(0.1, 0.5, 0.5)))
    hands.advance(5.0)
    m = world.computers["g1_a"].body.motion()
    assert math.hypot(m.vx, m.vy) < 0.12
    world.close()


@pytest.mark.parametrize(
    ("way", "code"),
    [
        (Way(route=0, points=CORNER, released=3), "bad_argument"),
        (Way(route=5, points=(), released=0), "bad_argument"),
        (Way(route=5, points=CORNER, released=4), "bad_argument"),
        (Way(route=5, points=((math.nan, 0.0), CORNER[2]), released=1), "bad_argument"),
        (Way(route=5, points=CORNER, released=3, max_mps=(0.5,)), "bad_argument"),
        (Way(route=5, points=CORNER, released=3, max_mps=(0.5, 0.0, 0.5)), "bad_argument"),
        (Way(route=5, points=CORNER[:2], released=2), "another_walk"),
        (Way(route=1, points=CORNER, released=3), "stale_route"),
    ],
)
def test_what_is_no_way_for_this_walk_is_refused(way: Way, code: str) -> None:
    world, _ = begun()
    world.follow("g1_a", Way(route=2, points=CORNER, released=1))
    with pytest.raises(Refused) as refused:
        world.follow("g1_a", way)
    assert refused.value.code == code
    world.close()


def test_a_way_is_for_a_walk_under_way() -> None:
    world = world_of(annex(HALL), [robot("g1_a", 2.0, 1.0)])
    with pytest.raises(Refused, match="does not walk now"):
        world.follow("g1_a", Way(route=1, points=CORNER, released=1))
    world.close()


def test_a_door_on_the_way_is_opened() -> None:
    through = ((3.0, 3.0), (4.0, 3.0), (5.0, 3.0), (7.0, 3.0), (8.0, 3.0))
    world, hands = begun(to=through[-1], site_more=DOOR)
    world.follow("g1_a", Way(route=1, points=through, released=5))
    hands.advance(30.0)
    assert world.status("g1_a").state == "done"
    world.close()


@pytest.mark.slow
def test_a_robot_that_walks_by_its_joints_keeps_to_its_lines_and_to_where_it_waits() -> None:
    world, hands = begun("g1_walking")
    world.follow("g1_walking", Way(route=1, points=CORNER, released=2))
    assert furthest_from(world, hands, ((2.0, 1.0), *CORNER), 12.0, "g1_walking") < 0.2
    assert world.body_state("g1_walking").awaits_way
    waits_at = at(world, "g1_walking")
    assert math.dist(waits_at, CORNER[1]) < 0.25
    hands.advance(13.0)
    assert math.dist(waits_at, at(world, "g1_walking")) < 0.2
    world.follow("g1_walking", Way(route=2, points=CORNER, released=3))
    hands.advance(20.0)
    assert world.status("g1_walking").state == "done"
    world.close()


def test_a_way_that_turns_at_the_next_point_bends_there() -> None:
    guide = Guide(CORNER[-1])
    guide.take(Way(route=1, points=CORNER, released=3), "a")
    assert guide.line_from(2.0, 1.0) == (2.0, 1.0)
    assert guide.line_from(2.1, 1.5) == (2.0, 1.0), "the line stays where it began"
    assert guide.bends((1.0, 1.0)) and not guide.bends((2.0, 1.0))
    guide.pass_one()
    assert guide.line_from(2.1, 2.3) == CORNER[0]
    assert guide.bends(CORNER[0])
    guide.pass_one()
    assert not guide.bends(CORNER[1]), "nothing comes after the end"


def test_legs_that_sway_are_led_back_to_their_line() -> None:
    world, hands = begun("g1_a", to=(2.0, 5.0))
    world.follow("g1_a", Way(route=1, points=((2.0, 4.9), (2.0, 5.0)), released=2))
    hands.advance(0.2)
    row, table = world.computers["g1_a"].row, world.rows.columns
    table["from_x"][row], table["from_y"][row] = 1.9, 1.0
    wish = {}
    for dynamic in (False, True):
        table["dynamic"][row] = dynamic
        world._follow()
        wish[dynamic] = math.atan2(table["wish_vy"][row], table["wish_vx"][row])
    # The goal is straight ahead; the line runs 8 cm to its left, and is come back to within 0.35 m.
    assert wish[False] == pytest.approx(math.pi / 2, abs=0.05)
    assert wish[True] > math.pi / 2 + 0.15
    assert table["wish_yaw"][row] == pytest.approx(math.atan2(3.9, 0.1)), "it looks along the line meanwhile"
    world.close()


def test_a_held_robot_goes_on_along_its_way_when_it_is_released() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=3))
    hands.advance(2.0)
    world.hold("g1_a", "somebody asked")
    hands.advance(3.0)
    before = at(world)
    world.follow("g1_a", Way(route=2, points=CORNER, released=3))
    hands.advance(2.0)
    assert math.dist(before, at(world)) < 0.05
    world.resume("g1_a")
    hands.advance(20.0)
    assert world.status("g1_a").state == "done"
    world.close()


def test_in_a_copy_of_the_world_it_finds_its_own_way() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=1))
    hands.advance(6.0)
    world.forget_ways()
    hands.advance(15.0)
    assert world.status("g1_a").state == "done"
    world.close()


def test_a_restored_world_knows_that_its_fleet_gives_ways() -> None:
    world, hands = begun()
    world.follow("g1_a", Way(route=1, points=CORNER, released=2))
    hands.advance(3.0)
    other = World.restore(world.checkpoint())
    assert other.computers["g1_a"].guided
    assert other.body_state("g1_a").route == 0, "the way itself is given anew"
    world.close()
    other.close()
