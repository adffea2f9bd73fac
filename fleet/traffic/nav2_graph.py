"""Graphs of Nav2's route server (GeoJSON): points that are nodes, and lines between them that robots are to keep to.

Of a feature's properties these count: of a node `id`, of an edge `startid` and `endid`, and in an edge's `metadata` its
`abs_speed_limit` in m/s. An edge leads one way. `speed_limit` (per cent of a speed that the file does not have) and a
`frame` other than `map` are refused: robots would be faster, or elsewhere, than the file says.
"""

from __future__ import annotations

import math

import yaml

from fleet.traffic.nav_reader import NavGraph, NavLane, NavReader

SUFFIXES = (".geojson", ".json")


def nav2_graph(root: yaml.Node | None, reader: NavReader) -> NavGraph:
    """The graph of a file. Raises `InvalidField` naming file, line, field, value, and what would be right."""
    found = reader.items(reader.get(root, "", "features"), "features")
    numbers: dict[str, int] = {}
    points: list[tuple[float, float]] = []
    edges: list[tuple[int, yaml.Node, yaml.Node]] = []
    for n, feature in enumerate(found):
        field = f"features[{n}]"
        shape = reader.get(feature, field, "geometry")
        what = reader.get(shape, f"{field}.geometry", "type")
        properties = reader.get(feature, field, "properties")
        if what.value == "Point":
            name = str(reader.get(properties, f"{field}.properties", "id").value)
            if name in numbers:
                raise reader.fail(properties, f"{field}.properties.id", name, "an id that no other node has")
            frame = reader.mapping(properties, f"{field}.properties").get("frame")
            if frame is not None and frame.value != "map":
                raise reader.fail(frame, f"{field}.properties.frame", frame.value, "map, the frame of the site file")
            at = reader.get(shape, f"{field}.geometry", "coordinates")
            numbers[name] = len(points)
            points.append(reader.vertex(at, f"{field}.geometry.coordinates"))
        elif what.value in ("MultiLineString", "LineString"):
            edges.append((n, feature, properties))
        else:
            raise reader.fail(what, f"{field}.geometry.type", what.value, "Point, or MultiLineString for an edge")
    lanes = tuple(_edge(reader, f"features[{n}]", at, properties, numbers, points) for n, at, properties in edges)
    return NavGraph(reader.source, tuple(points), numbers, lanes)


def _edge(
    reader: NavReader, field: str, at: yaml.Node, properties: yaml.Node, numbers: dict[str, int],
    points: list[tuple[float, float]],
) -> NavLane:  # fmt: skip
    ends = []
    for name in ("startid", "endid"):
        node = reader.get(properties, f"{field}.properties", name)
        if str(node.value) not in numbers:
            known = f"the id of a node ({', '.join(list(numbers)[:20])})"
            raise reader.fail(node, f"{field}.properties.{name}", node.value, known)
        ends.append(numbers[str(node.value)])
    start, end = ends
    reader.check_length(at, field, points[start], points[end])
    limit = math.inf
    more = reader.mapping(properties, f"{field}.properties").get("metadata")
    entries = reader.mapping(more, f"{field}.properties.metadata") if more is not None else {}
    where = f"{field}.properties.metadata"
    if "speed_limit" in entries:
        node = entries["speed_limit"]
        raise reader.fail(node, f"{where}.speed_limit", node.value, "abs_speed_limit in m/s instead of per cent")
    if "abs_speed_limit" in entries:
        limit = reader.number(entries["abs_speed_limit"], f"{where}.abs_speed_limit")
        if limit <= 0:
            raise reader.fail(entries["abs_speed_limit"], f"{where}.abs_speed_limit", limit, "a speed above 0 m/s")
    return NavLane(start, end, limit, at.start_mark.line + 1)


__all__ = ["SUFFIXES", "nav2_graph"]
