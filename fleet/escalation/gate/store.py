"""Calibration as data: files of past decisions with known truth, by decision class and severity.

JSON lines in UTF-8. The first line is the header: format, SHA-256 of all bytes after it, promises and names of features
by `class/severity`, the classes, and where examples come from (`sources`). Every other line is one example; its `class`
and `source` are numbers of the header's lists.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.records import NONE_OF_THESE, Example
from fleet.model.errors import InvalidField
from fleet.model.severity import Severity

FORMAT = "humanoid-fleet-calibration/1"
_DIGITS = 5
_KINDS = ("simulation", "instructions", "journal", "review")
Key = tuple[str, Severity]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where examples come from. `kind`: simulation, instructions (generated, their meaning known), journal (people
    decided), review (people looked afterwards at what the fleet had done)."""

    kind: str = "simulation"
    name: str = ""  # of the scenario, or the journal's file
    seed: int | None = None
    site: str = ""
    version: str = ""  # of this software

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise InvalidField("source.kind", self.kind, "one of " + ", ".join(_KINDS))

    @property
    def text(self) -> str:
        """In one word, as `Example.source` has it."""
        seed = "" if self.seed is None else f"#{self.seed}"
        return f"{self.kind}:{self.name}{seed}" + (f"@{self.site}" if self.site else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An example of one class and severity, and its origin."""

    key: Key
    example: Example
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationData:
    """A file's contents. `features` are names, for people and for telling that two files do not fit together."""

    cases: tuple[Case, ...] = ()
    promises: Mapping[Key, Promise] = field(default_factory=dict)
    features: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)

    def classes(self) -> tuple[Key, ...]:
        """Classes and severities with at least one example, sorted."""
        return tuple(sorted({c.key for c in self.cases}))

    def examples(self, key: Key) -> tuple[Example, ...]:
        """Those of a class and severity, in the file's order."""
        return tuple(c.example for c in self.cases if c.key == key)

    def calibrations(self, promises: Mapping[Key, Promise] | None = None) -> dict[Key, Calibration]:
        """What the gate takes; `promises` go before the file's own."""
        promised = {**self.promises, **(promises or {})}
        by_key: dict[Key, list[Example]] = {}
        for case in self.cases:
            by_key.setdefault(case.key, []).append(case.example)
        made = {}
        for key, examples in sorted(by_key.items()):
            try:
                made[key] = Calibration(examples, promised.get(key, Promise()))
            except InvalidField as error:
                raise error.under(key_text(key)) from None
        return made

    def plus(self, other: CalibrationData) -> CalibrationData:
        """Both files' cases; the other's promises go first. Raises `InvalidField` where features do not fit."""
        for key, names in other.features.items():
            if key in self.features and self.features[key] != names:
                raise InvalidField(f"features of {key_text(key)}", list(names), f"{list(self.features[key])}")
        return CalibrationData(
            cases=self.cases + other.cases,
            promises={**self.promises, **other.promises},
            features={**self.features, **other.features},
        )

    def at_most(self, count: int) -> CalibrationData:
        """No more than `count` examples of each key: a random choice (by hash, always the same), in their order.

        Kept are those with the smallest SHA-256 of place and content, which knows nothing of scores or truth, so that
        what is left is as exchangeable with what comes as the whole was.
        """
        ranked: dict[Key, list[tuple[str, int]]] = {}
        for i, case in enumerate(self.cases):
            drawn = hashlib.sha256(f"{i}|{case.source.text}|{case.example.at_s}".encode()).hexdigest()
            ranked.setdefault(case.key, []).append((drawn, i))
        kept = {i for places in ranked.values() for _, i in sorted(places)[:count]}
        return replace(self, cases=tuple(c for i, c in enumerate(self.cases) if i in kept))


def key_text(key: Key) -> str:
    """`which_object/medium`."""
    return f"{key[0]}/{key[1].value}"


def key_of(text: str, where: str = "class") -> Key:
    """The key that `key_text` wrote. Raises `InvalidField`."""
    name, _, severity = text.rpartition("/")
    if not name or severity not in [s.value for s in Severity]:
        raise InvalidField(where, text, "CLASS/SEVERITY, severity of " + ", ".join(s.value for s in Severity))
    return name, Severity(severity)


def write_data(data: CalibrationData, path: Path) -> str:
    """Write the file; the same data give the same bytes. Returns the digest of the cases."""
    sources = list(dict.fromkeys(c.source for c in data.cases))
    number = {source: i for i, source in enumerate(sources)}
    classes = {key: i for i, key in enumerate(data.classes())}
    body = "".join(_line(_plain(c, classes[c.key], number[c.source])) for c in data.cases).encode()
    digest = hashlib.sha256(body).hexdigest()
    header = {
        "format": FORMAT,
        "digest": digest,
        "examples": len(data.cases),
        "promises": {key_text(k): asdict(p) for k, p in sorted(data.promises.items())},
        "features": {key_text(k): list(names) for k, names in sorted(data.features.items())},
        "classes": [key_text(k) for k in classes],
        "sources": [{k: v for k, v in asdict(s).items() if v not in ("", None)} for s in sources],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_line(header).encode() + body)
    except OSError as problem:
        raise InvalidField("file", str(path), f"a file that can be written ({problem.strerror})") from None
    return digest


def _line(plain: Mapping[str, Any]) -> str:
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"


def _plain(case: Case, key: int, source: int) -> dict[str, Any]:
    e = case.example
    plain: dict[str, Any] = {"class": key}
    plain["scores"] = [round(x, _DIGITS) for x in e.scores]
    plain["acceptable"] = list(e.acceptable)
    if e.features:
        plain["features"] = [round(x, _DIGITS) for x in e.features]
    if e.weight != 1.0:
        plain["weight"] = round(e.weight, _DIGITS)
    if e.at_s:
        plain["at_s"] = round(e.at_s, 2)
    return {**plain, "source": source}


def read_data(path: Path) -> CalibrationData:
    """The contents of a file.

    Raises:
        InvalidField: no such file, another format, contents that do not have the header's digest (somebody changed
            them by hand, or the end is missing), or an example that cannot be; naming the file and the line.
    """
    name = path.name
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise InvalidField("calibration", str(path), f"a file that can be read ({problem.strerror})") from None
    first, _, body = raw.partition(b"\n")
    header = _json(first, f"{name}, line 1")
    if header.get("format") != FORMAT:
        raise InvalidField(f"{name}, line 1, format", header.get("format"), FORMAT)
    found = hashlib.sha256(body).hexdigest()
    if header.get("digest") != found:
        raise InvalidField(f"{name}, line 1, digest", header.get("digest"), f"{found}, as the lines below have it")
    promises = {key_of(k, f"{name}, line 1, promises"): _promise(p, name, k) for k, p in _map(header, "promises", name)}
    features = {
        key_of(k, f"{name}, line 1, features"): tuple(map(str, names)) for k, names in _map(header, "features", name)
    }
    sources = [_source(s, f"{name}, line 1, sources[{i}]") for i, s in enumerate(header.get("sources", []))]
    keys = [key_of(str(k), f"{name}, line 1, classes[{i}]") for i, k in enumerate(header.get("classes", []))]
    lines = body.splitlines()
    cases = tuple(_case(line, keys, sources, f"{name}, line {n}") for n, line in enumerate(lines, start=2))
    _check_features(cases, features, name)
    return CalibrationData(cases=cases, promises=promises, features=features)


def _map(header: Mapping[str, Any], field_name: str, file: str) -> Iterable[tuple[str, Any]]:
    value = header.get(field_name, {})
    if not isinstance(value, dict):
        raise InvalidField(f"{file}, line 1, {field_name}", value, "an object by CLASS/SEVERITY")
    return value.items()


def _promise(plain: Any, file: str, key: str) -> Promise:
    try:
        return Promise(**plain)
    except TypeError:
        wanted = "an object with epsilon, alpha, least, novelty, gamma"
        raise InvalidField(f"{file}, line 1, promises.{key}", plain, wanted) from None
    except InvalidField as error:
        raise error.under(f"{file}, line 1, promises.{key}") from None


def _source(plain: Any, where: str) -> Source:
    try:
        return Source(**plain)
    except TypeError:
        raise InvalidField(where, plain, "an object with kind, name, seed, site, version") from None
    except InvalidField as error:
        raise error.under(where) from None


def _json(line: bytes, where: str) -> dict[str, Any]:
    try:
        plain = json.loads(line)
    except (ValueError, UnicodeDecodeError):
        plain = None
    if not isinstance(plain, dict):
        raise InvalidField(where, line[:60].decode("utf-8", "replace"), "a JSON object")
    return plain


def _one_of(plain: Mapping[str, Any], name: str, known: Sequence[T], where: str) -> T:
    number = plain.get(name)
    if not isinstance(number, int) or not 0 <= number < len(known):
        raise InvalidField(f"{where}, {name}", number, f"its number in the header's list, 0 to {len(known) - 1}")
    return known[number]


def _case(line: bytes, keys: list[Key], sources: list[Source], where: str) -> Case:
    plain = _json(line, where)
    key, source = _one_of(plain, "class", keys, where), _one_of(plain, "source", sources, where)
    scores = _numbers(plain, "scores", where)
    if not scores or any(not 0.0 <= x <= 1.0 for x in scores):
        raise InvalidField(f"{where}, scores", list(scores), "at least one score, each in [0, 1]")
    acceptable = plain.get("acceptable")
    fits = isinstance(acceptable, list) and acceptable and all(isinstance(a, int) for a in acceptable)
    if not fits or (acceptable != [NONE_OF_THESE] and any(not 0 <= a < len(scores) for a in acceptable or [])):
        wanted = f"indices of right options, 0 to {len(scores) - 1}, or [{NONE_OF_THESE}]"
        raise InvalidField(f"{where}, acceptable", acceptable, wanted)
    weight = plain.get("weight", 1.0)
    if not isinstance(weight, (int, float)) or not math.isfinite(weight) or weight <= 0:
        raise InvalidField(f"{where}, weight", weight, "a finite number above 0")
    example = Example(
        scores=scores,
        acceptable=tuple(acceptable or ()),
        features=_numbers(plain, "features", where),
        weight=float(weight),
        at_s=float(plain.get("at_s", 0.0)),
        source=source.text,
    )
    return Case(key=key, example=example, source=source)


def _numbers(plain: Mapping[str, Any], name: str, where: str) -> tuple[float, ...]:
    values = plain.get(name, [])
    good = isinstance(values, list) and all(isinstance(v, (int, float)) and math.isfinite(v) for v in values)
    if not good:
        raise InvalidField(f"{where}, {name}", values, "a list of finite numbers")
    return tuple(float(v) for v in values)


def _check_features(cases: Iterable[Case], features: Mapping[Key, tuple[str, ...]], file: str) -> None:
    for n, case in enumerate(cases, start=2):
        names = features.get(case.key)
        if names is not None and len(case.example.features) != len(names):
            where = f"{file}, line {n}, features"
            raise InvalidField(where, len(case.example.features), f"{len(names)} numbers: {', '.join(names)}")
