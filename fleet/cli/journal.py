"""`fleet journal`: checking, replaying and reading a journal file, with nothing else running."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from fleet.cli.context import context_of
from fleet.cli.output import FAILED, Json, notes, print_json, print_table, say
from fleet.deployment.load import load_deployment
from fleet.deployment.nodes import RunPaths
from fleet.journal.base import Check, Record
from fleet.journal.replay import DecisionCheck, replay_decisions
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import InvalidField, JournalCorrupt, NotFound
from fleet.model.events import EVENT_KINDS
from fleet.model.wire import to_plain
from fleet.supervisor.fold import IllegalTransition, fold
from fleet.supervisor.state import FleetState

app = typer.Typer(help="Check, replay and read a journal file.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The journal (fleet.sqlite), or a run directory.", show_default=False)]

_PAGE = 2000


def open_journal(path: Path) -> SqliteStore:
    """The journal for reading; a run directory stands for the journal in it. Raises `InvalidField`."""
    file = RunPaths(path).store if path.is_dir() else path
    if not file.is_file():
        raise InvalidField("FILE", str(file), "a journal (fleet.sqlite), or a run directory with one")
    return SqliteStore(file, read_only=True)


@app.command()
def verify(file: File, as_json: Json = False) -> None:
    """Recompute every checksum. Exit code 1 when something does not hold."""
    try:
        with open_journal(file) as store:
            check = store.verify()
    except JournalCorrupt as error:  # damage near the end shows when the file is opened
        check = Check(records=0, head=0, checksum="", problem=str(error))
    if as_json:
        print_json(to_plain(check))
    else:
        word = f"DOES NOT HOLD: {check.problem}" if check.problem else "holds"
        say(f"{check.records} records, the last is {check.head}, checksum {check.checksum[:16]}...: {word}")
        if check.cut:
            say(f"{check.cut} records of a torn last write were cut when it was opened")
    if check.problem:
        raise typer.Exit(FAILED)


@app.command()
def replay(
    file: File,
    until: Annotated[int | None, typer.Option("--until", min=0, help="Stop after this sequence number.")] = None,
    expect: Annotated[str, typer.Option("--expect", help="The state's digest; another one is exit code 1.")] = "",
    deployment: Annotated[
        Path | None,
        typer.Option(help="Decide everything again too, as this deployment file says (a run directory has its own)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fold the journal from its first record and print the state's digest."""
    with open_journal(file) as store:
        state, seq = replayed(store, until)
        again = replay_decisions(store, context_of(load_deployment(deployment))) if deployment is not None else None
    digest = state.digest()
    found = {"seq": seq, "digest": digest, "expected": expect or None, "state": summary(state)}
    differs = bool(expect and expect != digest)
    if as_json:
        print_json(found if again is None else {**found, "decisions": to_plain(_told(again))})
    else:
        say(f"{seq} records, state digest {digest}")
        print_table(("what", "how many"), summary(state).items())
        if differs:
            say(f"DIFFERS from the expected {expect}")
        if again is not None:
            say(
                f"{again.decisions} decisions in {again.batches} batches decided again, {len(again.divergences)} differ"
            )
            for divergence in again.divergences:
                say(f"  {divergence}")
    if differs or (again is not None and again.divergences):
        raise typer.Exit(FAILED)


def _told(again: DecisionCheck) -> dict[str, Any]:
    return {
        "batches": again.batches,
        "decisions": again.decisions,
        "divergences": [str(d) for d in again.divergences],
    }


def replayed(store: SqliteStore, until: int | None = None, *, quiet: bool = False) -> tuple[FleetState, int]:
    """The state after record `until` (or all), and the last record's number.

    Raises:
        JournalCorrupt: a record is damaged, or does not follow from those before it.
    """
    head = store.head()
    end = head if until is None else min(until, head)
    state, seq = FleetState(), 0
    with Progress(console=notes(), transient=True, disable=quiet) as progress:
        bar = progress.add_task("replaying", total=end)
        while seq < end:
            for record in store.read(seq, min(_PAGE, end - seq)):
                state = _folded(state, record)
                seq = record.seq
            progress.update(bar, completed=seq)
    return state, seq


def _folded(state: FleetState, record: Record) -> FleetState:
    try:
        return fold(state, record)
    except (IllegalTransition, KeyError) as error:
        kind = type(record.event).__name__
        raise JournalCorrupt(f"seq {record.seq}: {kind} does not follow from what is before it: {error}") from error


def summary(state: FleetState) -> dict[str, Any]:
    """Counts of what is in a state."""
    tasks = Counter(t.state.value for t in state.tasks.values())
    return {
        "robots": len(state.robots),
        "missions": len(state.missions),
        **{f"tasks {name}": count for name, count in sorted(tasks.items())},
        "escalations": len(state.escalations),
        "escalations open": len(state.open_escalations()),
        "requests taken": state.requests_taken,
        "fleet time": f"{state.now_s:.1f} s",
    }


@app.command()
def show(
    file: File,
    after: Annotated[int, typer.Option("--after", min=0, help="Only records after this number.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
    kind: Annotated[str, typer.Option("--kind", help="Only events of this kind, e.g. TaskChanged.")] = "",
    task: Annotated[str, typer.Option("--task", help="Only events that name this task.")] = "",
    as_json: Json = False,
) -> None:
    """Print records, oldest first."""
    if kind and kind not in EVENT_KINDS:
        raise NotFound("kind of event", kind, ", ".join(sorted(EVENT_KINDS)))
    rows: list[tuple[Record, dict[str, Any]]] = []
    with open_journal(file) as store:
        seq, head = after, store.head()
        while seq < head and len(rows) < limit:
            for record in store.read(seq, _PAGE):
                seq = record.seq
                plain = to_plain(record.event)
                if (not kind or type(record.event).__name__ == kind) and (not task or _names(plain, task)):
                    rows.append((record, plain))
    rows = rows[:limit]
    if as_json:
        print_json([{"seq": r.seq, "at_s": r.at_s, "kind": type(r.event).__name__, "event": p} for r, p in rows])
    else:
        shown = [(r.seq, f"{r.at_s:.2f}", type(r.event).__name__, _short(p)) for r, p in rows]
        print_table(("seq", "at (s)", "kind", "what"), shown, "no such records")


def _names(plain: Any, name: str) -> bool:
    if isinstance(plain, dict):
        return any(_names(v, name) for v in plain.values())
    if isinstance(plain, (list, tuple)):
        return any(_names(v, name) for v in plain)
    return bool(plain == name)


def _short(plain: dict[str, Any]) -> str:
    parts = []
    for key, value in plain.items():
        if value in (None, "", [], {}):
            continue
        if isinstance(value, dict):
            value = value.get("task_id") or value.get("robot_id") or value.get("escalation_id") or "{...}"
        parts.append(f"{key}={value}")
    text = " ".join(parts)
    return text if len(text) <= 150 else text[:147] + "..."
