"""The `fleet` command. Exit codes: 0 ok, 1 the job or the check failed, 2 bad input or usage."""

from __future__ import annotations

import logging
import os
import sys
from typing import Annotated

import typer

from fleet import __version__
from fleet.cli import (
    audit,
    calibration,
    journal,
    login,
    operator_keys,
    orders,
    oversight,
    plan,
    policy,
    questions,
    queue_commands,
    reviews,
    robots,
    sim,
    tasks,
    traffic,
    up,
)
from fleet.cli.calibrating.command import calibrate
from fleet.cli.demo import command as demo
from fleet.cli.ground import ground_command
from fleet.cli.http import ApiProblem
from fleet.cli.output import FAILED, USAGE, remark
from fleet.cli.saying import say_command
from fleet.cli.whatif_command import what_if
from fleet.deployment.rundir import RunDirectoryBusy
from fleet.model.errors import FleetError, InvalidField, NotFound

app = typer.Typer(
    name="fleet",
    help="Fleet orchestration for humanoid robots: robots execute, people direct. "
    "Exit codes: 0 ok, 1 the job or the check failed, 2 bad input or usage.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(up.up)
app.command()(up.status)
app.command()(demo.demo)
app.add_typer(sim.app, name="sim")
app.command()(login.login)
app.command()(login.logout)
app.add_typer(tasks.app, name="task")
app.add_typer(plan.app, name="plan")
queue_commands.add_to(questions.app)
app.add_typer(questions.app, name="escalations")
app.add_typer(queue_commands.app, name="maintenance")
app.add_typer(reviews.app, name="reviews")
app.command()(robots.robots)
app.command("what-if")(what_if)
app.command("hold-all")(robots.hold_all)
app.command("release-all")(robots.release_all)
app.command()(robots.report)
app.add_typer(journal.app, name="journal")
app.command("ground")(ground_command)
app.command("say")(say_command)
app.add_typer(audit.app, name="audit")
app.add_typer(operator_keys.app, name="key")
app.add_typer(calibration.app, name="calibration")
app.command("calibrate")(calibrate)
app.add_typer(oversight.app, name="oversight")
app.add_typer(policy.app, name="policy")
app.add_typer(orders.app, name="orders")
app.add_typer(traffic.app, name="traffic")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"fleet {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)


def exit_code(error: FleetError) -> int:
    """2 for what is wrong with what was asked for, 1 for the rest."""
    if isinstance(error, ApiProblem):
        return USAGE if error.bad_input else FAILED
    return USAGE if isinstance(error, (InvalidField, NotFound, RunDirectoryBusy)) else FAILED


def main() -> int:
    """The console script: runs the command, and says in one line what is wrong."""
    try:
        app()
    except FleetError as error:
        remark(f"error: {error}")
        return exit_code(error)
    except BrokenPipeError:
        # The reader of our output has gone (`fleet task list | head`); nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return 0
