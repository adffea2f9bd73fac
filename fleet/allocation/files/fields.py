"""What each field of an instance file may be: written once, for the reader, the JSON schema and the reference page."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Literal

from fleet.allocation.instance import PlanDock, PlanRobot, PlanTask, PlanWeights

Kind = Literal["id", "ids", "place", "places", "number", "whole", "by_robot", "flag"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. Numbers are finite and from `low` to `high`; `null` stands for no limit where `endless` (infinity in
    the record) or `optional` (None in the record)."""

    kind: Kind
    help: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    below: bool = False  # `high` itself is not allowed
    endless: bool = False
    optional: bool = False
    required: bool = False


def _number(help: str, unit: str = "", low: float = 0.0, **more: Any) -> Field:
    return Field(kind="number", help=help, unit=unit, low=low, **more)


ROBOT = {
    "robot_id": Field(kind="id", help="its name", required=True),
    "at": Field(kind="place", help="where it will be when it is free", required=True),
    "free_at_s": _number("when it is free", "s", -math.inf),
    "speed_mps": _number("how fast it walks", "m/s", 1e-3),
    "battery_wh": _number("what its battery holds when it is free; null: no limit", "Wh", -math.inf, endless=True),
    "capacity_wh": _number("what its battery holds when full; null: no limit", "Wh", endless=True),
    "reserve_wh": _number("what must always be left", "Wh"),
    "walking_w": _number("power while it walks", "W"),
    "working_w": _number("power while it works at a stop", "W"),
    "standing_w": _number("power while it stands", "W"),
    "charging_w": _number("power into its battery at a dock", "W"),
    "worn_s": _number("how long it has worked so far", "s"),
}
TASK = {
    "task_id": Field(kind="id", help="its name", required=True),
    "stops": Field(kind="places", help="where it is done, in order; empty: where the robot stands"),
    "work_s": _number("work at all stops together", "s"),
    "team": Field(kind="whole", help="how many robots start it and end it together", low=1),
    "able": Field(kind="ids", help="the robots that can do it; null: all", optional=True),
    "costs_s": Field(kind="by_robot", help="what it costs besides, by robot", unit="s", low=0.0),
    "resources": Field(kind="ids", help="what it has to itself while it is done"),
    "after": Field(kind="ids", help="the tasks that must have ended before it starts"),
    "earliest_s": _number("not started before", "s", -math.inf),
    "due_s": _number("ending later costs; null: never", "s", -math.inf, optional=True),
    "due_weight": _number("what a second after `due_s` costs", "s per s"),
    "latest_s": _number("must not end later; null: no limit", "s", -math.inf, optional=True),
    "waiting_weight": _number("what every second until its end costs", "s per s"),
    "slows": _number("share by which its robot is slower afterwards, until it has charged", "", high=1.0, below=True),
    "pinned_to": Field(kind="ids", help="the robots that a person wants for it; empty: any"),
    "banned": Field(kind="ids", help="the robots that a person does not want for it"),
    "left_weight": _number("how much worse than another it is to leave this one undone"),
    "leaves_when_ready": Field(
        kind="flag",
        help="its robots leave for it, together, only when nothing else is waited for; its resources are its own then",
    ),
}
DOCK = {
    "dock_id": Field(kind="id", help="its name", required=True),
    "at": Field(kind="place", help="where it is", required=True),
    "free_at_s": _number("when it can be used", "s", -math.inf),
}
WEIGHTS = {
    "makespan": _number("a second until the last task ends"),
    "tardiness": _number("a weighted second after `due_s`"),
    "waiting": _number("a weighted second until a task's end"),
    "travel": _number("a second of walking to a task or a dock"),
    "energy": _number("a Wh that is drawn"),
    "wear": _number("a second that the busiest robot works more than the mean"),
    "churn": _number("a robot that gets a task which the present plan gives to others"),
    "moved": _number("the same where others are on their way already, and a robot called away from its way"),
    "unplaced": _number("a task that nobody gets, times its `left_weight`"),
}
RECORDS: dict[str, tuple[type, dict[str, Field]]] = {
    "robots": (PlanRobot, ROBOT),
    "tasks": (PlanTask, TASK),
    "docks": (PlanDock, DOCK),
    "weights": (PlanWeights, WEIGHTS),
}
TOP = {
    "format": 'always "fleet-plan-instance"',
    "version": "always 1",
    "name": "what people call it",
    "now_s": "the time it is, s; 0 if left out",
    "locations": "names of the locations; places may then be named instead of numbered from 0",
    "points_m": "[x, y] of each location, m; distances are straight lines",
    "distances_m": "instead: [from][to], m; null where there is no way; need not be symmetric",
    "robots": "the robots",
    "tasks": "the tasks",
    "docks": "where robots charge, one at a time",
    "weights": "what one unit of each thing costs, s",
    "present": "the plan in force: task ids by robot, in their order",
    "on_the_way": "tasks of it whose robots walk to them already",
}
FORMAT, VERSION = "fleet-plan-instance", 1


def phrase(field: Field) -> str:
    """What a value of this field may be, in words."""
    if field.kind == "id":
        return "a name (text that is not empty)"
    if field.kind == "ids":
        return "a list of names, each once" + (", or null" if field.optional else "")
    if field.kind in ("place", "places"):
        return "a location (its number or name)" if field.kind == "place" else "a list of locations"
    if field.kind == "flag":
        return "true or false"
    if field.kind == "by_robot":
        return "numbers by robot, finite and >= 0"
    what = "a whole number" if field.kind == "whole" else "a finite number"
    if field.low > -math.inf:
        what += f" >= {field.low:g}"
    if field.high < math.inf:
        what += f"{' and <' if field.below else ' to'} {field.high:g}"
    if field.endless or field.optional:
        what += ", or null"
    return f"{what} {field.unit}".strip()


def default_of(record: type, name: str) -> Any:
    """What the record has when the file says nothing, as a JSON value; None where it is required."""
    field = next(f for f in dataclasses.fields(record) if f.name == name)
    if field.default is dataclasses.MISSING:
        return {} if field.default_factory is not dataclasses.MISSING else None
    if isinstance(field.default, float) and math.isinf(field.default):
        return None
    return list(field.default) if isinstance(field.default, tuple) else field.default
