"""Who waits long for one that comes from far away goes first, if the other gets around it at little cost."""

from __future__ import annotations

from itertools import pairwise

from benchmarks._floor_walkers import Habits, Walker, WalkingFloor
from fleet.model.site import SiteMap, Wall
from fleet.traffic.manager import Traffic

_CORNERS = [(0.0, 0.0), (26.0, 0.0), (26.0, 3.2), (0.0, 3.2), (0.0, 0.0)]
CORRIDOR = SiteMap(
    site_id="corridor", name="Corridor", bounds=(0, 0, 26, 3.2), zones={}, places={},
    walls=tuple(Wall(ax=a[0], ay=a[1], bx=b[0], by=b[1]) for a, b in pairwise(_CORNERS)),
)  # fmt: skip


def one_walks_and_one_sets_out(walks_at: tuple[float, float], works_at: tuple[float, float]) -> WalkingFloor:
    """One walks along the corridor, and a second later the other is sent to its middle."""
    walks, works = Walker("walks", walks_at), Walker("works", works_at)
    floor = WalkingFloor([walks, works], Traffic(CORRIDOR).direct, 1, Habits(stops_per_s=0.0))
    walks.send((1.0, 1.6), 0.0)
    floor.run(1.0)
    works.send((11.0, 1.6), floor.now_s)
    return floor


def test_a_robot_that_works_in_the_corridor_does_not_wait_for_one_that_has_the_whole_way_before_it() -> None:
    floor = one_walks_and_one_sets_out((25.0, 1.6), (14.0, 2.8))
    walks, works = floor.walkers
    floor.run(17.0)
    assert works.goal is None, "it is there before the other has come by"
    assert walks.x > 12.0
    floor.run(60.0)
    assert walks.goal is None and floor.collisions == 0


def test_it_waits_for_one_that_is_near_and_neither_gets_a_new_way() -> None:
    floor = one_walks_and_one_sets_out((14.0, 1.6), (13.6, 2.8))
    walks = floor.walkers[0]
    floor.run(40.0)
    assert floor.arrived == ["works", "walks"] or floor.arrived == ["walks", "works"]
    assert walks.walked_m < 13.3 and floor.collisions == 0
