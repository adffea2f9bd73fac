"""Open-RMF navigation graphs (`nav_graphs/*.yaml`): vertices and lanes that robots are to keep to.

A file has `levels: {name: {vertices: [[x, y, {name, ...}], ...], lanes: [[from, to, {speed_limit, ...}], ...]}}`; m
and m/s. A lane leads one way; one that may be walked both ways is written twice. Of a lane's parameters
`speed_limit` is used; docking, doors, lifts and orientations are the site file's and the robots' own matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from fleet.model.errors import InvalidField
from fleet.model.site import SiteMap
from fleet.traffic.roadmap import Roadmap, assemble, cells_of
from fleet.traffic.settings import TrafficSettings

Floats = NDArray[np.float64]
_SHORTEST_M = 0.05


@dataclass(frozen=True, slots=True)
class NavLane:
    """From one vertex to another (numbers), at most `max_mps` fast; `line` is where it is written."""

    start: int
    end: int
    max_mps: float
    line: int


@dataclass(frozen=True, slots=True)
class NavGraph:
    """One level of a navigation graph. `vertices` are x, y in m; `names` has those that are named."""

    source: str
    vertices: tuple[tuple[float, float], ...]
    names: dict[str, int]
    lanes: tuple[NavLane, ...]


def read_nav_graph(path: Path | str, level: str | None = None) -> NavGraph:
    """Read one level of a navigation graph.

    Raises:
        InvalidField: the file is missing or no YAML, or a field is wrong; names file, line, field, value and what would
            be right.
    """
    try:
        root = yaml.compose(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidField(str(path), str(error), "a navigation graph as YAML") from None
    reader = _Reader(str(path))
    levels = reader.mapping(reader.get(root, "", "levels"), "levels")
    if not levels or (level is None and len(levels) != 1) or (level is not None and level not in levels):
        raise InvalidField(f"{path}: level", level, f"one of: {', '.join(levels) or 'none, the file has no levels'}")
    name = level if level is not None else next(iter(levels))
    field = f"levels.{name}"
    vertices = reader.items(reader.get(levels[name], field, "vertices"), f"{field}.vertices")
    points = tuple(reader.vertex(v, f"{field}.vertices[{n}]") for n, v in enumerate(vertices))
    names = {given: n for n, v in enumerate(vertices) if (given := reader.parameter(v, "name"))}
    lanes = reader.items(reader.get(levels[name], field, "lanes"), f"{field}.lanes")
    return NavGraph(
        str(path), points, names,
        tuple(reader.lane(v, f"{field}.lanes[{n}]", points) for n, v in enumerate(lanes)),
    )  # fmt: skip


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, node: yaml.Node | None, field: str, value: object, expected: str) -> InvalidField:
        line = node.start_mark.line + 1 if node is not None else 1
        return InvalidField(f"{self.source}:{line}: {field}", value, expected)

    def mapping(self, node: yaml.Node | None, field: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, field or "the file", getattr(node, "value", None), "a mapping")
        return {str(k.value): v for k, v in node.value}

    def get(self, node: yaml.Node | None, field: str, name: str) -> yaml.Node:
        entries = self.mapping(node, field)
        if name not in entries:
            raise self.fail(node, f"{field}.{name}".lstrip("."), None, f"the field {name}; has {', '.join(entries)}")
        return entries[name]

    def items(self, node: yaml.Node, field: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, field, node.value, "a list")
        return list(node.value)

    def number(self, node: yaml.Node, field: str) -> float:
        try:
            value = float(node.value)
        except (TypeError, ValueError):
            raise self.fail(node, field, str(node.value)[:80], "a number") from None
        if not math.isfinite(value):
            raise self.fail(node, field, value, "a finite number")
        return value

    def vertex(self, node: yaml.Node, field: str) -> tuple[float, float]:
        parts = self.items(node, field)
        if len(parts) < 2:
            raise self.fail(node, field, f"{len(parts)} values", "[x, y, parameters]")
        return self.number(parts[0], f"{field}.x"), self.number(parts[1], f"{field}.y")

    def lane(self, node: yaml.Node, field: str, points: tuple[tuple[float, float], ...]) -> NavLane:
        parts = self.items(node, field)
        if len(parts) < 2:
            raise self.fail(node, field, f"{len(parts)} values", "[from vertex, to vertex, parameters]")
        ends = []
        for part, name in zip(parts[:2], ("from", "to"), strict=True):
            value = self.number(part, f"{field}.{name}")
            if value != int(value) or not 0 <= value < len(points):
                raise self.fail(part, f"{field}.{name}", part.value, f"the number of a vertex, 0 to {len(points) - 1}")
            ends.append(int(value))
        if math.dist(points[ends[0]], points[ends[1]]) < _SHORTEST_M:
            raise self.fail(node, field, ends, f"two vertices at least {_SHORTEST_M} m apart")
        limit = math.inf
        entries = self.mapping(parts[2], f"{field} parameters") if len(parts) > 2 else {}
        if "speed_limit" in entries:
            limit = self.number(entries["speed_limit"], f"{field}.speed_limit")
            if limit < 0:
                raise self.fail(entries["speed_limit"], f"{field}.speed_limit", limit, "a speed in m/s, or 0 for none")
        return NavLane(ends[0], ends[1], limit or math.inf, node.start_mark.line + 1)

    def parameter(self, node: yaml.Node, name: str) -> str:
        """A text among a vertex's parameters; empty without it."""
        parts = self.items(node, "vertex")
        entries = self.mapping(parts[2], "vertex parameters") if len(parts) > 2 else {}
        return str(entries[name].value) if name in entries else ""


def roadmap_of(graph: NavGraph, site: SiteMap, settings: TrafficSettings) -> Roadmap:
    """The roadmap on which robots keep to the graph's lanes, with spots on them a robot's width apart.

    Raises:
        InvalidField: a lane leads over floor of the site where no robot can walk, or there are no lanes.
    """
    if not graph.lanes:
        raise InvalidField(f"{graph.source}: lanes", 0, "at least one lane")
    cells = cells_of(site, settings.clearance_m)
    there = {(lane.start, lane.end): lane for lane in graph.lanes}
    spots = list(graph.vertices)
    pairs: list[tuple[int, int]] = []
    ways: list[tuple[bool, float]] = []
    for (start, end), lane in there.items():
        back = there.get((end, start))
        if back is not None and end < start:
            continue
        a, b = graph.vertices[start], graph.vertices[end]
        if not cells.straight(np.array([[*a, *b]]))[0]:
            what = f"from {a} to {b}"
            expected = f"a lane that keeps {settings.clearance_m} m from walls and furniture of site {site.site_id}"
            raise InvalidField(f"{graph.source}:{lane.line}: lane", what, expected)
        parts = max(math.ceil(math.dist(a, b) / settings.pitch_m - 0.25), 1)
        chain = [start, *range(len(spots), len(spots) + parts - 1), end]
        spots += [(a[0] + (b[0] - a[0]) * n / parts, a[1] + (b[1] - a[1]) * n / parts) for n in range(1, parts)]
        pairs += list(pairwise(chain))
        limit = min(lane.max_mps, back.max_mps) if back is not None else lane.max_mps
        ways += [(back is None, limit)] * parts
    one_way = np.array([w for w, _ in ways], dtype=np.bool_)
    limits = np.array([v for _, v in ways], dtype=np.float64)
    rows = np.array(pairs, dtype=np.int32)
    return assemble(site, settings, cells, np.array(spots, dtype=np.float64), rows, one_way, limits)


__all__ = ["NavGraph", "NavLane", "read_nav_graph", "roadmap_of"]
