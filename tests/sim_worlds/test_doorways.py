"""Which doorways a way leads through, and arrays that kernels find by their addresses."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim_worlds.kernels.doorways import cells_ahead, entries, first_crossings
from sim_worlds.kernels.pointers import as_pointer, carray

COLUMNS, CELL = 10, 0.1
ACROSS = (0.35, 0.0, 0.0, 1.0, 1.0)  # from (0.35, 0) upwards, 1 m wide
ASIDE = (0.35, 0.6, 0.0, 1.0, 0.3)


def row_of_cells(first: int, last: int, column: int) -> np.ndarray:
    return np.array([i * COLUMNS + column for i in range(first, last + 1)])


def test_a_way_through_a_doorway_is_noticed_at_the_step_that_leads_through() -> None:
    steps = first_crossings(row_of_cells(0, 6, 2), COLUMNS, 0.0, 0.0, CELL, np.array([ACROSS, ASIDE]))
    assert steps.tolist() == [2, -1], "from x = 0.25 to 0.35 m; past the other one, not through it"


def test_the_other_direction_is_a_way_through_too() -> None:
    steps = first_crossings(row_of_cells(0, 6, 2)[::-1].copy(), COLUMNS, 0.0, 0.0, CELL, np.array([ACROSS]))
    assert steps[0] >= 0


def test_who_stays_on_one_side_goes_through_nothing_and_there_may_be_no_doors() -> None:
    assert first_crossings(row_of_cells(0, 2, 2), COLUMNS, 0.0, 0.0, CELL, np.array([ACROSS])).tolist() == [-1]
    assert len(first_crossings(row_of_cells(0, 2, 2), COLUMNS, 0.0, 0.0, CELL, np.zeros((0, 5)))) == 0


def test_cells_ahead_end_at_the_goal_or_after_so_many() -> None:
    following = np.array([1, 2, 3, -9999], dtype=np.int32)
    assert cells_ahead(following, 0, 2).tolist() == [0, 1, 2]
    assert cells_ahead(following, 1, 9).tolist() == [1, 2, 3]


def test_an_array_is_found_by_its_address() -> None:
    @njit
    def total(address: int, size: int) -> float:
        return float(carray(as_pointer(address), (size,), np.float64).sum())

    numbers = np.arange(5.0)
    assert total(np.uint64(numbers.ctypes.data), 5) == 10.0


def test_lanes_are_entered_at_their_first_cell_ahead_and_not_by_who_is_inside() -> None:
    masks = np.zeros((3, 100), dtype=np.bool_)
    masks[0, 22], masks[1, 2], masks[2, 62] = True, True, True
    ahead = row_of_cells(0, 6, 2)
    assert entries(masks, ahead, 4).tolist() == [22, -1, -1], "the third one is further ahead than is asked for"
