"""`fleet oversight`: how questions and the people who answer them fare. Each command lives in a module of its own."""

from __future__ import annotations

import typer

from fleet.cli.oversight_people import me, people
from fleet.cli.oversight_report import report
from fleet.cli.webhooks import webhooks

app = typer.Typer(help="How questions, and the people who answer them, fare.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """So that every command stays a word of its own."""


app.command()(report)
app.command()(me)
app.command()(people)
app.command()(webhooks)
