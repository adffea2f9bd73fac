"""`fleet oversight webhooks`: how the notifier fares, and sending dead letters once more. Reads the run directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.output import FAILED, Json, print_json, print_table, say
from fleet.clock import SystemClock
from fleet.deployment.nodes import RunPaths
from fleet.model.errors import InvalidField, NotFound
from fleet.model.wire import to_plain
from fleet.webhooks.outbox import Outbox


def webhooks(
    run_directory: Annotated[Path, typer.Argument(help="The deployment's run directory.", show_default=False)],
    retry: Annotated[
        str | None, typer.Option("--retry", help="Send this webhook's dead letters once more.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what was delivered to other systems, what waits, what was given up. Exit code 1 when one is in trouble."""
    file = RunPaths(run_directory).webhooks
    if not file.is_file():
        raise InvalidField("RUN_DIRECTORY", str(run_directory), f"a run directory with {file.name} in it")
    outbox = Outbox(file, read_only=retry is None)
    try:
        found = outbox.status()
        if retry is not None:
            if retry not in [h.hook for h in found]:
                raise NotFound("webhook", retry, ", ".join(h.hook for h in found))
            say(f"{outbox.revive(retry, SystemClock().wall_s())} dead letters are sent once more")
            found = outbox.status()
        dead = {h.hook: outbox.dead_letters(h.hook) for h in found}
    finally:
        outbox.close()
    if as_json:
        print_json([{**to_plain(h), "problem": h.problem, "dead_letters": dead[h.hook]} for h in found])
    else:
        rows = [(h.hook, h.delivered, h.waiting, h.dead, h.seq, h.problem) for h in found]
        print_table(("webhook", "delivered", "waiting", "dead", "record", "problem"), rows, "no webhooks")
    if any(h.problem for h in found):
        raise typer.Exit(FAILED)
