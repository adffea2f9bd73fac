"""The JSON schemas of instances and plans, from the same table as the reader's checks."""

from __future__ import annotations

import math
from typing import Any

from fleet.allocation.files.fields import FORMAT, RECORDS, TOP, VERSION, Field, default_of
from fleet.allocation.files.plan_reading import TIMES
from fleet.allocation.files.writing import PLAN_FORMAT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NAME: dict[str, Any] = {"type": "string", "pattern": "\\S"}
NAMES: dict[str, Any] = {"type": "array", "items": NAME, "uniqueItems": True}
PLACE: dict[str, Any] = {"oneOf": [{"type": "integer", "minimum": 0}, NAME]}


def instance_schema() -> dict[str, Any]:
    """`instance.schema.json`."""
    properties: dict[str, Any] = {
        "format": {"const": FORMAT},
        "version": {"const": VERSION},
        "name": NAME,
        "now_s": {"type": "number"},
        "locations": NAMES,
        "points_m": _rows({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
        "distances_m": _rows({"type": "array", "items": {"type": ["number", "null"], "minimum": 0}}),
        "robots": {"type": "array", "items": _record("robots")},
        "tasks": {"type": "array", "items": _record("tasks")},
        "docks": {"type": "array", "items": _record("docks")},
        "weights": _record("weights"),
        "present": {"type": "object", "additionalProperties": NAMES},
        "on_the_way": NAMES,
    }
    for name, text in TOP.items():
        properties[name] = properties[name] | {"description": text}
    return {
        "$schema": DIALECT,
        "$id": "instance.schema.json",
        "title": "A planning problem of a fleet",
        "type": "object",
        "properties": properties,
        "required": ["format", "version", "robots", "tasks"],
        "oneOf": [{"required": ["points_m"]}, {"required": ["distances_m"]}],
        "additionalProperties": False,
    }


def _rows(row: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": row, "minItems": 1}


def _record(kind: str) -> dict[str, Any]:
    record, fields = RECORDS[kind]
    properties = {}
    for name, field in fields.items():
        unit = f", {field.unit}" if field.unit else ""
        properties[name] = _kind(field) | {"description": field.help + unit}
        if not field.required:
            properties[name]["default"] = default_of(record, name)
    required = [name for name, field in fields.items() if field.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _kind(field: Field) -> dict[str, Any]:
    if field.kind == "id":
        return dict(NAME)
    if field.kind == "ids":
        return {"oneOf": [NAMES, {"type": "null"}]} if field.optional else dict(NAMES)
    if field.kind in ("place", "places"):
        return dict(PLACE) if field.kind == "place" else {"type": "array", "items": PLACE}
    if field.kind == "flag":
        return {"type": "boolean"}
    if field.kind == "by_robot":
        return {"type": "object", "additionalProperties": {"type": "number", "minimum": field.low}}
    found: dict[str, Any] = {"type": "integer" if field.kind == "whole" else "number"}
    if field.low > -math.inf:
        found["minimum"] = field.low
    if field.high < math.inf:
        found["exclusiveMaximum" if field.below else "maximum"] = field.high
    if field.endless or field.optional:
        found["type"] = [found["type"], "null"]
    return found


def _visit() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"task_id": NAME, "dock_id": NAME}
        | {name: {"type": "number", "description": "s"} for name in TIMES}
        | {"battery_wh": {"type": ["number", "null"], "description": "Wh after it; null: no limit"}},
        "required": [*TIMES, "battery_wh"],
        "oneOf": [{"required": ["task_id"]}, {"required": ["dock_id"]}],
        "additionalProperties": False,
    }


def plan_schema() -> dict[str, Any]:
    """`plan.schema.json`."""
    numbers = {"type": "object", "additionalProperties": {"type": "number"}}
    violation = {
        "type": "object",
        "properties": {"kind": NAME, "where": NAME, "text": NAME},
        "required": ["kind", "where", "text"],
    }
    check = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}, "violations": {"type": "array", "items": violation}},
        "required": ["ok", "violations"],
        "description": "with --check: what the separate verifier says",
    }
    properties = {
        "format": {"const": PLAN_FORMAT},
        "version": {"const": VERSION},
        "instance": {"type": "string", "description": "the instance's name"},
        "cost": {"type": "number", "description": "the sum of the terms, s"},
        "terms": numbers | {"description": "each term times its weight, s"},
        "weights": numbers | {"description": "what one unit of each thing costs, s"},
        "routes": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": _visit()},
            "description": "by robot, its visits in their order",
        },
        "unplaced": {
            "type": "object",
            "additionalProperties": NAME,
            "description": "by task, why nobody does it",
        },
        "iterations": {"type": "integer", "minimum": 0, "description": "steps of search"},
        "seconds": {"type": "number", "minimum": 0, "description": "s of CPU, as the method says"},
        "method": {"type": "string"},
        "cpu_seconds": {"type": "number", "description": "s of CPU, loading the solver not counted"},
        "check": check,
    }
    return {
        "$schema": DIALECT,
        "$id": "plan.schema.json",
        "title": "A plan of a fleet",
        "type": "object",
        "properties": properties,
        "required": ["format", "version", "cost", "terms", "routes", "unplaced"],
        "additionalProperties": False,
    }
