"""`fleet sim import-site`: site files from maps that others made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.output import remark, say
from fleet.cli.site import BadInput
from fleet.model.errors import InvalidField
from sim_worlds.errors import InputError


def import_site(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Nav2 map's YAML file, or an Open-RMF building.yaml.")],
    out: Annotated[Path, typer.Option("--out", help="The site file to write.")],
    level: Annotated[
        str | None, typer.Option(help="Which level of a building that has several.", show_default="the only one")
    ] = None,
    docks: Annotated[
        int, typer.Option(min=1, max=50, help="Docks to place along walls where the map has no chargers.")
    ] = 4,
    metres_per_pixel: Annotated[
        float | None,
        typer.Option(
            "--metres-per-pixel", min=1e-4, max=10, help="Scale of a building.", show_default="its measurements"
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Make a site file from a Nav2 map or an Open-RMF building, and say what was left out."""
    from sim_worlds.importers import import_site as imported  # needs the simulator's packages

    if out.exists() and not overwrite:
        raise InvalidField("--out", str(out), "a file that is not there yet, or --overwrite")
    try:
        site = imported(file, level, docks, metres_per_pixel)
    except InputError as error:
        raise BadInput(str(error)) from error
    try:
        out.write_text(site.text, encoding="utf-8")
    except OSError as error:
        raise InvalidField("--out", str(out), f"a file that can be written ({error.strerror})") from error
    for line in site.remarks:
        remark(line)
    say(f"{out} written")
