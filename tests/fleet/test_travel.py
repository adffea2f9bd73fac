"""Distances on foot go around what is in the way."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.model.errors import InvalidField
from fleet.model.geometry import Pose
from fleet.model.site import KeepOut, Place, PlaceKind, SiteMap, Wall
from fleet.travel import TravelModel


def a_map(*walls: Wall, obstacles: tuple[tuple[float, float, float, float], ...] = (), size: float = 10.0) -> SiteMap:
    return SiteMap(
        site_id="m", name="m", bounds=(0, 0, size, size), zones={}, places={}, walls=walls, obstacles=obstacles
    )


def at(x: float, y: float) -> Pose:
    return Pose(x=x, y=y)


DIVIDED = a_map(Wall(ax=5, ay=0, bx=5, by=8))  # open only between y = 8 and y = 10
CLOSED = a_map(Wall(ax=5, ay=0, bx=5, by=10))
POINTS = st.floats(0.5, 4.4)


def test_in_the_open_the_straight_line_is_exact() -> None:
    assert TravelModel(a_map()).distance_m(at(1, 1), at(9, 7)) == 10.0


def test_no_way_at_all_costs_nothing_where_one_stands() -> None:
    assert TravelModel(a_map()).distance_m(at(3, 3), at(3, 3)) == 0.0


def test_a_wall_is_walked_around() -> None:
    around = 2 * math.hypot(2, 8.3 - 1)  # from (3, 1) over the wall's end, a footprint away from it, to (7, 1)
    assert TravelModel(DIVIDED).distance_m(at(3, 1), at(7, 1)) == pytest.approx(around, rel=0.07)


def test_a_table_is_walked_around() -> None:
    model = TravelModel(a_map(obstacles=((4, 3, 6, 7),)))
    shortest = 2 * math.hypot(3 - 0.3, 2 + 0.3) + 2 + 2 * 0.3  # by the corners, a footprint away
    assert model.distance_m(at(1, 5), at(9, 5)) == pytest.approx(shortest, rel=0.06)


def test_floor_that_is_closed_for_good_is_walked_around_and_floor_that_opens_again_is_not() -> None:
    corners = ((4.0, 3.0), (6.0, 3.0), (6.0, 7.0), (4.0, 7.0))
    closed = KeepOut(area_id="k", polygon=corners, because="stairs")
    for_good = TravelModel(replace(a_map(), keep_outs={"k": closed}))
    at_times = TravelModel(replace(a_map(), keep_outs={"k": replace(closed, to_s=60.0)}))
    shortest = 2 * math.hypot(3 - 0.3, 2 + 0.3) + 2 + 2 * 0.3
    assert for_good.distance_m(at(1, 5), at(9, 5)) == pytest.approx(shortest, rel=0.06)
    assert not for_good.is_free(at(5, 5))
    assert at_times.distance_m(at(1, 5), at(9, 5)) == 8.0


def test_what_is_walled_off_cannot_be_reached() -> None:
    model = TravelModel(CLOSED)
    assert model.distance_m(at(3, 1), at(7, 1)) == math.inf
    assert model.time_s(at(3, 1), at(7, 1), 0.5) == math.inf


@pytest.mark.parametrize(("door_m", "open_"), [(0.5, False), (1.0, True)])
def test_a_door_is_open_to_those_who_fit_through(door_m: float, open_: bool) -> None:
    half = door_m / 2
    model = TravelModel(a_map(Wall(ax=5, ay=0, bx=5, by=5 - half), Wall(ax=5, ay=5 + half, bx=5, by=10)))
    assert (model.distance_m(at(3, 5), at(7, 5)) < math.inf) is open_


def test_a_slanting_wall_has_no_holes_even_for_a_point() -> None:
    model = TravelModel(a_map(Wall(ax=0, ay=0.3, bx=10, by=9.7)), footprint_m=0.0)
    assert model.distance_m(at(2, 8), at(8, 2)) == math.inf


def test_a_box_on_a_shelf_is_approached_from_its_own_side_of_the_wall() -> None:
    shelf = ((4.5, 2, 5, 4),)  # against the wall at x = 5
    model = TravelModel(a_map(*CLOSED.walls, obstacles=shelf))
    assert model.distance_m(at(2, 3), at(4.8, 3)) == pytest.approx(2.8, abs=0.8)
    assert model.distance_m(at(8, 3), at(4.8, 3)) == math.inf


def test_far_from_any_floor_there_is_no_way() -> None:
    assert TravelModel(a_map()).distance_m(at(1, 1), at(50, 50)) == math.inf
    assert TravelModel(a_map(obstacles=((0, 0, 10, 10),))).distance_m(at(1, 1), at(2, 2)) == math.inf


def test_time_follows_from_speed() -> None:
    assert TravelModel(a_map()).time_s(at(1, 1), at(1, 5), speed_mps=0.5) == 8.0


@settings(max_examples=60, deadline=None)
@given(POINTS, POINTS, POINTS, POINTS)
def test_a_way_is_never_shorter_than_the_straight_line_and_hardly_depends_on_its_direction(
    ax: float, ay: float, bx: float, by: float
) -> None:
    start, end = at(ax, ay), at(10 - bx, by)  # on different sides of the wall
    there, back = _DIVIDED.distance_m(start, end), _DIVIDED.distance_m(end, start)
    assert there >= start.distance_to(end)
    assert there == pytest.approx(back, abs=0.5)


_DIVIDED = TravelModel(DIVIDED)


@settings(max_examples=40, deadline=None)
@given(st.tuples(POINTS, POINTS), st.tuples(POINTS, POINTS), st.tuples(POINTS, POINTS))
def test_the_answer_does_not_depend_on_what_was_asked_before(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]
) -> None:
    first, last = at(*a), at(10 - b[0], b[1])
    fresh = TravelModel(DIVIDED)
    fresh.distance_m(last, at(*c))
    fresh.distance_m(last, first)
    assert fresh.distance_m(first, last) == _DIVIDED.distance_m(first, last)


def test_preparing_changes_no_answer() -> None:
    place = Place(place_id="p", kind=PlaceKind.STATION, zone_id="", approach=at(7, 1))
    outside = Place(place_id="q", kind=PlaceKind.STATION, zone_id="", approach=at(70, 1))
    prepared = TravelModel(replace(DIVIDED, places={"p": place, "q": outside}))
    prepared.prepare()
    assert prepared.distance_m(at(3, 1), at(7, 1)) == TravelModel(DIVIDED).distance_m(at(3, 1), at(7, 1))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cell_m": 0.0}, "cell_m"),
        ({"cell_m": float("nan")}, "cell_m"),
        ({"cell_m": 0.001}, "cell_m"),
        ({"footprint_m": -0.1}, "footprint_m"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(wrong: dict[str, float], field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        TravelModel(a_map(), **wrong)


@pytest.mark.parametrize("bounds", [(0, 0, 0, 10), (0, 0, -1, 10), (0, 0, float("inf"), 10)])
def test_a_floor_without_area_is_refused(bounds: tuple[float, float, float, float]) -> None:
    with pytest.raises(InvalidField, match=r"site\.bounds"):
        TravelModel(SiteMap(site_id="m", name="m", bounds=bounds, zones={}, places={}))


def test_a_floor_of_one_cell_is_a_floor() -> None:
    assert TravelModel(a_map(size=0.1), cell_m=0.2).distance_m(at(0.05, 0.05), at(0.06, 0.05)) < 0.2


def test_senseless_positions_and_speeds_are_refused() -> None:
    model = TravelModel(a_map())
    with pytest.raises(InvalidField, match="end"):
        model.distance_m(at(1, 1), at(float("nan"), 1))
    with pytest.raises(InvalidField, match="speed_mps"):
        model.time_s(at(1, 1), at(2, 1), 0.0)


def test_a_table_of_distances_agrees_with_single_ones() -> None:
    ways = TravelModel(DIVIDED)
    starts = [at(1, 1), at(4, 9), at(9, 2)]
    table = ways.distances_m(starts, starts)
    for i, start in enumerate(starts):
        for j, end in enumerate(starts):
            assert ways.distance_m(start, end) - 1e-4 <= table[i, j] <= 1.03 * ways.distance_m(start, end) + 0.2
    assert ways.distances_m([at(1, 1)], [at(50, 50)]).tolist() == [[math.inf]]
    assert TravelModel(CLOSED).distances_m([at(1, 1)], [at(9, 1)]).tolist() == [[math.inf]]
    assert ways.distances_m([], starts).shape == (0, 3)
