"""`fleet audit`: checking the accountable record, offline, with nothing but the file and public keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from fleet.audit.notes import NoteInvalid, Verifier
from fleet.audit.verify import verify_bundle
from fleet.cli.output import FAILED, Json, print_json, say
from fleet.model.errors import InvalidField
from fleet.model.wire import to_plain

app = typer.Typer(help="Check the accountable record.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """So that `verify` stays a word of its own."""


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle, a JSON file.", show_default=False)],
    key: Annotated[
        list[str], typer.Option("--key", help="A public key, name+hash+key, or a file with one a line. Repeatable.")
    ],
    as_json: Json = False,
) -> None:
    """Check signatures, that each entry is in the log, and that the log only grew. Exit code 1 when something fails.

    Needs no network, no database and none of the fleet's processes.
    """
    keys = [verifier for given in key for verifier in _keys(given)]
    try:
        data = json.loads(bundle.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidField("BUNDLE", str(bundle), f"a readable JSON file ({error})") from None
    found = verify_bundle(data, keys)
    if as_json:
        print_json(to_plain(found))
    else:
        if found.size:
            say(f"log {found.origin}, {found.size} entries, signed by {', '.join(found.signed_by)}")
            say(f"{found.entries} entries and {found.earlier} earlier checkpoints in the bundle")
        for problem in found.problems:
            say(f"DOES NOT HOLD  {problem}")
        if not found.problems:
            say("everything holds")
    if found.problems:
        raise typer.Exit(FAILED)


def _keys(given: str) -> list[Verifier]:
    path = Path(given)
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else [given]
    try:
        found = [Verifier.parse(line) for line in lines if line.strip()]
    except NoteInvalid as error:
        raise InvalidField("--key", given, f"name+hash+key, or a file with one a line ({error})") from None
    if not found:
        raise InvalidField("--key", given, "at least one key in the file")
    return found
