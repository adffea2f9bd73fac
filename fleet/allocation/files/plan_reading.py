"""A plan from its JSON, so that a plan made by anything else can be checked too."""

from __future__ import annotations

import math
from typing import Any, NoReturn

from fleet.allocation.files.json_lines import line_of, parse
from fleet.allocation.files.reading import shortened
from fleet.allocation.files.writing import PLAN_FORMAT
from fleet.allocation.instance import Solution, Visit
from fleet.deployment.fields import FileError

TIMES = ("leaves_s", "arrives_s", "starts_s", "ends_s")
EXTRA = ("instance", "weights", "check", "method", "cpu_seconds")  # written, not needed to check


KNOWN = ("format", "version", "cost", "terms", "routes", "unplaced", "iterations", "seconds")


def plan_from_json(text: str, file: str = "the text") -> Solution:
    """The plan of a JSON document, as `fleet plan solve --json` writes it. Raises `FileError`."""
    return _Reader(text, file).plan(parse(text, file))


class _Reader:
    """Reads one document; complaints name the line."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file

    def plan(self, document: Any) -> Solution:
        top = self.mapping(document, "", f"a mapping with format: {PLAN_FORMAT}")
        if top.get("format") != PLAN_FORMAT:
            self.fail("format", top.get("format", "nothing"), repr(PLAN_FORMAT))
        for name in top:
            if name not in (*KNOWN, *EXTRA):
                self.fail(name, f"unknown field {name}", "one of the fields " + ", ".join(KNOWN))
        routes = self.mapping(top.get("routes"), "routes", "lists of visits by robot")
        unplaced = self.mapping(top.get("unplaced", {}), "unplaced", "reasons by task")
        for task_id, reason in unplaced.items():
            if not isinstance(reason, str):
                self.fail(f"unplaced.{task_id}", reason, "a reason in words")
        terms = self.mapping(top.get("terms", {}), "terms", "numbers by term")
        return Solution(
            routes={robot_id: self.route(robot_id, entries) for robot_id, entries in routes.items()},
            unplaced=unplaced,
            cost=self.number(top.get("cost"), "cost"),
            terms={name: self.number(value, f"terms.{name}") for name, value in terms.items()},
        )

    def route(self, robot_id: str, entries: Any) -> tuple[Visit, ...]:
        path = f"routes.{robot_id}"
        if not isinstance(entries, list):
            self.fail(path, entries, "a list of visits")
        return tuple(self.visit(robot_id, entry, f"{path}[{i}]") for i, entry in enumerate(entries))

    def visit(self, robot_id: str, entry: Any, path: str) -> Visit:
        found = self.mapping(entry, path, "a visit: task_id or dock_id, and its times")
        for name in found:
            if name not in ("task_id", "dock_id", "battery_wh", *TIMES):
                self.fail(
                    f"{path}.{name}", f"unknown field {name}", f"task_id or dock_id, {', '.join(TIMES)}, battery_wh"
                )
        for name in ("task_id", "dock_id"):
            if not isinstance(found.get(name, ""), str):
                self.fail(f"{path}.{name}", found[name], "a name")
        battery = found.get("battery_wh")
        return Visit(
            robot_id=robot_id,
            task_id=found.get("task_id", ""),
            dock_id=found.get("dock_id", ""),
            battery_wh=math.inf if battery is None else self.number(battery, f"{path}.battery_wh"),
            **{name: self.number(found.get(name), f"{path}.{name}") for name in TIMES},
        )

    def mapping(self, value: Any, path: str, expected: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail(path, value, expected)
        return dict(value)

    def number(self, value: Any, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.fail(path, value, "a finite number")
        return float(value)

    def fail(self, path: str, value: Any, expected: str) -> NoReturn:
        raise FileError(self.file, line_of(self.text, path), path or "the file", shortened(value), expected)
