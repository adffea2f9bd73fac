"""MovingAI's grid maps and scenarios (Sturtevant 2012, "Benchmarks for grid-based pathfinding"), read and written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fleet.allocation.files.json_lines import read_text
from fleet.deployment.fields import FileError
from fleet.traffic.files.instances import MOST_CELLS, Cell, Wanted
from fleet.traffic.grid.graph import Bools

FREE = ".GSE"  # floor, grass, swamp; S and E are the League's stations
BLOCKED = "@OTW"  # off the map, trees, water
_HEADER = ("type octile", "height H", "width W", "map")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One line of a `.scen` file: from cell to cell, and the length of the way as the file has it."""

    start: Cell
    goal: Cell
    line: int
    map_name: str
    size: Cell  # rows, columns
    optimal: float


def looks_like_map(text: str) -> bool:
    """Whether a text is a map by its first word."""
    return text.lstrip("\ufeff \t\r\n").startswith("type")


def map_from_text(text: str, file: str) -> Bools:
    """Which cells are free, [rows, columns]. Raises `FileError`."""
    lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    size = {}
    for number, (name, right) in enumerate(zip(("type", "height", "width", "map"), _HEADER, strict=True)):
        words = lines[number].split() if number < len(lines) else []
        if not words or words[0] != name or len(words) != len(right.split()):
            raise FileError(file, number + 1, name, " ".join(words) or "nothing", f"a line `{right}`")
        if name in ("height", "width"):
            size[name] = _whole(words[1], name, file, number + 1, 1, MOST_CELLS)
    rows, columns = size["height"], size["width"]
    if rows * columns > MOST_CELLS:
        raise FileError(file, 2, "height", f"{rows} x {columns} cells", f"a map of at most {MOST_CELLS} cells")
    body = lines[4:]
    while body and not body[-1].strip():
        body.pop()
    if len(body) != rows:
        raise FileError(file, len(lines[:4]) + len(body), "map", f"{len(body)} rows", f"{rows} rows, as height says")
    return rows_to_cells(body, file, 5, columns)


def rows_to_cells(rows: list[str], file: str, line: int, columns: int) -> Bools:
    """Which cells are free, from rows of characters; the first is on `line`. Raises `FileError`."""
    for number, row in enumerate(rows):
        if len(row) != columns:
            raise FileError(file, line + number, f"map row {number}", f"{len(row)} cells", f"{columns} cells")
        for column, sign in enumerate(row):
            if sign not in FREE and sign not in BLOCKED:
                what = f"one of {' '.join(FREE)} (free) and {' '.join(BLOCKED)} (blocked)"
                raise FileError(file, line + number, f"map row {number}, column {column}", sign, what)
    return np.array([[sign in FREE for sign in row] for row in rows], np.bool_).reshape(len(rows), columns)


def scenarios_from_text(text: str, file: str) -> list[Scenario]:
    """The lines of a `.scen` file, in order. Raises `FileError`."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].split()[:1] != ["version"]:
        raise FileError(file, 1, "version", lines[0][:60] if lines else "nothing", "a line `version 1`")
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        words = line.split("\t") if "\t" in line else line.split()
        if len(words) != 9:
            what = "9 columns: bucket, map, width, height, start x, start y, goal x, goal y, optimal length"
            raise FileError(file, number, "the line", f"{len(words)} columns", what)
        names = ("width", "height", "start x", "start y", "goal x", "goal y")
        w, h, sx, sy, gx, gy = (_whole(words[2 + k], n, file, number, 0, 10**6) for k, n in enumerate(names))
        try:
            optimal = float(words[8])
        except ValueError:
            raise FileError(file, number, "optimal length", words[8], "a number") from None
        found.append(
            Scenario(start=(sy, sx), goal=(gy, gx), line=number, map_name=words[1], size=(h, w), optimal=optimal)
        )
    return found


def wanted(path: Path, free: Bools, agents: int | None) -> tuple[Wanted, ...]:
    """The first `agents` robots of a `.scen` file (all without), for a map. Raises `FileError`."""
    file = str(path)
    scenarios = scenarios_from_text(read_text(path), file)
    count = len(scenarios) if agents is None else agents
    if count > len(scenarios):
        raise FileError(file, len(scenarios) + 1, "--agents", agents, f"at most {len(scenarios)}, as many as are here")
    for s in scenarios[:count]:
        if s.size != free.shape:
            what = f"the map's, {free.shape[1]} x {free.shape[0]}; is this the scenario of another map?"
            raise FileError(file, s.line, "width x height", f"{s.size[1]} x {s.size[0]}", what)
    return tuple(
        Wanted(robot_id=str(i), start=s.start, goal=s.goal, line=s.line, file=file)
        for i, s in enumerate(scenarios[:count])
    )


def map_text(free: Bools) -> str:
    """The `.map` file of cells, [rows, columns]."""
    rows = "\n".join("".join("." if cell else "@" for cell in row) for row in free)
    return f"type octile\nheight {free.shape[0]}\nwidth {free.shape[1]}\nmap\n{rows}\n"


def scenario_text(map_name: str, free: Bools, pairs: list[tuple[Cell, Cell, int]]) -> str:
    """The `.scen` file of (start, goal, length of the way), in order."""
    size = f"{free.shape[1]}\t{free.shape[0]}"
    lines = [
        f"{length // 4}\t{map_name}\t{size}\t{start[1]}\t{start[0]}\t{goal[1]}\t{goal[0]}\t{length:.8f}"
        for start, goal, length in pairs
    ]
    return "\n".join(["version 1", *lines]) + "\n"


def _whole(word: str, name: str, file: str, line: int, low: int, high: int) -> int:
    if not word.isascii() or not word.isdigit() or not low <= int(word[:12]) <= high:
        raise FileError(file, line, name, word[:60], f"a whole number from {low} to {high}")
    return int(word)
