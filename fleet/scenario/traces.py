"""Traces: arrivals from a file, e.g. recorded in a real building.

CSV with a header: `at_s`, `skill`, and any of `mission_id, task_id, priority, deadline_in_s, robot_id, why`; every
other column is a parameter of the skill (empty cells: not given). JSONL: a mission `{at_s, mission: {...}}` or one
task `{at_s, task: {...}}` a line.
"""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

from fleet.deployment.fields import FileError, Source
from fleet.scenario.spec import Mission

_OWN = ("at_s", "skill", "mission_id", "task_id", "priority", "deadline_in_s", "robot_id", "why")


def read_trace(path: Path, named_at: Source) -> list[Mission]:
    """The missions of a trace file. Raises `FileError` with the trace's own line."""
    if path.suffix not in (".csv", ".jsonl"):
        named_at.fail("a file that ends in .csv or .jsonl")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "not UTF-8"
        named_at.fail(f"a file in UTF-8 that can be read (looked for {path}: {reason})")
    missions = _csv(path, text) if path.suffix == ".csv" else _jsonl(path, text)
    return missions or named_at.fail(f"at least one arrival in {path}", "an empty file")


def _csv(path: Path, text: str) -> list[Mission]:
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    names = reader.fieldnames or []
    for needed in ("at_s", "skill"):
        if needed not in names:
            raise FileError(str(path), 1, "the header", ", ".join(names), f"a column {needed}")
    found = []
    for number, row in enumerate(reader, start=2):
        if None in row:
            raise FileError(str(path), number, "the row", "more cells than columns", f"{len(names)} cells")
        cells = {k: v.strip() for k, v in row.items() if v is not None and v.strip()}
        task: dict[str, Any] = {k: cells[k] for k in ("skill", "task_id", "robot_id", "why") if k in cells}
        if "skill" not in task:
            raise FileError(str(path), number, "skill", "", "a skill")
        task["parameters"] = {k: _value(v) for k, v in cells.items() if k not in _OWN}
        if "priority" in cells:
            task["priority"] = int(_number(path, number, "priority", cells["priority"]))
        if "deadline_in_s" in cells:
            task["deadline_in_s"] = _number(path, number, "deadline_in_s", cells["deadline_in_s"])
        at_s = _number(path, number, "at_s", cells.get("at_s", ""))
        found.append(_mission(at_s, {"mission_id": cells.get("mission_id", f"row-{number - 1}"), "tasks": [task]}))
    return found


def _jsonl(path: Path, text: str) -> list[Mission]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as problem:
            raise FileError(str(path), number, "the line", line[:60], f"JSON ({problem})") from None
        if not isinstance(entry, dict) or "at_s" not in entry or ("mission" in entry) == ("task" in entry):
            raise FileError(str(path), number, "the line", line[:60], "{at_s, mission: {...}} or {at_s, task: {...}}")
        at_s = _number(path, number, "at_s", entry["at_s"])
        plain = entry["mission"] if "mission" in entry else {"tasks": [entry["task"]]}
        if not isinstance(plain, dict):
            raise FileError(str(path), number, "mission", plain, "a mapping")
        found.append(_mission(at_s, {"mission_id": f"row-{number}", **plain}))
    return found


def _mission(at_s: float, plain: dict[str, Any]) -> Mission:
    return Mission(at_s=at_s, plain=plain)


def _number(path: Path, line: int, field: str, value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise FileError(str(path), line, field, value, "a number of 0 or more")
    return number


def _value(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell
