"""What must hold between the things of a site file: free floor where robots stand, ways between all places."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fleet.model.geometry import Pose
from fleet.model.site import PlaceKind
from sim_worlds.grid import ROBOT_RADIUS_M, Grid
from sim_worlds.site import Rect, Site
from sim_worlds.yaml_fields import Field

Where = dict[str, Field]
_PERSON_M = 0.25
DOORWAY_M = 0.7
_OVERLAP_M = 0.02


def check_site(site: Site, where: Where) -> None:
    """Complain about what cannot be in one building. `where` has the field of each thing's id.

    Raises:
        SiteError: names file, line, field, value and what would be right.
    """
    from sim_worlds.site_loader import CLEARANCE_M

    _check_furniture(site, where)
    grid = Grid(site)
    spots = {p.place_id: p.approach for p in site.places.values()}
    spots |= {p.record.person_id: p.record.approach for p in site.people.values()}
    for person in site.people.values():
        what = grid.what_blocks(person.x, person.y, _PERSON_M)
        if what:
            name = person.record.person_id
            where[name].fail(
                f"a person with {_PERSON_M} m of room around ({person.x:g}, {person.y:g}); they are in or too "
                f"near {what}",
                name,
            )
    for name, pose in spots.items():
        _check_free(grid, where, name, pose, CLEARANCE_M)
    _check_ways(site, grid, where, spots, CLEARANCE_M)
    _check_doorways(site, grid, where)
    _check_boxes(site, where)
    _check_docks(site, where, CLEARANCE_M)
    _check_cameras(site, where)


def _check_furniture(site: Site, where: Where) -> None:
    # Obstacles of imported maps are made of many blocks.
    pieces = sorted((f for f in site.furniture.values() if f.kind != "obstacle"), key=lambda f: f.rect[0])
    for i, a in enumerate(pieces):
        for b in pieces[i + 1 :]:
            if b.rect[0] > a.rect[2] - _OVERLAP_M:
                break
            if _overlap(a.rect, b.rect):
                where[b.furniture_id].fail(f"furniture that stands apart; it overlaps {a.furniture_id}", b.furniture_id)


def _overlap(a: Rect, b: Rect) -> bool:
    return min(a[2], b[2]) - max(a[0], b[0]) > _OVERLAP_M and min(a[3], b[3]) - max(a[1], b[1]) > _OVERLAP_M


def _check_free(grid: Grid, where: Where, name: str, pose: Pose, clearance_m: float) -> None:
    what = grid.what_blocks(pose.x, pose.y, clearance_m)
    if what:
        where[name].fail(
            f"{clearance_m} m of free floor around ({pose.x:g}, {pose.y:g}), where a robot "
            f"stands; it is in or too near {what}",
            name,
        )


def _check_ways(site: Site, grid: Grid, where: Where, spots: dict[str, Pose], clearance_m: float) -> None:
    """Every place can be walked to from the docks; doors count as open, even locked ones: they can be unlocked."""
    start = next(p.approach for p in site.places.values() if p.kind is PlaceKind.DOCK)
    reached = grid.distances(start.x, start.y)
    for name, pose in spots.items():
        if not math.isfinite(grid.value(reached, pose.x, pose.y)):
            where[name].fail(
                f"a place that can be walked to; there is no way from the docks to "
                f"({pose.x:g}, {pose.y:g}) for a robot {2 * clearance_m:.2f} m wide",
                name,
            )


def _check_doorways(site: Site, grid: Grid, where: Where) -> None:
    """In front of and behind each door a robot must be able to stand, and nobody has their place in the doorway."""
    for door in site.doors.values():
        x, y = (door.ax + door.bx) / 2, (door.ay + door.by) / 2
        width = math.hypot(door.bx - door.ax, door.by - door.ay)
        nx, ny = -(door.by - door.ay) / width, (door.bx - door.ax) / width
        for side in (-1, 0, 1):
            px, py = x + 0.5 * side * nx, y + 0.5 * side * ny
            if not grid.free[grid.cell(px, py)]:
                what = grid.what_blocks(px, py, ROBOT_RADIUS_M) or "a wall"
                where[door.door_id].fail(
                    f"a door with free floor on both sides; at ({px:.2f}, {py:.2f}) {what} is in the way", door.door_id
                )
        for name, (px, py) in _stands(site):
            along = ((px - door.ax) * (door.bx - door.ax) + (py - door.ay) * (door.by - door.ay)) / width**2
            across = abs((px - door.ax) * nx + (py - door.ay) * ny)
            if 0 <= along <= 1 and across < DOORWAY_M:
                where[name].fail(f"a place at least {DOORWAY_M} m from the line of door {door.door_id}", (px, py))


def _stands(site: Site) -> Iterator[tuple[str, tuple[float, float]]]:
    """Where robots and people stand."""
    for place in site.places.values():
        yield place.place_id, (place.approach.x, place.approach.y)
    for person in site.people.values():
        yield person.record.person_id, (person.x, person.y)


def _check_boxes(site: Site, where: Where) -> None:
    taken: dict[str, str] = {}
    for box in site.boxes.values():
        place, field = box.record.place_id or "", where[f"{box.record.object_id}.place"]
        if place in taken:
            field.fail(f"a place with one box; {taken[place]} is there", place)
        taken[place] = box.record.object_id


def _check_docks(site: Site, where: Where, clearance_m: float) -> None:
    docks = [p for p in site.places.values() if p.kind is PlaceKind.DOCK]
    for i, a in enumerate(docks):
        for b in docks[:i]:
            apart = a.approach.distance_to(b.approach)
            if apart < 2 * clearance_m:
                where[a.place_id].fail(
                    f"at least {2 * clearance_m:.2f} m between docks; {b.place_id} is {apart:.2f} m away",
                    a.place_id,
                )


def _check_cameras(site: Site, where: Where) -> None:
    for camera in site.cameras.values():
        for piece in site.furniture.values():
            x0, y0, x1, y1 = piece.rect
            if x0 < camera.x < x1 and y0 < camera.y < y1 and camera.z < piece.height_m:
                where[camera.camera_id].fail(
                    f"a lens that is not inside {piece.furniture_id} ({piece.height_m:g} m high)", camera.camera_id
                )
