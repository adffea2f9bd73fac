"""An instance from a file of any form we know, told apart by what is in it."""

from __future__ import annotations

from pathlib import Path

from fleet.allocation.files.json_lines import read_text
from fleet.allocation.files.reading import instance_from_json
from fleet.allocation.files.routing import Loaded
from fleet.allocation.files.solomon import instance_from_solomon, looks_like_solomon
from fleet.allocation.files.vrplib import instance_from_vrplib, looks_like_vrplib
from fleet.deployment.fields import FileError


def load_instance(path: Path | str) -> Loaded:
    """The instance of a file: our JSON, Solomon's text or VRPLIB's. Raises `FileError`."""
    text, file = read_text(path), str(path)
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        return Loaded(instance=instance_from_json(text, file))
    if looks_like_vrplib(text):
        return instance_from_vrplib(text, file)
    if looks_like_solomon(text):
        return instance_from_solomon(text, file)
    first = start.splitlines()[0].strip()[:60] if start else "nothing"
    raise FileError(file, 1, "the file", first, "an instance: our JSON, Solomon's text, or VRPLIB's")
