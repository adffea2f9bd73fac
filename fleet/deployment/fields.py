"""Strict reading of YAML into dataclasses: every complaint names file, line, field, value, and what would be right.

What a field may be is written once, at the dataclass (`setting(...)`): the reader and the reference page use it.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

import yaml

from fleet.model.errors import InvalidField

T = TypeVar("T")


class FileError(InvalidField):
    """A field of a file is not usable; the text begins with file and line."""

    def __init__(self, file: str, line: int, field: str, value: object, expected: str) -> None:
        super().__init__(field, value, expected)
        self.args = (f"{file}, line {line}: {self.args[0]}",)
        self.file, self.line = file, line


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a field may hold beyond its type; `help` is for the reference page."""

    help: str = ""
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    is_id: bool = False


def setting(
    help: str,
    *,
    default: Any = dataclasses.MISSING,
    factory: Any = dataclasses.MISSING,
    unit: str = "",
    low: float = -math.inf,
    high: float = math.inf,
    is_id: bool = False,
) -> Any:
    """A dataclass field that `read` checks; without `default` and `factory` it is required."""
    limits = Limits(help=help, unit=unit, low=low, high=high, is_id=is_id)
    metadata = {"limits": limits}
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A YAML node with the path to it, so that later checks can complain at the right line too."""

    file: str
    path: str
    node: yaml.Node

    def fail(self, expected: str, value: object = None) -> typing.NoReturn:
        """Complain about this node; `value` defaults to what the file says."""
        line = int(self.node.start_mark.line) + 1
        shown = self.shown() if value is None else value
        raise FileError(self.file, line, self.path or "the file", shown, expected)

    def shown(self) -> object:
        """What the file says here, shortened."""
        if isinstance(self.node, yaml.ScalarNode):
            return _scalar(self.node)
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"

    def below(self, name: str, node: yaml.Node) -> Source:
        """The node's child under that name."""
        return Source(self.file, f"{self.path}.{name}" if self.path else name, node)

    def entries(self, expected: str) -> dict[str, Source]:
        """The children of a mapping."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fail(f"a mapping with {expected}")
        found: dict[str, Source] = {}
        for key, value in self.node.value:
            name = str(key.value)
            child = self.below(name, value)
            if name in found:
                Source(self.file, child.path, key).fail("each field once; this one is there twice", name)
            found[name] = child
        return found

    def items(self) -> list[Source]:
        """The children of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.fail("a list")
        return [Source(self.file, f"{self.path}[{i}]", node) for i, node in enumerate(self.node.value)]

    def find(self, path: str) -> Source:
        """The node at a path such as `hosts[0].robots[2].id`; the nearest one above it where there is none."""
        here = self
        for part in path.replace("[", ".[").split("."):
            if part.startswith("["):
                children = here.items()
                index = int(part[1:-1])
                here = children[index] if index < len(children) else here
            elif isinstance(here.node, yaml.MappingNode):
                nowhere = here.below(part, here.node)  # a field that is not there is complained of where it would be
                here = here.entries("fields").get(part, nowhere)
        return here

    def plain(self) -> Any:
        """The node as dicts, lists and scalars; numbers are finite, names are used once."""
        if isinstance(self.node, yaml.MappingNode):
            return {name: child.plain() for name, child in self.entries("fields").items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [child.plain() for child in self.items()]
        value = _scalar(self.node)
        if isinstance(value, float) and not math.isfinite(value):
            self.fail("a finite number")
        return value


def _scalar(node: yaml.Node) -> Any:
    # Dates and the like stay texts: nothing in our files is one.
    if node.tag.rsplit(":", 1)[-1] in ("int", "float", "bool", "null"):
        try:
            return yaml.constructor.SafeConstructor().construct_object(node)
        except (yaml.YAMLError, ValueError):
            return node.value
    return str(node.value)


def read_yaml(path: Path | str) -> Source:
    """The root of a YAML (or JSON) file. Raises `FileError` when it cannot be read or is no YAML."""
    file = str(path)
    nowhere = Source(file, "", yaml.ScalarNode("tag:yaml.org,2002:null", "", yaml.Mark(file, 0, 0, 0, None, 0)))
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        nowhere.fail("a YAML file in UTF-8 that can be read", reason)
    return parse_yaml(text, file)


def parse_yaml(text: str, file: str) -> Source:
    """Like `read_yaml`, from text."""
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader) if "*" in text else ():
            if isinstance(event, yaml.AliasEvent):  # they could nest without end
                mark = event.start_mark
                line = (mark.line if mark else 0) + 1
                raise FileError(file, line, "the file", f"*{event.anchor}", "everything written out, no aliases")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        what = getattr(problem, "problem", None) or str(problem)
        raise FileError(file, (mark.line if mark else 0) + 1, "the file", what, "well-formed YAML") from None
    except RecursionError:
        raise FileError(file, 1, "the file", "nesting without end", "well-formed YAML") from None
    if node is None:
        raise FileError(file, 1, "the file", "nothing", "a mapping")
    return Source(file, "", node)


def read(kind: type[T], source: Source) -> T:
    """The node as a dataclass of type `kind`. Raises `FileError`."""
    hints = _hints(kind)
    names = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    required = [n for n, f in names.items() if _required(f)]
    entries = source.entries("the fields " + ", ".join(names))
    for name, child in entries.items():
        if name not in names:
            child.fail("one of the fields " + ", ".join(names), f"unknown field {name}")
    for name in required:
        if name not in entries:
            source.fail(f"the field {name}: {_limits(names[name]).help or hints[name]}", f"no field {name}")
    values = {n: _value(hints[n], _limits(names[n]), child) for n, child in entries.items()}
    try:
        return kind(**values)
    except InvalidField as error:
        # A record's own check names its field; the file's line is found from that.
        name = error.field.rsplit(".", 1)[-1]
        entries.get(name, source).fail(error.expected, error.value)


def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _limits(field: dataclasses.Field[Any]) -> Limits:
    found = field.metadata.get("limits")
    return found if isinstance(found, Limits) else Limits()


def _value(kind: Any, limits: Limits, source: Source) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        if source.shown() is None:
            return None
        return _value(next(a for a in arguments if a is not type(None)), limits, source)
    if dataclasses.is_dataclass(kind):
        return read(typing.cast(type, kind), source)
    if origin is tuple:
        return tuple(_value(arguments[0], limits, item) for item in source.items())
    if origin is dict or origin is Mapping:
        return {n: _value(arguments[1], Limits(), child) for n, child in source.entries("any names").items()}
    if origin is Literal:
        return _choice(arguments, source)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(_choice([e.value for e in kind], source))
    return source.plain() if kind is Any else _simple(kind, limits, source)


def _choice(choices: typing.Iterable[Any], source: Source) -> Any:
    value = source.shown()
    if value not in tuple(choices):
        source.fail("one of " + ", ".join(map(str, choices)))
    return value


def _simple(kind: Any, limits: Limits, source: Source) -> Any:
    value: Any = source.shown()
    if kind in (int, float):
        good = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or not limits.low <= value <= limits.high:
            source.fail(number_phrase(kind, limits))
        return kind(value)
    if kind is bool:
        return value if isinstance(value, bool) else source.fail("true or false")
    if not isinstance(source.node, yaml.ScalarNode) or not isinstance(value, str) or not value.strip():
        source.fail(limits.help or "a text (in quotes, where it looks like a number)")
    if limits.is_id and not value.replace("_", "").replace("-", "").isalnum():
        source.fail("an id of letters, digits, '_' and '-'")
    return value.strip()


def number_phrase(kind: type, limits: Limits) -> str:
    """What a number may be, in words."""
    what = "a whole number" if kind is int else "a finite number"
    if limits.low > -math.inf and limits.high < math.inf:
        what += f" from {limits.low:g} to {limits.high:g}"
    elif limits.low > -math.inf:
        what += f" >= {limits.low:g}"
    return f"{what} {limits.unit}".strip()
