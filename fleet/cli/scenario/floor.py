"""A site as a floor plan for reports."""

from __future__ import annotations

from fleet.scenario.record import Area, FloorPlan
from sim_worlds.site import Site


def floor_plan(site: Site) -> FloorPlan:
    """The building from above."""
    zones = []
    for z in site.zones.values():
        xs, ys = [p[0] for p in z.polygon], [p[1] for p in z.polygon]
        zones.append(Area(kind=z.kind, subject=z.zone_id, rect=(min(xs), min(ys), max(xs), max(ys))))
    places = []
    for p in site.places.values():
        at = p.surface or p.approach
        places.append(Area(kind=p.kind.value, subject=p.place_id, rect=(at.x, at.y, at.x, at.y)))
    return FloorPlan(
        site_id=site.site_id,
        name=site.name,
        bounds=site.bounds,
        walls=tuple((w.ax, w.ay, w.bx, w.by) for w in site.wall_pieces()),
        zones=tuple(zones),
        furniture=tuple(Area(kind=f.kind, subject=f.furniture_id, rect=f.rect) for f in site.furniture.values()),
        places=tuple(places),
        forbidden=tuple(Area(kind="forbidden", subject=a.area_id, rect=a.rect) for a in site.forbidden.values()),
    )
