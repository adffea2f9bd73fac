"""Nav2 maps: a YAML file that names an image (PGM, PNG, BMP) with how occupied each cell is.

Format: https://docs.nav2.org/configuration/packages/configuring-map-server.html
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from sim_worlds.importers.cells import rectangles
from sim_worlds.importers.draft import Draft
from sim_worlds.shapes import Choice, Entry, Key, Many, Number, Shape, Text, optional
from sim_worlds.site import Rect
from sim_worlds.yaml_fields import Field

MODES = ("trinary", "scale", "raw")
MAP = Shape(
    "nav2_map",
    "A Nav2 map.",
    Key("image", Text(), "the image's path, from the YAML file"),
    Key("resolution", Number(0.005, 1.0, "m a pixel"), "size of a cell"),
    Key("origin", Many(Number(), 3, 3), "x, y (m) and yaw (rad) of the lower left corner"),
    Key("negate", Number(0, 1), "1: white is occupied"),
    Key("occupied_thresh", Number(0, 1), "occupied above"),
    Key("free_thresh", Number(0, 1), "free below"),
    optional("mode", Choice(MODES), "how pixels are read", "trinary"),
)
_MOST_PIXELS = 64_000_000
_MOST_AREA_M2 = 40_000
_MOST_BLOCKS = 20_000
Bools = NDArray[np.bool_]


def read_nav2(root: Field, path: Path) -> Draft:
    """The map as blocks (occupied) and unknown areas, cut to what is known. Raises `SiteError`."""
    entry = MAP.open(root)
    origin = entry["origin"].numbers(3, "m, m, rad")
    if abs(math.remainder(origin[2], math.tau)) > 1e-6:
        entry["origin"].fail("a yaw of 0: rotate the image, and give the lower left corner of the result", list(origin))
    occupied, free = _occupancy(entry, _picture(entry, path))
    if not free.any():
        entry["image"].fail("an image with free cells", f"{occupied.sum()} occupied cells, none is free")
    size = entry.num("resolution")
    rows, columns = np.nonzero(free | occupied)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    height = len(free)
    bounds = _rect((top, left, bottom, right), height, size, origin)
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    if area > _MOST_AREA_M2:
        entry["resolution"].fail(f"a map of at most {_MOST_AREA_M2} square metres", f"{area:.0f} square metres")
    draft = Draft(path.name, path.stem, bounds)
    window = (slice(top, bottom), slice(left, right))
    for cells, into in ((occupied, draft.blocks), (~(free | occupied), draft.unknown)):
        found = rectangles(cells[window])
        into += [_rect((a + top, b + left, c + top, d + left), height, size, origin) for a, b, c, d in found]
        if len(into) > _MOST_BLOCKS:
            entry["image"].fail(f"a map that makes at most {_MOST_BLOCKS} blocks: remove its noise", len(into))
    draft.remarks.append(f"{len(draft.blocks)} obstacles from occupied cells, {len(draft.unknown)} unknown areas")
    return draft


def _rect(cells: tuple[int, int, int, int], height: int, size: float, origin: tuple[float, ...]) -> Rect:
    """Rows count from the top of the image, y from its lower edge."""
    top, left, bottom, right = cells
    x0, y0 = origin[0] + left * size, origin[1] + (height - bottom) * size
    x1, y1 = origin[0] + right * size, origin[1] + (height - top) * size
    return round(x0, 3), round(y0, 3), round(x1, 3), round(y1, 3)


def _picture(entry: Entry, path: Path) -> Image.Image:
    file = path.parent / entry["image"].text()
    try:
        picture = Image.open(file)
        if picture.width * picture.height > _MOST_PIXELS:
            entry["image"].fail(f"an image of at most {_MOST_PIXELS} pixels", f"{picture.width} x {picture.height}")
        picture.load()
    except FileNotFoundError:
        entry["image"].fail(f"the path of an image, from {path.parent or '.'}")
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as problem:
        entry["image"].fail(f"an image that can be read (PGM, PNG, BMP); {problem}")
    return picture


def _occupancy(entry: Entry, picture: Image.Image) -> tuple[Bools, Bools]:
    """Which cells are occupied, and which are free, [rows, columns]; the rest is unknown."""
    occupied_over, free_under = entry.num("occupied_thresh"), entry.num("free_thresh")
    if free_under >= occupied_over:
        entry["free_thresh"].fail("a free_thresh below occupied_thresh", [free_under, occupied_over])
    shade, opaque = _shades(picture)
    mode = entry.word("mode")
    if mode == "raw":
        # The shade is the occupancy in per cent; above 100 it is unknown.
        percent = np.rint(shade * 255)
        known = percent <= 100
        return known & (percent > 100 * occupied_over), known & (percent < 100 * free_under)
    occupancy = shade if entry.num("negate") else 1 - shade
    known = opaque if mode == "scale" else np.ones_like(opaque)
    # In between (in mode scale: partly occupied) nobody knows whether a robot fits.
    return known & (occupancy > occupied_over), known & (occupancy < free_under)


def _shades(picture: Image.Image) -> tuple[NDArray[np.float64], Bools]:
    """Lightness 0 .. 1 as the mean of the colours, and which pixels are opaque."""
    if picture.mode.startswith(("I", "F")):
        wide = np.asarray(picture, dtype=np.float64)
        return wide / 65535, np.ones(wide.shape, dtype=np.bool_)
    colours = np.asarray(picture.convert("RGBA"), dtype=np.float64)
    return colours[:, :, :3].mean(axis=2) / 255, colours[:, :, 3] == 255
