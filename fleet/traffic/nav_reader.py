"""Reading navigation graphs: what all formats have, and errors that name file, line, field, value and what is right."""

from __future__ import annotations

import math
from dataclasses import dataclass

import yaml

from fleet.model.errors import InvalidField

_SHORTEST_M = 0.05


@dataclass(frozen=True, slots=True)
class NavLane:
    """From one vertex to another (numbers), at most `max_mps` fast; `line` is where it is written."""

    start: int
    end: int
    max_mps: float
    line: int


@dataclass(frozen=True, slots=True)
class NavGraph:
    """One level of a navigation graph. `vertices` are x, y in m; `names` has those that are named."""

    source: str
    vertices: tuple[tuple[float, float], ...]
    names: dict[str, int]
    lanes: tuple[NavLane, ...]


class NavReader:
    """Takes a file's parts for what they should be. Every method raises `InvalidField`."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, node: yaml.Node | None, field: str, value: object, expected: str) -> InvalidField:
        line = node.start_mark.line + 1 if node is not None else 1
        return InvalidField(f"{self.source}:{line}: {field}", value, expected)

    def mapping(self, node: yaml.Node | None, field: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, field or "the file", getattr(node, "value", None), "a mapping")
        return {str(k.value): v for k, v in node.value}

    def get(self, node: yaml.Node | None, field: str, name: str) -> yaml.Node:
        entries = self.mapping(node, field)
        if name not in entries:
            raise self.fail(node, f"{field}.{name}".lstrip("."), None, f"the field {name}; has {', '.join(entries)}")
        return entries[name]

    def items(self, node: yaml.Node, field: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, field, node.value, "a list")
        return list(node.value)

    def number(self, node: yaml.Node, field: str) -> float:
        try:
            value = float(node.value)
        except (TypeError, ValueError):
            raise self.fail(node, field, str(node.value)[:80], "a number") from None
        if not math.isfinite(value):
            raise self.fail(node, field, value, "a finite number")
        return value

    def vertex(self, node: yaml.Node, field: str) -> tuple[float, float]:
        parts = self.items(node, field)
        if len(parts) < 2:
            raise self.fail(node, field, f"{len(parts)} values", "[x, y, parameters]")
        return self.number(parts[0], f"{field}.x"), self.number(parts[1], f"{field}.y")

    def check_length(self, node: yaml.Node, field: str, a: tuple[float, float], b: tuple[float, float]) -> None:
        if math.dist(a, b) < _SHORTEST_M:
            raise self.fail(node, field, [a, b], f"two vertices at least {_SHORTEST_M} m apart")


__all__ = ["NavGraph", "NavLane", "NavReader"]
