"""Where people can be and where wanderers go: free floor that can be walked to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fleet.model.site import PlaceKind, Zone
from sim_worlds.errors import SpecError
from sim_worlds.grid import Grid
from sim_worlds.site import Site

_GOAL_SPACING_M, _START_SPACING_M = 1.5, 0.75
_GOALS_A_ZONE = 6
_ROOM_M = 0.45
Point = tuple[float, float]


def goals_in(site: Site, grid: Grid, zones: Sequence[str]) -> tuple[Point, ...]:
    """A few points of each zone (all zones when none are named), and the stations there.

    Few, because everybody with the same goal shares its distance field.
    """
    found: list[Point] = []
    for zone in _zones(site, zones):
        spread = _floor(site, grid, zone, _GOAL_SPACING_M)
        picked = np.linspace(0, len(spread) - 1, min(len(spread), _GOALS_A_ZONE)).round().astype(int)
        found += [spread[i] for i in picked]
        found += [
            (p.approach.x, p.approach.y)
            for p in site.places.values()
            if p.kind is PlaceKind.STATION and p.zone_id == zone.zone_id
        ]
    return tuple(found)


def start_in(
    site: Site, grid: Grid, zones: Sequence[str], rng: np.random.Generator, taken: Sequence[Point], who: str
) -> Point:
    """A point drawn in the zones, away from those `taken` where possible. Raises `SpecError` without free floor."""
    floor = [p for zone in _zones(site, zones) for p in _floor(site, grid, zone, _START_SPACING_M)]
    if not floor:
        raise SpecError(f"people ({who}): zones: got {list(zones)}, expected zones with free floor to stand on")
    at = floor[0]
    for _ in range(40):
        at = floor[int(rng.integers(len(floor)))]
        if all(math.dist(at, other) > 0.7 for other in taken):
            break
    return at


def _zones(site: Site, names: Sequence[str]) -> list[Zone]:
    return [site.zones[name] for name in names] if names else list(site.zones.values())


def _floor(site: Site, grid: Grid, zone: Zone, spacing: float) -> list[Point]:
    """Points of a lattice in a zone, with room around them, that can be walked to from the first dock."""
    dock = next(p.approach for p in site.places.values() if p.kind is PlaceKind.DOCK)
    way = grid.distances(dock.x, dock.y)
    xs, ys = [p[0] for p in zone.polygon], [p[1] for p in zone.polygon]
    points = [
        (float(x), float(y))
        for x in np.arange(min(xs) + spacing / 2, max(xs), spacing)
        for y in np.arange(min(ys) + spacing / 2, max(ys), spacing)
    ]
    return [
        (x, y)
        for x, y in points
        if zone.contains(x, y) and grid.room(x, y) > _ROOM_M and math.isfinite(grid.value(way, x, y))
    ]


__all__ = ["goals_in", "start_in"]
