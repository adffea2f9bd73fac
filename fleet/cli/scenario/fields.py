"""Parts of a scenario file that `sim_worlds` reads: the same nodes, handed over with file, line and path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from fleet.cli.site import BadInput
from fleet.deployment.fields import Source
from sim_worlds.errors import InputError, SpecError
from sim_worlds.yaml_fields import Field, Mapping


def field_of(source: Source) -> Field:
    """The node for readers in `sim_worlds`."""
    return Field(source.node, source.path, source.file, SpecError)


def part(source: Source, names: str) -> Mapping:
    """Those of the fields `names` (separated by blanks) that are there."""
    whole = field_of(source)
    entries = whole.entries()
    return Mapping(whole, {name: entries[name] for name in names.split() if name in entries})


@contextmanager
def refusals(source: Source, path: str = "") -> Iterator[None]:
    """What `sim_worlds` refuses inside is refused with the file's name and line."""
    try:
        yield
    except InputError as error:
        refuse(source.find(path) if path else source, str(error))


def refuse(at: Source, text: str) -> NoReturn:
    """Refuse with a text that says it all; file and line are put before it where they are missing."""
    line = int(at.node.start_mark.line) + 1
    raise BadInput(text if text.startswith(at.file) else f"{at.file}, line {line}: {at.path or 'the file'}: {text}")
