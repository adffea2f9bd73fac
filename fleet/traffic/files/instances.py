"""What a file gives: a map, who is on it, and where each is to go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fleet.deployment.fields import FileError
from fleet.traffic.grid.distances import FAR, Distances
from fleet.traffic.grid.graph import Bools, Grid, Ints, grid_of

Cell = tuple[int, int]  # row and column, from 0, row 0 is the file's first
MOST_CELLS = 4_000_000
MOST_ROBOTS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One robot of a file: where it is, where it is to go, and the line that says so."""

    robot_id: str
    start: Cell
    goal: Cell
    line: int = 1
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrafficInstance:
    """Robots that each go to one goal, once. `starts` and `goals` are nodes of the grid's graph, [robots]."""

    name: str
    grid: Grid
    robots: tuple[Wanted, ...]
    starts: Ints
    goals: Ints
    distances: Distances


def instance_of(name: str, free: Bools, robots: tuple[Wanted, ...]) -> TrafficInstance:
    """The instance, checked: everybody stands and wants to stand on free floor, no two in one cell, and there is a way.

    Raises:
        FileError: what is wrong, with the robot's line.
    """
    grid = grid_of(free)
    for which in ("start", "goal"):
        _check_cells(free, robots, which)
    starts, goals = (np.array([grid.node_of[r] for r in cells], np.int32) for cells in _cells(robots))
    distances = Distances(grid.graph)
    for index in np.flatnonzero(distances.between(starts, goals) >= FAR)[:1]:
        robot = robots[index]
        raise FileError(
            robot.file,
            robot.line,
            f"robot {robot.robot_id}: goal",
            robot.goal,
            f"a cell that it can reach from {robot.start}; the map is in parts that are not connected",
        )
    return TrafficInstance(name=name, grid=grid, robots=robots, starts=starts, goals=goals, distances=distances)


def _cells(robots: tuple[Wanted, ...]) -> tuple[list[Cell], list[Cell]]:
    return [r.start for r in robots], [r.goal for r in robots]


def _check_cells(free: Bools, robots: tuple[Wanted, ...], which: str) -> None:
    taken: dict[Cell, str] = {}
    for robot in robots:
        cell: Cell = getattr(robot, which)
        field = f"robot {robot.robot_id}: {which}"
        if not (0 <= cell[0] < free.shape[0] and 0 <= cell[1] < free.shape[1]):
            size = f"row 0 to {free.shape[0] - 1} and column 0 to {free.shape[1] - 1}"
            raise FileError(robot.file, robot.line, field, cell, f"a cell on the map: {size}")
        if not free[cell]:
            raise FileError(robot.file, robot.line, field, cell, "a cell that is free; this one is blocked")
        if cell in taken:
            what = f"a cell of its own; robot {taken[cell]} has the same {which}"
            raise FileError(robot.file, robot.line, field, cell, what)
        taken[cell] = robot.robot_id
