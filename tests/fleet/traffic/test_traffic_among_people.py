"""Robots among people: how slow they are near them, whom they walk around and for whom they wait, and how much of its
way a robot is given that hears late."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks._floor_walkers import Habits, Walker, WalkingFloor
from fleet.model.site import SiteMap, Wall
from fleet.traffic.blocks import PERSON_M
from fleet.traffic.floor import Directions, Floor, OnFloor, PersonOnFloor, Point
from fleet.traffic.manager import Traffic
from fleet.traffic.patience import LEAST_S
from fleet.traffic.settings import TrafficSettings

SETTINGS = TrafficSettings()


def site(width: float, height: float, *walls: tuple[float, float, float, float]) -> SiteMap:
    around = [(0, 0, width, 0), (width, 0, width, height), (width, height, 0, height), (0, height, 0, 0)]
    return SiteMap(
        site_id="s", name="S", bounds=(0, 0, width, height), zones={}, places={},
        walls=tuple(Wall(ax=a, ay=b, bx=c, by=d) for a, b, c, d in (*around, *walls)),
    )  # fmt: skip


HALL = site(12, 8)
# Two rooms with two doorways, 1.2 m wide: one straight ahead, one some metres aside.
TWO_DOORS = site(26, 8, (20, 0, 20, 1.4), (20, 2.6, 20, 5.4), (20, 6.6, 20, 8))
IN_THE_DOOR = PersonOnFloor(person_id="p", x=20, y=2)


def robot(at: Point, goal: Point, **more: object) -> OnFloor:
    base = OnFloor(robot_id="a", x=at[0], y=at[1], walking_to=goal, command_id="c", radius_m=0.32, speed_mps=0.8)
    return replace(base, **more)  # type: ignore[arg-type]


def stood_for(seconds: float, traffic: Traffic, who: OnFloor, person: PersonOnFloor) -> Directions:
    """What is said to a robot that stands, once the person has stood for so long."""
    now = 0.0
    while now < seconds:
        traffic.direct(Floor(now_s=now, robots=(replace(who, walking_to=None),), people=(person,)))
        now += 0.2
    return traffic.direct(Floor(now_s=now, robots=(who,), people=(person,)))


@pytest.mark.parametrize(("gap_m", "least", "most"), [(0.3, 0.3, 0.3), (0.36, 0.3, 0.3), (0.5, 0.39, 0.61)])
def test_the_nearer_to_a_person_the_slower_a_robot_walks(gap_m: float, least: float, most: float) -> None:
    person = PersonOnFloor(person_id="p", x=2.0, y=4.0 + gap_m + 0.32 + PERSON_M)
    traffic = Traffic(HALL)
    said = traffic.direct(Floor(now_s=0.0, robots=(robot((1, 4), (11, 4)),)))
    said = traffic.direct(Floor(now_s=0.2, robots=(robot((1, 4), (11, 4), route=1),), people=(person,)))
    (order,) = said.orders
    assert least - 1e-9 <= min(order.max_mps) <= most


def test_beyond_comfort_a_robot_walks_as_ever() -> None:
    person = PersonOnFloor(person_id="p", x=2.0, y=4.0 + SETTINGS.comfort_m + 0.05 + 0.32 + PERSON_M)
    (order,) = Traffic(HALL).direct(Floor(now_s=0.0, robots=(robot((1, 4), (11, 4)),), people=(person,))).orders
    assert order.max_mps == ()


def through(said: Directions) -> float:
    """Where the way crosses the wall: y."""
    way = [(0.0, 2.0), *said.routes["a"]]
    return next(b[1] for a, b in pairwise(way) if a[0] <= 20 <= b[0])


def test_who_will_be_gone_when_a_robot_gets_there_is_no_reason_to_walk_around() -> None:
    far = robot((2, 2), (24, 2))
    assert through(stood_for(4.0, Traffic(TWO_DOORS), far, IN_THE_DOOR)) < 3
    assert 2 * LEAST_S < 18 / 0.8, "it is that far"


def test_who_has_stood_for_long_is_expected_to_stay() -> None:
    assert through(stood_for(40.0, Traffic(TWO_DOORS), robot((2, 2), (24, 2)), IN_THE_DOOR)) > 5


def test_who_is_in_the_way_of_a_robot_that_is_near_is_walked_around() -> None:
    assert through(stood_for(4.0, Traffic(TWO_DOORS), robot((17, 2), (24, 2)), IN_THE_DOOR)) > 5


def test_it_looks_again_as_it_comes_nearer() -> None:
    """It set out towards the doorway, and the person has not left when it gets near."""
    traffic, at = Traffic(TWO_DOORS), 2.0
    stood_for(4.0, traffic, robot((2, 2), (24, 2)), IN_THE_DOOR)
    now, said = 4.0, Directions()
    while at < 16:
        now, at = now + 0.2, at + 0.16
        said = traffic.direct(Floor(now_s=now, robots=(robot((at, 2), (24, 2), route=1),), people=(IN_THE_DOOR,)))
    assert through(said) > 5


def test_who_moves_about_in_the_way_is_walked_around_after_a_moment() -> None:
    """Nobody who stands: people who take a step now and then, so that they never count as standing."""
    traffic, now = Traffic(HALL), 0.0
    ways = set[int]()
    while now < 6.0:
        x = 6.2 + (0.5 if int(now) % 2 else 0.0)
        people = tuple(PersonOnFloor(person_id=f"p{k}", x=x, y=4.0 + 0.5 * k, vx=0.1) for k in (-1, 0, 1))
        said = traffic.direct(Floor(now_s=now, robots=(robot((5, 4), (11, 4), route=1),), people=people))
        ways.add(max((round(abs(y - 4.0)) for x, y in said.routes["a"]), default=0))
        now += 0.2
    assert max(ways) >= 1, "around them"


def test_a_robot_that_hears_late_is_given_more_of_its_way() -> None:
    given = []
    for late_s in (0.2, 2.0):
        traffic, now, heard = Traffic(HALL), 0.0, list[tuple[float, int]]()
        said = Directions()
        while now < 6.0:
            route = max((r for at, r in heard if at + late_s <= now), default=0)
            said = traffic.direct(Floor(now_s=now, robots=(robot((1, 4 + 0.001 * now), (11, 4), route=route),)))
            heard += [(now, o.route) for o in said.orders]
            now += 0.2
        given.append(said.released["a"])
    assert given[1] > given[0]


@pytest.mark.parametrize(("away_m", "comes"), [(0.85, True), (0.70, False)])
def test_where_a_robot_has_to_stand_near_somebody_it_comes_as_near_as_that_slowly(away_m: float, comes: bool) -> None:
    """`least_m` would be 0.92 m from middle to middle; bodies may be 0.2 m apart there."""
    floor = WalkingFloor([Walker("a", (1, 4))], Traffic(HALL).direct, 1, Habits(stops_per_s=0, slower=0, strays_m=0))
    floor.people = (PersonOnFloor(person_id="p", x=8 + away_m, y=4),)
    floor.walkers[0].send((8, 4), 0.0)
    slow = False
    while floor.walkers[0].goal is not None and floor.now_s < 40:
        floor.step()
        slow |= any(o.max_mps and min(o.max_mps) <= 0.3 for o in floor.said.orders)
    assert (floor.walkers[0].goal is None) is comes and slow is comes
    assert 8 + away_m - floor.walkers[0].x > floor.walkers[0].radius_m + PERSON_M + 0.15
