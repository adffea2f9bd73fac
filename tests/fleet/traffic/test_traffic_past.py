"""Ways of one body past what stands about, where the roadmap has no line."""

from __future__ import annotations

import math

import numpy as np

from fleet.model.site import SiteMap, Wall
from fleet.traffic.floor import Floor, OnFloor, Point
from fleet.traffic.manager import Traffic
from fleet.traffic.past import way_over

# A store south of a corridor, with a doorway of 2.4 m between them, in which somebody has fallen a little to the east.
_WALLS = [(0, 0, 10, 0), (10, 0, 10, 9), (10, 9, 0, 9), (0, 9, 0, 0), (0, 5, 3.3, 5), (5.7, 5, 10, 5)]
STORE = SiteMap(
    site_id="store", name="Store", bounds=(0, 0, 10, 9), zones={}, places={},
    walls=tuple(Wall(ax=ax, ay=ay, bx=bx, by=by) for ax, ay, bx, by in _WALLS),
)  # fmt: skip
FALLEN: Point = (4.81, 5.13)
HERE: Point = (5.2, 4.2)
GOAL: Point = (9.0, 7.0)
BODIES_M = 0.6


def led(traffic: Traffic, until_s: float) -> tuple[Point, ...]:
    """What a robot is told that is let go before the doorway."""
    now_s = 0.0
    while now_s < until_s:
        robots = (
            OnFloor(robot_id="carries", x=HERE[0], y=HERE[1], radius_m=0.3, walking_to=GOAL, command_id="c", epoch=1),
            OnFloor(robot_id="fell", x=FALLEN[0], y=FALLEN[1], radius_m=0.3, moves=False, fallen=True),
        )
        said = traffic.direct(Floor(now_s=now_s, robots=robots))
        if traffic.tracks["carries"].free_s is not None:
            assert len(said.orders) == 1 and said.orders[0].released == len(said.orders[0].points)
            return said.orders[0].points
        now_s += 0.2
    raise AssertionError("it was not let go")


def test_who_is_let_go_before_a_doorway_with_a_fallen_one_in_it_is_shown_the_side_that_it_fits_through() -> None:
    points = led(Traffic(STORE), 20.0)
    assert points[-1] == GOAL and len(points) > 2
    line = (HERE, *points)
    for (ax, ay), (bx, by) in zip(line, points, strict=False):
        for share in np.linspace(0.0, 1.0, 20):
            at = ax + share * (bx - ax), ay + share * (by - ay)
            assert math.dist(at, FALLEN) > BODIES_M
            if abs(at[1] - 5.0) < 0.2:
                assert 3.6 < at[0] < FALLEN[0] - BODIES_M, "east of it there is no room"


def test_it_finds_its_way_by_itself_where_there_is_no_way_over_cells_or_too_much_floor() -> None:
    traffic = Traffic(STORE)
    cells = traffic.roadmap.cells
    shut = cells.free.copy()
    shut[:, 48:53] = False
    assert way_over(cells, cells.free, HERE, GOAL)
    assert way_over(cells, shut, HERE, GOAL) == ()
    assert way_over(cells, np.zeros_like(shut), HERE, GOAL) == ()
    wide = np.ones((4000, 400), dtype=np.bool_)
    assert way_over(cells, wide, (1.0, 1.0), (390.0, 30.0)) == ()
