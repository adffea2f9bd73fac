"""Ways against one-way zones, and around what is closed for now."""

from __future__ import annotations

import math

import pytest

from fleet.model.geometry import Pose
from fleet.model.site import Door, SiteMap, Wall, Zone
from fleet.travel import TravelModel

LOWER = Zone(zone_id="lower", kind="corridor", polygon=((4, 0), (6, 0), (6, 4), (4, 4)), one_way_rad=0.0)
UPPER = Zone(zone_id="upper", kind="corridor", polygon=((4, 6), (6, 6), (6, 10), (4, 10)))


def at(x: float, y: float) -> Pose:
    return Pose(x=x, y=y)


def two_passages(*zones: Zone, doors: tuple[Door, ...] = ()) -> SiteMap:
    """A wall from the left to the right with a passage below and one above."""
    return SiteMap(
        site_id="m",
        name="m",
        bounds=(0, 0, 10, 10),
        zones={z.zone_id: z for z in zones},
        places={},
        walls=(Wall(ax=4, ay=4, bx=6, by=4), Wall(ax=4, ay=6, bx=6, by=6), Wall(ax=5, ay=4, bx=5, by=6)),
        doors={d.door_id: d for d in doors},
    )


def test_a_one_way_zone_is_walked_its_way_and_gone_around_the_other_way() -> None:
    model = TravelModel(two_passages(LOWER, UPPER))
    left, right = at(2, 2), at(8, 2)
    assert model.distance_m(left, right) == pytest.approx(6.0)
    assert model.distance_m(right, left) > 10.0
    there, back = model.distances_m([left, right], [right, left])[[0, 1], [0, 1]]
    assert there == pytest.approx(6.0, abs=0.2)
    assert back > 10.0


def test_without_another_way_there_is_none_against_it() -> None:
    whole = Zone(zone_id="whole", kind="corridor", polygon=((4, 0), (6, 0), (6, 10), (4, 10)), one_way_rad=math.pi)
    model = TravelModel(two_passages(whole))
    assert model.distance_m(at(2, 2), at(8, 2)) == math.inf
    assert model.distance_m(at(8, 2), at(2, 2)) == pytest.approx(6.0)


def test_what_is_closed_is_gone_around_and_who_is_inside_leaves() -> None:
    model = TravelModel(two_passages(UPPER))
    closed = model.closed_to(frozenset({"upper"}))
    above_left, above_right = at(2, 8), at(8, 8)
    assert model.distance_m(above_left, above_right) == pytest.approx(6.0)
    assert closed.distance_m(above_left, above_right) > 10.0
    assert closed.distance_m(above_left, at(5, 8)) == math.inf
    assert closed.distance_m(at(5, 8), above_right) == pytest.approx(3.0)
    assert model.closed_to(frozenset({"upper"})) is closed
    assert model.closed_to(frozenset()) is model


def test_a_closed_door_and_nothing_that_is_unknown_is_in_the_way() -> None:
    door = Door(door_id="d", kind="swing", ax=5, ay=6, bx=5, by=10)
    model = TravelModel(two_passages(doors=(door,)))
    assert model.closed_to(frozenset({"d"})).distance_m(at(2, 8), at(8, 8)) > 10.0
    assert model.closed_to(frozenset({"x"})).distance_m(at(2, 8), at(8, 8)) == pytest.approx(6.0)
