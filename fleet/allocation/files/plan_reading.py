"""A plan from its JSON, so that a plan made by anything else can be checked too."""

from __future__ import annotations

import math
from typing import Any

from fleet.allocation.files.json_lines import line_of, parse
from fleet.allocation.files.reading import shortened
from fleet.allocation.files.writing import PLAN_FORMAT
from fleet.allocation.instance import Solution, Visit
from fleet.deployment.fields import FileError

TIMES = ("leaves_s", "arrives_s", "starts_s", "ends_s")
EXTRA = ("instance", "weights", "check", "method", "cpu_seconds", "why", "vehicles")  # written, not needed to check


def plan_from_json(text: str, file: str = "the text") -> Solution:
    """The plan of a JSON document, as `fleet plan solve --json` writes it. Raises `FileError`."""
    document = parse(text, file)

    def fail(path: str, value: Any, expected: str) -> None:
        raise FileError(file, line_of(text, path), path or "the file", shortened(value), expected)

    def mapping(value: Any, path: str, expected: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            fail(path, value, expected)
        return dict(value)

    def number(value: Any, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            fail(path, value, "a finite number")
        return float(value)

    def visit(robot_id: str, entry: Any, path: str) -> Visit:
        found = mapping(entry, path, "a visit: task_id or dock_id, and its times")
        for name in found:
            if name not in ("task_id", "dock_id", "battery_wh", *TIMES):
                fail(f"{path}.{name}", f"unknown field {name}", f"task_id or dock_id, {', '.join(TIMES)}, battery_wh")
        for name in ("task_id", "dock_id"):
            if not isinstance(found.get(name, ""), str):
                fail(f"{path}.{name}", found[name], "a name")
        battery = found.get("battery_wh")
        return Visit(
            robot_id=robot_id,
            task_id=found.get("task_id", ""),
            dock_id=found.get("dock_id", ""),
            battery_wh=math.inf if battery is None else number(battery, f"{path}.battery_wh"),
            **{name: number(found.get(name), f"{path}.{name}") for name in TIMES},
        )

    top = mapping(document, "", f"a mapping with format: {PLAN_FORMAT}")
    if top.get("format") != PLAN_FORMAT:
        fail("format", top.get("format", "nothing"), repr(PLAN_FORMAT))
    known = ("format", "version", "cost", "terms", "routes", "unplaced", "iterations", "seconds")
    for name in top:
        if name not in (*known, *EXTRA):
            fail(name, f"unknown field {name}", "one of the fields " + ", ".join(known))
    routes = {}
    for robot_id, entries in mapping(top.get("routes"), "routes", "lists of visits by robot").items():
        path = f"routes.{robot_id}"
        if not isinstance(entries, list):
            fail(path, entries, "a list of visits")
        routes[robot_id] = tuple(visit(robot_id, entry, f"{path}[{i}]") for i, entry in enumerate(entries))
    unplaced = mapping(top.get("unplaced", {}), "unplaced", "reasons by task")
    for task_id, reason in unplaced.items():
        if not isinstance(reason, str):
            fail(f"unplaced.{task_id}", reason, "a reason in words")
    terms = mapping(top.get("terms", {}), "terms", "numbers by term")
    return Solution(
        routes=routes,
        unplaced=unplaced,
        cost=number(top.get("cost"), "cost"),
        terms={name: number(value, f"terms.{name}") for name, value in terms.items()},
    )
