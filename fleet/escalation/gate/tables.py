"""Tables of scores and truths from files: npz, csv or parquet."""

from __future__ import annotations

import csv
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fleet.escalation.gate.evaluate import Table
from fleet.model.errors import InvalidField

SCORE = "score"
_WANTED = (
    "npz with `scores` (n, k) and `truth` (n,) or `acceptable` (n, k); or csv or parquet with columns score_<option> "
    "and `truth` (an option's name or number; several, right alike, as a|b); `class` may say the decision class"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """A file's cases, in its order: `classes` has each case's decision class."""

    table: Table
    options: tuple[str, ...]
    classes: tuple[str, ...]

    def by_class(self) -> dict[str, Table]:
        """The cases of each class, in the file's order."""
        named = np.array(self.classes)
        return {c: self.table.rows(np.flatnonzero(named == c)) for c in dict.fromkeys(self.classes)}


def read_cases(path: Path) -> Cases:
    """The cases in a file.

    Raises:
        InvalidField: no such file, another kind of file, or a row that cannot be; with the row's number from 1.
    """
    if not path.is_file():
        raise InvalidField("TABLE", str(path), "a file: " + _WANTED)
    reader = {".npz": _npz, ".csv": _csv, ".parquet": _parquet}.get(path.suffix.lower())
    if reader is None:
        raise InvalidField("TABLE", path.name, "a file whose name ends with .npz, .csv or .parquet: " + _WANTED)
    cases = reader(path)
    if len(cases.table) == 0:
        raise InvalidField("TABLE", path.name, "at least one case")
    return cases


def _npz(path: Path) -> Cases:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = dict(arrays)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise InvalidField("TABLE", path.name, f"arrays of numbers in a readable npz file ({error})") from None
    truth = found.get("acceptable", found.get("truth"))
    if "scores" not in found or truth is None:
        raise InvalidField("TABLE", sorted(found), _WANTED)
    table = Table.of(found["scores"], truth)
    classes = found.get("class")
    if classes is not None and classes.shape != (len(table),):
        raise InvalidField("class", classes.shape, f"({len(table)},)")
    names = tuple(str(c) for c in classes) if classes is not None else ("all",) * len(table)
    return Cases(table=table, options=tuple(str(i) for i in range(table.scores.shape[1])), classes=names)


def _csv(path: Path) -> Cases:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidField("TABLE", path.name, f"a csv file in UTF-8 ({error})") from None
    return _rows(path.name, rows)


def _parquet(path: Path) -> Cases:
    try:
        import pyarrow.parquet as pq  # optional, and slow to import
    except ImportError:
        wanted = "npz or csv; parquet needs `pip install humanoid-fleet[calibration]`"
        raise InvalidField("TABLE", path.name, wanted) from None
    try:
        rows = pq.read_table(path).to_pylist()
    except Exception as error:  # pyarrow has no common class for what a damaged file raises
        raise InvalidField("TABLE", path.name, f"a readable parquet file ({error})") from None
    return _rows(path.name, rows)


def _rows(name: str, rows: Sequence[Mapping[str, Any]]) -> Cases:
    columns = [str(c) for c in rows[0]] if rows else []
    scores = [c for c in columns if c.startswith(SCORE)]
    if not scores or "truth" not in columns:
        raise InvalidField("TABLE", columns or name, _WANTED)
    options = tuple(c[len(SCORE) :].lstrip("_") or c for c in scores)
    values = np.array([[_number(row[c], f"row {i}, {c}") for c in scores] for i, row in enumerate(rows, start=1)])
    right = np.zeros(values.shape, dtype=np.bool_)
    for i, row in enumerate(rows, start=1):
        for said in str(row["truth"]).split("|"):
            right[i - 1, _option(said.strip(), options, f"row {i}, truth")] = True
    classes = tuple(str(row.get("class") or "all") for row in rows)
    return Cases(table=Table.of(values, right), options=options, classes=classes)


def _number(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and 0.0 <= number <= 1.0):
        raise InvalidField(where, value, "a score in [0, 1]")
    return number


def _option(said: str, options: Sequence[str], where: str) -> int:
    if said in options:
        return options.index(said)
    if said.isdecimal() and int(said) < len(options):
        return int(said)
    raise InvalidField(where, said, f"one of: {', '.join(options)}; or its number from 0")
