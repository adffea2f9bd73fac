"""Our own JSON of traffic instances: a map and robots. The schema is docs/reference/traffic-instance.schema.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from fleet.allocation.files.json_lines import line_of, read_text
from fleet.deployment.fields import FileError
from fleet.traffic.files.instances import MOST_CELLS, MOST_ROBOTS, Cell, TrafficInstance, Wanted, instance_of
from fleet.traffic.files.movingai import BLOCKED, FREE, map_from_text, rows_to_cells
from fleet.traffic.grid.graph import Bools

FORMAT, VERSION = "fleet-traffic-instance", 1
TOP = {
    "format": f"`{FORMAT}`",
    "version": f"{VERSION}",
    "name": "for people",
    "map": f"rows of cells, the first at the top: {' '.join(FREE)} are free, {' '.join(BLOCKED)} blocked",
    "map_file": "instead of map: a MovingAI `.map` file, relative to this one",
    "robots": "who is where, and where each is to go",
}
ROBOT = {"id": "its name", "start": "[row, column], from 0", "goal": "[row, column]"}


def schema() -> dict[str, Any]:
    """`traffic-instance.schema.json`."""
    cell = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}
    text = {"type": "string", "pattern": "\\S"}
    kinds: dict[str, dict[str, Any]] = {"id": text, "start": cell, "goal": cell}
    robot = {
        "type": "object",
        "properties": {name: kinds[name] | {"description": ROBOT[name]} for name in ROBOT},
        "required": list(ROBOT),
        "additionalProperties": False,
    }
    row = {"type": "string", "pattern": f"^[{FREE}{BLOCKED}]+$"}
    properties: dict[str, Any] = {
        "format": {"const": FORMAT},
        "version": {"const": VERSION},
        "name": text,
        "map": {"type": "array", "items": row, "minItems": 1},
        "map_file": text,
        "robots": {"type": "array", "items": robot, "maxItems": MOST_ROBOTS},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "traffic-instance.schema.json",
        "title": "Robots on a map of cells, each with a goal",
        "type": "object",
        "properties": {name: properties[name] | {"description": TOP[name]} for name in TOP},
        "required": ["format", "version", "robots"],
        "oneOf": [{"required": ["map"]}, {"required": ["map_file"]}],
        "additionalProperties": False,
    }


def instance_from_ours(document: Any, text: str, path: Path) -> TrafficInstance:
    """The instance of a parsed document; `text` is for line numbers. Raises `FileError`."""
    return _Reader(text, path).instance(document)


class _Reader:
    def __init__(self, text: str, path: Path) -> None:
        self._text, self._path = text, path

    def _bad(self, field: str, value: object, expected: str) -> NoReturn:
        shown = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else value
        shown = shown[:57] + "..." if isinstance(shown, str) and len(shown) > 60 else shown
        raise FileError(str(self._path), line_of(self._text, field), field, shown, expected)

    def instance(self, document: Any) -> TrafficInstance:
        for name in document:
            if name not in TOP:
                self._bad(name, f"unknown field {name}", "one of the fields " + ", ".join(TOP))
        for name, right in (("format", FORMAT), ("version", VERSION)):
            if document.get(name) != right or isinstance(document.get(name), bool):
                self._bad(name, document.get(name, "nothing"), repr(right))
        label = document.get("name", self._path.stem)
        if not isinstance(label, str) or not label.strip():
            self._bad("name", label, "a text")
        free = self._map(document)
        robots = document.get("robots")
        if not isinstance(robots, list) or len(robots) > MOST_ROBOTS:
            self._bad("robots", "nothing" if robots is None else robots, f"a list of at most {MOST_ROBOTS} robots")
        found, names = [], set()
        for number, entry in enumerate(robots):
            robot = self._robot(entry, f"robots[{number}]")
            if robot.robot_id in names:
                self._bad(f"robots[{number}].id", robot.robot_id, "each id once")
            names.add(robot.robot_id)
            found.append(robot)
        return instance_of(label, free, tuple(found))

    def _map(self, document: dict[str, Any]) -> Bools:
        given = [name for name in ("map", "map_file") if name in document]
        if len(given) != 1:
            self._bad("map", " and ".join(given) or "nothing", "exactly one of map and map_file")
        if given == ["map_file"]:
            name = document["map_file"]
            if not isinstance(name, str) or not name.strip():
                self._bad("map_file", name, "the name of a `.map` file")
            file = self._path.parent / name
            if not file.is_file():
                self._bad("map_file", name, f"a file that is there; {file} is not")
            return map_from_text(read_text(file), str(file))
        rows = document["map"]
        if not isinstance(rows, list) or not rows or not all(isinstance(row, str) and row for row in rows):
            self._bad("map", rows, "a list of texts, one for each row of cells")
        if len(rows) * len(rows[0]) > MOST_CELLS:
            self._bad("map", f"{len(rows)} x {len(rows[0])} cells", f"at most {MOST_CELLS} cells")
        return rows_to_cells(rows, str(self._path), line_of(self._text, "map[0]"), len(rows[0]))

    def _robot(self, entry: Any, path: str) -> Wanted:
        if not isinstance(entry, dict):
            self._bad(path, entry, "a mapping with the fields " + ", ".join(ROBOT))
        for name in entry:
            if name not in ROBOT:
                self._bad(f"{path}.{name}", f"unknown field {name}", "one of the fields " + ", ".join(ROBOT))
        for name, what in ROBOT.items():
            if name not in entry:
                self._bad(path, f"no {name}", f"the field {name}: {what}")
        if not isinstance(entry["id"], str) or not entry["id"].strip():
            self._bad(f"{path}.id", entry["id"], "a text that is not empty")
        start, goal = (self._cell(entry[name], f"{path}.{name}") for name in ("start", "goal"))
        line = line_of(self._text, path)
        return Wanted(robot_id=entry["id"], start=start, goal=goal, line=line, file=str(self._path))

    def _cell(self, value: Any, path: str) -> Cell:
        good = isinstance(value, list) and len(value) == 2
        if not good or not all(isinstance(v, int) and not isinstance(v, bool) and 0 <= v < MOST_CELLS for v in value):
            self._bad(path, str(value), "[row, column], whole numbers from 0")
        return value[0], value[1]
