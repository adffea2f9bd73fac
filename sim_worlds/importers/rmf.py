"""Open-RMF buildings: `*.building.yaml` as the traffic editor writes it, one level of it.

Format: https://osrf.github.io/ros2multirobotbook/traffic-editor.html
Vertices are [x, y, z, name, parameters] in pixels of a drawing (y downwards) or in metres; edges are [first vertex,
second vertex, parameters]; a parameter is [type, value].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from sim_worlds.importers.draft import Draft, DraftDoor, Point, Spot
from sim_worlds.site import Rect
from sim_worlds.yaml_fields import Field

_DOORS = {"hinged": "swing", "double_hinged": "swing", "sliding": "sliding", "double_sliding": "sliding"}
_NARROWEST_M, _WIDEST_M = 0.905, 6.0
_SHORTEST_WALL_M = 0.1
_MARGIN_M = 0.2
_MOST_AREA_M2 = 40_000
_LIFT_MARGIN_M = 0.15
_IGNORED = ("lanes", "models", "features", "constraints", "fiducials", "layers")


@dataclass(slots=True)
class Level:
    """One level's vertices in metres, and the fields they come from."""

    name: str
    fields: dict[str, Field]
    points: list[Point]
    vertices: list[list[Field]]
    scale: float
    upright: float
    """1 when y already points up, -1 when it points down."""

    def edge(self, f: Field) -> tuple[Point, Point, dict[str, Field]]:
        """Both ends of an edge, and its parameters. Raises the field's error."""
        parts = f.items()
        if len(parts) not in (2, 3):
            f.fail("an edge: [first vertex, second vertex, parameters]", f"a list of {len(parts)}")
        a, b = (self._vertex(p) for p in parts[:2])
        return self.points[a], self.points[b], parts[2].entries() if len(parts) == 3 else {}

    def _vertex(self, f: Field) -> int:
        number = f.number(0, len(self.points) - 1)
        if number != int(number):
            f.fail("the number of a vertex")
        return int(number)

    def edges(self, name: str) -> list[Field]:
        return self.fields[name].items() if name in self.fields else []

    def corners(self, f: Field) -> tuple[Point, ...]:
        """The polygon of a floor or a hole."""
        entries = f.entries()
        if "vertices" not in entries:
            f.fail("a mapping with the field vertices")
        return tuple(self.points[self._vertex(v)] for v in entries["vertices"].items(3))


def read_rmf(root: Field, path: Path, wanted: str | None, metres_per_pixel: float | None) -> Draft:
    """One level as walls, doors, docks (chargers) and stations (named vertices). Raises `SiteError`."""
    top = root.entries()
    levels = top["levels"].entries()
    level = _level(top, levels, wanted, metres_per_pixel)
    name = top["name"].text() if "name" in top else path.name.partition(".")[0]
    draft = Draft(path.name, name if len(levels) == 1 else f"{name} {level.name}", _bounds(level))
    _walls(level, draft)
    _doors(level, draft)
    _spots(level, draft)
    draft.holes += [level.corners(f) for f in level.edges("holes")]
    if "lifts" in top:
        _lifts(top["lifts"], level, draft)
    ignored = [f"{len(level.edges(n))} {n}" for n in _IGNORED if n in level.fields and _size(level.fields[n])]
    if ignored:
        draft.remarks.append(f"not taken over: {', '.join(ignored)}; robots find their own ways")
    return draft


def _size(f: Field) -> int:
    return len(f.node.value)


def _level(
    top: dict[str, Field], levels: dict[str, Field], wanted: str | None, metres_per_pixel: float | None
) -> Level:
    if wanted is None and len(levels) != 1:
        top["levels"].fail("--level with one of: " + ", ".join(levels), f"{len(levels)} levels")
    if wanted is not None and wanted not in levels:
        top["levels"].fail("--level with one of: " + ", ".join(levels), wanted)
    name = wanted if wanted is not None else next(iter(levels))
    fields = levels[name].entries()
    if "vertices" not in fields:
        levels[name].fail("a level with vertices")
    vertices = [f.items(3) for f in fields["vertices"].items(2)]
    raw = [(v[0].number(), v[1].number()) for v in vertices]
    system = "reference_image"
    if "coordinate_system" in top:
        system = top["coordinate_system"].one_of(("reference_image", "cartesian_meters"))
    image = system == "reference_image"
    level = Level(name, fields, raw, vertices, 1.0, -1.0 if image else 1.0)
    if image:
        level.scale = metres_per_pixel if metres_per_pixel is not None else _scale(level, levels[name])
    level.points = [(x * level.scale, level.upright * y * level.scale) for x, y in raw]
    return level


def _scale(level: Level, field: Field) -> float:
    """Metres a pixel: the mean over the level's measurements."""
    scales = []
    for f in level.edges("measurements"):
        a, b, parameters = level.edge(f)
        if "distance" not in parameters:
            f.fail("a measurement: [first vertex, second vertex, {distance: [3, metres]}]")
        metres = _value(parameters["distance"]).number(0.01, 100_000, "m")
        pixels = math.dist(a, b)
        if pixels < 1e-6:
            f.fail("a measurement between two vertices that are apart")
        scales.append(metres / pixels)
    if not scales:
        field.fail("a level with measurements, which give its scale; or --metres-per-pixel", level.name)
    return sum(scales) / len(scales)


def _value(f: Field) -> Field:
    """The value of a parameter [type, value]."""
    parts = f.items()
    if len(parts) != 2:
        f.fail("a parameter: [type, value]", f"a list of {len(parts)}")
    return parts[1]


def _bounds(level: Level) -> Rect:
    """Of everything that is drawn with a meaning: walls, doors, floors, and named vertices."""
    used: list[Point] = []
    for name in ("walls", "doors"):
        for f in level.edges(name):
            used += level.edge(f)[:2]
    for f in level.edges("floors"):
        used += level.corners(f)
    used += [p for p, v in zip(level.points, level.vertices, strict=True) if _name(v)]
    if len(used) < 2:
        level.fields["vertices"].fail("a level with walls, a floor, or named vertices", f"{len(used)} of them")
    xs, ys = [p[0] for p in used], [p[1] for p in used]
    low, high = (min(xs) - _MARGIN_M, min(ys) - _MARGIN_M), (max(xs) + _MARGIN_M, max(ys) + _MARGIN_M)
    if (high[0] - low[0]) * (high[1] - low[1]) > _MOST_AREA_M2:
        size = f"{high[0] - low[0]:.0f} m x {high[1] - low[1]:.0f} m"
        level.fields["vertices"].fail(
            f"a level of at most {_MOST_AREA_M2} square metres: are the measurements right?", size
        )
    return round(low[0], 3), round(low[1], 3), round(high[0], 3), round(high[1], 3)


def _name(vertex: list[Field]) -> str:
    return str(vertex[3].node.value).strip() if len(vertex) > 3 else ""


def _walls(level: Level, draft: Draft) -> None:
    short = 0
    for f in level.edges("walls"):
        a, b, _ = level.edge(f)
        if math.dist(a, b) < _SHORTEST_WALL_M:
            short += 1
        else:
            draft.walls.append((a, b))
    if short:
        draft.remarks.append(f"{short} walls shorter than {_SHORTEST_WALL_M} m left out")


def _doors(level: Level, draft: Draft) -> None:
    for f in level.edges("doors"):
        a, b, parameters = level.edge(f)
        given = _value(parameters["name"]).shown().strip("'") if "name" in parameters else ""
        kind = _DOORS[_value(parameters["type"]).one_of(tuple(_DOORS))] if "type" in parameters else "sliding"
        door = DraftDoor(draft.id(given, "door"), kind, a, b)
        if door.width < _NARROWEST_M:
            draft.walls.append((a, b))
            draft.remarks.append(
                f"door {door.name} is {door.width:.2f} m wide, too narrow for robots: it became a wall"
            )
        elif door.width > _WIDEST_M:
            draft.remarks.append(f"door {door.name} is {door.width:.2f} m wide: it became an open passage")
        else:
            draft.doors.append(door)


def _spots(level: Level, draft: Draft) -> None:
    for (x, y), vertex in zip(level.points, level.vertices, strict=True):
        parameters = vertex[4].entries() if len(vertex) > 4 else {}
        charger = "is_charger" in parameters and _value(parameters["is_charger"]).flag()
        if charger:
            draft.docks.append(Spot(draft.id(_name(vertex), "dock"), round(x, 3), round(y, 3)))
        elif _name(vertex):
            draft.stations.append(Spot(draft.id(_name(vertex), "station"), round(x, 3), round(y, 3)))


def _lifts(field: Field, level: Level, draft: Draft) -> None:
    """A level alone cannot have a lift that leads elsewhere: its shaft is closed."""
    for name, f in field.entries().items():
        entry = f.entries()
        missing = [k for k in ("x", "y", "width", "depth") if k not in entry]
        if missing:
            f.fail("a lift with x, y, width, depth", f"no {', '.join(missing)}")
        x, y = entry["x"].number() * level.scale, level.upright * entry["y"].number() * level.scale
        yaw = entry["yaw"].number() if "yaw" in entry else 0.0
        w, d = entry["width"].number(0.1, 20, "m") / 2, entry["depth"].number(0.1, 20, "m") / 2
        c, s = abs(math.cos(yaw)), abs(math.sin(yaw))
        half_x, half_y = d * c + w * s + _LIFT_MARGIN_M, d * s + w * c + _LIFT_MARGIN_M
        b = draft.bounds
        rect = max(x - half_x, b[0]), max(y - half_y, b[1]), min(x + half_x, b[2]), min(y + half_y, b[3])
        if rect[0] >= rect[2] or rect[1] >= rect[3]:
            draft.remarks.append(f"lift {name} left out: it is not on level {level.name}")
            continue
        lift_id = draft.id(name, "lift")
        draft.lifts[lift_id] = tuple(round(v, 3) for v in rect)  # type: ignore[assignment]
        draft.remarks.append(
            f"lift {lift_id} leads to other levels, which this file does not have: it is forbidden floor"
        )
