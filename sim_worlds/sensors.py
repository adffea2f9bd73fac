"""What cameras and robots' eyes see: rays from the lens, stopped by whatever stands in between."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from fleet.model.evidence import Detection, Observation
from fleet.model.site import PlaceKind, Zone
from sim_worlds.crates import Crate
from sim_worlds.doubt import Doubt, Sighting

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

CAMERA_PERIOD_S = 0.5
LOOK_PERIOD_S = 1.0
"""What one look of a robot stands for, where things are seen at a rate."""
EYE_RANGE_M = 5.0
_EYE_HALF_ANGLE_RAD = math.radians(70)
_ZONE_SAMPLES_M = 1.5
ZONE_SHARE = 0.75
"""A zone counts as covered when at least this share of its floor is in view."""
_FAR_M = 30.0
_FACE_M = 0.22
Point = tuple[float, float, float]
InView = Callable[[Point], bool]


class Eye(NamedTuple):
    """A lens in m; `ahead_m` is how far before it the own body ends."""

    x: float
    y: float
    z: float
    ahead_m: float = 0.0


class Sensors:
    """All eyes of one world. Reads the physics; changes nothing."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.doubt = Doubt(world.conditions.sensing, world.seed, world.site)
        self._late: deque[Observation] = deque()
        self.samples = {z.zone_id: _floor_samples(z) for z in world.site.zones.values()}

    def cameras(self) -> list[Observation]:
        """What fixed cameras report now: one observation each, made as long ago as they take to report."""
        self._late.extend(
            self._observe(c.camera_id, "camera", Eye(c.x, c.y, c.z), c.covers, lambda _: True, ())
            for c in self.world.site.cameras.values()
        )
        due_s = self.world.time_s - self.world.conditions.sensing.cameras.latency_s + 1e-9
        ready = []
        while self._late and self._late[0].observed_at_s <= due_s:
            ready.append(self._late.popleft())
        return ready

    def look(self, robot: Computer, target: str) -> Observation:
        """What a robot sees when it looks at a zone, place, person or object; also queued as an observation."""
        site = self.world.site
        around = target in self.world.crates  # it cannot know where an object is, so it looks all around
        if target in site.zones:
            covers = (target, *(p.place_id for p in site.places.values() if p.zone_id == target))
        elif around or target in self.world.people:
            covers = tuple(site.places)
        else:
            covers = (target,)
        eye, in_view = _eyes(robot, around)
        seen = self._observe(robot.id, "robot", eye, covers, in_view, (robot.id,))
        seen = self.world.localisation.as_believed(robot, seen)
        self.world.observe(robot, seen)
        return seen

    def look_over(self, robot: Computer, zone: str, before: frozenset[int]) -> tuple[frozenset[int], Observation]:
        """As `look`, at one side of a zone; also which of the zone's sample points are in view now.

        The zone counts as covered by the observation when, with what was seen `before`, enough of it was seen.
        """
        eye, in_view = _eyes(robot, False)
        points = self.samples[zone]
        looked = [i for i, p in enumerate(points) if in_view(p)]
        hits = self.world.physics.first_hits([(self._lens(eye, points[i]), points[i]) for i in looked])
        floor = frozenset(i for i, hit in zip(looked, hits, strict=True) if self._clear(hit))
        covers = (zone, *(p.place_id for p in self.world.site.places.values() if p.zone_id == zone))
        seen = self._observe(robot.id, "robot", eye, covers, in_view, (robot.id,))
        seen = self.world.localisation.as_believed(robot, seen)
        if zone not in seen.covered and len(floor | before) >= ZONE_SHARE * len(points):
            seen = replace(seen, covered=(zone, *seen.covered))
        self.world.observe(robot, seen)
        return floor, seen

    def _observe(
        self, source: str, kind: str, eye: Eye, covers: Sequence[str], in_view: InView, without: Sequence[str]
    ) -> Observation:
        zones = {c for c in covers if c in self.world.site.zones}
        places = {c for c in covers if c in self.world.site.places}
        sightings = [
            *self._boxes(eye, zones, places, in_view, without),
            *self._robots(eye, zones, places, in_view, without),
            *self._people(eye, zones, in_view),
        ]
        seen = Observation(
            observation_id=f"{source}-{self.world.tick}",
            source=source,
            source_kind=kind,
            observed_at_s=self.world.time_s,
            covered=tuple(self._covered(eye, zones, places, in_view)),
        )
        period_s = CAMERA_PERIOD_S if kind == "camera" else LOOK_PERIOD_S
        seen = self.doubt.blur(seen, sightings, eye[:3], self.samples, period_s)
        return self.world.faults.as_seen(self.world, seen)

    def _boxes(
        self, eye: Eye, zones: set[str], places: set[str], in_view: InView, without: Sequence[str]
    ) -> Iterable[Sighting]:
        for crate in self.world.crates.values():
            (x, y, z), _ = crate.pose()
            place = self.world.site.place_near((x, y, z)) or ""
            zone = self.world.site.zone_at(x, y)
            if (zone not in zones and place not in places) or crate.holder in without:
                continue
            share = self._share(eye, _box_points(crate, (x, y, z)), crate.body, in_view)
            if share > 0:
                seen = Detection(
                    subject_id=crate.id,
                    subject_kind="object",
                    x=x,
                    y=y,
                    z=z,
                    zone=zone,
                    place=place,
                    holder=crate.holder or "",
                    attributes=crate.box.record.attributes,
                    confidence=_confidence(share, eye, (x, y, z)),
                )
                yield Sighting(seen, share)

    def _robots(
        self, eye: Eye, zones: set[str], places: set[str], in_view: InView, without: Sequence[str]
    ) -> Iterable[Sighting]:
        for robot in self.world.computers.values():
            m = robot.body.motion()
            zone = self.world.site.zone_at(m.x, m.y)
            dock = self.world.site.spot_near(m.x, m.y)
            if robot.id in without or (zone not in zones and dock not in places):
                continue
            height = robot.info.description.height_m
            if robot.fallen:
                points = [(m.x, m.y, max(m.z, 0.05))]
            else:
                points = [(m.x, m.y, share * height) for share in (0.64, 0.7, 0.92)]
            share = self._share(eye, points, robot.body.bullet, in_view)
            if share > 0:
                seen = Detection(
                    subject_id=robot.id,
                    subject_kind="robot",
                    x=m.x,
                    y=m.y,
                    z=m.z,
                    zone=zone,
                    place=dock,
                    attributes={"posture": robot.body.posture().value},
                    confidence=_confidence(share, eye, (m.x, m.y, m.z)),
                )
                yield Sighting(seen, share)

    def _people(self, eye: Eye, zones: set[str], in_view: InView) -> Iterable[Sighting]:
        for name in self.world.people:
            person = self.world.people.state(name)
            zone = self.world.site.zone_at(person.x, person.y)
            if zone not in zones:
                continue
            c, s = math.cos(person.yaw), math.sin(person.yaw)
            if person.posture == "lying":
                points = [(person.x + d * c, person.y + d * s, 0.22) for d in (-0.5, 0.0, 0.5)]
            else:
                points = [(person.x, person.y, h) for h in (0.7, 1.1, 1.5)]
            share = self._share(eye, points, self.world.people.body(name), in_view)
            if share > 0:
                seen = Detection(
                    subject_id=name,
                    subject_kind="person",
                    x=person.x,
                    y=person.y,
                    z=0.22 if person.posture == "lying" else 0.85,
                    zone=zone,
                    attributes={"posture": person.posture},
                    confidence=_confidence(share, eye, points[1]),
                )
                yield Sighting(seen, share)

    def _lens(self, eye: Eye, towards: Point) -> Point:
        """Where a ray starts: before the own face."""
        if not eye.ahead_m:
            return eye.x, eye.y, eye.z
        dx, dy = towards[0] - eye.x, towards[1] - eye.y
        share = min(eye.ahead_m / max(math.hypot(dx, dy), 1e-6), 1.0)
        return eye.x + dx * share, eye.y + dy * share, eye.z

    def _share(self, eye: Eye, points: Sequence[Point], body: int, in_view: InView) -> float:
        """The share of points of a body that the eye sees."""
        rays = [(self._lens(eye, p), p) for p in points if in_view(p)]
        return sum(hit == body for hit in self.world.physics.first_hits(rays)) / len(points)

    def _covered(self, eye: Eye, zones: set[str], places: set[str], in_view: InView) -> Iterable[str]:
        for zone in sorted(zones):
            points = self.samples[zone]
            rays = [(self._lens(eye, p), p) for p in points if in_view(p)]
            clear = sum(self._clear(hit) for hit in self.world.physics.first_hits(rays))
            if clear >= ZONE_SHARE * len(points):
                yield zone
        for place in sorted(places):
            if self._sees_place(eye, place, in_view):
                yield place

    def _clear(self, hit: int) -> bool:
        """A robot or a box in the way hides a spot of the floor, not the zone."""
        return hit == -1 or self.world.physics.names.get(hit, "") != ""

    def _sees_place(self, eye: Eye, place_id: str, in_view: InView) -> bool:
        place = self.world.site.places[place_id]
        spot = place.surface or place.approach
        lift = 0.06 if place.kind is PlaceKind.SLOT else 0.7
        point = (spot.x, spot.y, spot.z + lift)
        if not in_view(point):
            return False
        hit = self.world.physics.first_hits([(self._lens(eye, point), point)])[0]
        if hit == -1:
            return True
        # What stands on the place does not hide it.
        name = self.world.physics.names.get(hit, "")
        if name in self.world.crates:
            return self.world.site.place_near(self.world.crates[name].pose()[0]) == place_id
        if name in self.world.computers and place.kind is not PlaceKind.SLOT:
            m = self.world.computers[name].body.motion()
            return math.hypot(m.x - spot.x, m.y - spot.y) < 0.6
        return False


def _eyes(robot: Computer, around: bool) -> tuple[Eye, InView]:
    """A robot's lens where it stands, and what is in its field of view."""
    m = robot.body.motion()
    eye = Eye(m.x, m.y, 0.93 * robot.info.description.height_m, _FACE_M)

    def in_view(point: Point) -> bool:
        dx, dy = point[0] - eye.x, point[1] - eye.y
        off = abs(math.remainder(math.atan2(dy, dx) - m.yaw, math.tau))
        return math.hypot(dx, dy) < EYE_RANGE_M and (around or off < _EYE_HALF_ANGLE_RAD)

    return eye, in_view


def _box_points(crate: Crate, at: Point) -> list[Point]:
    """Points just inside the box: its centre, and four near the top that show above what stands before it."""
    reach = 0.8 * min(crate.half[0], crate.half[1])
    top = at[2] + 0.8 * crate.half[2]
    return [at, *((at[0] + dx, at[1] + dy, top) for dx in (-reach, reach) for dy in (-reach, reach))]


def _floor_samples(zone: Zone) -> list[Point]:
    xs, ys = [p[0] for p in zone.polygon], [p[1] for p in zone.polygon]
    columns = max(int((max(xs) - min(xs)) / _ZONE_SAMPLES_M), 1)
    rows = max(int((max(ys) - min(ys)) / _ZONE_SAMPLES_M), 1)
    points = [
        (min(xs) + (i + 0.5) * (max(xs) - min(xs)) / columns, min(ys) + (j + 0.5) * (max(ys) - min(ys)) / rows)
        for i in range(columns)
        for j in range(rows)
    ]
    return [(x, y, 1.0) for x, y in points if zone.contains(x, y)]


def _confidence(share: float, eye: Eye, at: Point) -> float:
    return round(share * max(1 - math.dist(eye[:3], at) / _FAR_M, 0.1), 3)
