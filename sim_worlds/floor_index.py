"""What is at a point of a site's floor, looked up by squares: cameras and robots ask for it all the time.

An index is kept with the very records it was made of; while they live, nothing else has their id.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from fleet.model.geometry import Pose
from fleet.model.site import Place, Zone

T = TypeVar("T")
Near = list[tuple[int, str, Pose]]
_BUCKET_M = 0.5
"""Of places: more than the distance within which something stands at one."""
_SQUARE_M = 0.25
_MOST_SQUARES = 4_000_000
_KEPT = 32
_INDEXES: dict[tuple[int, Callable[..., Any]], tuple[object, Any]] = {}


def slots_around(places: Mapping[str, Place], x: float, y: float) -> Near:
    """The slots near (x, y): number in the file, id and surface, in the order of the file."""
    return _index(places, _slots).get((int(x // _BUCKET_M), int(y // _BUCKET_M)), _NONE)


def spots_around(places: Mapping[str, Place], x: float, y: float) -> Near:
    """The docks and stations near (x, y): number in the file, id and where one stands, in the order of the file."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return _NONE
    return _index(places, _spots).get((int(x // _BUCKET_M), int(y // _BUCKET_M)), _NONE)


def quickly_zone_at(zones: Mapping[str, Zone], x: float, y: float) -> str | None:
    """The id of the first zone at (x, y), empty where there is none; None near a border, where one must look closer."""
    return _index(zones, _Squares).at(x, y)


_NONE: Near = []


def _index(records: object, make: Callable[[Any], T]) -> T:
    kept = _INDEXES.get((id(records), make))
    if kept is None:
        if len(_INDEXES) >= _KEPT:
            _INDEXES.clear()
        kept = _INDEXES[id(records), make] = (records, make(records))
    index: T = kept[1]
    return index


def _slots(places: Mapping[str, Place]) -> dict[tuple[int, int], Near]:
    return _buckets([(n, p.place_id, p.surface) for n, p in enumerate(places.values()) if p.surface is not None])


def _spots(places: Mapping[str, Place]) -> dict[tuple[int, int], Near]:
    return _buckets([(n, p.place_id, p.approach) for n, p in enumerate(places.values()) if p.surface is None])


def _buckets(near: Near) -> dict[tuple[int, int], Near]:
    """In each square what is in it or in one of the eight around it."""
    found: dict[tuple[int, int], Near] = {}
    for one in near:
        i, j = int(one[2].x // _BUCKET_M), int(one[2].y // _BUCKET_M)
        for a in (i - 1, i, i + 1):
            for b in (j - 1, j, j + 1):
                found.setdefault((a, b), []).append(one)
    return found


class _Squares:
    """For each square of the floor that no border of a zone comes near, the zone that all of it is in."""

    def __init__(self, zones: Mapping[str, Zone]) -> None:
        points = [p for z in zones.values() for p in z.polygon]
        self._x0 = min((p[0] for p in points), default=0.0) - _SQUARE_M
        self._y0 = min((p[1] for p in points), default=0.0) - _SQUARE_M
        self._columns = max(math.ceil((max((p[0] for p in points), default=0.0) - self._x0) / _SQUARE_M) + 1, 1)
        self._rows = max(math.ceil((max((p[1] for p in points), default=0.0) - self._y0) / _SQUARE_M) + 1, 1)
        self._zones: list[str | None] = []
        if self._columns * self._rows <= _MOST_SQUARES:
            self._zones = self._look(zones)

    def _look(self, zones: Mapping[str, Zone]) -> list[str | None]:
        xs = self._x0 + (np.arange(self._columns) + 0.5) * _SQUARE_M
        ys = self._y0 + (np.arange(self._rows) + 0.5) * _SQUARE_M
        px, py = np.meshgrid(xs, ys, indexing="ij")
        close = np.zeros(px.shape, dtype=np.bool_)
        first = np.full(px.shape, -1)
        for number, zone in enumerate(zones.values()):
            inside = np.zeros(px.shape, dtype=np.bool_)
            for (ax, ay), (bx, by) in zip(zone.polygon, (*zone.polygon[1:], zone.polygon[0]), strict=True):
                dx, dy = bx - ax, by - ay
                t = np.clip(((px - ax) * dx + (py - ay) * dy) / max(dx * dx + dy * dy, 1e-12), 0.0, 1.0)
                close |= np.hypot(ax + t * dx - px, ay + t * dy - py) < 0.75 * _SQUARE_M
                if ay != by:
                    inside ^= ((ay > py) != (by > py)) & (px < dx * (py - ay) / dy + ax)
            first[inside & (first < 0)] = number
        names = [*zones, ""]
        return [
            None if near else names[n] for near, n in zip(close.ravel().tolist(), first.ravel().tolist(), strict=True)
        ]

    def at(self, x: float, y: float) -> str | None:
        """The zone at (x, y); None where one must look closely, and outside of all that is known."""
        u, v = (x - self._x0) / _SQUARE_M, (y - self._y0) / _SQUARE_M
        if not (0.0 <= u < self._columns and 0.0 <= v < self._rows and self._zones):
            return None
        return self._zones[int(u) * self._rows + int(v)]
