"""Robots on small floors, with walkers that start late, stop, undershoot and stray."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks._floor_walkers import Habits, Walker, WalkingFloor
from fleet.model.geometry import Pose
from fleet.model.site import Door, KeepOut, Place, PlaceKind, SiteMap, SpeedLimit, Wall, Zone
from fleet.traffic.floor import Floor, NoteKind, OnFloor, PersonOnFloor, Point
from fleet.traffic.manager import Traffic


def box(x0: float, y0: float, x1: float, y1: float) -> tuple[Wall, ...]:
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    return tuple(Wall(ax=a[0], ay=a[1], bx=b[0], by=b[1]) for a, b in pairwise(corners))


def site(
    size: tuple[float, float], walls: tuple[Wall, ...] = (), *, lanes: tuple[tuple[float, ...], ...] = (),
    places: dict[str, Point] | None = None, **more: object,
) -> SiteMap:  # fmt: skip
    rects = {f"lane_{n}": r for n, r in enumerate(lanes, 1)}
    zones = {
        k: Zone(zone_id=k, kind="aisle", polygon=((a, b), (c, b), (c, d), (a, d)), one_lane=True)
        for k, (a, b, c, d) in rects.items()
    }
    spots = {
        k: Place(place_id=k, kind=PlaceKind.STATION, zone_id="", approach=Pose(x=x, y=y))
        for k, (x, y) in (places or {}).items()
    }
    return SiteMap(
        site_id="small", name="Small", bounds=(0.0, 0.0, *size), zones=zones, places=spots,
        walls=box(0, 0, *size) + walls, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def wall(ax: float, ay: float, bx: float, by: float) -> Wall:
    return Wall(ax=ax, ay=ay, bx=bx, by=by)


# Two rooms, joined by a passage 1.2 m wide and 6 m long, with a bay in its middle.
ROOMS_WITH_BAY = site(
    (14, 6),
    (
        wall(4, 0, 4, 2.4), wall(4, 3.6, 4, 6), wall(10, 0, 10, 2.4), wall(10, 3.6, 10, 6),
        wall(4, 2.4, 10, 2.4), wall(4, 3.6, 6.4, 3.6), wall(7.6, 3.6, 10, 3.6),
        wall(6.4, 3.6, 6.4, 4.8), wall(7.6, 3.6, 7.6, 4.8), wall(6.4, 4.8, 7.6, 4.8),
    ),
)  # fmt: skip
HALL = site((10, 8))
TWO_ROOMS = site((10, 6), (wall(5, 0, 5, 2.4), wall(5, 3.6, 5, 6)),
                 doors={"door": Door(door_id="door", kind="sliding", ax=5, ay=2.4, bx=5, by=3.6)})  # fmt: skip
AISLE = site((12, 5), (wall(3, 1.4, 9, 1.4), wall(3, 2.7, 9, 2.7)), lanes=((3, 1.4, 9, 2.7),),
             places={"in_it": (6.0, 2.05)})  # fmt: skip


def arrive(floor: WalkingFloor, seconds: float) -> bool:
    """Run until nobody walks any more; whether that came to be."""
    until = floor.now_s + seconds
    while floor.now_s < until and any(w.goal is not None for w in floor.walkers):
        floor.step()
    return all(w.goal is None for w in floor.walkers)


def send_all(floor: WalkingFloor, goals: dict[str, Point]) -> None:
    for w in floor.walkers:
        if w.robot_id in goals:
            w.send(goals[w.robot_id], floor.now_s)


def walking(site_map: SiteMap, starts: dict[str, Point], seed: int = 1, habits: Habits | None = None) -> WalkingFloor:
    walkers = [Walker(name, at) for name, at in starts.items()]
    return WalkingFloor(walkers, Traffic(site_map).direct, seed, habits)


def test_a_robot_alone_walks_the_short_way() -> None:
    floor = walking(HALL, {"a": (1, 1)}, habits=Habits(stops_per_s=0, slower=0, strays_m=0))
    send_all(floor, {"a": (9, 6)})
    assert arrive(floor, 60)
    assert floor.walkers[0].walked_m <= 1.01 * math.hypot(8, 5) + 0.1
    assert floor.now_s < math.hypot(8, 5) / 0.5 + 2


def test_two_change_places_in_an_open_hall() -> None:
    floor = walking(HALL, {"a": (1, 4), "b": (9, 4)})
    send_all(floor, {"a": (9, 4), "b": (1, 4)})
    assert arrive(floor, 90)
    assert floor.collisions == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_swap_sides_through_a_passage_for_one(seed: int) -> None:
    floor = walking(ROOMS_WITH_BAY, {"a": (2, 3), "b": (12, 3)}, seed)
    send_all(floor, {"a": (12, 2), "b": (2, 4)})
    assert arrive(floor, 180)
    assert floor.collisions == 0


def test_two_that_met_in_a_passage_go_apart() -> None:
    """They begin face to face, where none can pass: one has to back out, or into the bay."""
    floor = walking(ROOMS_WITH_BAY, {"a": (5.5, 3), "b": (8.5, 3)})
    send_all(floor, {"a": (12, 3), "b": (2, 3)})
    assert arrive(floor, 240)
    assert floor.collisions == 0


def test_one_that_stands_in_a_passage_with_nothing_to_do_is_asked_to_make_room() -> None:
    floor = walking(ROOMS_WITH_BAY, {"a": (2, 3), "b": (5.5, 3)})
    floor.walkers[1].idle = True
    send_all(floor, {"a": (12, 3)})
    floor.run(5)
    (move,) = floor.said.moves
    assert move.robot_id == "b" and move.for_robots == ("a",) and "a" in move.because
    assert not 4 < move.x < 10, "not in the passage"
    floor.walkers[1].send((move.x, move.y), floor.now_s)
    assert arrive(floor, 180)
    assert floor.collisions == 0
    floor.run(1)
    assert floor.said.moves == ()


def test_who_has_an_aisle_for_one_and_who_is_next_is_said() -> None:
    floor = walking(AISLE, {"a": (2, 2), "b": (10, 2)})
    send_all(floor, {"a": (10, 4), "b": (2, 4)})
    seen: set[tuple[str, int]] = set()
    while any(w.goal for w in floor.walkers) and floor.now_s < 120:
        floor.step()
        seen |= {(r.robot_id, r.order) for r in floor.said.reservations if r.resource == "lane_1"}
    assert floor.collisions == 0 and all(w.goal is None for w in floor.walkers)
    assert seen, "somebody took the aisle"


def test_a_robot_waits_outside_while_another_works_in_the_aisle() -> None:
    floor = walking(AISLE, {"a": (6, 2.05), "b": (1.5, 2)})
    send_all(floor, {"b": (6.8, 2.05)})
    floor.run(20)
    assert not 3 < floor.walkers[1].x < 9, "outside the aisle"
    send_all(floor, {"a": (10.5, 2)})
    assert arrive(floor, 120)
    assert floor.collisions == 0


def test_a_door_that_closes_on_the_way_is_said_once_and_walked_when_open() -> None:
    floor = walking(TWO_ROOMS, {"a": (1, 3), "b": (1, 1)})
    floor.closed = frozenset({"door"})
    send_all(floor, {"a": (9, 3), "b": (9, 1)})
    floor.run(30)
    assert all(w.x < 5 for w in floor.walkers)
    (note,) = floor.said.notes
    assert note.kind is NoteKind.NO_WAY and "door is closed" in note.because and note.robots == ("a", "b")
    assert len(floor.seen_notes) == 1
    floor.closed = frozenset()
    assert arrive(floor, 90)
    assert floor.collisions == 0 and not floor.said.notes


def two_doors(*, also: bool) -> SiteMap:
    """Two rooms with a door between them and, if asked for, a second one at the far end of the wall."""
    walls = (wall(5, 0, 5, 2.4), wall(5, 3.6, 5, 10), wall(5, 11.2, 5, 12)) if also else (
        wall(5, 0, 5, 2.4), wall(5, 3.6, 5, 12))  # fmt: skip
    doors = {"door": Door(door_id="door", kind="sliding", ax=5, ay=2.4, bx=5, by=3.6)}
    return site((10, 12), walls, doors=doors, places={"dock": (8.0, 3.0)})


def test_a_door_that_closes_before_a_robot_on_its_way_sends_it_through_the_other_one() -> None:
    floor = walking(two_doors(also=True), {"a": (1, 3)})
    send_all(floor, {"a": (9, 3)})
    floor.run(5.5)  # the floor it has been given leads through the door already
    assert floor.walkers[0].x > 3 and (route := floor.walkers[0].route) and route.points[route.released - 1][0] > 5
    floor.closed = frozenset({"door"})
    through = []
    while floor.walkers[0].goal and floor.now_s < 200:
        before = floor.walkers[0].x, floor.walkers[0].y
        floor.step()
        if before[0] <= 5 < floor.walkers[0].x:
            through.append(before[1])
    assert through and min(through) > 9, "the far door"
    assert not floor.seen_notes


def test_a_door_that_closes_before_a_robot_with_no_other_way_is_said_and_it_goes_on_once_it_opens() -> None:
    floor = walking(two_doors(also=False), {"a": (1, 3)})
    send_all(floor, {"a": (9, 3)})
    floor.run(5.5)
    floor.closed, floor.because = frozenset({"door"}), {"door": "Mia Berger: the hinge is mended"}
    floor.run(20)
    assert floor.walkers[0].x < 5
    (note,) = floor.said.notes
    assert note.kind is NoteKind.NO_WAY and "door is closed (Mia Berger: the hinge is mended)" in note.because
    floor.closed = frozenset()
    assert arrive(floor, 60) and not floor.said.notes


@pytest.mark.parametrize(("also", "through_y"), [(True, 10.6), (False, 3.0)])
def test_a_door_that_is_said_to_be_shut_is_gone_around_and_tried_where_there_is_no_other(
    also: bool, through_y: float
) -> None:
    floor = walking(two_doors(also=also), {"a": (1, 3)})
    floor.doubted = {"door": "b says that it is locked"}
    send_all(floor, {"a": (9, 3)})
    at_door = 0.0
    while floor.walkers[0].goal and floor.now_s < 200:
        floor.step()
        at_door = floor.walkers[0].y if abs(floor.walkers[0].x - 5) < 0.1 else at_door
    assert floor.walkers[0].goal is None and at_door == pytest.approx(through_y, abs=0.6)
    assert not floor.seen_notes, "nobody is kept out, so there is nothing to tell"


def test_a_place_that_is_closed_is_no_goal_and_who_stands_there_may_leave() -> None:
    floor = walking(two_doors(also=False), {"a": (1, 3), "b": (8, 3)})
    floor.closed, floor.because = frozenset({"dock"}), {"dock": "out of order"}
    send_all(floor, {"a": (8, 3), "b": (8, 8)})
    floor.run(40)
    assert floor.walkers[1].goal is None, "b has left"
    (note,) = floor.said.notes
    assert note.robots == ("a",) and "dock is closed (out of order)" in note.because


def test_a_closed_area_is_walked_around_and_left() -> None:
    area = KeepOut(area_id="wet", polygon=((4, 0), (6, 0), (6, 6), (4, 6)), because="mopped", from_s=0.5, to_s=500)
    floor = walking(site((10, 8), keep_outs={"wet": area}), {"a": (1, 2), "b": (5, 3)})
    floor.run(1)
    send_all(floor, {"a": (9, 2), "b": (1, 4)})
    inside_later = False
    while any(w.goal for w in floor.walkers) and floor.now_s < 120:
        floor.step()
        inside_later |= area.contains(floor.walkers[0].x, floor.walkers[0].y)
    assert not inside_later and all(w.goal is None for w in floor.walkers)


@pytest.mark.slow
def test_a_person_in_the_only_doorway_for_ten_minutes_is_one_note() -> None:
    floor = walking(TWO_ROOMS, {"a": (1, 3), "b": (1, 1)})
    floor.people = (PersonOnFloor(person_id="p", x=5, y=3),)
    send_all(floor, {"a": (9, 3), "b": (9, 1)})
    until = floor.now_s + 600
    while floor.now_s < until:
        floor.step()
        away = min(math.hypot(w.x - 5, w.y - 3) for w in floor.walkers)
        assert away > 0.25 + 0.32 + 0.2, "room is kept"
    assert len(floor.seen_notes) == 1
    (note,) = floor.said.notes
    assert note.kind is NoteKind.PERSON_IN_THE_WAY and note.since_s < 60
    floor.people = ()
    assert arrive(floor, 120)
    assert floor.collisions == 0


def test_a_person_who_stands_in_a_hall_is_walked_around_slowly() -> None:
    floor = walking(HALL, {"a": (1, 4)})
    floor.people = (PersonOnFloor(person_id="p", x=5, y=4),)
    send_all(floor, {"a": (9, 4)})
    nearest, slow = math.inf, False
    while any(w.goal for w in floor.walkers) and floor.now_s < 120:
        floor.step()
        nearest = min(nearest, math.hypot(floor.walkers[0].x - 5, floor.walkers[0].y - 4))
        slow |= any(o.max_mps and min(o.max_mps) <= 0.3 for o in floor.said.orders)
    assert floor.walkers[0].goal is None and not floor.seen_notes
    assert nearest > 0.8 and slow


def test_a_fallen_robot_in_the_only_way_is_said_and_in_a_hall_walked_around() -> None:
    floor = walking(TWO_ROOMS, {"a": (1, 3), "b": (5, 3)})
    floor.walkers[1].moves = False
    send_all(floor, {"a": (9, 3)})
    floor.run(30)
    (note,) = floor.said.notes
    assert note.kind is NoteKind.OBSTACLE_IN_THE_WAY and "b (it cannot move) is in the only way" in note.because
    hall = walking(HALL, {"a": (1, 4), "b": (5, 4)})
    hall.walkers[1].moves = False
    send_all(hall, {"a": (9, 4)})
    assert arrive(hall, 90) and hall.collisions == 0 and not hall.seen_notes


def test_a_robot_without_a_way_makes_room_for_one_that_has() -> None:
    floor = walking(ROOMS_WITH_BAY, {"a": (2, 3), "b": (5.5, 3)})
    floor.dropped = ((12.0, 5.0, 0.5),)
    send_all(floor, {"a": (12, 2), "b": (12, 5)})
    until = floor.now_s + 180
    while floor.now_s < until and floor.walkers[0].goal is not None:
        floor.step()
    assert floor.walkers[0].goal is None, "b stood in its only way"
    assert floor.walkers[1].goal is not None and floor.collisions == 0
    (note,) = floor.said.notes
    assert note.robots == ("b",) and note.kind is NoteKind.OBSTACLE_IN_THE_WAY


def test_a_dropped_thing_is_walked_around() -> None:
    floor = walking(HALL, {"a": (1, 4)})
    floor.dropped = ((5.0, 4.0, 0.3),)
    send_all(floor, {"a": (9, 4)})
    nearest = math.inf
    while any(w.goal for w in floor.walkers) and floor.now_s < 120:
        floor.step()
        nearest = min(nearest, math.hypot(floor.walkers[0].x - 5, floor.walkers[0].y - 4))
    assert floor.walkers[0].goal is None and nearest > 0.3 + 0.32 - 0.06


def test_a_robot_that_follows_no_route_is_given_room() -> None:
    floor = walking(HALL, {"a": (1, 4), "b": (9, 4)})
    stranger = floor.walkers[1]
    stranger.obeys = False
    send_all(floor, {"a": (9, 4.5)})
    while floor.walkers[0].goal and floor.now_s < 120:
        floor.step()
        if stranger.at[0] > 1:  # somebody drives it right through the middle
            stranger.at = stranger.at[0] - 0.03, 4.0
    assert floor.walkers[0].goal is None
    assert not any(o.robot_id == "b" for o in floor.said.orders)


@pytest.mark.parametrize("follows", [True, False])
def test_nobody_is_given_floor_between_a_robot_and_who_follows_it(follows: bool) -> None:
    """a stands at (5, 4), b is to walk past its back at 2 m: free, unless somebody who holds the same load is there."""
    lead = OnFloor(robot_id="a", x=5, y=4, walking_to=(9.5, 4), obeys=True, tail=((3.4, 4.0),) if follows else ())
    other = OnFloor(robot_id="b", x=3.4, y=1.0, walking_to=(3.4, 7.5))
    traffic, given = Traffic(HALL), 0.0
    for n in range(12):
        said = traffic.direct(Floor(now_s=0.2 * n, robots=(lead, other)))
        for order in said.orders:
            if order.robot_id == "b":
                given = max(given, *(y for _, y in order.points[: order.released]), 0.0)
        other = replace(other, y=max(other.y, given - 0.3)) if given else other
    assert (given < 3.4) is follows


def test_a_map_that_is_not_connected_is_named() -> None:
    apart = site((10, 6), (wall(5, 0, 5, 6),))
    floor = walking(apart, {"a": (1, 3)})
    send_all(floor, {"a": (9, 3)})
    floor.run(10)
    (note,) = floor.said.notes
    assert note.kind is NoteKind.NO_WAY and "(1.0, 3.0) and (9.0, 3.0)" in note.because


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_jumps_stops_nobody_for_good(jump: float) -> None:
    floor = walking(ROOMS_WITH_BAY, {"a": (2, 3), "b": (12, 3)})
    send_all(floor, {"a": (12, 2), "b": (2, 4)})
    floor.run(10)
    floor.now_s += jump
    floor._next = floor.now_s
    for w in floor.walkers:
        w.mail = [(due + jump, order) for due, order in w.mail]
        w.stands_until = -math.inf
    assert arrive(floor, 200)
    assert floor.collisions == 0


def test_a_robot_that_is_pushed_off_its_way_is_led_from_where_it_is() -> None:
    floor = walking(HALL, {"a": (1, 4), "b": (9, 6)})
    send_all(floor, {"a": (9, 4), "b": (1, 6)})
    floor.run(8)
    floor.walkers[0].at = (floor.walkers[0].at[0], 1.5)
    assert arrive(floor, 120)
    assert floor.collisions == 0


def test_speed_limits_are_told() -> None:
    limit = SpeedLimit(area_id="slow", polygon=((4, 0), (6, 0), (6, 8), (4, 8)), max_mps=0.2)
    traffic = Traffic(site((10, 8), speed_limits={"slow": limit}))
    said = traffic.direct(Floor(now_s=0, robots=(OnFloor(robot_id="a", x=1, y=4, walking_to=(9, 4)),)))
    (order,) = said.orders
    by_x = dict(zip((p[0] for p in order.points), order.max_mps, strict=True))
    assert {v for x, v in by_x.items() if 4.9 < x < 5.5} == {0.2}
    assert order.points[-1] == (9, 4) and 0 < order.released < len(order.points)


def test_equal_floors_give_equal_directions() -> None:
    runs = []
    for _ in range(2):
        floor = walking(ROOMS_WITH_BAY, {"a": (2, 3), "b": (12, 3), "c": (2, 1)})
        send_all(floor, {"a": (12, 2), "b": (2, 4), "c": (12, 4)})
        said = []
        for _ in range(300):
            floor.step()
            said.append(floor.said)
        runs.append(said)
    assert runs[0] == runs[1]
