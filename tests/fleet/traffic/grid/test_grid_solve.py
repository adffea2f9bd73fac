"""Whole plans: right by the separate verifier, no dearer than the first, none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.model.errors import InvalidField
from fleet.traffic.grid.graph import Bools, Grid, Ints, graph_of, grid_of
from fleet.traffic.grid.solve import Solved, solve
from fleet.traffic.verify import verify


def faults(grid: Grid, starts: Ints, goals: Ints, solved: Solved) -> list[str]:
    assert solved.paths is not None
    paths = [[grid.cell(int(n)) for n in solved.paths[:, i]] for i in range(len(starts))]
    cells = [[grid.cell(int(n)) for n in nodes] for nodes in (starts, goals)]
    return [str(f) for f in verify(grid.free.tolist(), cells[0], cells[1], paths)]


@st.composite
def rooms(draw: st.DrawFn) -> tuple[Bools, int]:
    """A map whose free cells are all connected (a comb), and a seed."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(3, 8))
    free = np.zeros((rows, columns), bool)
    free[0] = True
    for column in range(columns):
        free[: draw(st.integers(1, rows)), column] = True
    return free, draw(st.integers(0, 999))


@settings(max_examples=40, deadline=None)
@given(rooms())
def test_plans_are_right_and_refining_only_makes_them_cheaper(room: tuple[Bools, int]) -> None:
    free, seed = room
    grid, dice = grid_of(free), np.random.default_rng(seed)
    robots = int(dice.integers(1, max(grid.graph.nodes // 3, 1) + 1))
    starts, goals = (dice.permutation(grid.graph.nodes)[:robots].astype(np.int32) for _ in range(2))
    solved = solve(grid.graph, starts, goals, seed=seed, rounds=30, tries=3000)
    if solved.paths is None:
        assert len(free) == 1 or not free.all()  # in lanes there may be no room to pass
        return
    assert faults(grid, starts, goals, solved) == []
    assert solved.least <= solved.cost <= solved.first_cost
    again = solve(grid.graph, starts, goals, seed=seed, rounds=30, tries=3000)
    assert again.paths is not None and np.array_equal(solved.paths, again.paths)


def test_that_there_is_no_plan_is_shown_not_guessed() -> None:
    lane = grid_of(np.ones((1, 4), bool)).graph
    swapped = solve(lane, np.array([0, 3], np.int32), np.array([3, 0], np.int32))
    assert swapped.paths is None and swapped.impossible


def test_out_of_tries_is_not_called_impossible() -> None:
    lane = grid_of(np.ones((1, 4), bool)).graph
    swapped = solve(lane, np.array([0, 3], np.int32), np.array([3, 0], np.int32), tries=1)
    assert swapped.paths is None and not swapped.impossible


def test_a_full_puzzle_is_solved() -> None:
    # Eight robots and one free cell: the 8-puzzle, mirrored; PIBT alone would turn in circles.
    grid = grid_of(np.ones((3, 3), bool))
    starts = np.arange(8, dtype=np.int32)
    goals = np.array([0, 1, 2, 3, 4, 5, 7, 8], np.int32)
    solved = solve(grid.graph, starts, goals, rounds=0)
    assert faults(grid, starts, goals, solved) == []


def test_who_is_there_already_does_not_move() -> None:
    grid = grid_of(np.ones((2, 2), bool))
    nodes = np.array([0, 1, 2], np.int32)
    solved = solve(grid.graph, nodes, nodes)
    assert (solved.cost, solved.steps, solved.least) == (0, 0, 0)


def test_one_way_rings_work_too() -> None:
    ring = graph_of(5, [(n, (n + 1) % 5) for n in range(5)])
    solved = solve(ring, np.array([0, 1], np.int32), np.array([4, 0], np.int32))
    assert solved.cost == solved.least == 8


@pytest.mark.parametrize(
    ("starts", "goals", "says"),
    [
        ([0, 0], [1, 2], r"starts\[1\]: got 0, expected a node of its own"),
        ([0, 1], [2, 2], r"goals\[1\]: got 2, expected a node of its own: two robots cannot end there"),
        ([0, 9], [1, 2], r"starts\[1\]: got 9, expected a node from 0 to 3"),
        ([0, 1], [2, 3], r"goals\[1\]: got 3, expected a node that robot 1 can reach from node 1"),
        ([0, 1], [2], r"goals: got \(1,\), expected one goal for each of 2 robots"),
    ],
)
def test_what_cannot_be_is_named(starts: list[int], goals: list[int], says: str) -> None:
    graph = grid_of(np.array([[1, 1, 1, 0, 1]], bool)).graph
    with pytest.raises(InvalidField, match=says):
        solve(graph, np.array(starts, np.int32), np.array(goals, np.int32))
