"""Texts of words and numbers, line by line, read strictly: every complaint names file, line, field and value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from fleet.deployment.fields import FileError


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not empty, with its number from 1."""

    file: str
    number: int
    text: str

    @property
    def words(self) -> list[str]:
        """What stands between white space."""
        return self.text.split()

    def fail(self, field: str, value: object, expected: str) -> NoReturn:
        """Complain about this line."""
        raise FileError(self.file, self.number, field, value, expected)

    def number_of(self, word: str, field: str, low: float = -math.inf) -> float:
        """A finite number >= `low`."""
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < low:
            expected = "a finite number" + (f" >= {low:g}" if low > -math.inf else "")
            self.fail(field, word, expected)
        return value

    def whole(self, word: str, field: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = int(word) if word.lstrip("+-").isdecimal() and len(word) < 12 else None
        if value is None or not low <= value <= high:
            self.fail(field, word, f"a whole number from {low} to {high}")
        return value

    def numbers(self, fields: Sequence[str]) -> list[float]:
        """One finite number for each field, no more and no fewer."""
        words = self.words
        if len(words) != len(fields):
            self.fail("the line", self.text.strip()[:60], f"{len(fields)} numbers: {', '.join(fields)}")
        return [self.number_of(word, field) for word, field in zip(words, fields, strict=True)]


def lines_of(text: str, file: str) -> list[Line]:
    """The lines that are not empty."""
    rows = (Line(file, number, row) for number, row in enumerate(text.splitlines(), start=1))
    return [line for line in rows if line.text.strip()]
