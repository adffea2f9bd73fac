"""`fleet audit`: checking the accountable record, offline, and looking after a log."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from fleet.audit.export import export as write_export
from fleet.audit.export import parse_time
from fleet.audit.log import AuditLog, LogDamaged
from fleet.audit.notes import NoteInvalid, Verifier
from fleet.audit.server_key import LOG_NAME
from fleet.audit.verify import Findings, parse_bundle, verify_bundle
from fleet.cli import audit_keys
from fleet.cli.output import FAILED, Json, print_json, say
from fleet.model.errors import InvalidField
from fleet.model.wire import to_plain

app = typer.Typer(help="The accountable record: check it, hand it out, look after it.", no_args_is_help=True)
Log = Annotated[Path, typer.Argument(help="The log (audit.sqlite), or a run directory with one.", show_default=False)]


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle, a JSON file.", show_default=False)],
    key: Annotated[
        list[str] | None,
        typer.Option("--key", "--keys", help="A public key, name+hash+key, or a file with one a line. Repeatable."),
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option(help="This witness must have signed too; its key is among --keys. Repeatable.")
    ] = None,
    complete: Annotated[bool, typer.Option("--complete", help="The bundle must have every entry of the log.")] = False,
    as_json: Json = False,
) -> None:
    """Check signatures, that each entry is in the log, and that the log only grew. Exit code 1 when something fails.

    Needs no network, no database and none of the fleet's processes. The keys must come from somewhere else than the
    bundle.
    """
    keys = [verifier for given in key or () for verifier in read_keys(given)]
    if not keys:
        raise InvalidField("--keys", None, "the public keys of whoever keeps the log: name+hash+key, or a file")
    for name in witness or ():
        if name not in {k.name for k in keys}:
            raise InvalidField("--witness", name, f"a name among the keys: {', '.join(k.name for k in keys)}")
    try:
        data = parse_bundle(bundle.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidField("BUNDLE", str(bundle), f"a readable JSON file ({error})") from None
    found = verify_bundle(data, keys, witness or ())
    missing = complete and not found.complete and not found.problems
    if as_json:
        print_json(to_plain(found))
    else:
        _print(found)
    if missing:
        say(f"NOT COMPLETE  the log has {found.size} entries; the bundle has {found.entries} of them")
    if found.problems or missing:
        raise typer.Exit(FAILED)


def _print(found: Findings) -> None:
    if found.size:
        say(f"log {found.origin}, {found.size} entries, signed by {', '.join(found.signed_by) or 'nobody known'}")
        for name, size, time_s in found.witnessed:
            at = datetime.fromtimestamp(time_s, timezone.utc).isoformat()
            say(f"{name} has witnessed the first {size} entries, at {at} by its clock")
        run = f", among them all of {found.covers[0]} to {found.covers[1] - 1}" if found.covers else ""
        say(f"{found.entries} entries{run}, and {found.earlier} earlier checkpoints in the bundle")
        say(f"{found.signed_answers} answers signed by their authors, {found.unsigned_answers} not")
    for problem in found.problems:
        say(f"DOES NOT HOLD  {problem}")
    if not found.problems:
        say("everything holds")


def read_keys(given: str) -> list[Verifier]:
    """Keys, given as text or as a file with one a line. Raises `InvalidField`."""
    path = Path(given)
    try:
        lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else [given]
        found = [Verifier.parse(line) for line in lines if line.strip() and not line.startswith("#")]
    except (OSError, ValueError, NoteInvalid) as error:
        raise InvalidField("--keys", given, f"name+hash+key, or a file with one a line ({error})") from None
    if not found:
        raise InvalidField("--keys", given, "at least one key in the file")
    return found


def open_log(path: Path) -> AuditLog:
    """A log for reading; a run directory stands for the log in it. Raises `InvalidField`."""
    file = path / LOG_NAME if path.is_dir() else path
    if not file.is_file():
        raise InvalidField("LOG", str(file), f"an accountable record ({LOG_NAME}), or a run directory with one")
    return AuditLog(file, read_only=True)


@app.command()
def check(log: Log, as_json: Json = False) -> None:
    """Hash every entry of a log's file again and hold the tree and all checkpoints against that. Exit code 1 when
    something is not as it was."""
    problem, size, origin = "", 0, ""
    try:
        opened = open_log(log)
        try:
            origin, size = opened.origin, opened.verify()
        finally:
            opened.close()
    except LogDamaged as error:
        problem = str(error)
    if as_json:
        print_json({"origin": origin, "size": size, "problem": problem})
    else:
        say(f"DOES NOT HOLD  {problem}" if problem else f"{origin}: {size} entries, everything as it was logged")
    if problem:
        raise typer.Exit(FAILED)


@app.command()
def export(
    log: Log,
    out: Annotated[Path, typer.Option("--out", help="A new folder.", show_default=False)],
    since: Annotated[
        str, typer.Option("--from", help="Written from then on, e.g. 2026-11-01; UTC without a zone.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="Written before then.")] = "",
    as_json: Json = False,
) -> None:
    """Write the record of a period for somebody outside: report.html, entries.json, and bundle.json to check it."""
    opened = open_log(log)
    try:
        done = write_export(
            opened,
            out,
            parse_time(since, "--from") if since else None,
            parse_time(until, "--to") if until else None,
            datetime.now(timezone.utc),
        )
    finally:
        opened.close()
    if as_json:
        numbers = {"entries": done.entries, "first": done.first, "end": done.end}
        print_json({"folder": str(out), **numbers, "findings": to_plain(done.findings)})
    else:
        say(f"{done.entries} entries, {done.first} to {done.end - 1}: {out / 'report.html'}")
        for problem in done.findings.problems:
            say(f"DOES NOT HOLD  {problem}")
    if done.findings.problems:
        raise typer.Exit(FAILED)


audit_keys.add_to(app)
