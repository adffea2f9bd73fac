"""`fleet audit`: keys of the log and of witnesses, witnessing, and what only a person may do to a log."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.audit.canonical import from_text
from fleet.audit.casebook import CaseBook
from fleet.audit.mending import continue_log
from fleet.audit.mending import rotate_key as replace_key
from fleet.audit.notes import COSIGNATURE, ED25519, NoteInvalid, Signer, Verifier
from fleet.audit.server_key import KEY_NAME, open_log, read_key, write_key
from fleet.audit.witness import Witness, WitnessRefuses
from fleet.audit.writer import AuditWriter
from fleet.cli.audit_record import PROGRAM
from fleet.cli.http import FleetClient
from fleet.cli.login import client_for
from fleet.cli.output import FAILED, Json, Url, print_json, remark, say
from fleet.cli.passphrase import Protect, first, of_file
from fleet.cli.site import map_of
from fleet.clock import SystemClock
from fleet.deployment.load import load_deployment
from fleet.deployment.nodes import RunPaths
from fleet.escalation.queue.rules_file import rules_of
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import FleetError, InvalidField
from fleet.model.escalation import Shift

RunDir = Annotated[Path, typer.Argument(help="The run directory; nothing may run in it.", show_default=False)]
By = Annotated[str, typer.Option("--by", help="Your name; it is on record.", show_default=False)]
Because = Annotated[str, typer.Option("--because", help="Why; it is on record.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Make these commands of `fleet audit`."""
    app.command("new-key")(new_key)
    app.command("rotate-key")(rotate_key)
    app.command("continue")(go_on)
    app.command("witness")(witness)
    app.command("build")(build)


def new_key(
    file: Annotated[Path, typer.Argument(help="Where the private key goes; only you can read it.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="The key's name, e.g. witness.example.org.", show_default=False)],
    for_witness: Annotated[
        bool, typer.Option("--witness", help="A witness's key: its signatures carry its time.")
    ] = False,
    passphrase: Protect = False,
) -> None:
    """Make a key and print its public half, which is what you hand out."""
    try:
        signer = Signer.generate(name, COSIGNATURE if for_witness else ED25519)
    except NoteInvalid as error:
        raise InvalidField("--name", name, str(error)) from None
    if not file.absolute().parent.is_dir():
        raise InvalidField("FILE", str(file), f"a file in a folder that is there, not {file.parent}")
    write_key(file, signer, first(passphrase))
    say(signer.verifier.text())


def rotate_key(
    run_dir: RunDir,
    by: By,
    because: Because,
    lost: Annotated[bool, typer.Option("--lost", help="The old key cannot be found to sign for the new one.")] = False,
) -> None:
    """Give a log a new key. The old one signs for it, so whoever knows the old one can check what follows."""
    signer = replace_key(run_dir, by, because, SystemClock(), lost=lost, program=PROGRAM)
    say(f"the log's key is now {signer.verifier.text()}  (in {run_dir / KEY_NAME}, keep a copy in a safe place)")
    if lost:
        say("nobody signed for it but itself: give it to everybody who checks this record, by another way")


def go_on(run_dir: RunDir, by: By, because: Because) -> None:
    """Go on with a journal that is not the one that was followed, e.g. one restored from a copy."""
    paths = RunPaths(run_dir)
    if not paths.deployment.is_file():
        raise InvalidField("RUN_DIR", str(run_dir), "a run directory of `fleet up`")
    plan = load_deployment(paths.deployment)
    with SqliteStore(paths.store, read_only=True) as journal:
        rules = rules_of(plan.oversight, map_of(plan).zones)
        book = CaseBook(plan.shift.to_shift(), rules.on_shift)
        after = continue_log(run_dir, journal, book, by, because, SystemClock(), PROGRAM)
    say(f"the record goes on after record {after} of the journal that is there now")


def build(
    journal: Annotated[Path, typer.Argument(help="A journal, e.g. of a simulation.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="A folder that is there: for the log and its key.")],
    accountable: Annotated[str, typer.Option("--accountable", help="Who answered for the shift.", show_default=False)],
    role: Annotated[str, typer.Option("--role", help="That person's role.")] = "operator",
    name: Annotated[str, typer.Option("--name", help="For the log's name.")] = "rebuilt",
) -> None:
    """Make the record of a journal that had none, afterwards. Its entries say that they were written now."""
    if not journal.is_file():
        raise InvalidField("JOURNAL", str(journal), "a journal's file")
    log, signer = open_log(out, name)
    try:
        with log.writing(), SqliteStore(journal, read_only=True) as store:
            book = CaseBook(Shift(accountable=accountable, role=role))
            writer = AuditWriter(log, store, signer, book, SystemClock(), program=PROGRAM)
            while writer.run_once():
                pass
            writer.close()
        say(f"{log.origin}: {log.size} entries of {store.path.name}; its key: {signer.verifier.text()}")
    finally:
        log.close()


class _Remote:
    """The log behind an API, as a witness looks at it."""

    def __init__(self, client: FleetClient) -> None:
        self._client = client

    def checkpoint(self) -> str:
        """The newest checkpoint's note."""
        return str(self._client.get("/v1/audit")["checkpoint"])

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof between two sizes. Raises `WitnessRefuses` where the answer is none."""
        found: Any = self._client.call("GET", "/v1/audit/proof/consistency", parameters={"from": old, "to": new})
        try:
            return [from_text(text, 32) for text in found["proof"]]
        except (KeyError, TypeError, ValueError) as error:
            raise WitnessRefuses(f"the log's proof cannot be read: {error}") from None


def witness(
    key: Annotated[Path, typer.Option("--key", help="Your private key, of `fleet audit new-key --witness`.")],
    log_key: Annotated[list[str], typer.Option("--log-key", help="The log's public key, or a file. Repeatable.")],
    state: Annotated[Path, typer.Option("--state", help="Where you remember what you saw last.")],
    every_s: Annotated[float, typer.Option("--every", min=0, help="Look again after so many s; 0: once.")] = 0.0,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Watch a log from outside: check that it has only grown since you looked last, and sign that. Exit code 1 when it
    has not: then keep the state file, it is the evidence."""
    from fleet.cli.audit import read_keys

    signer = read_key(key, of_file)
    if signer.verifier.kind != COSIGNATURE:
        raise InvalidField("--key", str(key), "a witness's key, made with --witness")
    keys: list[Verifier] = [v for given in log_key for v in read_keys(given)]
    watching = Witness(signer, keys, state)
    with client_for(url, patience_s=10.0 if every_s else 0.0) as client:
        while True:
            try:
                _look(watching, client, as_json)
            except WitnessRefuses as error:
                remark(f"NOT SIGNED  {error}")
                raise typer.Exit(FAILED) from None
            except FleetError as error:
                if not every_s:
                    raise
                remark(f"not now: {error}")
            if not every_s:
                return
            time.sleep(every_s)


def _look(watching: Witness, client: FleetClient, as_json: bool) -> None:
    seen = watching.look(_Remote(client), SystemClock().wall_s())
    client.post("/v1/audit/cosignatures", {"note": seen.note})
    if as_json:
        print_json({"origin": seen.checkpoint.origin, "size": seen.checkpoint.size, "note": seen.note})
    else:
        say(f"signed: {seen.checkpoint.origin} has {seen.checkpoint.size} entries, and has only grown")
