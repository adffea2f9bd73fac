"""Site files, field by field. What they describe must also fit into one building: see `site_checks`."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from fleet.model.geometry import Pose
from fleet.model.site import KeepOut, ObjectRecord, PersonRecord, Place, PlaceKind, SpeedLimit, Zone
from sim_worlds import site_fields as fields
from sim_worlds.errors import SiteError
from sim_worlds.shapes import Entry
from sim_worlds.site import Box, Camera, ForbiddenArea, Furniture, Person, Rect, Site, WallLine, corners
from sim_worlds.site_doors import cut_doors, read_lift
from sim_worlds.site_fields import FORMAT
from sim_worlds.yaml_fields import Field, known, load_fields, parse_fields, unique

CLEARANCE_M = 0.36
"""Free radius needed where a robot stands: the widest footprint (0.32 m) and a little."""
PERSON_STAND_OFF_M = 0.8
"""How far in front of a person a robot stops to hand something over: within arms' length, not in their face."""
_MOST_CELLS = 4_000_000  # of 0.1 m: 200 m x 200 m
Polygon = tuple[tuple[float, float], ...]


class SiteLoader:
    """One pass over a site file; remembers the field of each thing so that later checks can name its line."""

    def __init__(self, root: Field) -> None:
        self.root = root
        self.ids: dict[str, int] = {}
        self.where: dict[str, Field] = {}
        self.bounds: Rect = (0, 0, 0, 0)

    @classmethod
    def from_file(cls, path: Path | str) -> SiteLoader:
        return cls(load_fields(path, SiteError))

    @classmethod
    def from_text(cls, text: str, name: str = "site.yaml") -> SiteLoader:
        return cls(parse_fields(text, name, SiteError))

    def load(self) -> Site:
        """The site. Raises `SiteError`."""
        from sim_worlds.site_checks import check_site

        top = fields.SITE.open(self.root)
        top.word("format")
        self.bounds = self._bounds(top["bounds"])
        self.zones = dict(self._zone(f) for f in top.many("zones"))
        self.walls = [self._wall(f) for f in top.many("walls")]
        doors = cut_doors(self, top.many("doors"))
        furniture, places = self._furniture(top)
        places |= dict(self._spot(f, PlaceKind.STATION) for f in top.many("stations"))
        places |= dict(self._spot(f, PlaceKind.DOCK) for f in top.many("docks"))
        limits = [self._speed_zone(f) for f in top.many("speed_zones")] + [self._ramp(f) for f in top.many("ramps")]
        site = Site(
            site_id=top["id"].name(),
            name=top["name"].text(),
            bounds=self.bounds,
            zones=self.zones,
            walls=tuple(self.walls),
            furniture=furniture,
            places=places,
            boxes=dict(self._box(f, places) for f in top.many("boxes")),
            people=dict(self._person(f) for f in top.many("people")),
            cameras=dict(self._camera(f, places) for f in top.many("cameras")),
            forbidden=dict(self._forbidden(f) for f in top.many("forbidden")),
            lifts=dict(read_lift(self, f, doors) for f in top.many("lifts")),
            keep_outs=dict(self._keep_out(f) for f in top.many("keep_out")),
            speed_limits=dict(limits),
            doors=doors,  # a lift has claimed its doors by now
        )
        check_site(site, self.where)
        return site

    def id(self, entry: Entry) -> str:
        """The thing's id, used once; the field is kept for later complaints."""
        name = unique(self.ids, entry["id"])
        self.where[name] = entry["id"]
        return name

    def point(self, entry: Entry) -> tuple[float, float]:
        """x and y within the bounds."""
        x0, y0, x1, y1 = self.bounds
        return entry["x"].number(x0, x1, "m"), entry["y"].number(y0, y1, "m")

    def rect(self, f: Field, within: bool = True) -> Rect:
        """A rectangle within the bounds."""
        x0, y0, x1, y1 = f.numbers(4)
        if not (x0 < x1 and y0 < y1) or not all(map(math.isfinite, (x0, y0, x1, y1))):
            f.fail("[min_x, min_y, max_x, max_y] with min < max", [x0, y0, x1, y1])
        b = self.bounds
        if within and not (b[0] <= x0 and b[1] <= y0 and x1 <= b[2] and y1 <= b[3]):
            f.fail(f"a rectangle inside the bounds {list(b)}", [x0, y0, x1, y1])
        return x0, y0, x1, y1

    def _bounds(self, f: Field) -> Rect:
        bounds = self.rect(f, within=False)
        if (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) > _MOST_CELLS * 0.01:
            f.fail(f"a floor of at most {_MOST_CELLS * 0.01:g} square metres", list(bounds))
        return bounds

    def _area(self, entry: Entry) -> Polygon:
        """The polygon of an area that is given as `rect` or `polygon`, within the bounds."""
        if "rect" in entry:
            return corners(self.rect(entry["rect"]))
        b, polygon = self.bounds, []
        for f in entry["polygon"].items(3):
            x, y = f.numbers(2)
            if not (b[0] <= x <= b[2] and b[1] <= y <= b[3]):
                f.fail(f"a corner inside the bounds {list(b)}", [x, y])
            polygon.append((x, y))
        return tuple(polygon)

    def _zone(self, f: Field) -> tuple[str, Zone]:
        entry = fields.ZONE.open(f)
        name = self.id(entry)
        polygon = self._area(entry)
        way = math.radians(entry["one_way_deg"].number(-360, 360, "degrees")) if "one_way_deg" in entry else None
        return name, Zone(
            zone_id=name,
            kind=entry["kind"].name(),
            polygon=polygon,
            one_lane=entry.flag("one_lane"),
            one_way_rad=way,
            quiet_s=self._quiet(entry["quiet_s"]) if "quiet_s" in entry else None,
        )

    def _quiet(self, f: Field) -> tuple[float, float, float]:
        from_s, to_s, every_s = f.numbers(3, "s")
        if not 0.0 <= from_s < to_s <= from_s + every_s:
            expected = "[from, to, every] with 0 <= from < to, and to no more than every after from"
            f.fail(expected, [from_s, to_s, every_s])
        return from_s, to_s, every_s

    def _wall(self, f: Field) -> WallLine:
        entry = fields.WALL.open(f)
        sx, sy = entry["from"].numbers(2)
        ex, ey = entry["to"].numbers(2)
        length = math.hypot(ex - sx, ey - sy)
        if not math.isfinite(length) or length < 0.1:
            f.fail("a wall of at least 0.1 m", f"{length:g} m")
        gaps: list[tuple[float, float]] = []
        for gap in entry.many("doors"):
            opening = fields.OPENING.open(gap)
            width = opening["width_m"].number(0.9, length, "m")
            at = opening["at_m"].number(width / 2, length - width / 2, "m (the opening must fit)")
            clash = next((a for a, w in gaps if abs(a - at) < (w + width) / 2 - 1e-9), None)
            if clash is not None:
                opening["at_m"].fail(f"an opening that does not overlap the one at {clash:g} m", at)
            gaps.append((at, width))
        return WallLine(start=(sx, sy), end=(ex, ey), doors=tuple(gaps))

    def _furniture(self, top: Entry) -> tuple[dict[str, Furniture], dict[str, Place]]:
        furniture: dict[str, Furniture] = {}
        places: dict[str, Place] = {}
        for f in top.many("furniture"):
            entry = fields.FURNITURE.open(f)
            name = self.id(entry)
            rect, height = self.rect(entry["rect"]), entry.num("height_m")
            piece = Furniture(furniture_id=name, kind=entry.word("kind"), rect=rect, height_m=height)
            furniture[name] = piece
            places |= dict(self._slot(slot, piece) for slot in entry.many("places"))
        return furniture, places

    def _slot(self, f: Field, piece: Furniture) -> tuple[str, Place]:
        entry = fields.SLOT.open(f)
        name = self.id(entry)
        x0, y0, x1, y1 = piece.rect
        x, y = entry["x"].number(x0, x1, f"m (on {piece.furniture_id})"), entry["y"].number(y0, y1, "m")
        approach = self._pose(fields.SPOT_POSE.open(entry["approach"]))
        return name, Place(
            place_id=name,
            kind=PlaceKind.SLOT,
            zone_id=self._zone_of(entry["approach"], approach),
            approach=approach,
            surface=Pose(x=x, y=y, z=piece.height_m),
        )

    def _pose(self, entry: Entry) -> Pose:
        x, y = self.point(entry)
        return Pose(x=x, y=y, yaw=math.radians(entry.num("yaw_deg")))

    def _zone_of(self, f: Field, pose: Pose) -> str:
        zone = next((z.zone_id for z in self.zones.values() if z.contains(pose.x, pose.y)), "")
        if not zone:
            f.fail("a position inside one of the zones " + ", ".join(self.zones), (pose.x, pose.y))
        return zone

    def _spot(self, f: Field, kind: PlaceKind) -> tuple[str, Place]:
        entry = fields.SPOT.open(f)
        name, pose = self.id(entry), self._pose(entry)
        return name, Place(place_id=name, kind=kind, zone_id=self._zone_of(f, pose), approach=pose)

    def _box(self, f: Field, places: dict[str, Place]) -> tuple[str, Box]:
        entry = fields.BOX.open(f)
        name = self.id(entry)
        size = tuple(s.number(0.05, 0.6, "m") for s in entry["size_m"].items(3))
        if len(size) != 3:
            entry["size_m"].fail("length, width and height in m", list(size))
        slots = [p.place_id for p in places.values() if p.kind is PlaceKind.SLOT]
        attributes = entry["attributes"].entries() if "attributes" in entry else {}
        record = ObjectRecord(
            object_id=name,
            kind=entry["kind"].name(),
            mass_kg=entry.num("mass_kg"),
            attributes={k: v.text() for k, v in attributes.items()},
            place_id=known(entry["place"], slots, "slot"),
            fragile=entry.flag("fragile"),
            radius_m=round(math.hypot(size[0], size[1]) / 2, 3),
        )
        self.where[f"{name}.place"] = entry["place"]
        return name, Box(record=record, size_m=(size[0], size[1], size[2]))

    def _person(self, f: Field) -> tuple[str, Person]:
        entry = fields.PERSON.open(f)
        name, at = self.id(entry), self._pose(entry)
        approach = Pose(
            x=at.x + PERSON_STAND_OFF_M * math.cos(at.yaw),
            y=at.y + PERSON_STAND_OFF_M * math.sin(at.yaw),
            yaw=math.atan2(-math.sin(at.yaw), -math.cos(at.yaw)),
        )
        zone = self._zone_of(f, Pose(x=at.x, y=at.y))
        record = PersonRecord(person_id=name, name=entry["name"].text(), zone_id=zone, approach=approach)
        return name, Person(record=record, x=at.x, y=at.y)

    def _camera(self, f: Field, places: dict[str, Place]) -> tuple[str, Camera]:
        entry = fields.CAMERA.open(f)
        name = self.id(entry)
        x, y = self.point(entry)
        named = [known(c, {*self.zones, *places}, "zone or place") for c in entry.many("covers")]
        # A zone stands for the places in it too.
        within = [p.place_id for p in places.values() if p.zone_id in named]
        covers = tuple(dict.fromkeys(named + within))
        return name, Camera(camera_id=name, x=x, y=y, z=entry.num("z"), covers=covers)

    # Areas

    def _forbidden(self, f: Field) -> tuple[str, ForbiddenArea]:
        entry = fields.FORBIDDEN.open(f)
        name, rect = self.id(entry), self.rect(entry["rect"])
        return name, ForbiddenArea(area_id=name, rect=rect, because=entry["because"].text(), kind=entry.word("kind"))

    def _keep_out(self, f: Field) -> tuple[str, KeepOut]:
        entry = fields.KEEP_OUT.open(f)
        area = KeepOut(
            area_id=self.id(entry),
            polygon=self._area(entry),
            because=entry["because"].text(),
            from_s=entry.num("from_s"),
            to_s=entry.maybe("to_s"),
            every_s=entry.maybe("every_s"),
        )
        if area.to_s is not None and area.to_s <= area.from_s:
            entry["to_s"].fail(f"a time after from_s ({area.from_s:g} s)")
        if area.every_s is not None and (area.to_s is None or area.every_s <= area.to_s - area.from_s):
            entry["every_s"].fail("to_s, and a period longer than from_s to to_s")
        return area.area_id, area

    def _speed_zone(self, f: Field) -> tuple[str, SpeedLimit]:
        entry = fields.SPEED_ZONE.open(f)
        name = self.id(entry)
        return name, SpeedLimit(area_id=name, polygon=self._area(entry), max_mps=entry.num("max_mps"))

    def _ramp(self, f: Field) -> tuple[str, SpeedLimit]:
        entry = fields.RAMP.open(f)
        name = self.id(entry)
        flat = SpeedLimit(area_id=name, polygon=self._area(entry), max_mps=entry.num("max_mps"))
        uphill = math.radians(entry.num("uphill_deg"))
        return name, replace(flat, slope=entry.num("slope_percent") / 100, uphill_rad=uphill)


__all__ = ["CLEARANCE_M", "FORMAT", "PERSON_STAND_OFF_M", "SiteLoader"]
