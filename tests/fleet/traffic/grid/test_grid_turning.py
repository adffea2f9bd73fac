"""Robots that turn before they walk: nobody meets, all get on, tasks are finished."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.traffic.grid.errands import Played, play
from fleet.traffic.grid.graph import Grid, grid_of
from fleet.traffic.grid.turning import Turners
from fleet.traffic.verify import verify

AHEAD = ((0, 1), (1, 0), (0, -1), (-1, 0))


def wrong(grid: Grid, played: Played) -> list[str]:
    cells = [[grid.cell(int(s) >> 2) for s in played.states[:, i]] for i in range(played.states.shape[1])]
    found = [str(f) for f in verify(grid.free.tolist(), [c[0] for c in cells], None, cells)]
    for i, path in enumerate(cells):
        looks = (played.states[:, i] & 3).tolist()
        for t in range(1, len(path)):
            step = (path[t][0] - path[t - 1][0], path[t][1] - path[t - 1][1])
            if step != (0, 0) and (step != AHEAD[looks[t - 1]] or looks[t] != looks[t - 1]):
                found.append(f"{i} walks {step} looking {looks[t - 1]}")
            if (looks[t] - looks[t - 1]) % 4 == 2:
                found.append(f"{i} turns about")
    return found


@settings(max_examples=12, deadline=None)
@given(st.integers(2, 5), st.integers(2, 6), st.integers(0, 99))
def test_nobody_meets_and_the_same_seed_gives_the_same_steps(rows: int, columns: int, seed: int) -> None:
    grid, dice = grid_of(np.ones((rows, columns), bool)), np.random.default_rng(seed)
    nodes = grid.graph.nodes
    robots = int(dice.integers(1, nodes + 1))
    starts = dice.permutation(nodes)[:robots].astype(np.int32)
    tasks = tuple((int(a), int(b)) for a, b in dice.integers(0, nodes, (50, 2)))
    one, two = (play(grid, starts, tasks, robots + 1, 25, ahead=3, seed=seed) for _ in range(2))
    assert wrong(grid, one) == []
    assert np.array_equal(one.states, two.states)


def test_one_robot_takes_the_shortest_way_with_turns() -> None:
    grid = grid_of(np.ones((4, 4), bool))
    turners = Turners(grid, np.array([0], np.int32), ahead=3)
    goal, nothing = np.array([15], np.int32), np.array([-1], np.int32)
    assert turners.far(turners.states, goal).tolist() == [7]  # three ahead, one turn, three ahead
    for _ in range(7):
        turners.step(goal, nothing)
    assert turners.states[0] >> 2 == 15


def test_a_crowd_keeps_finishing_tasks() -> None:
    dice = np.random.default_rng(3)
    free = np.ones((10, 10), bool)
    free[2:8:3, 2:8] = False
    grid = grid_of(free)
    nodes = grid.graph.nodes
    starts = dice.permutation(nodes)[:40].astype(np.int32)
    tasks = tuple((int(a), int(b)) for a, b in dice.integers(0, nodes, (3000, 2)))
    played = play(grid, starts, tasks, 60, 150, ahead=3)
    assert wrong(grid, played) == []
    late = played.finished[150] - played.finished[100]
    assert played.finished[-1] > 150 and late > 0.5 * (played.finished[100] - played.finished[50])


def test_tasks_come_to_an_end() -> None:
    grid = grid_of(np.ones((3, 3), bool))
    played = play(grid, np.array([0], np.int32), ((4,), (8, 0)), 5, 40, ahead=3)
    assert played.finished[-1] == 2


@pytest.mark.parametrize("ahead", [1, 2, 4])
def test_any_look_ahead_works(ahead: int) -> None:
    grid = grid_of(np.ones((3, 4), bool))
    played = play(grid, np.array([0, 5], np.int32), ((11,), (0, 3), (7,)), 3, 60, ahead=ahead)
    assert wrong(grid, played) == [] and played.finished[-1] == 3
