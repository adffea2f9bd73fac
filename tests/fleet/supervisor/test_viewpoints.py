"""From where a whole zone is seen."""

from __future__ import annotations

import math

import pytest

from fleet.model.geometry import Pose
from fleet.model.site import SiteMap, Wall, Zone
from fleet.supervisor.viewpoints import Viewpoints, in_walking_order
from fleet.travel import TravelModel

CORRIDOR = Zone(zone_id="corridor", kind="corridor", polygon=((0, 0), (26, 0), (26, 3), (0, 3)))
ROOM = Zone(zone_id="room", kind="room", polygon=((0, 3), (6, 3), (6, 8), (0, 8)))


def site(**more: object) -> SiteMap:
    return SiteMap(
        site_id="s", name="s", bounds=(0, 0, 26, 8), zones={"corridor": CORRIDOR, "room": ROOM}, places={}, **more
    )


def of(the_site: SiteMap, zone: str) -> tuple[Pose, ...]:
    return Viewpoints(the_site, TravelModel(the_site)).of(zone)


def test_a_long_corridor_has_several_and_none_of_its_floor_is_far_from_all() -> None:
    poses = of(site(), "corridor")
    assert 3 <= len(poses) <= 5
    floor = [(x + 0.5, y + 0.5) for x in range(26) for y in range(3)]
    near = [any(math.dist(p, (v.x, v.y)) <= 4.5 for v in poses) for p in floor]
    assert sum(near) >= 0.9 * len(floor)


def test_one_is_enough_for_a_small_room_and_it_is_near_the_middle() -> None:
    (pose,) = of(site(), "room")
    assert math.dist((pose.x, pose.y), (3, 5.5)) < 1.5


def test_what_is_behind_a_wall_needs_another() -> None:
    split = site(walls=(Wall(ax=3, ay=3, bx=3, by=7),))
    poses = of(split, "room")
    assert any(p.x < 3 for p in poses) and any(p.x > 3 for p in poses)


def test_none_where_nobody_can_walk() -> None:
    assert of(site(obstacles=((0.0, 3.0, 6.0, 8.0),)), "room") == ()


def test_they_are_kept_and_the_same_every_time() -> None:
    known = Viewpoints(site(), TravelModel(site()))
    known.prepare()
    assert known.of("corridor") is known.of("corridor")
    assert known.of("corridor") == of(site(), "corridor")


@pytest.mark.parametrize("start_x", [1.0, 25.0])
def test_the_walk_begins_at_the_nearest_end(start_x: float) -> None:
    poses = of(site(), "corridor")
    ordered = in_walking_order(TravelModel(site()), Pose(x=start_x, y=1.5), poses)
    xs = [p.x for p in ordered]
    assert sorted(ordered, key=lambda p: p.x) == sorted(poses, key=lambda p: p.x)
    assert xs == sorted(xs, reverse=start_x > 13)
