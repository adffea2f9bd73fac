"""Which steps on a grid of cells robots do not take: against a one-way zone, and into what is closed now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from fleet.model.site import SiteMap

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Shorts = NDArray[np.int16]
Ints = NDArray[np.intp]
_AGAINST = -0.35  # the cosine from which a step leads against the way: more than 20 degrees beyond straight across
_DOOR_M = 0.3  # so far from the middle of a closed door its cells are


def one_way_cells(site: SiteMap, x: Floats, y: Floats) -> tuple[Shorts, Floats]:
    """Of each cell, which one-way zone it is in (-1: none) [x, y], and which way those lead, (cos, sin) [zones, 2].

    Args:
        x, y: of the cells' middles, in m.
    """
    zones = [z for z in site.zones.values() if z.one_way_rad is not None]
    found: Shorts = np.full((len(x), len(y)), -1, dtype=np.int16)
    for k, zone in enumerate(zones):
        found[cells_in(zone.polygon, x, y)] = k
    ways: Floats = np.array([(math.cos(z.one_way_rad or 0.0), math.sin(z.one_way_rad or 0.0)) for z in zones])
    return found, ways.reshape(-1, 2)


def leads_against(zone_of: Shorts, ways: Floats, a: tuple[Ints, Ints], b: tuple[Ints, Ints]) -> Bools:
    """Which steps from cells a to cells b (indices (i, j), each [steps]) go against the way of a zone that either is
    in."""
    return _against(zone_of[a], ways, b[0] - a[0], b[1] - a[1]) | _against(zone_of[b], ways, b[0] - a[0], b[1] - a[1])


def line_leads_against(zone_of: Shorts, ways: Floats, cells: tuple[Ints, Ints]) -> bool:
    """Whether a straight line over these cells (indices (i, j), each [cells]) goes against the way somewhere."""
    di, dj = cells[0][-1:] - cells[0][:1], cells[1][-1:] - cells[1][:1]
    return bool(_against(zone_of[cells], ways, di, dj).any())


def _against(zones: Shorts, ways: Floats, di: Ints, dj: Ints) -> Bools:
    inside = zones >= 0
    way = ways[np.where(inside, zones, 0)]
    length = np.maximum(np.hypot(di, dj), 1e-9)
    against: Bools = inside & ((di * way[:, 0] + dj * way[:, 1]) / length < _AGAINST)
    return against


def closed_cells(site: SiteMap, closed: Iterable[str], x: Floats, y: Floats, body_m: float) -> Bools:
    """Which cells are in one of the closed zones, areas, lifts and doors (by id; places and unknown ids are none). Into
    areas that robots are to keep out of no part of a robot of the radius `body_m` reaches."""
    found: Bools = np.zeros((len(x), len(y)), dtype=np.bool_)
    for name in closed:
        if (keep_out := site.keep_outs.get(name)) is not None:
            found |= _reaches_into(keep_out.polygon, x, y, body_m)
        elif (area := site.zones.get(name) or site.speed_limits.get(name)) is not None:
            found |= cells_in(area.polygon, x, y)
        elif (lift := site.lifts.get(name)) is not None:
            low_x, low_y, high_x, high_y = lift.rect
            found |= cells_in(((low_x, low_y), (high_x, low_y), (high_x, high_y), (low_x, high_y)), x, y)
        elif (door := site.doors.get(name)) is not None:
            px, py = np.meshgrid(x, y, indexing="ij")
            found |= metres_from_line((door.ax, door.ay), (door.bx, door.by), px, py) <= _DOOR_M
    return found


def cells_in(polygon: Sequence[tuple[float, float]], x: Floats, y: Floats) -> Bools:
    """Which of the points (x[i], y[j]) lie inside, by the even-odd rule."""
    inside = np.zeros((len(x), len(y)), dtype=np.bool_)
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if ay != by:
            crossing = (bx - ax) * (y - ay) / (by - ay) + ax
            inside ^= ((ay > y) != (by > y))[None, :] & (x[:, None] < crossing[None, :])
    return inside


def _reaches_into(polygon: Sequence[tuple[float, float]], x: Floats, y: Floats, body_m: float) -> Bools:
    found, (px, py) = cells_in(polygon, x, y), np.meshgrid(x, y, indexing="ij")
    for start, end in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        found |= metres_from_line(start, end, px, py) < body_m
    return found


def metres_from_line(start: tuple[float, float], end: tuple[float, float], px: Floats, py: Floats) -> Floats:
    """Distance of each point from the line between two corners."""
    (ax, ay), (bx, by) = start, end
    square = (bx - ax) ** 2 + (by - ay) ** 2
    t = np.clip(((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / square, 0.0, 1.0) if square > 0 else 0.0
    distance: Floats = np.hypot(px - ax - t * (bx - ax), py - ay - t * (by - ay))
    return distance
