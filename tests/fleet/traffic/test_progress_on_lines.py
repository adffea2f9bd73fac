"""How far a robot is on its way, seen from where it is."""

from __future__ import annotations

import numpy as np

from fleet.traffic.kernels.lines import line_to_line, point_to_line, progress, stays_free


def way(*points: tuple[float, float]) -> np.ndarray:
    xy = np.array(points, dtype=np.float64)
    return np.hstack([xy[:-1], xy[1:]])


def test_a_line_is_left_near_its_end_or_beyond() -> None:
    lines = way((0, 0), (1, 0), (2, 0), (3, 0))
    assert progress(lines, 0, 3, 0.5, 0.0, 0.2)[0] == 0
    assert progress(lines, 0, 3, 0.85, 0.0, 0.2)[0] == 1
    assert progress(lines, 0, 3, 1.5, 0.1, 0.2)[0] == 1
    assert progress(lines, 0, 3, 9.0, 0.0, 0.2)[0] == 3


def test_what_is_not_released_cannot_be_left() -> None:
    assert progress(way((0, 0), (1, 0), (2, 0)), 0, 1, 1.9, 0.0, 0.2)[0] == 1


def test_a_way_that_leads_back_over_itself_is_walked_to_its_turn() -> None:
    there_and_back = way((0, 0), (1, 0), (2, 0), (1, 0), (0, 0), (-1, 0))
    assert progress(there_and_back, 0, 5, -0.3, 0.0, 0.2)[0] == 0
    assert progress(there_and_back, 0, 5, 1.4, 0.0, 0.2)[0] == 1
    assert progress(there_and_back, 2, 5, 1.4, 0.0, 0.2)[0] == 2


def test_a_corner_that_is_cut_is_passed() -> None:
    corner = way((0, 0), (2, 0), (2, 2))
    assert progress(corner, 0, 2, 1.9, 0.7, 0.2)[0] == 1


def test_who_is_off_his_way_is_that_far_off() -> None:
    lines = way((0, 0), (1, 0), (2, 0))
    assert progress(lines, 0, 2, 0.5, 0.6, 0.2) == (0, 0.6)
    assert progress(lines, 0, 0, 0.0, 0.5, 0.2) == (0, 0.5)


def test_distances() -> None:
    assert point_to_line(0, 1, -1, 0, 1, 0) == 1.0
    assert point_to_line(3, 0, -1, 0, 1, 0) == 2.0
    assert line_to_line(0, 0, 2, 2, 0, 2, 2, 0) == 0.0
    assert line_to_line(0, 0, 1, 0, 0, 0.5, 1, 0.5) == 0.5
    assert line_to_line(0, 0, 0, 0, 3, 4, 3, 4) == 5.0


def test_an_end_off_free_floor_is_forgiven_but_no_wall_is() -> None:
    free = np.ones((40, 10), dtype=np.bool_)
    free[:4] = False
    nothing, wall = np.zeros((0, 4)), np.array([[0.3, 0.0, 0.3, 1.0]])
    assert stays_free(free, 0, 0, 0.1, 0.15, 0.5, 2.0, 0.5, 0.6, 0.0, nothing)
    assert not stays_free(free, 0, 0, 0.1, 0.15, 0.5, 2.0, 0.5, 0.1, 0.0, nothing)
    assert not stays_free(free, 0, 0, 0.1, 0.15, 0.5, 2.0, 0.5, 0.6, 0.0, wall)
    free[20:22] = False
    assert not stays_free(free, 0, 0, 0.1, 1.0, 0.5, 3.0, 0.5, 0.6, 0.6, nothing)
