"""The site's map as the floor plan draws it. It does not change while the page is open."""

from __future__ import annotations

from typing import Any

from fleet.model.closures import closable
from fleet.model.site import Place, SiteMap


def site_plan(site: SiteMap) -> dict[str, Any]:
    """Bounds, zones, walls, furniture, places, people and cameras, in metres on the map frame (y up); by id the kind of
    all that can be closed."""
    return {
        "site_id": site.site_id,
        "name": site.name,
        "bounds": list(site.bounds),
        "zones": [
            {"id": z.zone_id, "kind": z.kind, "polygon": [list(p) for p in z.polygon]} for z in site.zones.values()
        ],
        "areas": [{"id": k.area_id, "polygon": [list(p) for p in k.polygon]} for k in site.keep_outs.values()],
        "doors": [{"id": d.door_id, "line": [d.ax, d.ay, d.bx, d.by]} for d in site.doors.values()],
        "walls": [[w.ax, w.ay, w.bx, w.by] for w in site.walls],
        "furniture": [list(o) for o in site.obstacles],
        "places": [_place(p) for p in site.places.values()],
        "people": [
            {"id": p.person_id, "name": p.name, "x": p.approach.x, "y": p.approach.y} for p in site.people.values()
        ],
        "cameras": _cameras(site),
        "closable": closable(site),
        "objects": {
            o.object_id: {"kind": o.kind, "mass_kg": o.mass_kg, "attributes": dict(o.attributes), "fragile": o.fragile}
            for o in site.objects.values()
        },
    }


def _place(place: Place) -> dict[str, Any]:
    spot = place.surface or place.approach
    return {
        "id": place.place_id,
        "kind": place.kind.value,
        "zone": place.zone_id,
        "x": spot.x,
        "y": spot.y,
        "approach": [place.approach.x, place.approach.y, place.approach.yaw],
    }


def _cameras(site: SiteMap) -> list[dict[str, Any]]:
    """A camera is drawn in a corner of what it covers: the map knows what it sees, not where it hangs."""
    rows, taken = [], dict[str, int]()
    for camera_id, covered in site.cameras.items():
        zone = next((name for name in covered if name in site.zones), "")
        row: dict[str, Any] = {"id": camera_id, "covers": list(covered), "x": None, "y": None}
        if zone:
            polygon = site.zones[zone].polygon
            row["x"] = min(x for x, _ in polygon) + 0.55 + 0.75 * taken.get(zone, 0)
            row["y"] = min(y for _, y in polygon) + 0.45
            taken[zone] = taken.get(zone, 0) + 1
        rows.append(row)
    return rows
