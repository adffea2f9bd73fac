"""Patterns: which events are meant. A kind, and what its fields must hold; `*` in a text stands for anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from fleet.deployment.fields import Source
from fleet.scenario import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event or fact as it is matched. `fields` as `facts.flat` gives them."""

    at_s: float
    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Range:
    """A number between the two, both included."""

    low: float
    high: float


Wanted = str | float | bool | None | Range | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """`where` maps a field's path to what it must hold: a text with wildcards (`!x`: not x; `$x`: what the field x of
    the event before held), a number, a range, true or false, null (nothing), or several of these (any of them)."""

    kind: str
    where: Mapping[str, Wanted]
    line: int = 0

    def fits(self, happening: Happening, before: Happening | None = None) -> bool:
        """Whether this is one of the events that are meant; `before` is what `$x` refers to."""
        if happening.kind != self.kind:
            return False
        return fits_fields(self.where, happening.fields, before.fields if before is not None else {})

    def __str__(self) -> str:
        inside = ", ".join(f"{k}: {shown(v)}" for k, v in self.where.items())
        return f"{self.kind} ({inside})" if inside else self.kind


def fits_fields(where: Mapping[str, Wanted], fields: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether all fields hold what is wanted."""
    return all(_holds(at(fields, path), wanted, before) for path, wanted in where.items())


def at(fields: Mapping[str, Any], path: str) -> Any:
    """What is at a path; None where there is nothing."""
    if path in fields:
        return fields[path]
    value: Any = fields
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _holds(value: Any, wanted: Wanted, before: Mapping[str, Any]) -> bool:
    if isinstance(wanted, tuple):
        return any(_holds(value, w, before) for w in wanted)
    if isinstance(wanted, str) and wanted.startswith("!"):
        return not _holds(value, wanted[1:], before)
    if isinstance(wanted, str) and wanted.startswith("$"):
        meant = at(before, wanted[1:])
        return value == meant or (isinstance(value, Sequence) and not isinstance(value, str) and meant in value)
    if wanted is None:
        return value in (None, "", [], {}, ())
    if isinstance(value, (list, tuple)):
        return any(_holds(v, wanted, before) for v in value)
    if isinstance(wanted, Range):
        return _is_number(value) and wanted.low <= value <= wanted.high
    if isinstance(wanted, str):
        return fnmatchcase("" if value is None else str(value), wanted)
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    return _is_number(value) and bool(value == wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shown(wanted: Wanted) -> str:
    """A wanted value as a file would say it."""
    if isinstance(wanted, Range):
        return f"{wanted.low:g} to {wanted.high:g}"
    if isinstance(wanted, tuple):
        return " or ".join(shown(w) for w in wanted)
    return "nothing" if wanted is None else str(wanted).lower() if isinstance(wanted, bool) else str(wanted)


def read_pattern(source: Source) -> Pattern:
    """`{event: KIND, field: value, ...}`. Raises `FileError` for a kind or a field that there is not."""
    entries = source.entries("event, and fields of that event")
    if "event" not in entries:
        source.fail("the field event: one of " + ", ".join(facts.kinds()), "no field event")
    kind = str(entries["event"].shown())
    if kind not in facts.kinds():
        entries["event"].fail("one of " + ", ".join(facts.kinds()))
    known = facts.fields_of(kind)
    where = {name: read_wanted(child, known, name) for name, child in entries.items() if name != "event"}
    return Pattern(kind, where, int(source.node.start_mark.line) + 1)


def read_wanted(source: Source, known: Mapping[str, Any], name: str) -> Wanted:
    """What a field must hold. Raises `FileError` where the field is unknown or can never hold that."""
    kind = facts.type_at(known, name)
    if kind is None:
        direct = sorted(n for n in known if "." not in n)
        source.fail("one of the fields " + (", ".join(direct) or "(it has none)"), f"unknown field {name}")
    wanted = _wanted(source)
    choices = facts.choices_of(kind)
    for value in wanted if isinstance(wanted, tuple) else (wanted,):
        if choices and isinstance(value, str) and not value.startswith("$"):
            if not any(fnmatchcase(c, value.removeprefix("!")) for c in choices):
                source.fail("one of " + ", ".join(choices), value)
    return wanted


def _wanted(source: Source) -> Wanted:
    plain = source.plain()
    if isinstance(plain, list):
        if not plain:
            source.fail("a value, or a list of at least one")
        return tuple(_wanted(item) for item in source.items())
    if isinstance(plain, dict):
        if not plain or set(plain) - {"min", "max"}:
            source.fail("a value, a list of values, or {min: number, max: number}", ", ".join(plain) or "nothing")
        for name, value in plain.items():
            if not _is_number(value):
                source.find(name).fail("a number")
        return Range(float(plain.get("min", "-inf")), float(plain.get("max", "inf")))
    return typed(plain)


def typed(plain: Any) -> Wanted:
    """A scalar of a file as a wanted value."""
    return plain if plain is None or isinstance(plain, (bool, str)) else float(plain)
