"""The timetable that is kept from call to call counts what a new one would."""

from __future__ import annotations

import numpy as np
import pytest

from fleet.traffic.lanes import DOWN, STOPS, UP
from fleet.traffic.roadmap import Roadmap, build_roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.timetable import Nearby, Timetable
from sim_worlds.site import bundled_site, load_site

SETTINGS = TrafficSettings()


@pytest.fixture(scope="module")
def roadmap() -> Roadmap:
    return build_roadmap(load_site(bundled_site("warehouse")).to_map(), SETTINGS)


def _add(table: Timetable, near: Nearby, robot: int, until_s: float, stands: object = None) -> None:
    x, y = table.roadmap.xy[17 * robot]
    piece = np.array([[x, y, x, y]])
    taken = near.spots(piece, 0.8), near.lines(piece, 0.8)
    table.add(robot, piece, np.array([-1.0]), np.array([until_s]), *taken, [(0, STOPS, 0.0, until_s)], stands)


@pytest.mark.parametrize("walking", [(3,), (0, 1, 3)])
def test_who_stands_is_kept_and_who_walks_is_not(roadmap: Roadmap, walking: tuple[int, ...]) -> None:
    near, kept, new = Nearby(roadmap), Timetable(roadmap, SETTINGS), Timetable(roadmap, SETTINGS)
    for robot in range(4):
        _add(kept, near, robot, 20.0, None if robot in walking else ("here", robot))
    kept.keep(range(4))
    for robot in range(4):
        if not kept.stands(robot, ("here", robot)):
            _add(kept, near, robot, 30.0, ("here", robot))
        # Where most walk the table begins anew, and who stood is put in again.
        anew = robot in walking or len(walking) > 2
        _add(new, near, robot, 30.0 if anew else 20.0)
    assert (kept.spots == new.spots).all() and (kept.lines == new.lines).all() and (kept.lanes == new.lanes).all()
    assert [column.tolist() for column in kept.everything()] == [column.tolist() for column in new.everything()]


def test_a_table_without_anybody_is_empty_again(roadmap: Roadmap) -> None:
    near, table = Nearby(roadmap), Timetable(roadmap, SETTINGS)
    for robot in range(3):
        _add(table, near, robot, 20.0, ("here", robot))
    assert table.spots.any() and table.lanes.any()
    table.keep([])
    assert not (table.spots.any() or table.lines.any() or table.lanes.any() or table.parts)
    assert not table.stands(0, ("here", 0))


def test_nobody_goes_against_others_in_a_lane_or_past_who_stops_in_it(roadmap: Roadmap) -> None:
    table = Timetable(roadmap, SETTINGS)
    table.lanes[0, UP, 2], table.lanes[0, STOPS, 5] = 1, 1
    along = roadmap.lane_along
    inside = roadmap.lane == 0
    table.close_lanes(set(), -1, 1)
    lines = table.lines[: len(inside)]
    assert not lines[inside & (along > 0), 2].any() and (lines[inside & (along < 0), 2] == 1).all()
    assert (lines[inside, 5] == 1).all() and not lines[~inside].any()
    table.close_lanes(set(), -1, -1)
    table.close_lanes({0}, -1, 1)  # whose way ends in it goes with nobody
    assert (lines[inside, 2] == 1).all()
    table.close_lanes({0}, -1, -1)
    table.lanes[0, DOWN, 7] = 1
    table.close_lanes(set(), 0, 1)  # who is in it already
    assert not table.lines.any()
