"""`fleet plan`: plans of instance files, and the plan of a running fleet."""

from __future__ import annotations

import typer

from fleet.cli import plan_check, plan_generate, plan_show, plan_solve, plan_why

app = typer.Typer(help="Plans: solve an instance, check a plan, ask why.", no_args_is_help=True)
app.command()(plan_solve.solve)
app.command()(plan_check.check)
app.command()(plan_generate.generate)
app.command()(plan_why.why)
app.command()(plan_show.show)
