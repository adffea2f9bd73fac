"""Navigation graphs that robots are to keep to: of Open-RMF (`nav_graphs/*.yaml`) and of Nav2's route server (GeoJSON).

A file of Open-RMF has `levels: {name: {vertices: [[x, y, {name, ...}], ...], lanes: [[from, to, {speed_limit, ...}],
...]}}`; m and m/s. A lane leads one way; one that may be walked both ways is written twice. Of a lane's parameters
`speed_limit` is used; docking, doors, lifts and orientations are the site file's and the robots' own matter.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fleet.model.errors import InvalidField
from fleet.model.site import SiteMap
from fleet.traffic.nav2_graph import SUFFIXES, nav2_graph
from fleet.traffic.nav_reader import NavGraph, NavLane, NavReader
from fleet.traffic.roadmap import Roadmap, assemble, cells_of
from fleet.traffic.search import Finder
from fleet.traffic.settings import TrafficSettings

_NAMED = 8  # places in a complaint


def read_nav_graph(path: Path | str, level: str | None = None) -> NavGraph:
    """Read one level of a navigation graph; a file whose name ends with .geojson or .json is one of Nav2.

    Raises:
        InvalidField: the file is missing or no YAML (or JSON), or a field is wrong; names file, line, field, value and
            what would be right.
    """
    is_nav2 = Path(path).suffix in SUFFIXES
    try:
        root = yaml.compose(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidField(str(path), str(error), f"a navigation graph as {'GeoJSON' if is_nav2 else 'YAML'}") from None
    reader = NavReader(str(path))
    if is_nav2:
        if level is not None:
            raise InvalidField(f"{path}: level", level, "no level: a graph of Nav2 has one")
        return nav2_graph(root, reader)
    levels = reader.mapping(reader.get(root, "", "levels"), "levels")
    if not levels or (level is None and len(levels) != 1) or (level is not None and level not in levels):
        raise InvalidField(f"{path}: level", level, f"one of: {', '.join(levels) or 'none, the file has no levels'}")
    name = level if level is not None else next(iter(levels))
    return _rmf_level(reader, levels[name], f"levels.{name}")


def _rmf_level(reader: NavReader, level: yaml.Node, field: str) -> NavGraph:
    vertices = reader.items(reader.get(level, field, "vertices"), f"{field}.vertices")
    points = tuple(reader.vertex(v, f"{field}.vertices[{n}]") for n, v in enumerate(vertices))
    names = {given: n for n, v in enumerate(vertices) if (given := _parameter(reader, v, "name"))}
    lanes = reader.items(reader.get(level, field, "lanes"), f"{field}.lanes")
    return NavGraph(
        reader.source, points, names,
        tuple(_rmf_lane(reader, v, f"{field}.lanes[{n}]", points) for n, v in enumerate(lanes)),
    )  # fmt: skip


def _rmf_lane(reader: NavReader, node: yaml.Node, field: str, points: tuple[tuple[float, float], ...]) -> NavLane:
    parts = reader.items(node, field)
    if len(parts) < 2:
        raise reader.fail(node, field, f"{len(parts)} values", "[from vertex, to vertex, parameters]")
    ends = []
    for part, name in zip(parts[:2], ("from", "to"), strict=True):
        value = reader.number(part, f"{field}.{name}")
        if value != int(value) or not 0 <= value < len(points):
            raise reader.fail(part, f"{field}.{name}", part.value, f"the number of a vertex, 0 to {len(points) - 1}")
        ends.append(int(value))
    reader.check_length(node, field, points[ends[0]], points[ends[1]])
    limit = math.inf
    entries = reader.mapping(parts[2], f"{field} parameters") if len(parts) > 2 else {}
    if "speed_limit" in entries:
        limit = reader.number(entries["speed_limit"], f"{field}.speed_limit")
        if limit < 0:
            raise reader.fail(entries["speed_limit"], f"{field}.speed_limit", limit, "a speed in m/s, or 0 for none")
    return NavLane(ends[0], ends[1], limit or math.inf, node.start_mark.line + 1)


def _parameter(reader: NavReader, node: yaml.Node, name: str) -> str:
    """A text among a vertex's parameters; empty without it."""
    parts = reader.items(node, "vertex")
    entries = reader.mapping(parts[2], "vertex parameters") if len(parts) > 2 else {}
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


def check_places(graph: NavGraph, roadmap: Roadmap, site: SiteMap, settings: TrafficSettings) -> None:
    """Whether robots come to every place of the site, and away again, over the graph's lanes.

    Raises:
        InvalidField: some they do not, which are named; a place needs a lane within a few metres, with floor between.
    """
    finder, n = Finder(roadmap, settings), len(roadmap.xy)
    forward = np.repeat(np.arange(n), np.diff(roadmap.starts))
    ways = coo_matrix((np.ones(len(forward)), (forward, roadmap.onward)), shape=(n, n))
    _, part = connected_components(ways, directed=True, connection="strong")
    gates = {p.place_id: part[finder.gates(p.approach.x, p.approach.y)] for p in site.places.values()}
    counts = np.bincount(np.concatenate([np.unique(g) for g in gates.values()] or [np.zeros(0, int)]), minlength=1)
    most = int(counts.argmax())
    lost = [name for name, found in gates.items() if most not in found]
    if lost:
        expected = f"lanes by which robots come to every place of site {site.site_id} from every other"
        more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        raise InvalidField(f"{graph.source}: lanes", f"none to and from {', '.join(lost[:_NAMED])}{more}", expected)


__all__ = ["NavGraph", "NavLane", "check_places", "read_nav_graph", "roadmap_of"]
