"""Instances in VRPLIB's form (that of TSPLIB, with sections for time windows): `.vrp` files."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.files.reading import MAX_LOCATIONS
from fleet.allocation.files.routing import MAX_VEHICLES, Customer, Loaded, between_points, routing_instance
from fleet.allocation.files.words import Line, lines_of
from fleet.deployment.fields import FileError

FACTS = (
    *("NAME", "COMMENT", "TYPE", "DIMENSION", "VEHICLES", "CAPACITY", "SERVICE_TIME"),
    *("EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT", "NODE_COORD_TYPE"),
)
SECTIONS = {  # the columns of each row
    "NODE_COORD_SECTION": ("node", "x", "y"),
    "DEMAND_SECTION": ("node", "demand"),
    "TIME_WINDOW_SECTION": ("node", "opens", "closes"),
    "SERVICE_TIME_SECTION": ("node", "service"),
    "DEPOT_SECTION": ("node",),
    "EDGE_WEIGHT_SECTION": (),
}
ROUNDINGS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "EUC_2D": lambda d: d,  # as the vrplib package has it; TSPLIB would round
    "FLOOR_2D": np.floor,
    "CEIL_2D": np.ceil,
}
FORMATS = ("FULL_MATRIX", "LOWER_ROW")


@dataclass(slots=True)
class _Parts:
    """A file taken apart: its facts and the rows of its sections, with their lines."""

    file: str
    last: int
    facts: dict[str, tuple[Line, str]] = field(default_factory=dict)
    sections: dict[str, tuple[Line, list[Line]]] = field(default_factory=dict)

    def fact(self, name: str) -> str | None:
        return self.facts[name][1] if name in self.facts else None


def looks_like_vrplib(text: str) -> bool:
    """Whether it has VRPLIB's words."""
    return "EDGE_WEIGHT_TYPE" in text or "NODE_COORD_SECTION" in text


def instance_from_vrplib(text: str, file: str = "the text") -> Loaded:
    """The instance of a text. Raises `FileError`, also for a section that we do not know: it may change what a plan is
    allowed to be."""
    parts = _parts(text, file)
    if "DIMENSION" not in parts.facts:
        raise FileError(file, parts.last, "DIMENSION", "nothing", "the number of locations")
    line, word = parts.facts["DIMENSION"]
    count = line.whole(word, "DIMENSION", 1, MAX_LOCATIONS)
    depot = _depot(parts, count)
    distances = _distances(parts, count)
    customers = _customers(parts, count)
    others = [n for n in range(1, count + 1) if n != depot]
    order = [depot - 1, *(n - 1 for n in others)]
    vehicles = max(1, len(others))
    if "VEHICLES" in parts.facts:
        line, word = parts.facts["VEHICLES"]
        vehicles = line.whole(word, "VEHICLES", 1, MAX_VEHICLES)
    return routing_instance(
        parts.fact("NAME") or "",
        vehicles,
        customers[depot - 1],
        [customers[n - 1] for n in others],
        distances[np.ix_(order, order)],
        loads="CAPACITY" in parts.facts or "DEMAND_SECTION" in parts.sections,
    )


def _parts(text: str, file: str) -> _Parts:
    lines = lines_of(text, file)
    parts = _Parts(file, lines[-1].number if lines else 1)
    rows: list[Line] | None = None
    for line in lines:
        word = line.words[0].rstrip(":").upper()
        if word == "EOF":
            break
        if not word[0].isalpha():
            if rows is None:
                line.fail("the line", line.text.strip()[:60], "a name with a value (NAME : ...), or a section")
            rows.append(line)
        elif word.endswith("_SECTION"):
            if word not in SECTIONS:
                line.fail(word, "unknown section", "one of " + ", ".join(SECTIONS))
            if word in parts.sections:
                line.fail(word, "there twice", "each section once")
            rows = []
            parts.sections[word] = (line, rows)
        else:
            name, colon, value = line.text.partition(":")
            name = name.strip().upper()
            if name not in FACTS or not colon:
                line.fail(name[:60], "unknown", "NAME : value, of " + ", ".join(FACTS) + ", or a section")
            if name in parts.facts:
                line.fail(name, "there twice", "each name once")
            rows = None
            parts.facts[name] = (line, value.strip())
    return parts


def _depot(parts: _Parts, count: int) -> int:
    """The depot's number; 1 where there is no section."""
    if "DEPOT_SECTION" not in parts.sections:
        return 1
    head, rows = parts.sections["DEPOT_SECTION"]
    words = [(row, word) for row in rows for word in row.words]
    depots = [row.whole(word, "DEPOT_SECTION", 1, count) for row, word in words if word != "-1"]
    if len(depots) != 1:
        head.fail("DEPOT_SECTION", f"{len(depots)} depots", "one depot, then -1")
    return depots[0]


def _rows(parts: _Parts, section: str, count: int) -> list[list[float]]:
    """The values of every node, in their order; complains of missing and double ones."""
    head, rows = parts.sections[section]
    found: dict[int, list[float]] = {}
    for row in rows:
        values = row.numbers(SECTIONS[section])
        node = row.whole(row.words[0], f"{section}.node", 1, count)
        if node in found:
            row.fail(f"{section}.node", node, "each node once")
        found[node] = values[1:]
    missing = [n for n in range(1, count + 1) if n not in found]
    if missing:
        head.fail(section, f"nothing for node {missing[0]}", f"a row for each of {count} nodes")
    return [found[n] for n in range(1, count + 1)]


def _customers(parts: _Parts, count: int) -> list[Customer]:
    windows, service = [[0.0, math.inf]] * count, [[0.0]] * count
    if "TIME_WINDOW_SECTION" in parts.sections:
        windows = _rows(parts, "TIME_WINDOW_SECTION", count)
    if "SERVICE_TIME_SECTION" in parts.sections:
        service = _rows(parts, "SERVICE_TIME_SECTION", count)
    elif "SERVICE_TIME" in parts.facts:
        line, word = parts.facts["SERVICE_TIME"]
        service = [[line.number_of(word, "SERVICE_TIME", 0)]] * count
    if "DEMAND_SECTION" in parts.sections:
        _rows(parts, "DEMAND_SECTION", count)  # left out of the instance, but it must be right
    for node, ((opens, closes), (work,)) in enumerate(zip(windows, service, strict=True), start=1):
        if closes < opens:
            _line_of(parts, "TIME_WINDOW_SECTION", node).fail("closes", closes, f"{opens:g}, when it opens, or later")
        if work < 0:
            _line_of(parts, "SERVICE_TIME_SECTION", node).fail("service", work, "a finite number >= 0")
    return [
        Customer(number=n, opens_s=opens, closes_s=closes, service_s=work)
        for n, ((opens, closes), (work,)) in enumerate(zip(windows, service, strict=True), start=1)
    ]


def _line_of(parts: _Parts, section: str, node: int) -> Line:
    head, rows = parts.sections[section]
    return next((row for row in rows if row.words[0].lstrip("+0") == str(node)), head)


# -- distances ---------------------------------------------------------------------------------------------------------


def _distances(parts: _Parts, count: int) -> NDArray[np.float64]:
    """[nodes, nodes], in the file's order."""
    kind = parts.fact("EDGE_WEIGHT_TYPE") or "EUC_2D"
    if kind in ROUNDINGS:
        if "NODE_COORD_SECTION" not in parts.sections:
            raise FileError(parts.file, parts.last, "NODE_COORD_SECTION", "nothing", f"it, for EDGE_WEIGHT_TYPE {kind}")
        rows = _rows(parts, "NODE_COORD_SECTION", count)
        return ROUNDINGS[kind](between_points([(x, y) for x, y in rows]))
    if kind != "EXPLICIT":
        parts.facts["EDGE_WEIGHT_TYPE"][0].fail("EDGE_WEIGHT_TYPE", kind, "one of EXPLICIT, " + ", ".join(ROUNDINGS))
    return _explicit(parts, count)


def _explicit(parts: _Parts, count: int) -> NDArray[np.float64]:
    form = parts.fact("EDGE_WEIGHT_FORMAT") or ""
    if form not in FORMATS:
        line = parts.facts.get("EDGE_WEIGHT_FORMAT", parts.facts["EDGE_WEIGHT_TYPE"])[0]
        line.fail("EDGE_WEIGHT_FORMAT", form or "nothing", "one of " + ", ".join(FORMATS))
    if "EDGE_WEIGHT_SECTION" not in parts.sections:
        raise FileError(parts.file, parts.last, "EDGE_WEIGHT_SECTION", "nothing", "it, for EDGE_WEIGHT_TYPE EXPLICIT")
    head, rows = parts.sections["EDGE_WEIGHT_SECTION"]
    values = [row.number_of(word, "EDGE_WEIGHT_SECTION", 0) for row in rows for word in row.words]
    needed = count * count if form == "FULL_MATRIX" else count * (count - 1) // 2
    if len(values) != needed:
        head.fail("EDGE_WEIGHT_SECTION", f"{len(values)} numbers", f"{needed}, for {count} nodes in {form}")
    if form == "FULL_MATRIX":
        full = np.array(values).reshape(count, count)
        np.fill_diagonal(full, 0.0)  # some files have a large number there
        return full
    distances: NDArray[np.float64] = np.zeros((count, count))
    distances[np.tril_indices(count, -1)] = values
    distances += distances.T
    return distances
