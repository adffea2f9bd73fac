"""What fixed cameras see, kept from frame to frame: a ray is tested again only when something near it has moved.

The same rays, and the same answers, as if all of them were tested in every frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fleet.model.evidence import Observation
from sim_worlds.coverage import Coverage
from sim_worlds.doubt import Sighting
from sim_worlds.kernels.seeing import touched
from sim_worlds.scene import MOST_POINTS, Point, Subject
from sim_worlds.stirring import Stirring

if TYPE_CHECKING:
    from sim_worlds.sensors import Sensors

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Gazes:
    """All fixed cameras of a world, and each subject as each of them sees it."""

    def __init__(self, sensors: Sensors) -> None:
        self.sensors = sensors
        site = sensors.world.site
        self.all = list(site.cameras.values())
        self._lenses: list[Point] = [(c.x, c.y, c.z) for c in self.all]
        self._covers = [frozenset(c.covers) for c in self.all]
        self._coverage = Coverage(sensors, self.all)
        self._stirring = Stirring(sensors.world)
        self._who: dict[tuple[str, str], tuple[int, ...]] = {}
        self._begin(())

    def _begin(self, subjects: Sequence[Subject]) -> None:
        """Nobody has looked at any of these yet."""
        n = len(subjects)
        self._subjects: list[Subject | None] = [None] * n
        self._watchers: list[tuple[int, ...]] = [()] * n
        self._points, self._point_counts = np.zeros((n, MOST_POINTS, 3)), np.zeros(n, dtype=np.int64)
        self._looks = np.zeros((len(self.all), n), dtype=np.bool_)
        """Which subjects are on what each camera covers."""
        self._hits = np.full((len(self.all), n), -1)
        """How many of a camera's rays to a subject get there."""
        self._seen: list[list[Sighting | None]] = [[None] * n for _ in self.all]
        self._pairs: tuple[Ints, Ints] | None = None

    def frame(self) -> list[Observation]:
        """One observation each, of this moment."""
        cylinders, subjects = self._stirring.since(), self.sensors.scene.subjects()
        new = self._look_at(subjects, cylinders is None)
        cameras, seen, starts, ends = self._stale(new, cylinders)
        floor = self._coverage.again(cylinders)
        if len(seen) or len(floor):
            floor_starts, floor_ends = self._coverage.rays(floor)
            rays = np.concatenate((starts, floor_starts)), np.concatenate((ends, floor_ends))
            hits = np.array(self.sensors.solids.first_hits(*rays), dtype=np.int64)
            if len(seen):
                self._note(new, cameras, seen, hits[: len(ends)])
            if len(floor):
                self._coverage.note(floor, hits[len(ends) :])
        return [self._observation(number) for number in range(len(self.all))]

    def _look_at(self, subjects: Sequence[Subject], anew: bool) -> Bools:
        """Which subjects are not as they were in the frame before; all after `anew`."""
        if len(subjects) != len(self._subjects):
            self._begin(subjects)
        new = np.zeros(len(subjects), dtype=np.bool_)
        for i, (subject, before) in enumerate(zip(subjects, self._subjects, strict=True)):
            if subject is before and not anew:
                continue
            new[i] = True
            self._subjects[i] = subject
            self._point_counts[i] = len(subject.points)
            self._points[i, : len(subject.points)] = subject.points
            watchers = self._watching(subject.detection.zone, subject.detection.place)
            if watchers != self._watchers[i]:
                self._watch(i, watchers)
        return new

    def _watch(self, i: int, watchers: tuple[int, ...]) -> None:
        """Only these cameras look at subject i."""
        for camera in self._watchers[i]:
            self._looks[camera, i] = False
            self._seen[camera][i] = None
        for camera in watchers:
            self._looks[camera, i] = True
        self._watchers[i], self._pairs = watchers, None

    def _watching(self, zone: str, place: str) -> tuple[int, ...]:
        found = self._who.get((zone, place))
        if found is None:
            site, covers = self.sensors.world.site, enumerate(self._covers)
            zone_known, place_known = zone in site.zones, place in site.places
            found = tuple(n for n, c in covers if (zone_known and zone in c) or (place_known and place in c))
            self._who[zone, place] = found
        return found

    def _stale(self, new: Bools, cylinders: Floats | None) -> tuple[Ints, Ints, Floats, Floats]:
        """What must be tested again: pairs of camera [p] and subject [p], and their rays: starts and ends [k, 3]."""
        if self._pairs is None:
            self._pairs = np.nonzero(self._looks)
        cameras, seen = self._pairs
        stale = new[seen]
        if cylinders is not None and len(cylinders) and len(seen):
            owners, ends = self._ends(seen)
            firsts = np.searchsorted(cameras[owners], np.arange(len(self.all) + 1))
            stale[owners[touched(self._coverage.lenses, firsts, ends, cylinders)]] = True
        cameras, seen = cameras[stale], seen[stale]
        owners, ends = self._ends(seen)
        return cameras, seen, self._coverage.lenses[cameras[owners]], ends

    def _ends(self, seen: Ints) -> tuple[Ints, Floats]:
        """The points [k, 3] of these subjects, one's after the other's, and to which [k] they belong."""
        there = np.arange(MOST_POINTS) < self._point_counts[seen][:, None]
        return np.nonzero(there)[0], self._points[seen][there]

    def _note(self, new: Bools, cameras: Ints, seen: Ints, hits: Ints) -> None:
        """What the rays of these pairs hit now."""
        counts = self._point_counts[seen]
        bodies = np.array([s.body if s is not None else -1 for s in self._subjects])
        got = np.add.reduceat(hits == np.repeat(bodies[seen], counts), np.cumsum(counts) - counts, dtype=np.int64)
        changed = new[seen] | (got != self._hits[cameras, seen])
        self._hits[cameras, seen] = got
        for camera, i, n in zip(*(a[changed].tolist() for a in (cameras, seen, got)), strict=True):
            subject = self._subjects[i]
            assert subject is not None
            self._seen[camera][i] = self.sensors.sighted(subject, self._lenses[camera], n)

    def _observation(self, number: int) -> Observation:
        sightings = [s for s in self._seen[number] if s is not None]
        covered, lens = self._coverage.covered[number], self._lenses[number]
        return self.sensors.reported(self.all[number].camera_id, "camera", lens, covered, sightings)
