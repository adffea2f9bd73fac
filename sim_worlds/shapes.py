"""What the mappings of a YAML file may hold. One definition reads a file and writes its JSON schema."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim_worlds.yaml_fields import Field, Mapping

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Id:
    """Letters, digits, `_` and `-`."""

    def schema(self) -> Schema:
        return {"type": ["string", "integer"], "pattern": "^[\\w-]+$"}


@dataclass(frozen=True, slots=True)
class Text:
    """Anything but nothing."""

    def schema(self) -> Schema:
        # YAML reads an unquoted 12 or true as such; files may leave the quotes away.
        return {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number within limits."""

    low: float = -math.inf
    high: float = math.inf
    unit: str = ""

    def schema(self) -> Schema:
        limits = {"minimum": self.low, "maximum": self.high}
        return {"type": "number"} | {k: v for k, v in limits.items() if math.isfinite(v)}


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of exactly so many numbers: a point, a rectangle."""

    count: int

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "number"}, "minItems": self.count, "maxItems": self.count}


@dataclass(frozen=True, slots=True)
class Texts:
    """A mapping of any names to texts."""

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": Text().schema()}


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    of: Kind
    at_least: int = 0
    at_most: int | None = None

    def schema(self) -> Schema:
        schema: Schema = {"type": "array", "items": reference(self.of)}
        if self.at_least:
            schema["minItems"] = self.at_least
        return schema | ({"maxItems": self.at_most} if self.at_most is not None else {})


@dataclass(frozen=True, slots=True)
class Key:
    """One field of a shape. `default` stands for the field where it is left out; a required one has none."""

    name: str
    kind: Kind
    about: str
    default: Any = None
    required: bool = True


def optional(name: str, kind: Kind, about: str, default: Any = None) -> Key:
    """A field that may be left out."""
    return Key(name, kind, about, default, required=False)


class Shape:
    """A mapping with known fields. `either` names fields of which exactly one must be there."""

    def __init__(self, name: str, about: str, *keys: Key, either: tuple[str, ...] = ()) -> None:
        self.name, self.about, self.either = name, about, either
        self.keys = {key.name: key for key in keys}

    def open(self, field: Field) -> Entry:
        """The mapping, with its names checked. Raises the field's error for a missing or unknown one."""
        required = " ".join(k.name for k in self.keys.values() if k.required)
        spare = " ".join(k.name for k in self.keys.values() if not k.required)
        entry = Entry(field, field.mapping(required, spare).entries, self)
        if self.either and sum(name in entry for name in self.either) != 1:
            there = [name for name in self.either if name in entry]
            field.fail("exactly one of: " + ", ".join(self.either), there or "none of them")
        return entry

    def schema(self) -> Schema:
        """JSON schema of this mapping; shapes in it are references into `$defs`."""
        properties = {}
        for key in self.keys.values():
            properties[key.name] = {"description": key.about} | reference(key.kind)
            if key.default is not None:
                properties[key.name]["default"] = key.default
        schema: Schema = {
            "description": self.about,
            "type": "object",
            "additionalProperties": False,
            "required": [k.name for k in self.keys.values() if k.required],
            "properties": properties,
        }
        if self.either:
            schema["oneOf"] = [{"required": [name]} for name in self.either]
        return schema

    def inner(self) -> dict[str, Shape]:
        """All shapes within this one, by name."""
        found: dict[str, Shape] = {}
        for key in self.keys.values():
            kind = key.kind.of if isinstance(key.kind, Many) else key.kind
            if isinstance(kind, Shape) and kind.name not in found:
                found |= {kind.name: kind} | kind.inner()
        return found


Kind = Id | Text | Flag | Choice | Number | Numbers | Texts | Many | Shape


class Entry(Mapping):
    """A mapping that was opened with its shape: limits and defaults are the shape's."""

    def __init__(self, field: Field, entries: dict[str, Field], shape: Shape) -> None:
        super().__init__(field, entries)
        self.shape = shape

    def num(self, name: str) -> float:
        """A number within the shape's limits."""
        if name not in self.entries:
            return float(self.shape.keys[name].default)
        kind = self.shape.keys[name].kind
        assert isinstance(kind, Number)
        return self.entries[name].number(kind.low, kind.high, kind.unit)

    def maybe(self, name: str) -> float | None:
        """A number, or None where it is left out."""
        return self.num(name) if name in self.entries else None

    def flag(self, name: str) -> bool:
        return self.entries[name].flag() if name in self.entries else bool(self.shape.keys[name].default)

    def word(self, name: str) -> str:
        """One of the shape's words."""
        kind = self.shape.keys[name].kind
        assert isinstance(kind, Choice)
        return self.entries[name].one_of(kind.words) if name in self.entries else str(self.shape.keys[name].default)

    def many(self, name: str) -> list[Field]:
        """The items of a list, empty where it is left out."""
        kind = self.shape.keys[name].kind
        assert isinstance(kind, Many)
        return self.entries[name].items(kind.at_least) if name in self.entries else []


def in_words(kind: Kind) -> str:
    """A kind for a table in the documentation."""
    if isinstance(kind, Shape):
        return kind.name
    if isinstance(kind, Many):
        return f"list of {in_words(kind.of)}"
    if isinstance(kind, Choice):
        return " \\| ".join(f"`{word}`" for word in kind.words)
    if isinstance(kind, Number):
        limits = f"{kind.low:g} to {kind.high:g} " if math.isfinite(kind.low) else ""
        return f"{limits}{kind.unit}".strip() or "number"
    if isinstance(kind, Numbers):
        return f"{kind.count} numbers"
    return {Id: "id", Text: "text", Flag: "true or false", Texts: "texts by name"}[type(kind)]


def reference(kind: Kind) -> Schema:
    """The schema of a kind; of a shape, a pointer to it."""
    return {"$ref": f"#/$defs/{kind.name}"} if isinstance(kind, Shape) else kind.schema()


def document(shape: Shape, title: str, address: str) -> Schema:
    """A complete JSON schema (draft 2020-12) of a file that holds `shape`."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": address, "title": title}
    return head | shape.schema() | {"$defs": {name: inner.schema() for name, inner in sorted(shape.inner().items())}}
