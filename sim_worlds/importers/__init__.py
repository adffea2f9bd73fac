"""Site files from maps that others made: Nav2 occupancy maps and Open-RMF buildings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim_worlds.errors import SiteError
from sim_worlds.importers.draft import Draft
from sim_worlds.importers.nav2 import read_nav2
from sim_worlds.importers.rmf import read_rmf
from sim_worlds.site_loader import SiteLoader
from sim_worlds.yaml_fields import load_fields

MOST_DOCKS = 50


@dataclass(frozen=True, slots=True)
class Imported:
    """The text of a site file that loads, and what whoever uses it should know."""

    text: str
    remarks: tuple[str, ...]


def import_site(
    path: Path | str, level: str | None = None, docks: int = 4, metres_per_pixel: float | None = None
) -> Imported:
    """Read a Nav2 map's YAML file or an Open-RMF `building.yaml`.

    Args:
        level: of a building that has several.
        docks: how many to place along walls where the map has no chargers.
        metres_per_pixel: the scale of a building without measurements.

    Raises:
        SiteError: names file, line, field, value and what would be right.
    """
    root = load_fields(path, SiteError)
    entries = root.entries("the fields of a Nav2 map (image, resolution, ...) or of an Open-RMF building (levels, ...)")
    if "levels" in entries:
        draft = read_rmf(root, Path(path), level, metres_per_pixel)
    elif "image" in entries:
        if level is not None:
            raise SiteError(f"{path}: level: got {level!r}, expected none: a Nav2 map has one level")
        if metres_per_pixel is not None:
            entries["image"].fail("no other scale than the map's own resolution", metres_per_pixel)
        draft = read_nav2(root, Path(path))
    else:
        root.fail(
            "a Nav2 map (with the fields image, resolution, origin) or an Open-RMF building (with the field levels)",
            sorted(entries)[:10],
        )
    return finished(draft, docks)


def finished(draft: Draft, docks: int) -> Imported:
    """The draft's text, once it has docks and what cannot be reached is left out. Raises `SiteError`."""
    draft.settle(docks)
    text = draft.text()
    SiteLoader.from_text(text, f"{draft.source}, as a site file").load()
    return Imported(text, tuple(draft.remarks))


__all__ = ["MOST_DOCKS", "Draft", "Imported", "import_site"]
