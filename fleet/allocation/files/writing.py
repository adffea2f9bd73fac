"""Instances and plans as JSON documents. Reading an instance that was written gives the same instance."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

from fleet.allocation.files.fields import FORMAT, RECORDS, VERSION, Field
from fleet.allocation.instance import Instance, Solution, Visit

PLAN_FORMAT = "fleet-plan"


def instance_document(instance: Instance) -> dict[str, Any]:
    """The instance as plain JSON values; what has its default is left out."""
    document: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if instance.name:
        document["name"] = instance.name
    document["now_s"] = instance.now_s
    document["distances_m"] = [[None if math.isinf(d) else d for d in row] for row in instance.distances_m.tolist()]
    for name in ("robots", "tasks", "docks"):
        document[name] = [_plain(record, RECORDS[name][1]) for record in getattr(instance, name)]
    document["weights"] = {name: getattr(instance.weights, name) for name in RECORDS["weights"][1]}
    if instance.present:
        document["present"] = {robot: list(tasks) for robot, tasks in instance.present.items()}
    if instance.on_the_way:
        document["on_the_way"] = sorted(instance.on_the_way)
    return document


def instance_text(instance: Instance) -> str:
    """The instance as a JSON text, a line for each robot, task and row of distances: complaints can name the line."""
    lines = []
    for name, value in instance_document(instance).items():
        if isinstance(value, list) and value and isinstance(value[0], dict | list):
            rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            lines.append(f" {json.dumps(name)}: [\n{rows}\n ]")
        else:
            lines.append(f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _plain(record: Any, fields: Mapping[str, Field]) -> dict[str, Any]:
    found = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        given = dataclasses.MISSING if field.default_factory is dataclasses.MISSING else field.default_factory()
        if value != (given if given is not dataclasses.MISSING else field.default):
            found[field.name] = _value(value, fields[field.name])
    return found


def _value(value: Any, field: Field) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return None if field.endless and math.isinf(value) else value


def plan_document(instance: Instance, solution: Solution) -> dict[str, Any]:
    """The plan as plain JSON values. A battery without limit is null."""
    return {
        "format": PLAN_FORMAT,
        "version": VERSION,
        "instance": instance.name,
        "cost": solution.cost,
        "terms": dict(solution.terms),
        "weights": dataclasses.asdict(instance.weights),
        "routes": {robot: [_visit(v) for v in visits] for robot, visits in solution.routes.items()},
        "unplaced": dict(solution.unplaced),
        "iterations": solution.iterations,
        "seconds": solution.seconds,
    }


def _visit(visit: Visit) -> dict[str, Any]:
    found: dict[str, Any] = {"task_id": visit.task_id} if visit.task_id else {"dock_id": visit.dock_id}
    for name in ("leaves_s", "arrives_s", "starts_s", "ends_s"):
        found[name] = getattr(visit, name)
    found["battery_wh"] = visit.battery_wh if math.isfinite(visit.battery_wh) else None
    return found
