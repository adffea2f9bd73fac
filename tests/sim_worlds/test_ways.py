"""Ways are searched as far as somebody asks, and are the same whatever was asked before."""

from __future__ import annotations

import numpy as np
import pytest

from sim_worlds.grid import Grid
from sim_worlds.kernels.floor import BLOCKED_WAY_M
from sim_worlds.site import bundled_site, load_site


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid(load_site(bundled_site("ward")))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_known_does_not_depend_on_what_was_asked_before(grid: Grid, seed: int) -> None:
    dice = np.random.default_rng(seed)
    free = np.flatnonzero(grid.free.ravel())
    goal = grid.unflat(int(dice.choice(free)))
    blocks = [(*grid.unflat(int(cell)), 0.8) for cell in dice.choice(free, 6)]
    whole, asked = grid.detour(*goal, blocks), grid.detour(*goal, blocks)
    distances, following = whole.distances.ravel(), whole.following
    for cell in dice.choice(free, 5):
        asked.reach(int(cell))
        known = asked.known
        assert known[cell]
        assert np.array_equal(asked.left.ravel()[known], distances[known])
        assert np.array_equal(asked.onward[known], following[known])
    assert np.array_equal(asked.distances.ravel(), distances)
    assert np.array_equal(asked.following, following)


def test_only_the_floor_around_the_way_is_searched(grid: Grid) -> None:
    route = grid.detour(3.0, 13.0, [])
    here = grid.flat(4.0, 12.0)
    route.reach(here)
    searched = int((route.known & grid.free.ravel()).sum())
    assert 0 < searched < 0.3 * grid.free.sum()
    cell, steps = here, 0
    while route.onward[cell] >= 0:  # what follows is known as well
        cell, steps = int(route.onward[cell]), steps + 1
        assert route.known[cell]
    assert cell == route.goal
    assert steps > 5


def test_a_way_through_what_blocks_it_is_known_and_counts_more(grid: Grid) -> None:
    goal = 3.0, 13.0
    shut = grid.detour(*goal, [(*goal, 0.5)])
    here = grid.flat(10.0, 8.0)
    assert shut.reach(here).left.item(here) > BLOCKED_WAY_M
    assert grid.detour(*goal, []).reach(here).left.item(here) < BLOCKED_WAY_M
