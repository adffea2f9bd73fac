"""Inputs of the League of Robot Runners: a JSON file that names a map, the robots and the tasks.

Robots stand in cells and look one way (all of them east, column + 1, at first); a step is forward, a quarter turn, or
nothing. A task is a list of cells to visit in order. Of the tasks, `numTasksReveal` x robots are known at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fleet.allocation.files.json_lines import line_of, read_text
from fleet.deployment.fields import FileError
from fleet.traffic.files.instances import MOST_ROBOTS, Cell
from fleet.traffic.files.movingai import map_from_text
from fleet.traffic.grid.distances import FAR, Distances
from fleet.traffic.grid.graph import Grid, Ints, grid_of

_FILES = ("mapFile", "agentFile", "taskFile")
_MOST_TASKS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeagueInstance:
    """Robots at `starts`, [robots], and `tasks`, nodes to visit in order, of which `revealed` are known at a time."""

    name: str
    grid: Grid
    starts: Ints
    tasks: tuple[tuple[int, ...], ...]
    revealed: int


def looks_like_league(document: Any) -> bool:
    """Whether a JSON document is the League's by its fields."""
    return isinstance(document, dict) and "mapFile" in document and "format" not in document


def instance_from_league(document: dict[str, Any], text: str, path: Path, agents: int | None) -> LeagueInstance:
    """The instance of a parsed document, with the first `agents` of its robots. Raises `FileError`."""
    file = str(path)

    def bad(field: str, value: object, expected: str) -> FileError:
        return FileError(file, line_of(text, field), field, value, expected)

    found = {}
    for name in _FILES:
        value = document.get(name)
        if not isinstance(value, str) or not value.strip():
            raise bad(name, "nothing" if value is None else value, "the name of a file, relative to this one")
        found[name] = path.parent / value
        if not found[name].is_file():
            raise bad(name, value, f"a file that is there; {found[name]} is not")
    team, reveal = document.get("teamSize"), document.get("numTasksReveal", 1)
    if isinstance(team, bool) or not isinstance(team, int) or not 1 <= team <= MOST_ROBOTS:
        raise bad("teamSize", "nothing" if team is None else team, f"a whole number from 1 to {MOST_ROBOTS}")
    if isinstance(reveal, bool) or not isinstance(reveal, int | float) or not 0 < reveal <= 1000:
        raise bad("numTasksReveal", reveal, "a number above 0, at most 1000: tasks known for each robot")
    if agents is not None and agents > team:
        raise bad("teamSize", team, f"at least {agents}, as --agents says")
    grid = grid_of(map_from_text(read_text(found["mapFile"]), str(found["mapFile"])))
    starts = _starts(found["agentFile"], grid, team)[: team if agents is None else agents]
    tasks = _tasks(found["taskFile"], grid, starts)
    revealed = max(int(len(starts) * reveal), 1)
    return LeagueInstance(name=path.stem, grid=grid, starts=starts, tasks=tasks, revealed=revealed)


def _rows(path: Path, most: int, what: str) -> list[tuple[int, str]]:
    """Line numbers and lines below the count, which the first line that is no comment gives."""
    lines = [(n, s.strip()) for n, s in enumerate(read_text(path).splitlines(), start=1)]
    lines = [(n, s) for n, s in lines if s and not s.startswith("#")]
    first, count = lines[0] if lines else (1, "nothing")
    if not count.isdigit() or not 1 <= int(count[:9]) <= most:
        raise FileError(str(path), first, "the first line", count[:60], f"how many {what} there are, 1 to {most}")
    if len(lines) - 1 < int(count):
        raise FileError(str(path), lines[-1][0], "the file", f"{len(lines) - 1} {what}", f"{count}, as it says")
    return lines[1 : 1 + int(count)]


def _node(word: str, grid: Grid, path: Path, line: int, what: str) -> int:
    rows, columns = grid.free.shape
    if not word.strip().isdigit() or int(word.strip()[:12]) >= rows * columns:
        raise FileError(str(path), line, what, word[:60], f"row x {columns} + column, from 0 to {rows * columns - 1}")
    cell: Cell = divmod(int(word), columns)
    if not grid.free[cell]:
        raise FileError(str(path), line, what, word, f"a cell that is free; row {cell[0]}, column {cell[1]} is blocked")
    return int(grid.node_of[cell])


def _starts(path: Path, grid: Grid, team: int) -> Ints:
    rows = _rows(path, 10**7, "robots")
    if len(rows) < team:
        raise FileError(str(path), rows[-1][0], "the file", f"{len(rows)} robots", f"{team}, as teamSize says")
    taken: dict[int, int] = {}
    for line, word in rows[:team]:
        node = _node(word, grid, path, line, "start")
        if node in taken:
            raise FileError(str(path), line, "start", word, f"a cell of its own; line {taken[node]} has the same")
        taken[node] = line
    return np.array(list(taken), np.int32)


def _tasks(path: Path, grid: Grid, starts: Ints) -> tuple[tuple[int, ...], ...]:
    """All tasks; every robot must be able to reach every cell of theirs."""
    distances = Distances(grid.graph)
    everywhere: Ints = np.arange(grid.graph.nodes, dtype=np.int32)
    reached = distances.between(everywhere, np.full_like(everywhere, starts[0])) < FAR
    for robot in np.flatnonzero(~reached[starts])[:1]:
        cell = grid.cell(int(starts[robot]))
        what = f"a map in one part: robot {robot} at {cell} cannot reach robot 0 at {grid.cell(int(starts[0]))}"
        raise FileError(str(path), 1, "the map", "parts that are not connected", what)
    found = []
    for line, words in _rows(path, _MOST_TASKS, "tasks"):
        task = tuple(_node(word, grid, path, line, "task") for word in words.split(","))
        for node in task:
            if not reached[node]:
                raise FileError(str(path), line, "task", words[:60], "cells that the robots can reach")
        found.append(task)
    return tuple(found)
