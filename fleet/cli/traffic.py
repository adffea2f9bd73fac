"""`fleet traffic`: plans of traffic for instance files."""

from __future__ import annotations

import typer

from fleet.cli import traffic_solve

app = typer.Typer(help="Traffic: solve an instance of many robots on a map.", no_args_is_help=True)
app.callback()(lambda: None)  # one command is a group all the same: others follow
app.command()(traffic_solve.solve)
