"""`fleet plan check`: is this plan right for this instance?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.allocation.verify import verify
from fleet.cli.output import FAILED, Json, print_json, say
from fleet.cli.plan_files import WEIGHT_HELP, load_instance, load_plan


def check(
    file: Annotated[Path, typer.Argument(help="The instance.", show_default=False)],
    plan: Annotated[Path, typer.Argument(help="The plan, as `fleet plan solve --json` writes it.", show_default=False)],
    weight: Annotated[list[str] | None, typer.Option("--weight", help=WEIGHT_HELP)] = None,
    as_json: Json = False,
) -> None:
    """Check a plan, wherever it comes from, against its instance: everything is worked out again.

    Exit code 1: something is wrong with it.
    """
    wrong = verify(load_instance(file, weight or ()), load_plan(plan))
    if as_json:
        found = [{"kind": v.kind, "where": v.where, "text": v.text} for v in wrong]
        print_json({"ok": not wrong, "violations": found})
    else:
        say("nothing wrong" if not wrong else f"{len(wrong)} things wrong")
        for violation in wrong:
            say(f"wrong: {violation}")
    if wrong:
        raise typer.Exit(FAILED)
