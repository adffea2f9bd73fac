"""Writes docs/reference/scenario-format.md and scenario.schema.json: `python -m fleet.cli.scenario.reference`."""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import sys
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any

from fleet.cli.reference import field_row
from fleet.deployment.fields import Limits
from fleet.deployment.preview_settings import PreviewSettings
from fleet.model.events import EVENT_KINDS
from fleet.scenario import facts
from fleet.scenario.expect import SUBJECTS
from fleet.scenario.measures import MEASURES
from fleet.scenario.spec import (
    CAUSES,
    POLICIES,
    Answer,
    Away,
    FleetEntry,
    Intervention,
    OperatorModel,
    ScenarioSpec,
    ScriptedArrival,
    Stream,
    Template,
)
from fleet.supervisor.settings import SupervisorSettings

ROOT = Path(__file__).resolve().parents[3]
MADE = "<!-- Made by `python -m fleet.cli.scenario.reference`; do not edit. -->\n\n"
SECTIONS: tuple[tuple[str, type], ...] = (
    ("The file", ScenarioSpec),
    ("fleet[]", FleetEntry),
    ("arrivals[]", ScriptedArrival),
    ("streams[]", Stream),
    ("streams[].mix[]", Template),
    ("operator", OperatorModel),
    ("operator.answers[]", Answer),
    ("operator.goes_away[]", Away),
    ("interventions[]", Intervention),
    ("previews", PreviewSettings),
)
INTRODUCTION = """\
# The scenario file

One YAML file says who and what is there, what is asked for, what goes wrong, and what must come of it.
`fleet sim run FILE` plays it; [how to write one](../how-to/write-a-scenario.md). For editors:
[scenario.schema.json](scenario.schema.json). Reading is strict: an unknown field, a wrong type, an id that is not in
the site or the fleet, an expectation that can never be evaluated are errors that name file, line, field, value and what
would be right, before anything is run; the exit code is 2.

A file of the older `humanoid-fleet-scenario/1` belongs to a deployment: `fleet sim DEPLOYMENT --scenario FILE`.

"""
EXPECT = """\
## expect[]

Each entry is one of these; `because: ...` may say why it matters. What was never put to the test is not kept: a
`within_s` whose beginning never came, an `always` that had nothing to hold for.

| form | kept when |
| --- | --- |
| `{within_s: 30, of: EVENT, then: EVENT}` | after each `of` comes `then` within 30 s; without `of`: of the start |
| `{never: EVENT, after: EVENT, until: EVENT}` | not after any `after` (else: ever) before the next `until` |
| `{always: EVENT, is: {field: value}}` | whenever it happens, the fields hold that |
| `{eventually: EVENT}` | it happens |
| `{in_order: [EVENT, EVENT, ...]}` | they happen one after the other; others may come between |
| `{count: EVENT, exactly: 1}`, or `min`, `max` | it happens so many times |
| `{bound: "late_tasks <= 1"}` | a measure (below) of the whole run is within the bound: `<= >= == != < >` |
| `{at_end: {task: ID}, is: {field: value}}` | everything whose id fits is so at the end, and there is one; of %s |

An EVENT is `{event: KIND, field: value, ...}`. In a text `*` stands for anything; `!x` is everything but x; `$x` in
`then` (or `never`) is what the field x of the event before held. A value may be a number, `true`, `false`, `null`
(nothing), a list (any of them), or `{min: 1, max: 3}`. A field that holds a list fits when one of its items does.
Fields of nested records are written without the record's name where that is unambiguous, else with dots (`spec.skill`).

Besides `expect`, every run is held against rules that hold always: every mission is accepted; no task counts as done
on a robot's word alone; nothing is assigned to a robot that lies, is stopped, silent, held or taken over; a question is
decided once; the journal's own check passes; a replay of it gives the same state bit for bit; and, with
`ends: settled`, everything has ended in time.

"""


def page() -> str:
    """The page about the scenario file."""
    parts = [MADE, INTRODUCTION]
    for title, kind in SECTIONS:
        parts.append(f"## {title}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n")
        parts.append("| field | type | default | what |\n| --- | --- | --- | --- |\n")
        hints = typing.get_type_hints(kind)
        parts += [field_row(f, hints[f.name], {}) for f in dataclasses.fields(kind)]
        parts.append("\n")
    parts.append(
        f"Causes: {', '.join(f'`{c}`' for c in CAUSES)}. Policies: {', '.join(f'`{p}`' for p in POLICIES)}.\n\n"
    )
    parts.append(EXPECT % ", ".join(f"`{s}`" for s in SUBJECTS))
    parts += [_facts(), _events(), _measures()]
    return "".join(parts).rstrip() + "\n"


def _facts() -> str:
    rows = []
    for kind, (what, names) in facts.FACTS.items():
        fields = ", ".join(f"`{name}`" for name in names) or "-"
        rows.append(f"| `{kind}` | {fields} | {what} | {'yes' if facts.needs_truth(kind) else ''} |\n")
    head = "### Facts\n\n| kind | fields | what | needs the world |\n| --- | --- | --- | --- |\n"
    return head + "".join(rows) + "\n"


def _events() -> str:
    head = (
        "### Events of the journal\n\nWhat the supervisor heard and decided; [the journal](journal.md).\n\n"
        "| kind | what | fields |\n| --- | --- | --- |\n"
    )
    rows = []
    for kind, record in sorted(EVENT_KINDS.items()):
        fields = [f for f in facts.fields_of(kind) if "." not in f]
        what = inspect.cleandoc(record.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        rows.append(f"| `{kind}` | {what} | {', '.join(f'`{f}`' for f in fields)} |\n")
    return head + "".join(rows) + "\n"


def _measures() -> str:
    head = "### Measures\n\n| measure | unit | what | needs the world |\n| --- | --- | --- | --- |\n"
    rows = [f"| `{name}` | {m.unit or '-'} | {m.help} | {'yes' if m.truth else ''} |\n" for name, m in MEASURES.items()]
    return head + "".join(rows)


# JSON schema, for editors and other tools


def schema() -> dict[str, Any]:
    """The scenario file as JSON Schema 2020-12. What `sim_worlds` reads (people, faults, ...) is left open in it."""
    top = _object(ScenarioSpec)
    top["properties"]["faults"] = {"type": "array", "items": {"type": "object", "required": ["id", "kind"]}}
    top["properties"]["people"] = {"type": ["array", "object"]}
    top["properties"]["expect"] = {"type": "array", "minItems": 1, "items": _expectation()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of a humanoid-robot fleet",
        **top,
    }


def _object(kind: type) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    properties, required = {}, []
    for f in dataclasses.fields(kind):
        if kind is SupervisorSettings and f.name == "shift":
            continue  # the field accountable stands for it
        found = f.metadata.get("limits")
        limits = found if isinstance(found, Limits) else Limits()
        properties[f.name] = {**_type(hints[f.name], limits), **({"description": limits.help} if limits.help else {})}
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
            required.append(f.name)
    if kind is ScenarioSpec:
        properties["format"] = {"const": "humanoid-fleet-scenario/2"}
    if kind is OperatorModel:
        number = {"type": "number", "minimum": 0}
        pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        properties["answers_after_s"] = {"anyOf": [number, pair]}
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _type(hint: Any, limits: Limits) -> dict[str, Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _type(next(a for a in arguments if a is not type(None)), limits)
    if dataclasses.is_dataclass(hint):
        return _object(typing.cast(type, hint))
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0], limits)}
    if origin is dict:
        return {"type": "object"}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [e.value for e in hint]}
    if hint in (int, float):
        bounds = {"minimum": limits.low} if limits.low > -math.inf else {}
        bounds |= {"maximum": limits.high} if limits.high < math.inf else {}
        return {"type": "integer" if hint is int else "number", **bounds}
    simple = {str: "string", bool: "boolean"}.get(hint)
    return {"type": simple} if simple else {}


def _expectation() -> dict[str, Any]:
    event = {
        "type": "object",
        "properties": {"event": {"enum": list(facts.kinds())}},
        "required": ["event"],
    }
    count = {"type": "integer", "minimum": 0}
    forms: list[tuple[dict[str, Any], list[str]]] = [
        ({"within_s": {"type": "number", "exclusiveMinimum": 0}, "of": event, "then": event}, ["within_s", "then"]),
        ({"never": event, "after": event, "until": event}, ["never"]),
        ({"always": event, "is": {"type": "object"}}, ["always", "is"]),
        ({"eventually": event}, ["eventually"]),
        ({"in_order": {"type": "array", "minItems": 2, "items": event}}, ["in_order"]),
        ({"count": event, "exactly": count, "min": count, "max": count}, ["count"]),
        ({"bound": {"type": "string", "pattern": f"^\\s*({'|'.join(MEASURES)})\\s*(<=|>=|==|!=|<|>)"}}, ["bound"]),
        (
            {
                "at_end": {"type": "object", "propertyNames": {"enum": list(SUBJECTS)}, "maxProperties": 1},
                "is": {"type": "object"},
            },
            ["at_end", "is"],
        ),
    ]
    because = {"because": {"type": "string"}}
    return {
        "oneOf": [
            {"type": "object", "properties": {**p, **because}, "required": r, "additionalProperties": False}
            for p, r in forms
        ]
    }


def main(folder: Path = ROOT / "docs" / "reference") -> int:
    """Write both."""
    (folder / "scenario-format.md").write_text(page(), encoding="utf-8")
    (folder / "scenario.schema.json").write_text(json.dumps(schema(), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"wrote {folder / 'scenario-format.md'} and {folder / 'scenario.schema.json'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
