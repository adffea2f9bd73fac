"""What commands print: tables for people, JSON for programs; complaints go to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Url = Annotated[str, typer.Option("--url", help="The API's address; default: FLEET_URL, or where you logged in last.")]

OK, FAILED, USAGE = 0, 1, 2
PIPED_WIDTH = 200  # columns where there is no terminal to ask


def console() -> Console:
    """For results. Made anew each time: tests replace the streams."""
    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def notes() -> Console:
    """For progress and remarks, on standard error: what is piped on is only the result."""
    return Console(stderr=True, highlight=False, emoji=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str = "nothing") -> None:
    """A table; cells are shown as they are, whatever is in them."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    count = 0
    for row in rows:
        count += 1
        table.add_row(*(escape("-" if cell is None or cell == "" else str(cell)) for cell in row))
    if count:
        console().print(table)
    else:
        console().print(empty)


def say(text: str) -> None:
    """A line for people; markup in it is shown, not obeyed."""
    console().print(escape(text), soft_wrap=True)


def print_done(done: Any, said: str, as_json: bool) -> None:
    """What came of a call: as the API said it, or a line for people."""
    if as_json:
        print_json(done)
    else:
        say(said)


def remark(text: str) -> None:
    """A line on standard error."""
    notes().print(escape(text), soft_wrap=True)


def seconds(value: object) -> str:
    """A time or a duration in s, as people read it."""
    return f"{float(value):.1f} s" if isinstance(value, (int, float)) else "-"
