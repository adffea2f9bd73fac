"""What cameras and robots' eyes see: rays from the lens, stopped by whatever stands in between."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fleet.model.altered import altered
from fleet.model.evidence import Observation
from fleet.model.site import Place, PlaceKind, Zone
from sim_worlds.doubt import Doubt, Sighting
from sim_worlds.gaze import Gazes
from sim_worlds.scene import InView, Point, Rays, Scene, Subject
from sim_worlds.solids import Solids

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
        self.scene = Scene(world)
        self.samples = {z.zone_id: _floor_samples(z) for z in world.site.zones.values()}
        self.points = {name: _place_points(place) for name, place in world.site.places.items()}
        self._solids: Solids | None = None
        self._gazes: Gazes | None = None

    @property
    def solids(self) -> Solids:
        """What can stop a ray."""
        if self._solids is None:
            self._solids = Solids(self.world)
        return self._solids

    def _hits(self, rays: Rays) -> list[int]:
        ends = np.array(rays.rays, dtype=np.float64).reshape(-1, 2, 3)
        return self.solids.first_hits(ends[:, 0], ends[:, 1])

    def cameras(self) -> list[Observation]:
        """What fixed cameras report now: one observation each, made as long ago as they take to report."""
        if self._gazes is None:
            self._gazes = Gazes(self)
        if self._gazes.all:
            self._late.extend(self._gazes.frame())
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
        seen = self._observe(robot.id, "robot", eye, covers, in_view, self.scene.subjects())
        seen = self.world.localisation.as_believed(robot, seen)
        self.world.observe(robot, seen)
        return seen

    def look_over(self, robot: Computer, zone: str, before: frozenset[int]) -> tuple[frozenset[int], Observation]:
        """As `look`, at one side of a zone; also which of the zone's sample points are in view now.

        The zone counts as covered by the observation when, with what was seen `before`, enough of it was seen.
        """
        eye, in_view = _eyes(robot, False)
        points = self.samples[zone]
        looked, rays = [i for i, p in enumerate(points) if in_view(p)], Rays(eye, None)
        rays.add([points[i] for i in looked])
        hits = self._hits(rays)
        floor = frozenset(i for i, hit in zip(looked, hits, strict=True) if self.clear(hit))
        covers = (zone, *(p.place_id for p in self.world.site.places.values() if p.zone_id == zone))
        seen = self._observe(robot.id, "robot", eye, covers, in_view, self.scene.subjects())
        seen = self.world.localisation.as_believed(robot, seen)
        if zone not in seen.covered and len(floor | before) >= ZONE_SHARE * len(points):
            seen = replace(seen, covered=(zone, *seen.covered))
        self.world.observe(robot, seen)
        return floor, seen

    def _observe(
        self,
        source: str,
        kind: str,
        eye: Eye,
        covers: Sequence[str],
        in_view: InView | None,
        subjects: Sequence[Subject],
    ) -> Observation:
        site, rays = self.world.site, Rays(eye, in_view)
        zones = sorted({c for c in covers if c in site.zones})
        places = sorted({c for c in covers if c in site.places})
        looked = [(s, rays.add(s.points)) for s in subjects if s.among(zones, places, (source,))]
        floors = [(z, rays.add(self.samples[z])) for z in zones]
        # An eye that overlooks what it sees little of does not count a place as looked at of which it sees little.
        least = self.doubt.eye(kind).full_share
        spots = [(p, rays.add(self.points[p] if least > 0 else self.points[p][:1])) for p in places]
        hits = self._hits(rays)
        sightings = [self.sighting(s, eye[:3], hits[at]) for s, at in looked]
        covered = [
            *(z for z, at in floors if self.enough(sum(map(self.clear, hits[at])), len(self.samples[z]))),
            *(p for p, at in spots if self._place_seen(p, hits[at], least)),
        ]
        return self.reported(source, kind, eye[:3], tuple(covered), [s for s in sightings if s is not None])

    def reported(
        self, source: str, kind: str, lens: Point, covered: tuple[str, ...], sightings: Sequence[Sighting]
    ) -> Observation:
        """What a source makes of what rays say, with its doubt and its faults."""
        seen = Observation(
            observation_id=f"{source}-{self.world.tick}",
            source=source,
            source_kind=kind,
            observed_at_s=self.world.time_s,
            covered=covered,
        )
        period_s = CAMERA_PERIOD_S if kind == "camera" else LOOK_PERIOD_S
        seen = self.doubt.blur(seen, sightings, lens, self.samples, period_s)
        return self.world.faults.as_seen(self.world, seen)

    def sighting(self, subject: Subject, lens: Point, hits: Sequence[int]) -> Sighting | None:
        """What rays to its points say of a subject; None when none of them gets there."""
        return self.sighted(subject, lens, hits.count(subject.body))

    @staticmethod
    def sighted(subject: Subject, lens: Point, points: int) -> Sighting | None:
        """What it is to see so many of a subject's points; None for none."""
        share = points / len(subject.points)
        if share <= 0:
            return None
        sure = round(share * max(1 - math.dist(lens, subject.middle) / _FAR_M, 0.1), 3)
        return Sighting(altered(subject.detection, confidence=sure), share)

    @staticmethod
    def enough(clear: int, samples: int) -> bool:
        """Whether a zone counts as covered, of whose sample points so many are in view."""
        return clear >= ZONE_SHARE * samples

    def clear(self, hit: int) -> bool:
        """A robot or a box in the way hides a spot of the floor, not the zone."""
        return hit == -1 or self.world.physics.names.get(hit, "") != ""

    def _place_seen(self, place_id: str, hits: Sequence[int], least: float) -> bool:
        """Whether at least this share of the rays to a place gets there; there are none when it is out of view."""
        seen = sum(self.gets_to(place_id, hit) for hit in hits)
        return seen > 0 and (least <= 0 or seen >= least * len(self.points[place_id]))

    def gets_to(self, place_id: str, hit: int) -> bool:
        """Whether a ray to a place that met this body first counts as getting there."""
        if hit == -1:
            return True
        # What stands on the place does not hide it.
        place, name = self.world.site.places[place_id], self.world.physics.names.get(hit, "")
        if name in self.world.crates:
            return self.world.site.place_near(self.world.crates[name].pose()[0]) == place_id
        if name in self.world.computers and place.kind is not PlaceKind.SLOT:
            m, spot = self.world.computers[name].body.motion(), place.surface or place.approach
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


def _place_points(place: Place) -> list[Point]:
    """Where to look to see a place: just above a surface, or at the height of who stands there; then around that."""
    spot = place.surface or place.approach
    z, higher = (spot.z + 0.06, spot.z + 0.16) if place.kind is PlaceKind.SLOT else (0.7 + spot.z, 0.9 + spot.z)
    around = [(spot.x + dx, spot.y + dy, higher) for dx in (-0.1, 0.1) for dy in (-0.1, 0.1)]
    return [(spot.x, spot.y, z), *around]


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
