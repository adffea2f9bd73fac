"""Expectations: what must come of a run. Read strictly; `fleet.scenario.evaluate` holds them against what happened."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from fleet.deployment.fields import Source
from fleet.model.tasks import Mission, Task
from fleet.scenario import facts
from fleet.scenario.measures import MEASURES
from fleet.scenario.pattern import Pattern, Wanted, read_pattern, read_wanted, shown
from fleet.supervisor.state import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """After each `of` (without one: the start of the run) comes `then` within so many seconds."""

    seconds: float
    of: Pattern | None
    then: Pattern
    kind = "within"

    def __str__(self) -> str:
        since = f"of {self.of}" if self.of else "of the start"
        return f"within {self.seconds:g} s {since}: {self.then}"

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return (*((self.of,) if self.of else ()), self.then)


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """It does not happen; with `after`, not after any of those; with `until`, not before the first of those."""

    what: Pattern
    after: Pattern | None
    until: Pattern | None
    kind = "never"

    def __str__(self) -> str:
        after = f" after {self.after}" if self.after else ""
        until = f" until {self.until}" if self.until else ""
        return f"never {self.what}{after}{until}"

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return tuple(p for p in (self.what, self.after, self.until) if p is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """Whenever it happens, these fields hold that; and it does happen."""

    what: Pattern
    holds: Pattern
    kind = "always"

    def __str__(self) -> str:
        inside = ", ".join(f"{k}: {shown(v)}" for k, v in self.holds.where.items())
        return f"always, when {self.what}: {inside}"

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return self.what, self.holds


@dataclass(frozen=True, slots=True, kw_only=True)
class InOrder:
    """These happen, one after the other; others may come between. One alone: it happens at some time."""

    steps: tuple[Pattern, ...]
    kind = "eventually"

    def __str__(self) -> str:
        return ("eventually " if len(self.steps) == 1 else "in order: ") + ", then ".join(map(str, self.steps))

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return self.steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """It happens so many times."""

    what: Pattern
    least: int
    most: int | None
    kind = "count"

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least} times {self.what}"
        times = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        return f"{times} times {self.what}"

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return (self.what,)


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A measure of the whole run against a number."""

    measure: str
    compare: str
    number: float
    kind = "bound"

    def __str__(self) -> str:
        return f"{self.measure} {self.compare} {self.number:g}"

    def keeps(self, value: float) -> bool:
        """Whether the value is within the bound."""
        return COMPARISONS[self.compare](value, self.number)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return ()


SUBJECTS: dict[str, Any] = {
    "task": Task,
    "mission": Mission,
    "robot": Robot,
    "box": {"place": str, "zone": str, "holder": str},
    "body": {"posture": str, "zone": str, "carries": str},
}
"""What `at_end` can look at: records of the supervisor's state, and of the world a `box` and a robot's `body`."""
OF_TRUTH = ("box", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtEnd:
    """How something is when the run has ended: everything whose id fits `which`, and there is at least one."""

    subject: str
    which: str
    where: dict[str, Wanted]
    kind = "state"

    def __str__(self) -> str:
        inside = ", ".join(f"{k}: {shown(v)}" for k, v in self.where.items())
        return f"at the end: {self.subject} {self.which}: {inside}"

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        return ()


Claim: TypeAlias = Within | Never | Always | InOrder | Count | Bound | AtEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One entry of `expect`. `because` is the author's word on why it matters; `source` where it was written."""

    claim: Claim
    because: str
    source: Source

    @property
    def line(self) -> int:
        """Its line in the file."""
        return int(self.source.node.start_mark.line) + 1

    @property
    def needs_truth(self) -> bool:
        """Whether only the world itself can tell whether it was kept."""
        claim = self.claim
        if isinstance(claim, Bound):
            return MEASURES[claim.measure].truth
        if isinstance(claim, AtEnd):
            return claim.subject in OF_TRUTH
        return any(facts.needs_truth(p.kind) for p in claim.patterns)

    def __str__(self) -> str:
        return str(self.claim)


_FORMS: dict[str, tuple[str, ...]] = {
    "within_s": ("within_s", "of", "then"),
    "never": ("never", "after", "until"),
    "always": ("always", "is"),
    "eventually": ("eventually",),
    "in_order": ("in_order",),
    "count": ("count", "exactly", "min", "max"),
    "bound": ("bound",),
    "at_end": ("at_end", "is"),
}
_BOUND = re.compile(r"\s*([a-z_]+)\s*(<=|>=|==|!=|<|>)\s*(-?[0-9.]+(?:e-?[0-9]+)?)\s*")


def read_expectations(source: Source) -> tuple[Expectation, ...]:
    """The list under `expect`. Raises `FileError` naming file, line, field, value, and what would be right."""
    return tuple(_expectation(item) for item in source.items())


def _expectation(source: Source) -> Expectation:
    entries = source.entries("one of " + ", ".join(_FORMS))
    forms = [form for form in _FORMS if form in entries]
    if len(forms) != 1:
        source.fail("exactly one of " + ", ".join(_FORMS), " and ".join(forms) or "none of them")
    allowed = (*_FORMS[forms[0]], "because")
    for name, child in entries.items():
        if name not in allowed:
            child.fail(f"beside {forms[0]} only " + ", ".join(a for a in allowed if a != forms[0]), f"field {name}")
    claim = _READERS[forms[0]](source, entries)
    return Expectation(claim=claim, because=_text(entries.get("because")), source=source)


def _text(source: Source | None) -> str:
    return "" if source is None else str(source.shown() or "").strip()


def _pattern(source: Source, entries: dict[str, Source], name: str) -> Pattern:
    if name not in entries:
        source.fail(f"the field {name}: an event, e.g. {{event: TaskChanged, state: done}}", f"no field {name}")
    return read_pattern(entries[name])


def _optional(entries: dict[str, Source], name: str) -> Pattern | None:
    return read_pattern(entries[name]) if name in entries else None


def _within(source: Source, entries: dict[str, Source]) -> Claim:
    seconds = _number(entries["within_s"], "a number of seconds above 0", low=1e-9)
    return Within(seconds=seconds, of=_optional(entries, "of"), then=_pattern(source, entries, "then"))


def _never(_source: Source, entries: dict[str, Source]) -> Claim:
    return Never(
        what=read_pattern(entries["never"]), after=_optional(entries, "after"), until=_optional(entries, "until")
    )


def _always(source: Source, entries: dict[str, Source]) -> Claim:
    what = read_pattern(entries["always"])
    return Always(what=what, holds=Pattern(what.kind, _fields(source, entries, facts.fields_of(what.kind)), what.line))


def _fields(source: Source, entries: dict[str, Source], known: Any) -> dict[str, Wanted]:
    if "is" not in entries:
        source.fail("the field is: what must hold, e.g. {state: done}", "no field is")
    where = {n: read_wanted(c, known, n) for n, c in entries["is"].entries("fields").items()}
    return where or entries["is"].fail("at least one field", "nothing")


def _eventually(_source: Source, entries: dict[str, Source]) -> Claim:
    return InOrder(steps=(read_pattern(entries["eventually"]),))


def _in_order(_source: Source, entries: dict[str, Source]) -> Claim:
    steps = tuple(read_pattern(item) for item in entries["in_order"].items())
    if len(steps) < 2:
        entries["in_order"].fail("a list of at least two events", f"{len(steps)}")
    return InOrder(steps=steps)


def _count(source: Source, entries: dict[str, Source]) -> Claim:
    what = read_pattern(entries["count"])
    expected = "a whole number of 0 or more"
    given = {n: int(_number(entries[n], expected, whole=True)) for n in ("exactly", "min", "max") if n in entries}
    if "exactly" in given:
        if len(given) > 1:
            entries["exactly"].fail("either exactly, or min and max", "both")
        return Count(what=what, least=given["exactly"], most=given["exactly"])
    if not given:
        source.fail("one of exactly, min, max", "none of them")
    least, most = given.get("min", 0), given.get("max")
    if most is not None and least > most:
        entries["min"].fail(f"a number up to max ({most})", least)
    if least == 0 and most is None:
        source.fail("a bound that can be broken", "min: 0 alone")
    return Count(what=what, least=least, most=most)


def _bound(_source: Source, entries: dict[str, Source]) -> Claim:
    text = str(entries["bound"].shown())
    match = _BOUND.fullmatch(text)
    if match is None:
        entries["bound"].fail("MEASURE, one of <= >= == != < >, and a number, e.g. late_tasks <= 1")
    if match[1] not in MEASURES:
        entries["bound"].fail("one of the measures " + ", ".join(MEASURES), match[1])
    try:
        number = float(match[3])
    except ValueError:
        entries["bound"].fail("a number at the end", match[3])
    return Bound(measure=match[1], compare=match[2], number=number)


def _at_end(source: Source, entries: dict[str, Source]) -> Claim:
    named = entries["at_end"].entries("one of " + ", ".join(SUBJECTS))
    if len(named) != 1 or next(iter(named)) not in SUBJECTS:
        entries["at_end"].fail("one of " + ", ".join(SUBJECTS) + " with an id, e.g. {task: '*'}", ", ".join(named))
    subject, which = next(iter(named.items()))
    record = SUBJECTS[subject]
    known = record if isinstance(record, dict) else facts.fields_of_record(record)
    return AtEnd(subject=subject, which=str(which.shown()), where=_fields(source, entries, known))


_READERS: dict[str, Callable[[Source, dict[str, Source]], Claim]] = {
    "within_s": _within,
    "never": _never,
    "always": _always,
    "eventually": _eventually,
    "in_order": _in_order,
    "count": _count,
    "bound": _bound,
    "at_end": _at_end,
}


def _number(source: Source, expected: str, low: float = 0.0, whole: bool = False) -> float:
    value = source.plain()
    good = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool) and value >= low
    return float(value) if good else source.fail(expected)
