"""Doors and lifts of a site file: doors cut their openings into walls, lifts claim their doors."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from fleet.model.site import Door, Lift
from sim_worlds import site_fields as fields
from sim_worlds.site import WALL_THICKNESS_M, Rect, WallLine
from sim_worlds.yaml_fields import Field, known

if TYPE_CHECKING:
    from sim_worlds.shapes import Entry
    from sim_worlds.site_loader import SiteLoader

_ON_WALL_M = 0.05
_CABIN_DOOR_M = 0.15
"""How far a lift's door may be from the edge of its cabin: half a wall and a little."""


def cut_doors(loader: SiteLoader, listed: list[Field]) -> dict[str, Door]:
    """The doors, by id. Each adds its opening to the wall it is on. Raises the fields' error."""
    return dict(_door(loader, f) for f in listed)


def _door(loader: SiteLoader, f: Field) -> tuple[str, Door]:
    entry = fields.DOOR.open(f)
    name = loader.id(entry)
    x, y = loader.point(entry)
    kind, width = entry.word("kind"), entry.num("width_m")
    if kind == "open":
        for field in ("locked", "opens_in_s", "stays_open_s"):
            if field in entry:
                entry[field].fail("a door with a leaf (swing or sliding); one of kind 'open' has none")
    number, at = _wall_at(loader, entry, x, y)
    wall = loader.walls[number]
    length = math.dist(wall.start, wall.end)
    if not width / 2 - 1e-6 <= at <= length - width / 2 + 1e-6:
        entry["width_m"].fail(
            f"a door that fits into its wall, which is {length:g} m long; its centre is at {at:.2f} m"
        )
    for other, gap in wall.doors:
        if abs(other - at) < (gap + width) / 2 - 1e-6:
            f.fail(f"a door apart from the other openings of its wall; one of {gap:g} m is at {other:.2f} m", name)
    loader.walls[number] = replace(wall, doors=(*wall.doors, (at, width)))
    ux, uy = (wall.end[0] - wall.start[0]) / length, (wall.end[1] - wall.start[1]) / length
    half = width / 2
    door = Door(
        door_id=name,
        kind=kind,
        ax=x - ux * half,
        ay=y - uy * half,
        bx=x + ux * half,
        by=y + uy * half,
        opens_in_s=entry.num("opens_in_s"),
        stays_open_s=entry.num("stays_open_s"),
        locked=entry.flag("locked"),
    )
    return name, door


def _wall_at(loader: SiteLoader, entry: Entry, x: float, y: float) -> tuple[int, float]:
    """The number of the wall on which (x, y) lies, and how far from its start."""
    nearest, best = math.inf, (0, 0.0)
    for i, wall in enumerate(loader.walls):
        apart, along = _foot(wall, x, y)
        if apart < nearest:
            nearest, best = apart, (i, along)
    if nearest > _ON_WALL_M:
        how = f"the nearest is {nearest:.2f} m away" if math.isfinite(nearest) else "there is no wall"
        entry.field.fail(f"a door whose centre lies on a wall; {how}", (x, y))
    return best


def _foot(wall: WallLine, x: float, y: float) -> tuple[float, float]:
    """Distance of the point from the wall, and how far along the wall the nearest point is."""
    length = math.dist(wall.start, wall.end)
    ux, uy = (wall.end[0] - wall.start[0]) / length, (wall.end[1] - wall.start[1]) / length
    along = min(max((x - wall.start[0]) * ux + (y - wall.start[1]) * uy, 0.0), length)
    return math.hypot(x - wall.start[0] - ux * along, y - wall.start[1] - uy * along), along


def read_lift(loader: SiteLoader, f: Field, doors: dict[str, Door]) -> tuple[str, Lift]:
    """A lift; its doors are marked as its own in `doors`. Raises the fields' error."""
    entry = fields.LIFT.open(f)
    name, rect = loader.id(entry), loader.rect(entry["rect"])
    if min(rect[2] - rect[0], rect[3] - rect[1]) < 1.2:
        entry["rect"].fail("a cabin of at least 1.2 m by 1.2 m")
    names = []
    sides = []
    for item in entry.many("doors"):
        door = doors[known(item, doors, "door")]
        if door.kind != "sliding" or door.locked or door.lift_id:
            item.fail("a sliding door that is not locked and that no other lift has", door.door_id)
        side = _side(rect, door)
        if side is None:
            item.fail(f"a door on the edge of the cabin {list(rect)}", door.door_id)
        sides.append(side)
        names.append(door.door_id)
    if len(names) != 2 or sides[0] == sides[1]:
        entry["doors"].fail("two doors on different sides of the cabin", names)
    for door_id in names:
        doors[door_id] = replace(doors[door_id], lift_id=name)
    lift = Lift(
        lift_id=name,
        rect=rect,
        doors=(names[0], names[1]),
        travel_s=entry.num("travel_s"),
        capacity=int(entry.num("capacity")),
    )
    return name, lift


def _side(rect: Rect, door: Door) -> str | None:
    """The side of the cabin on which the door is."""
    x, y = (door.ax + door.bx) / 2, (door.ay + door.by) / 2
    near = _CABIN_DOOR_M + WALL_THICKNESS_M / 2
    upright = abs(door.ax - door.bx) < abs(door.ay - door.by)
    edges = {"west": rect[0], "east": rect[2]} if upright else {"south": rect[1], "north": rect[3]}
    across, along = (x, y) if upright else (y, x)
    low, high = (rect[1], rect[3]) if upright else (rect[0], rect[2])
    if not low <= along <= high:
        return None
    return next((name for name, edge in edges.items() if abs(across - edge) <= near), None)
