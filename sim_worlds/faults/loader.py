"""Faults in files: `faults: [{id, kind, robot, at_s | when: {...}, ...}]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from sim_worlds.errors import SpecError
from sim_worlds.faults.check import FaultProblem, check_faults
from sim_worlds.faults.registry import KINDS
from sim_worlds.faults.spec import FaultSpec, When, given
from sim_worlds.profiles import RobotSpec
from sim_worlds.site import Site
from sim_worlds.yaml_fields import Field, load_fields, unique

_LATEST_S = 1e6


def load_faults(path: Path | str, robots: Sequence[RobotSpec], site: Site) -> tuple[FaultSpec, ...]:
    """Read a faults file. Raises `SpecError` with file, line, field, value and what would be right."""
    top = load_fields(path, SpecError).mapping("faults")
    return read_faults(list(top.list("faults")), robots, site)


def read_faults(entries: Sequence[Field], robots: Sequence[RobotSpec], site: Site) -> tuple[FaultSpec, ...]:
    """Faults from the entries of a list in any file. Raises the error of the fields' own kind, with the line."""
    seen: dict[str, int] = {}
    specs = tuple(_fault(f, seen) for f in entries)
    try:
        check_faults(specs, robots, site)
    except FaultProblem as problem:
        raise _with_line(entries[problem.index], problem) from None
    return specs


def _with_line(entry: Field, problem: FaultProblem) -> Exception:
    at = entry
    for part in problem.field.split("."):
        at = at.entries().get(part, at)
    what = f"{entry.path} ({problem.args[0].split('(', 1)[1]}"
    return entry.error(f"{entry.file}, line {at.line}: {what}")


def _fault(f: Field, seen: dict[str, int]) -> FaultSpec:
    names = [x.name for x in fields(FaultSpec) if x.name not in ("fault_id", "kind")]
    entry = f.mapping("id kind", " ".join(names))
    values = {name: _READ[name](entry[name]) for name in names if name in entry}
    return FaultSpec(fault_id=unique(seen, entry["id"]), kind=entry["kind"].one_of(tuple(KINDS)), **values)


def _when(f: Field) -> When:
    names = [x.name for x in fields(When)]
    entry = f.mapping("", " ".join(names))
    return When(**{name: _WHEN[name](entry[name]) for name in names if name in entry})


def _number(low: float = -_LATEST_S, high: float = _LATEST_S, unit: str = "") -> Callable[[Field], float]:
    return lambda f: f.number(low, high, unit)


def _pair(f: Field) -> tuple[float, float]:
    a, b = f.numbers(2, "m" if f.path.endswith("_m") else "s")
    return a, b


def _whole(f: Field) -> int:
    number = f.number(1, 1e6)
    if number != int(number):
        f.fail("a whole number")
    return int(number)


_READ: dict[str, Callable[[Field], Any]] = {
    "robot": Field.name,
    "robots": lambda f: tuple(i.name() for i in f.items(1)),
    "at_s": _number(0, unit="s"),
    "when": _when,
    "delay_s": _pair,
    "duration_s": _number(0.1, unit="s"),
    "until": _when,
    "every_s": _number(0.1, unit="s"),
    "times": _whole,
    "joint": Field.name,
    "fraction": _number(0, 1),
    "factor": _number(0, 1),
    "lag_s": _pair,
    "probability": _number(0, 1),
    "direction": Field.name,
    "offset_m": _pair,
    "turn_rad": _number(-10, 10, "rad"),
    "shift_s": _number(unit="s"),
    "camera": Field.name,
    "object": Field.name,
    "seen_at": Field.name,
    "seen_as": lambda f: {k: v.text() for k, v in f.entries().items()},
    "unseen": Field.flag,
    "at_m": _pair,
    "radius_m": _number(0.1, 3, "m"),
    "door": Field.name,
    "process": Field.name,
}
_WHEN: dict[str, Callable[[Field], Any]] = {
    "robot": Field.name,
    "carrying": Field.flag,
    "in_zone": Field.name,
    "doing": Field.name,
    "fallen": Field.flag,
    "battery_below": _number(0, 1),
    "task": Field.name,
    "task_state": Field.name,
    "after": Field.name,
    "after_over": Field.name,
}


def to_plain(spec: FaultSpec) -> dict[str, Any]:
    """The fault as it stands in a file: `read_faults` gives the same back."""
    plain = {"id" if name == "fault_id" else name: _plain(getattr(spec, name)) for name in given(spec)}
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, When):
        return {name: getattr(value, name) for name in given(value)}
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value
