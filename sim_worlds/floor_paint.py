"""Coloured floor for pictures: stairs, keep-outs, lanes, slow floor, ramps, lifts, docks. Nothing touches it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fleet.model.site import PlaceKind
from sim_worlds.bullet import pb
from sim_worlds.physics import Physics
from sim_worlds.site import Site, corners

Colour = tuple[float, float, float, float]
FORBIDDEN: Colour = (0.86, 0.55, 0.5, 1)
STAIRS: Colour = (0.62, 0.6, 0.66, 1)
KEEP_OUT: Colour = (0.95, 0.78, 0.45, 1)
LANE: Colour = (0.78, 0.84, 0.93, 1)
SLOW: Colour = (0.93, 0.92, 0.72, 1)
RAMP: Colour = (0.8, 0.88, 0.78, 1)
CABIN: Colour = (0.72, 0.78, 0.82, 1)
DOCK: Colour = (0.6, 0.82, 0.62, 1)
_DOCK_M = 0.35


def areas(site: Site) -> Iterator[tuple[Sequence[tuple[float, float]], Colour]]:
    """Polygon and colour of each area, the lower ones first."""
    for limit in site.speed_limits.values():
        yield limit.polygon, RAMP if limit.slope else SLOW
    for zone in site.zones.values():
        if zone.one_lane:
            yield zone.polygon, LANE
    for lift in site.lifts.values():
        yield corners(lift.rect), CABIN
    for area in site.forbidden.values():
        yield corners(area.rect), STAIRS if area.kind == "stairs" else FORBIDDEN
    for keep_out in site.keep_outs.values():
        yield keep_out.polygon, FORBIDDEN if keep_out.permanent else KEEP_OUT
    for place in site.places.values():
        if place.kind is PlaceKind.DOCK:
            x, y = place.approach.x, place.approach.y
            yield corners((x - _DOCK_M, y - _DOCK_M, x + _DOCK_M, y + _DOCK_M)), DOCK


def paint_floor(physics: Physics, site: Site) -> None:
    """Add thin shapes without collision to a world that is loaded for pictures."""
    for layer, (polygon, colour) in enumerate(areas(site), 1):
        # Each a hair above the one before, or they would flicker through each other.
        top = 0.003 + layer * 0.0001
        points = [[x, y, top] for x, y in polygon]
        fan = [i for k in range(1, len(points) - 1) for i in (0, k, k + 1, 0, k + 1, k)]
        shape = pb.createVisualShape(
            pb.GEOM_MESH,
            vertices=points,
            indices=fan,
            normals=[[0, 0, 1]] * len(points),
            rgbaColor=colour,
            physicsClientId=physics.client,
        )
        pb.createMultiBody(0, -1, shape, [0, 0, 0], physicsClientId=physics.client)
