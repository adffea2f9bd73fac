"""`fleet oversight report`: the load of questions on people, from a journal, against the figures of ISA-18.2."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.journal import open_journal
from fleet.cli.output import Json, print_json, print_table, say
from fleet.journal.replay import records_of
from fleet.model.errors import InvalidField
from fleet.model.wire import to_plain
from fleet.oversight.load.figures import LoadReport, figures
from fleet.oversight.load.gather import gather
from fleet.oversight.load.lines import figure_lines
from fleet.oversight.load.page import html_page

_SHOWN = 10


def report(
    journal: Annotated[
        Path, typer.Argument(help="The journal (fleet.sqlite), or a run directory.", show_default=False)
    ],
    days: Annotated[
        float | None, typer.Option("--days", help="Only the last so many days.", show_default=False)
    ] = None,
    people: Annotated[int, typer.Option("--people", min=1, max=1000, help="Operators on shift.")] = 1,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to this file.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Say how many questions people were asked, how fast they answered, and which questions were missed."""
    if days is not None and not 0 < days < 1e6:
        raise InvalidField("--days", days, "a number of days above 0")
    with open_journal(journal) as store:
        found = figures(gather(records_of(store)), people, days)
    if html is not None:
        try:
            html.write_text(html_page(found), encoding="utf-8")
        except OSError as error:
            raise InvalidField("--html", str(html), f"a file that can be written ({error.strerror})") from error
    if as_json:
        print_json(to_plain(found))
        return
    _print(found)
    if html is not None:
        say(f"\nthe page is in {html}")


def _print(found: LoadReport) -> None:
    hours = (found.ends_s - found.begins_s) / 3600
    say(f"{hours:.1f} h of fleet time, {found.questions} questions raised, {found.put} put to people")
    if hours < 1:
        say("(less than an hour: rates for a day are a guess)")
    rows = [
        (line.what, line.value, line.aim, "" if line.kept is None else "kept" if line.kept else "NOT KEPT")
        for line in figure_lines(found)
    ]
    print_table(("figure", "measured", "aim (ISA-18.2)", ""), rows)
    if found.top_ten:
        say("")
        print_table(
            ("noisiest sources", "questions", "share"),
            [(s.source, s.questions, f"{s.share:.1%}") for s in found.top_ten],
        )
    if found.missed:
        say("")
        shown = [(m.kind.replace("_", " "), m.subject, f"{m.at_s:.0f} s", m.because) for m in found.missed[:_SHOWN]]
        print_table(("missed", "about", "at", "because"), shown)
        if len(found.missed) > _SHOWN:
            say(f"and {len(found.missed) - _SHOWN} more (--json has all)")
