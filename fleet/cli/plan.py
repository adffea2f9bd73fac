"""`fleet plan`: plans of instance files, and the plan of a running fleet."""

from __future__ import annotations

import typer

from fleet.cli import plan_check, plan_solve

app = typer.Typer(help="Plans: solve an instance, check a plan.", no_args_is_help=True)
app.command()(plan_solve.solve)
app.command()(plan_check.check)
