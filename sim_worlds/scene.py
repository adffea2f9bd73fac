"""Everything that can be seen at one moment, as it really is: looked up once, for all the eyes that look at it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fleet.model.evidence import Detection
from sim_worlds.crates import Crate

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.people.crowd import PersonState
    from sim_worlds.world import World

Point = tuple[float, float, float]
InView = Callable[[Point], bool]
_UPRIGHT_Z, _LYING_Z = 0.85, 0.22
MOST_POINTS = 5
"""No subject has more."""


class Subject(NamedTuple):
    """Something that can be seen: the detection of who sees all of it, the points to look for, and its body."""

    detection: Detection
    points: Sequence[Point]
    body: int
    middle: Point
    """To which an eye's distance is measured."""

    def among(self, zones: Collection[str], places: Collection[str], without: Collection[str]) -> bool:
        """Whether it is in what is looked at. `without`: not seen by whoever carries it, or is it."""
        d = self.detection
        if d.subject_id in without or (d.holder and d.holder in without):
            return False
        return d.zone in zones or (d.place != "" and d.place in places)


class Rays:
    """Rays of one look, tested all at once."""

    def __init__(self, eye: tuple[float, float, float, float], in_view: InView | None) -> None:
        self.eye, self.in_view = eye, in_view
        self.rays: list[tuple[Point, Point]] = []

    def add(self, points: Sequence[Point]) -> slice:
        """Rays to those of the points that are in view; where their hits will be."""
        start = len(self.rays)
        lens, in_view = self.eye[:3], self.in_view
        if self.eye[3]:
            self.rays += [(self._lens(p), p) for p in points if in_view is None or in_view(p)]
        else:
            self.rays += [(lens, p) for p in points if in_view is None or in_view(p)]
        return slice(start, len(self.rays))

    def _lens(self, towards: Point) -> Point:
        """Where a ray starts: before the own face."""
        x, y, z, ahead = self.eye
        dx, dy = towards[0] - x, towards[1] - y
        share = min(ahead / max(math.hypot(dx, dy), 1e-6), 1.0)
        return x + dx * share, y + dy * share, z


class Scene:
    """Makes the subjects of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._rested: dict[str, tuple[Sequence[float], str, str]] = {}
        """Where boxes were when they were last looked up: position, place, zone. Most rest."""
        self._known: dict[str, tuple[object, Subject]] = {}
        """What was made of each thing, and of what: while that is the same, so is the subject."""
        self._bodies: list[object] = []
        self._motion = np.zeros((0, 0))
        """The same of robots, row by row."""
        self._seen_robots: list[Subject | None] = []

    def subjects(self) -> list[Subject]:
        """Boxes, robots and people, as they are now. What is as it was at the last call is the same object."""
        return [*self._boxes(), *self._robots(), *self._people()]

    def _boxes(self) -> list[Subject]:
        found = []
        for crate in self.world.crates.values():
            made_of = crate.pose()[0], crate.holder
            found.append(self._same(crate.id, made_of) or self._keep(made_of, self._box(crate, made_of[0])))
        return found

    def _same(self, name: str, made_of: object) -> Subject | None:
        known = self._known.get(name)
        return known[1] if known is not None and known[0] == made_of else None

    def _keep(self, made_of: object, subject: Subject) -> Subject:
        self._known[subject.detection.subject_id] = made_of, subject
        return subject

    def _box(self, crate: Crate, at: Point) -> Subject:
        site, (x, y, z) = self.world.site, at
        rested = self._rested.get(crate.id)
        if rested is None or rested[0] != at:
            rested = at, site.place_near(at) or "", site.zone_at(x, y)
            self._rested[crate.id] = rested
        seen = Detection(
            subject_id=crate.id,
            subject_kind="object",
            x=x,
            y=y,
            z=z,
            zone=rested[2],
            place=rested[1],
            holder=crate.holder or "",
            attributes=crate.box.record.attributes,
        )
        return Subject(seen, _box_points(crate, at), crate.body, at)

    def _robots(self) -> list[Subject]:
        motion = self.world.rows.motion
        bodies: list[object] = [r.body for r in self.world.onboard]
        if bodies != self._bodies:
            self._bodies, self._motion = bodies, np.full_like(motion, np.nan)
            self._seen_robots = [None] * len(bodies)
        moved = (motion != self._motion).any(axis=1)
        moved[[r.row for r in self.world.mechanics.stepped]] = True  # these have joints, and fall
        self._motion[:] = motion
        for row in np.flatnonzero(moved).tolist():
            self._seen_robots[row] = self._robot(self.world.onboard[row])
        return [s for s in self._seen_robots if s is not None]

    def _robot(self, robot: Computer) -> Subject:
        site, m, height = self.world.site, robot.body.motion(), robot.info.description.height_m
        if robot.fallen:
            points = [(m.x, m.y, max(m.z, 0.05))]
        else:
            points = [(m.x, m.y, share * height) for share in (0.64, 0.7, 0.92)]
        seen = Detection(
            subject_id=robot.id,
            subject_kind="robot",
            x=m.x,
            y=m.y,
            z=m.z,
            zone=site.zone_at(m.x, m.y),
            place=site.spot_near(m.x, m.y),
            attributes={"posture": robot.body.posture().value},
        )
        return Subject(seen, points, robot.body.bullet, (m.x, m.y, m.z))

    def _people(self) -> list[Subject]:
        people, found = self.world.people, []
        for name in people:
            made_of = people.state(name)
            found.append(self._same(name, made_of) or self._keep(made_of, self._person(name, made_of)))
        return found

    def _person(self, name: str, p: PersonState) -> Subject:
        if p.posture == "lying":
            c, s = math.cos(p.yaw), math.sin(p.yaw)
            points = [(p.x + d * c, p.y + d * s, _LYING_Z) for d in (-0.5, 0.0, 0.5)]
        else:
            points = [(p.x, p.y, h) for h in (0.7, 1.1, 1.5)]
        seen = Detection(
            subject_id=name,
            subject_kind="person",
            x=p.x,
            y=p.y,
            z=_LYING_Z if p.posture == "lying" else _UPRIGHT_Z,
            zone=self.world.site.zone_at(p.x, p.y),
            attributes={"posture": p.posture},
        )
        return Subject(seen, points, self.world.people.body(name), points[1])


def _box_points(crate: Crate, at: Point) -> list[Point]:
    """Points just inside the box: its centre, and four near the top that show above what stands before it."""
    reach = 0.8 * min(crate.half[0], crate.half[1])
    top = at[2] + 0.8 * crate.half[2]
    return [at, *((at[0] + dx, at[1] + dy, top) for dx in (-reach, reach) for dy in (-reach, reach))]


__all__ = ["MOST_POINTS", "InView", "Point", "Rays", "Scene", "Subject"]
