"""`fleet traffic`: plans of traffic for instance files, and what is closed to robots of a running fleet."""

from __future__ import annotations

import typer

from fleet.cli import closure_commands, traffic_solve

app = typer.Typer(help="Traffic: close ways to robots; solve an instance of many robots.", no_args_is_help=True)
app.command()(traffic_solve.solve)
app.command()(closure_commands.closed)
app.command()(closure_commands.close)
app.command("open")(closure_commands.open_)
