"""What can happen: the kinds of events and facts that expectations speak of, and their fields.

Events are the journal's (`fleet.model.events`), named as there. Facts are what really happened in the world or was
done by the scenario's people; their names are lower case. A nested record's fields are fields of the event itself:
`EscalationRaised` has `cause`, not `escalation.cause`, unless the event has a field of that name already.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Union

from fleet.model.events import EVENT_KINDS
from fleet.model.wire import to_plain

FACTS: dict[str, tuple[str, dict[str, str]]] = {
    "robot_fell": ("a robot lies on the floor", {"robot_id": "", "zone": "", "carries": "what it had in its hands"}),
    "posture_changed": ("a robot stands, walks, kneels, sits, lies", {"robot_id": "", "posture": "", "zone": ""}),
    "zone_entered": ("a robot came into another zone", {"robot_id": "", "zone": "", "from_zone": ""}),
    "taken": ("a box came into the hands of a robot or person", {"object_id": "", "holder": "", "zone": ""}),
    "put_down": (
        "a box left the hands it was in, on purpose or not",
        {"object_id": "", "holder": "", "zone": "", "place": "empty where it is in no place"},
    ),
    "effect": (
        "a robot's command had its effect (the world's ledger)",
        {"effect": "pick, place, give, look, dock", "robot_id": "", "task_id": "", "object_id": "", "target_id": ""},
    ),
    "robot_held": ("a robot began to hold still", {"robot_id": "", "because": ""}),
    "robot_released": ("a robot is free to move again", {"robot_id": ""}),
    "e_stop_changed": ("a robot's e-stop", {"robot_id": "", "engaged": "true or false"}),
    "docked": ("a robot stands at a dock and charges", {"robot_id": "", "dock": ""}),
    "battery_empty": ("a robot's battery has nothing left", {"robot_id": ""}),
    "collision": (
        "footprints overlap by more than 5 cm; told once for as long as they do",
        {"robot_id": "", "with": "the other robot or person"},
    ),
    "fault_started": ("a fault acts", {"fault_id": "", "kind": "", "target": ""}),
    "fault_ended": ("a fault is over", {"fault_id": "", "kind": "", "target": ""}),
    "supervisor_killed": ("the supervisor's process was killed", {}),
    "supervisor_started": ("it was started again", {}),
    "host_killed": ("the process that holds the adapters was killed", {}),
    "host_started": ("it was started again", {}),
    "world_killed": ("the world's process was killed", {}),
    "world_started": ("it is back from its last checkpoint", {}),
    "door_opened": ("a door is open wide enough to walk through", {"door_id": ""}),
    "door_closed": ("a door is no longer open wide enough to walk through", {"door_id": ""}),
    "keep_out_breached": ("a robot set foot where it must not", {"robot_id": "", "area": ""}),
    "arrival_skipped": ("a stream found nothing to ask for", {"stream": "", "why": ""}),
    "operator_left": ("the operator goes away", {}),
    "operator_returned": ("the operator is back", {}),
    "operator_erred": ("the operator chose another option than meant", {"escalation_id": "", "cause": "", "meant": ""}),
}
"""kind -> (what it means, field -> what it holds). Those of `People` need no look at the world."""

OF_PEOPLE = frozenset({"arrival_skipped", "operator_left", "operator_returned", "operator_erred"})


def kinds() -> tuple[str, ...]:
    """Every kind that an expectation can name."""
    return (*sorted(EVENT_KINDS), *FACTS)


def needs_truth(kind: str) -> bool:
    """Whether only the world itself can tell that it happened."""
    return kind in FACTS and kind not in OF_PEOPLE


@cache
def fields_of(kind: str) -> Mapping[str, Any]:
    """Field path -> type, for a kind that `kinds` lists. `Any` below a field with free content."""
    if kind in FACTS:
        return dict.fromkeys(FACTS[kind][1], str)
    return fields_of_record(EVENT_KINDS[kind])


@cache
def fields_of_record(record: type) -> Mapping[str, Any]:
    """Field path -> type of a record, with the fields of nested records beside its own."""
    found: dict[str, Any] = {}
    hints = typing.get_type_hints(record)
    for f in dataclasses.fields(record):
        kind = _without_none(hints[f.name])
        found[f.name] = kind
        if dataclasses.is_dataclass(kind):
            nested = fields_of_record(typing.cast(type, kind))
            found.update({f"{f.name}.{name}": t for name, t in nested.items()})
    for path, kind in sorted(found.items(), key=lambda item: item[0].count(".")):
        short = path.rsplit(".", 1)[-1]
        found.setdefault(short, kind)
    return found


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (Union, types.UnionType):
        kinds = [a for a in typing.get_args(hint) if a is not type(None)]
        return kinds[0] if len(kinds) == 1 else Any
    return hint


def type_at(fields: Mapping[str, Any], path: str) -> Any:
    """The type of a field, `Any` inside free content; None where there is no such field."""
    if path in fields:
        return fields[path]
    while "." in path:
        path = path.rsplit(".", 1)[0]
        kind = fields.get(path)
        if kind is Any or typing.get_origin(kind) in (dict, Mapping):
            return Any
    return None


def choices_of(kind: Any) -> tuple[str, ...]:
    """What an enumerated field can hold; empty for any other."""
    return tuple(str(e.value) for e in kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()


def flat(record: object) -> dict[str, Any]:
    """A record's content by field path, nested records' fields beside its own: what patterns match on."""
    return flat_plain(to_plain(record))


def flat_plain(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Like `flat`, from plain data. Fields of its own come before those of nested records, in their order."""
    found: dict[str, Any] = dict(plain)
    level = [("", plain)]
    while level:
        deeper: list[tuple[str, Mapping[str, Any]]] = []
        for path, mapping in level:
            for name, value in mapping.items():
                full = f"{path}.{name}" if path else name
                found[full] = value
                found.setdefault(name, value)
                if isinstance(value, Mapping):
                    deeper.append((full, value))
        level = deeper
    return found
