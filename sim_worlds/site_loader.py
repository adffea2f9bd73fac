"""Site files: reading them field by field, and checking that what they describe can stand in one building."""

from __future__ import annotations

import math
from pathlib import Path

from fleet.model.geometry import Pose
from fleet.model.site import ObjectRecord, PersonRecord, Place, PlaceKind, Zone
from sim_worlds.errors import SiteError
from sim_worlds.grid import Grid
from sim_worlds.site import Box, Camera, ForbiddenArea, Furniture, Person, Rect, Site, WallLine
from sim_worlds.yaml_fields import Field, Mapping, known, load_fields, parse_fields, unique

FORMAT = "humanoid-fleet-site/1"
CLEARANCE_M = 0.36
"""Free radius needed where a robot stands: the widest footprint (0.32 m) and a little."""
PERSON_STAND_OFF_M = 0.8
"""How far in front of a person a robot stops to hand something over: within arms' length, not in their face."""


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
        top = self.root.mapping(
            "format id name bounds zones walls furniture docks boxes people cameras", "stations forbidden"
        )
        top["format"].one_of((FORMAT,))
        self.bounds = self._rect(top["bounds"], within=False)
        zones = dict(self._zone(f) for f in top.list("zones", 1))
        self.zones = zones
        walls = tuple(self._wall(f) for f in top.list("walls"))
        furniture, places = self._furniture(top)
        places |= dict(self._spot(f, PlaceKind.STATION) for f in top.list("stations"))
        places |= dict(self._spot(f, PlaceKind.DOCK) for f in top.list("docks", 1))
        site = Site(
            site_id=top["id"].name(),
            name=top["name"].text(),
            bounds=self.bounds,
            zones=zones,
            walls=walls,
            furniture=furniture,
            places=places,
            boxes=dict(self._box(f, places) for f in top.list("boxes")),
            people=dict(self._person(f) for f in top.list("people")),
            cameras=dict(self._camera(f, zones, places) for f in top.list("cameras")),
            forbidden=dict(self._forbidden(f) for f in top.list("forbidden")),
        )
        self._check(site)
        return site

    # Reading

    def _id(self, entry: Mapping) -> str:
        name = unique(self.ids, entry["id"])
        self.where[name] = entry["id"]
        return name

    def _point(self, entry: Mapping) -> tuple[float, float]:
        x0, y0, x1, y1 = self.bounds
        return entry["x"].number(x0, x1, "m"), entry["y"].number(y0, y1, "m")

    def _rect(self, f: Field, within: bool = True) -> Rect:
        x0, y0, x1, y1 = f.numbers(4)
        if not (x0 < x1 and y0 < y1):
            f.fail("[min_x, min_y, max_x, max_y] with min < max", [x0, y0, x1, y1])
        b = self.bounds
        if within and not (b[0] <= x0 and b[1] <= y0 and x1 <= b[2] and y1 <= b[3]):
            f.fail(f"a rectangle inside the bounds {list(b)}", [x0, y0, x1, y1])
        return x0, y0, x1, y1

    def _zone(self, f: Field) -> tuple[str, Zone]:
        entry = f.mapping("id kind", "rect polygon")
        name = self._id(entry)
        if ("rect" in entry) == ("polygon" in entry):
            f.fail("either 'rect' or 'polygon'", "both or neither")
        if "rect" in entry:
            x0, y0, x1, y1 = self._rect(entry["rect"])
            polygon: tuple[tuple[float, float], ...] = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
        else:
            polygon = tuple((p[0], p[1]) for p in (i.numbers(2) for i in entry["polygon"].items(3)))
        return name, Zone(zone_id=name, kind=entry["kind"].name(), polygon=polygon)

    def _wall(self, f: Field) -> WallLine:
        entry = f.mapping("from to", "doors")
        sx, sy = entry["from"].numbers(2)
        ex, ey = entry["to"].numbers(2)
        length = math.hypot(ex - sx, ey - sy)
        if length < 0.1:
            f.fail("a wall of at least 0.1 m", f"{length:g} m")
        doors = []
        for door in entry.list("doors"):
            opening = door.mapping("at_m width_m")
            width = opening.number("width_m", 0.9, length, unit="m")
            doors.append((opening["at_m"].number(width / 2, length - width / 2, "m (the opening must fit)"), width))
        return WallLine(start=(sx, sy), end=(ex, ey), doors=tuple(doors))

    def _furniture(self, top: Mapping) -> tuple[dict[str, Furniture], dict[str, Place]]:
        furniture: dict[str, Furniture] = {}
        places: dict[str, Place] = {}
        for f in top.list("furniture"):
            entry = f.mapping("id kind rect height_m", "places")
            name = self._id(entry)
            piece = Furniture(
                furniture_id=name,
                kind=entry["kind"].one_of(("shelf", "table", "bed", "counter")),
                rect=self._rect(entry["rect"]),
                height_m=entry.number("height_m", 0.2, 2.5, unit="m"),
            )
            furniture[name] = piece
            places |= dict(self._slot(slot, piece) for slot in entry.list("places"))
        return furniture, places

    def _slot(self, f: Field, piece: Furniture) -> tuple[str, Place]:
        entry = f.mapping("id x y approach")
        name = self._id(entry)
        x0, y0, x1, y1 = piece.rect
        x, y = entry["x"].number(x0, x1, f"m (on {piece.furniture_id})"), entry["y"].number(y0, y1, "m")
        approach = self._pose(entry["approach"])
        return name, Place(
            place_id=name,
            kind=PlaceKind.SLOT,
            zone_id=self._zone_of(entry["approach"], approach),
            approach=approach,
            surface=Pose(x=x, y=y, z=piece.height_m),
        )

    def _pose(self, f: Field) -> Pose:
        entry = f.mapping("x y yaw_deg")
        x, y = self._point(entry)
        return Pose(x=x, y=y, yaw=math.radians(entry.number("yaw_deg", -360, 360, unit="degrees")))

    def _zone_of(self, f: Field, pose: Pose) -> str:
        zone = next((z.zone_id for z in self.zones.values() if z.contains(pose.x, pose.y)), "")
        if not zone:
            f.fail("a position inside one of the zones " + ", ".join(self.zones), (pose.x, pose.y))
        return zone

    def _spot(self, f: Field, kind: PlaceKind) -> tuple[str, Place]:
        entry = f.mapping("id x y yaw_deg")
        name = self._id(entry)
        x, y = self._point(entry)
        pose = Pose(x=x, y=y, yaw=math.radians(entry.number("yaw_deg", -360, 360, unit="degrees")))
        return name, Place(place_id=name, kind=kind, zone_id=self._zone_of(f, pose), approach=pose)

    def _box(self, f: Field, places: dict[str, Place]) -> tuple[str, Box]:
        entry = f.mapping("id kind size_m mass_kg place", "attributes fragile")
        name = self._id(entry)
        size = tuple(s.number(0.05, 0.6, "m") for s in entry["size_m"].items(3))
        if len(size) != 3:
            entry["size_m"].fail("length, width and height in m", list(size))
        slots = [p.place_id for p in places.values() if p.kind is PlaceKind.SLOT]
        attributes = entry["attributes"].entries() if "attributes" in entry else {}
        record = ObjectRecord(
            object_id=name,
            kind=entry["kind"].name(),
            mass_kg=entry.number("mass_kg", 0.01, 50, unit="kg"),
            attributes={k: v.text() for k, v in attributes.items()},
            place_id=known(entry["place"], slots, "slot"),
            fragile="fragile" in entry and entry["fragile"].flag(),
            radius_m=round(math.hypot(size[0], size[1]) / 2, 3),
        )
        self.where[f"{name}.place"] = entry["place"]
        return name, Box(record=record, size_m=(size[0], size[1], size[2]))

    def _person(self, f: Field) -> tuple[str, Person]:
        entry = f.mapping("id name x y yaw_deg")
        name = self._id(entry)
        x, y = self._point(entry)
        facing = math.radians(entry.number("yaw_deg", -360, 360, unit="degrees"))
        approach = Pose(
            x=x + PERSON_STAND_OFF_M * math.cos(facing),
            y=y + PERSON_STAND_OFF_M * math.sin(facing),
            yaw=math.atan2(-math.sin(facing), -math.cos(facing)),
        )
        record = PersonRecord(
            person_id=name, name=entry["name"].text(), zone_id=self._zone_of(f, Pose(x=x, y=y)), approach=approach
        )
        return name, Person(record=record, x=x, y=y)

    def _camera(self, f: Field, zones: dict[str, Zone], places: dict[str, Place]) -> tuple[str, Camera]:
        entry = f.mapping("id x y z covers")
        name = self._id(entry)
        x, y = self._point(entry)
        named = [known(c, {*zones, *places}, "zone or place") for c in entry["covers"].items(1)]
        # A zone stands for the places in it too.
        within = [p.place_id for p in places.values() if p.zone_id in named]
        return name, Camera(
            camera_id=name,
            x=x,
            y=y,
            z=entry.number("z", 0.5, 10, unit="m"),
            covers=tuple(dict.fromkeys(named + within)),
        )

    def _forbidden(self, f: Field) -> tuple[str, ForbiddenArea]:
        entry = f.mapping("id rect because")
        name = self._id(entry)
        return name, ForbiddenArea(area_id=name, rect=self._rect(entry["rect"]), because=entry["because"].text())

    # Checking

    def _check(self, site: Site) -> None:
        grid = Grid(site)
        spots = {p.place_id: p.approach for p in site.places.values()}
        spots |= {p.record.person_id: p.record.approach for p in site.people.values()}
        for name, pose in spots.items():
            self._check_free(grid, name, pose)
        start = next(p.approach for p in site.places.values() if p.kind is PlaceKind.DOCK)
        reached = grid.distances(start.x, start.y)
        for name, pose in spots.items():
            if not math.isfinite(grid.value(reached, pose.x, pose.y)):
                self.where[name].fail(
                    f"a place that can be walked to; there is no way from the docks to "
                    f"({pose.x:g}, {pose.y:g}) for a robot {2 * CLEARANCE_M:.2f} m wide",
                    name,
                )
        self._check_boxes(site)
        self._check_docks(site)

    def _check_free(self, grid: Grid, name: str, pose: Pose) -> None:
        what = grid.what_blocks(pose.x, pose.y, CLEARANCE_M)
        if what:
            self.where[name].fail(
                f"{CLEARANCE_M} m of free floor around ({pose.x:g}, {pose.y:g}), where a robot "
                f"stands; it is in or too near {what}",
                name,
            )

    def _check_boxes(self, site: Site) -> None:
        taken: dict[str, str] = {}
        for box in site.boxes.values():
            place, field = box.record.place_id or "", self.where[f"{box.record.object_id}.place"]
            if place in taken:
                field.fail(f"a place with one box; {taken[place]} is there", place)
            taken[place] = box.record.object_id

    def _check_docks(self, site: Site) -> None:
        docks = [p for p in site.places.values() if p.kind is PlaceKind.DOCK]
        for i, a in enumerate(docks):
            for b in docks[:i]:
                apart = a.approach.distance_to(b.approach)
                if apart < 2 * CLEARANCE_M:
                    self.where[a.place_id].fail(
                        f"at least {2 * CLEARANCE_M:.2f} m between docks; {b.place_id} is {apart:.2f} m away",
                        a.place_id,
                    )
