"""Maps and crowds for the benchmark of traffic: from dice, and from the sites that we ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.ndimage import label

from fleet.model.geometry import Pose
from fleet.traffic.files.instances import TrafficInstance
from fleet.traffic.files.load import load_instance
from fleet.traffic.files.movingai import map_text, scenario_text
from fleet.traffic.grid.distances import Distances
from fleet.traffic.grid.graph import Bools, Grid, Ints, grid_of
from fleet.travel import TravelModel
from sim_worlds.site import bundled_site, load_site

CELL_M = 0.8  # two humanoids fit side by side where two cells are


def warehouse() -> Bools:
    """63 x 161 cells: shelves of 2 x 10, aisles for one, cross-aisles for two; the size of MovingAI's
    warehouse-10-20-10-2-1."""
    free = np.ones((63, 161), bool)
    for row in range(2, 61, 3):
        for column in range(4, 149, 12):
            free[row : row + 2, column : column + 10] = False
    return free


def random_map(seed: int, rows: int = 32, columns: int = 32, walls: float = 0.2) -> Bools:
    """Cells of which a share is blocked, by dice; the largest part that is connected."""
    free = np.ones(rows * columns, bool)
    free[np.random.default_rng(seed).permutation(rows * columns)[: int(walls * rows * columns)]] = False
    return _largest(free.reshape(rows, columns))


def corridors() -> Bools:
    """Six rooms along a corridor for one that has a bay for one at every fifth cell."""
    free = np.zeros((13, 60), bool)
    free[6] = True
    free[5, 2::5] = True
    for room in range(6):
        free[: 5 if room % 2 else 4, 10 * room + 1 : 10 * room + 9] = True
        free[4, 10 * room + 4] = free[5, 10 * room + 4] = True
    free[8:, 1:59] = True
    free[7, 9::10] = True
    return _largest(free)


def of_site(name: str) -> Bools:
    """The floor of a site that we ship, in cells of `CELL_M` where a humanoid fits; the largest part."""
    site = load_site(bundled_site(name)).to_map()
    travel = TravelModel(site, footprint_m=0.3, cell_m=0.1)
    min_x, min_y, max_x, max_y = site.bounds
    xs, ys = np.arange(min_x, max_x, CELL_M) + CELL_M / 2, np.arange(max_y, min_y, -CELL_M) - CELL_M / 2
    return _largest(np.array([[travel.is_free(Pose(x=float(x), y=float(y))) for x in xs] for y in ys]))


def _largest(free: Bools) -> Bools:
    parts, count = label(free)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    largest: Bools = parts == int(np.argmax(sizes)) + 1
    return largest


def crowd(grid: Grid, robots: int, seed: int) -> tuple[Ints, Ints]:
    """Starts and goals of so many robots, anywhere."""
    dice = np.random.default_rng([seed, robots])
    starts, goals = (dice.permutation(grid.graph.nodes)[:robots].astype(np.int32) for _ in range(2))
    return starts, goals


def by_file(free: Bools, robots: int, seed: int, folder: Path) -> TrafficInstance:
    """An instance that was written as MovingAI's `.map` and `.scen`, and read again."""
    grid = grid_of(free)
    starts, goals = crowd(grid, robots, seed)
    far = Distances(grid.graph).between(starts, goals)
    pairs = [
        (grid.cell(int(a)), grid.cell(int(b)), int(length)) for a, b, length in zip(starts, goals, far, strict=True)
    ]
    (folder / "bench.map").write_text(map_text(free))
    (folder / "bench.scen").write_text(scenario_text("bench.map", free, pairs))
    found = load_instance(folder / "bench.map", folder / "bench.scen", None)
    assert isinstance(found, TrafficInstance)
    return found
