"""Strict reading of YAML: every complaint names file, line, field, value, and what would be right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml

from sim_worlds.errors import InputError


class Field:
    """One YAML node with its path and line; the methods read it as a type or raise `error`."""

    def __init__(self, node: yaml.Node, path: str, file: str, error: type[InputError]) -> None:
        self.node, self.path, self.file, self.error = node, path, file, error
        self.key_line = int(node.start_mark.line) + 1

    @property
    def line(self) -> int:
        return int(self.node.start_mark.line) + 1

    def fail(self, expected: str, value: object = None) -> NoReturn:
        """Raise the complaint; `value` defaults to what is written in the file."""
        shown = self.shown() if value is None else repr(value)
        raise self.error(f"{self.file}, line {self.line}: {self.path or 'the file'}: got {shown}, expected {expected}")

    def shown(self) -> str:
        if isinstance(self.node, yaml.ScalarNode):
            return repr(self.node.value) if self.node.value else "nothing"
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"

    def _at(self, node: yaml.Node, path: str) -> Field:
        return Field(node, path, self.file, self.error)

    def mapping(self, required: str, optional: str = "") -> Mapping:
        """A mapping with all of the `required` fields and perhaps the `optional` ones (names separated by blanks)."""
        known = required.split() + optional.split()
        entries = self.entries(", ".join(known))
        for name, field in entries.items():
            if name not in known:
                key = f"{self.path}.{name}" if self.path else name
                raise self.error(
                    f"{self.file}, line {field.key_line}: {key}: unknown field {name!r}, "
                    f"expected one of: {', '.join(known)}"
                )
        for name in required.split():
            if name not in entries:
                where = self.path or "the file"
                raise self.error(
                    f"{self.file}, line {self.line}: {where}: missing field {name!r}, "
                    f"expected the fields: {', '.join(required.split())}"
                )
        return Mapping(self, entries)

    def entries(self, expected: str = "") -> dict[str, Field]:
        """A mapping with any names."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fail(f"a mapping with {expected}" if expected else "a mapping")
        found: dict[str, Field] = {}
        for key, value in self.node.value:
            name = str(key.value)
            field = self._at(value, f"{self.path}.{name}" if self.path else name)
            field.key_line = int(key.start_mark.line) + 1
            if name in found:
                field.fail(f"each field once; {name!r} is there twice")
            found[name] = field
        return found

    def items(self, at_least: int = 0) -> list[Field]:
        if not isinstance(self.node, yaml.SequenceNode):
            self.fail("a list")
        if len(self.node.value) < at_least:
            self.fail(f"a list of at least {at_least}", f"a list of {len(self.node.value)}")
        return [self._at(node, f"{self.path}[{i}]") for i, node in enumerate(self.node.value)]

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            self.fail("a text")
        if self.node.tag == "tag:yaml.org,2002:null":
            self.fail("a text")
        return str(self.node.value).strip()

    def name(self) -> str:
        """An identifier: letters, digits, `_` and `-`."""
        text = self.text()
        if not text.replace("_", "").replace("-", "").isalnum():
            self.fail("an id made of letters, digits, '_' and '-'")
        return text

    def number(self, low: float = -math.inf, high: float = math.inf, unit: str = "") -> float:
        limits = f" from {low:g} to {high:g}" if low > -math.inf else ""
        expected = f"a number{limits} {unit}".strip()
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag not in _NUMBERS:
            self.fail(expected)
        try:
            value = float(yaml.safe_load(self.node.value))
        except (TypeError, ValueError):
            self.fail(expected)
        if not math.isfinite(value) or not low <= value <= high:
            self.fail(expected + ", finite")
        return value

    def flag(self) -> bool:
        if self.node.tag != "tag:yaml.org,2002:bool":
            self.fail("true or false")
        return bool(yaml.safe_load(self.node.value))

    def one_of(self, choices: tuple[str, ...]) -> str:
        text = self.text()
        if text not in choices:
            self.fail("one of: " + ", ".join(choices))
        return text

    def numbers(self, count: int, unit: str = "m") -> tuple[float, ...]:
        items = self.items()
        if len(items) != count:
            self.fail(f"a list of {count} numbers in {unit}", f"a list of {len(items)}")
        return tuple(item.number(unit=unit) for item in items)


_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class Mapping:
    """The fields of one mapping, by name."""

    def __init__(self, field: Field, entries: dict[str, Field]) -> None:
        self.field, self.entries = field, entries

    def __getitem__(self, name: str) -> Field:
        return self.entries[name]

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def number(self, name: str, low: float, high: float, default: float | None = None, unit: str = "") -> float:
        if name not in self.entries and default is not None:
            return default
        return self.entries[name].number(low, high, unit)

    def list(self, name: str, at_least: int = 0) -> Iterator[Field]:
        return iter(self.entries[name].items(at_least) if name in self.entries else ())


def load_fields(path: Path | str, error: type[InputError]) -> Field:
    """The root of a YAML file. Raises `error` when the file is missing, empty or no YAML."""
    file = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"{file}: cannot be read ({problem}), expected a YAML file in UTF-8") from None
    return parse_fields(text, file, error)


def parse_fields(text: str, file: str, error: type[InputError]) -> Field:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(problem, "problem", None) or str(problem)
        raise error(f"{file}, line {line}: not YAML: {what}, expected well-formed YAML") from None
    if node is None:
        raise error(f"{file}, line 1: the file is empty, expected a mapping")
    return Field(node, "", file, error)


def unique(seen: dict[str, int], field: Field, what: Callable[[], str] | str = "id") -> str:
    """An id that was not there before in this file."""
    name = field.name()
    if name in seen:
        field.fail(f"an {what} used once; {name!r} is already used in line {seen[name]}")
    seen[name] = field.line
    return name


def known(field: Field, names: Any, what: str) -> str:
    """An id among `names`."""
    name = field.name()
    if name not in names:
        field.fail(f"the id of a {what}: " + (", ".join(sorted(names)) or f"there is no {what}"))
    return name
