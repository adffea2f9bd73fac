"""Instances and plans by file name, for the commands of `fleet plan`."""

from __future__ import annotations

from pathlib import Path

from fleet.allocation.files.json_lines import read_text
from fleet.allocation.files.plan_reading import plan_from_json
from fleet.allocation.files.reading import instance_from_json
from fleet.allocation.instance import Instance, Solution


def load_instance(path: Path) -> Instance:
    """The instance of a file. Raises `FileError`."""
    return instance_from_json(read_text(path), str(path))


def load_plan(path: Path) -> Solution:
    """The plan of a file. Raises `FileError`."""
    return plan_from_json(read_text(path), str(path))
