"""New goals for ever, on maps with dead ends: everybody gets where it can get, again and again."""

from __future__ import annotations

import numpy as np
import pytest

from fleet.model.errors import InvalidField
from fleet.traffic.grid.graph import Ints, grid_of
from fleet.traffic.grid.lifelong import Lifelong
from fleet.traffic.verify import verify


def comb() -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """A lane for one with dead ends of three cells off it."""
    free = np.zeros((4, 13), bool)
    free[0] = True
    free[:, ::3] = True
    return free


def test_in_dead_ends_everybody_gets_on_for_ever_and_nobody_meets() -> None:
    grid, dice = grid_of(comb()), np.random.default_rng(5)
    nodes, robots = grid.graph.nodes, 9
    at = dice.permutation(nodes)[:robots].astype(np.int32)
    goals: Ints = dice.integers(0, nodes, robots).astype(np.int32)
    life, reached, trail = Lifelong(grid.graph, patience=20), np.zeros(robots, int), [at]
    for _ in range(2500):
        at = life.step(at, goals)
        trail.append(at)
        there = at == goals
        reached += there
        goals = np.where(there, dice.integers(0, nodes, robots), goals).astype(np.int32)
    paths = [[grid.cell(int(n)) for n in nodes_at] for nodes_at in np.array(trail).T]
    assert verify(grid.free.tolist(), [p[0] for p in paths], None, paths) == []
    assert reached.min() >= 10 and life.freed > 0


def test_robots_that_are_put_elsewhere_are_planned_from_where_they_are() -> None:
    grid = grid_of(np.array([[1, 1, 1, 1, 1], [0, 0, 1, 0, 0]], bool))
    life, goals = Lifelong(grid.graph, patience=1), np.array([4, 0], np.int32)
    at = np.array([0, 4], np.int32)
    for step in range(80):
        to = life.step(at, goals)
        at = at if step % 4 == 1 else to  # now and then nobody moves
    assert at.tolist() == [4, 0]


def test_what_cannot_be_is_left_without_harm() -> None:
    lane = grid_of(np.ones((1, 4), bool))
    life, at = Lifelong(lane.graph, patience=2, tries=100), np.array([0, 3], np.int32)
    for _ in range(30):
        at = life.step(at, np.array([3, 0], np.int32))
    assert at[0] < at[1] and life.freed == 0


def test_nonsense_is_refused() -> None:
    life = Lifelong(grid_of(np.ones((2, 2), bool)).graph)
    with pytest.raises(InvalidField, match=r"at\[1\]: got 7, expected a node from 0 to 3"):
        life.step(np.array([0, 7], np.int32), np.array([1, 2], np.int32))
    with pytest.raises(InvalidField, match=r"goals: got \(1,\), expected one entry for each of 2 robots"):
        life.step(np.array([0, 1], np.int32), np.array([1], np.int32))
