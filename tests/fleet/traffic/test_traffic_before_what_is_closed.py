"""Whose way is closed walks up to what is closed, waits there in nobody's way, and goes on when it opens."""

from __future__ import annotations

import math

import pytest

from benchmarks._floor_walkers import Walker, WalkingFloor
from fleet.model.site import Door, KeepOut, SiteMap, Wall
from fleet.traffic.floor import NoteKind, PersonOnFloor, Point
from fleet.traffic.manager import Traffic


def long_rooms(**more: object) -> SiteMap:
    """Two rooms, each 12 m long, with a door for one between them."""
    lines = ((0, 0, 24, 0), (24, 0, 24, 6), (24, 6, 0, 6), (0, 6, 0, 0), (12, 0, 12, 2.4), (12, 3.6, 12, 6))
    walls = tuple(Wall(ax=a, ay=b, bx=c, by=d) for a, b, c, d in lines)
    return SiteMap(
        site_id="long", name="Long rooms", bounds=(0, 0, 24, 6), zones={}, places={}, walls=walls,
        doors={"door": Door(door_id="door", kind="sliding", ax=12, ay=2.4, bx=12, by=3.6)}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def sent(site: SiteMap, starts: dict[str, Point], goals: dict[str, Point]) -> WalkingFloor:
    floor = WalkingFloor([Walker(name, at) for name, at in starts.items()], Traffic(site).direct, seed=1)
    for w in floor.walkers:
        if w.robot_id in goals:
            w.send(goals[w.robot_id], 0.0)
    return floor


def arrive(floor: WalkingFloor, seconds: float) -> bool:
    until = floor.now_s + seconds
    while floor.now_s < until and any(w.goal for w in floor.walkers):
        floor.step()
    return not any(w.goal for w in floor.walkers)


def test_a_robot_waits_near_the_closed_door_and_not_in_it() -> None:
    floor = sent(long_rooms(), {"a": (1, 3)}, {"a": (23, 3)})
    floor.closed = frozenset({"door"})
    floor.run(40)
    (a,) = floor.walkers
    assert 8.0 < a.x < 11.0 and math.dist((a.x, a.y), (12, 3)) > 1.8, "others get through the door"
    assert [n.kind for n in floor.said.notes] == [NoteKind.NO_WAY], "people are told all the same"
    floor.closed = frozenset()
    began = floor.now_s
    assert arrive(floor, 60)
    assert floor.now_s - began < 40, "from where it stood, not from where it set out"


def test_two_wait_beside_each_other_and_who_comes_out_gets_past() -> None:
    site = long_rooms(keep_outs={"wet": _wet(0.0, 60.0)})
    floor = sent(site, {"a": (1, 3), "b": (1, 1.5)}, {"a": (23, 3), "b": (23, 1.5)})
    floor.run(40)
    near = [(w.x, w.y) for w in floor.walkers]
    assert all(12.5 < x < 15.5 for x, _ in near) and math.dist(*near) > 1.0
    assert arrive(floor, 90) and floor.collisions == 0


def _wet(from_s: float, to_s: float) -> KeepOut:
    area = ((16, 0), (18, 0), (18, 6), (16, 6))
    return KeepOut(area_id="wet", polygon=area, because="mopped", from_s=from_s, to_s=to_s)


def test_who_is_to_go_into_what_is_closed_walks_up_to_it() -> None:
    floor = sent(long_rooms(keep_outs={"wet": _wet(0.0, 500.0)}), {"a": (1, 3)}, {"a": (17, 3)})
    floor.run(60)
    assert 13 < floor.walkers[0].x < 15.5


def test_when_it_closes_behind_a_robot_that_stood_before_it_it_stays() -> None:
    """What is worth a few steps only is not walked: nobody is sent to and fro."""
    floor = sent(long_rooms(), {"a": (9.6, 1.0)}, {"a": (23, 3)})
    floor.closed = frozenset({"door"})
    floor.run(20)
    assert floor.walkers[0].walked_m < 1.5


def test_where_no_opening_of_anything_would_help_nobody_sets_out() -> None:
    site = long_rooms(keep_outs={"wet": _wet(0.0, 500.0)})
    floor = sent(site, {"a": (1, 3)}, {"a": (30, 3)})
    floor.run(10)
    assert floor.walkers[0].walked_m < 0.3


@pytest.mark.parametrize("y", [1.2, 4.8])
def test_beyond_a_door_that_is_said_to_be_shut_people_are_walked_around_as_ever(y: float) -> None:
    """The door is the only way and is tried; that somebody stands beside the way does not make him the way."""
    floor = sent(long_rooms(), {"a": (9, 3)}, {"a": (23, 3)})
    floor.doubted = {"door": "b says that door door is shut"}
    floor.people = (PersonOnFloor(person_id="p", x=17.0, y=3.0), PersonOnFloor(person_id="q", x=20.0, y=y))
    nearest = math.inf
    while floor.walkers[0].goal and floor.now_s < 120:
        floor.step()
        nearest = min(nearest, math.dist((floor.walkers[0].x, floor.walkers[0].y), (17.0, 3.0)))
    assert floor.walkers[0].goal is None and nearest > 0.7
    assert not floor.seen_notes


@pytest.mark.parametrize(("opens_s", "told"), [(25.0, False), (200.0, True)])
def test_people_are_told_of_what_is_closed_unless_it_opens_by_itself_soon(opens_s: float, told: bool) -> None:
    floor = sent(long_rooms(keep_outs={"wet": _wet(0.0, opens_s)}), {"a": (1, 3)}, {"a": (23, 3)})
    floor.run(20)
    assert bool(floor.seen_notes) == told


def test_people_are_told_of_a_closure_that_lasts_though_an_area_of_that_name_opens_soon() -> None:
    floor = sent(long_rooms(keep_outs={"wet": _wet(0.0, 25.0)}), {"a": (1, 3)}, {"a": (23, 3)})
    floor.closed = frozenset({"wet"})
    floor.run(10)
    assert floor.seen_notes
