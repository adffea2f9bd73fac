"""`fleet plan generate`: instance files from dice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.allocation.files.writing import instance_text
from fleet.allocation.generating import FEATURES, generated
from fleet.cli.output import say
from fleet.model.errors import InvalidField


def generate(
    out: Annotated[Path, typer.Option("--out", help="The instance file to write.")],
    robots: Annotated[int, typer.Option("--robots", min=1, max=2000)] = 10,
    tasks: Annotated[int, typer.Option("--tasks", min=0, max=20_000)] = 50,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed, the same instance.")] = 0,
    features: Annotated[
        list[str] | None,
        typer.Option("--with", help=f"May be given several times: {', '.join(FEATURES)}, or all."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Write an instance from dice: robots of mixed speeds and skills, tasks from one place to another."""
    wanted = tuple(FEATURES) if features and "all" in features else tuple(features or ())
    for name in wanted:
        if name not in FEATURES:
            raise InvalidField("--with", name, f"one of {', '.join(FEATURES)}, or all")
    if out.exists() and not overwrite:
        raise InvalidField("--out", str(out), "a file that is not there yet, or --overwrite")
    text = instance_text(generated(robots, tasks, seed=seed, features=wanted))
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidField("--out", str(out), f"a file that can be written ({error.strerror})") from error
    say(f"{out} written: {robots} robots, {tasks} tasks")
