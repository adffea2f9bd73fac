"""Instances and plans by file name, for the commands of `fleet plan`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fleet.allocation.files import load
from fleet.allocation.files.fields import WEIGHTS, phrase
from fleet.allocation.files.json_lines import read_text
from fleet.allocation.files.plan_reading import plan_from_json
from fleet.allocation.instance import Instance, Solution
from fleet.cli.output import remark
from fleet.model.errors import InvalidField

WEIGHT_HELP = "NAME=VALUE instead of the instance's; may be given several times."


def load_instance(path: Path, weights: Sequence[str] = ()) -> Instance:
    """The instance of a file, with weights (NAME=VALUE) instead of its own; remarks go to standard error.

    Raises:
        InvalidField: the file cannot be used (a `FileError`, with the line), or a weight.
    """
    loaded = load.load_instance(path)
    for line in loaded.remarks:
        remark(line)
    return replace(loaded.instance, weights=replace(loaded.instance.weights, **_weights(weights)))


def _weights(given: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if name not in WEIGHTS or not equals:
            raise InvalidField("--weight", text, "NAME=VALUE, NAME one of " + ", ".join(WEIGHTS))
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise InvalidField(f"--weight {name}", value, phrase(WEIGHTS[name]))
        found[name] = number
    return found


def load_plan(path: Path) -> Solution:
    """The plan of a file. Raises `FileError`."""
    return plan_from_json(read_text(path), str(path))
