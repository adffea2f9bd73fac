"""An instance from our own JSON. Strict: every complaint names file, line, field, value and what would be right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.files.fields import FORMAT, RECORDS, TOP, VERSION, Field, phrase
from fleet.allocation.files.json_lines import line_of, parse
from fleet.allocation.instance import Instance, PlanWeights
from fleet.allocation.instance_checks import check
from fleet.deployment.fields import FileError
from fleet.model.errors import InvalidField

MAX_LOCATIONS = 20_000  # a matrix of distances of 3.2 GB


class _Bad(Exception):
    """A value is not usable; the reader knows the line."""

    def __init__(self, field: str, value: Any, expected: str) -> None:
        super().__init__(field)
        self.field, self.value, self.expected = field, value, expected


def _bad(field: str, value: Any, expected: str) -> NoReturn:
    raise _Bad(field, shortened(value), expected)


def shortened(value: Any) -> Any:
    """What a complaint shows of a value."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "a mapping"
    return value if not isinstance(value, str) or len(value) <= 60 else value[:57] + "..."


def instance_from_json(text: str, file: str = "the text") -> Instance:
    """The instance of a JSON document. Raises `FileError`."""
    document = parse(text, file)
    try:
        instance = _instance(document)
        check(instance)
        return instance
    except _Bad as bad:
        raise FileError(file, line_of(text, bad.field), bad.field, bad.value, bad.expected) from None
    except InvalidField as error:
        line = line_of(text, error.field)
        raise FileError(file, line, error.field, shortened(error.value), error.expected) from None


def _instance(document: Any) -> Instance:
    if not isinstance(document, dict):
        _bad("the file", document, "a mapping with the fields " + ", ".join(TOP))
    for name in document:
        if name not in TOP:
            _bad(name, "unknown field " + name, "one of the fields " + ", ".join(TOP))
    for name, right in (("format", FORMAT), ("version", VERSION)):
        if document.get(name) != right or isinstance(document.get(name), bool):
            _bad(name, document.get(name, "nothing"), repr(right))
    places, distances = _places(document)
    lists = {name: _records(name, document, places) for name in ("robots", "tasks", "docks")}
    weights = _record("weights", document["weights"], "weights", places) if "weights" in document else PlanWeights()
    for name in ("robots", "tasks"):
        if name not in document:
            _bad(name, "nothing", f"a list: {TOP[name]}")
    return Instance(
        robots=tuple(lists["robots"]),
        tasks=tuple(lists["tasks"]),
        docks=tuple(lists["docks"]),
        distances_m=distances,
        weights=weights,
        now_s=_number("now_s", document.get("now_s", 0.0), Field(kind="number", help="", unit="s")),
        present=_present(document.get("present", {})),
        on_the_way=frozenset(_ids("on_the_way", document.get("on_the_way", []))),
        name=_name("name", document["name"]) if "name" in document else "",
    )


# -- places ------------------------------------------------------------------------------------------------------------


def _places(document: dict[str, Any]) -> tuple[dict[str | int, int], NDArray[np.float64]]:
    """Every number and name of a location, and the matrix [locations, locations] of distances in m."""
    given = [name for name in ("points_m", "distances_m") if name in document]
    if len(given) != 1:
        _bad("distances_m", " and ".join(given) or "nothing", "exactly one of points_m and distances_m")
    rows = document[given[0]]
    if not isinstance(rows, list) or not rows:
        _bad(given[0], rows, "a list with one entry for each location")
    if len(rows) > MAX_LOCATIONS:
        _bad(given[0], f"{len(rows)} locations", f"at most {MAX_LOCATIONS}")
    distances = _from_points(rows) if given[0] == "points_m" else _from_rows(rows)
    places: dict[str | int, int] = {number: number for number in range(len(rows))}
    if "locations" in document:
        names = _ids("locations", document["locations"])
        if len(names) != len(rows):
            _bad("locations", f"{len(names)} names", f"{len(rows)} names, one for each of {given[0]}")
        places.update({name: number for number, name in enumerate(names)})
    return places, distances


def _from_points(rows: list[Any]) -> NDArray[np.float64]:
    coordinate = Field(kind="number", help="", unit="m")
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != 2:
            _bad(f"points_m[{number}]", row, "[x, y] in m")
        for axis, value in enumerate(row):
            _number(f"points_m[{number}][{axis}]", value, coordinate)
    points = np.array(rows, dtype=np.float64)
    return np.hypot(points[:, None, 0] - points[None, :, 0], points[:, None, 1] - points[None, :, 1])


def _from_rows(rows: list[Any]) -> NDArray[np.float64]:
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(rows):
            shown = f"{len(row)} entries" if isinstance(row, list) else row
            _bad(f"distances_m[{number}]", shown, f"a list of {len(rows)} distances, as many as there are locations")
        for to, value in enumerate(row):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0):
                _bad(f"distances_m[{number}][{to}]", value, "a finite number >= 0 m, or null where there is no way")
        if row[number] != 0:
            _bad(f"distances_m[{number}][{number}]", row[number], "0: every location is where it is")
    distances = np.array(rows, dtype=np.float64)  # null becomes NaN
    distances[np.isnan(distances)] = math.inf
    return distances


# -- records -----------------------------------------------------------------------------------------------------------


def _records(name: str, document: dict[str, Any], places: Mapping[str | int, int]) -> list[Any]:
    entries = document.get(name, [])
    if not isinstance(entries, list):
        _bad(name, entries, f"a list: {TOP[name]}")
    return [_record(name, entry, f"{name}[{number}]", places) for number, entry in enumerate(entries)]


def _record(kind: str, entry: Any, path: str, places: Mapping[str | int, int]) -> Any:
    """One robot, task, dock, or the weights."""
    record, fields = RECORDS[kind]
    if not isinstance(entry, dict):
        _bad(path, entry, "a mapping with the fields " + ", ".join(fields))
    for name in entry:
        if name not in fields:
            _bad(f"{path}.{name}", f"unknown field {name}", "one of the fields " + ", ".join(fields))
    for name, field in fields.items():
        if field.required and name not in entry:
            _bad(f"{path}.{name}", "nothing", f"{phrase(field)}: {field.help}")
    return record(**{name: _value(f"{path}.{name}", entry[name], fields[name], places) for name in entry})


def _value(path: str, value: Any, field: Field, places: Mapping[str | int, int]) -> Any:
    if value is None and (field.endless or field.optional):
        return math.inf if field.endless else None
    if field.kind == "id":
        return _name(path, value)
    if field.kind == "ids":
        return _ids(path, value)
    if field.kind == "place":
        return _place(path, value, places)
    if field.kind == "places":
        if not isinstance(value, list):
            _bad(path, value, phrase(field))
        return tuple(_place(f"{path}[{i}]", one, places) for i, one in enumerate(value))
    if field.kind == "flag":
        if not isinstance(value, bool):
            _bad(path, value, phrase(field))
        return value
    if field.kind == "by_robot":
        if not isinstance(value, dict):
            _bad(path, value, phrase(field))
        return {name: _number(f"{path}.{name}", one, field) for name, one in value.items()}
    return _number(path, value, field)


def _number(path: str, value: Any, field: Field) -> Any:
    kinds = int if field.kind == "whole" else (int, float)
    good = isinstance(value, kinds) and not isinstance(value, bool)
    if good:
        try:
            good = (
                math.isfinite(value) and field.low <= value <= field.high and not (field.below and value == field.high)
            )
        except OverflowError:  # a whole number with hundreds of digits
            good = False
    if not good:
        _bad(path, value, phrase(field))
    return int(value) if field.kind == "whole" else float(value)


def _name(path: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        _bad(path, value, "a name (text that is not empty)")
    return value


def _ids(path: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        _bad(path, value, "a list of names, each once")
    seen: set[str] = set()
    for number, name in enumerate(value):
        if _name(f"{path}[{number}]", name) in seen:
            _bad(f"{path}[{number}]", name, "each name once")
        seen.add(name)
    return tuple(value)


def _place(path: str, value: Any, places: Mapping[str | int, int]) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in places:
        numbered = sum(isinstance(place, int) for place in places)
        _bad(path, value, f"a location: a number from 0 to {numbered - 1}, or one of the names in locations")
    return places[value]


def _present(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        _bad("present", value, "lists of task ids by robot")
    return {robot: _ids(f"present.{robot}", tasks) for robot, tasks in value.items()}
