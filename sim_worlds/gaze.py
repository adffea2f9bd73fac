"""What fixed cameras see, kept from frame to frame: a ray is tested again only when something near it has moved.

The same rays, and the same answers, as if all of them were tested in every frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fleet.model.evidence import Observation
from sim_worlds.doubt import Sighting
from sim_worlds.kernels.seeing import touched
from sim_worlds.scene import Point, Subject
from sim_worlds.site import Camera
from sim_worlds.stirring import Stirring

if TYPE_CHECKING:
    from sim_worlds.sensors import Sensors

Floats = NDArray[np.float64]


class View:
    """One subject as one camera sees it."""

    __slots__ = ("ends", "hits", "seen", "subject")

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.ends: Floats = np.array(subject.points, dtype=np.float64)
        self.hits: Sequence[int] = ()
        self.seen: Sighting | None = None


class Gaze:
    """One camera: the floor and the places it covers, and the subjects on them."""

    def __init__(self, sensors: Sensors, camera: Camera) -> None:
        site = sensors.world.site
        self.sensors, self.camera = sensors, camera
        self.lens: Point = (camera.x, camera.y, camera.z)
        self.zones = sorted({c for c in camera.covers if c in site.zones})
        self.places = sorted({c for c in camera.covers if c in site.places})
        # An eye that overlooks what it sees little of does not count a place as looked at of which it sees little.
        self.least = sensors.doubt.eye("camera").full_share
        self._parts: list[tuple[str, slice]] = []
        self.points: list[Point] = []
        for zone in self.zones:
            self._add(zone, sensors.samples[zone])
        self._floor = len(self.points)
        for place in self.places:
            self._add(place, sensors.points[place] if self.least > 0 else sensors.points[place][:1])
        self.ends: Floats = np.array(self.points, dtype=np.float64).reshape(-1, 3)
        self._owners = [number for number, (_, at) in enumerate(self._parts) for _ in range(at.start, at.stop)]
        self.clear = bytearray(len(self.points))
        """Of each ray to the floor or to a place, whether it counts as getting there."""
        self._covers = bytearray(len(self._parts))
        self.covered: tuple[str, ...] = ()
        self.views: dict[str, View] = {}
        self.looked: list[View] = []

    def _add(self, name: str, points: Sequence[Point]) -> None:
        self._parts.append((name, slice(len(self.points), len(self.points) + len(points))))
        self.points += points

    def look_at(self, subject: Subject) -> View | None:
        """It is on what is covered. Returns the view if its rays have to be tested in any case."""
        name = subject.detection.subject_id
        view = self.views.get(name)
        if view is not None and view.subject is subject:
            self.looked.append(view)
            return None
        view = self.views[name] = View(subject)
        self.looked.append(view)
        return view

    def note(self, again: Sequence[int], hits: Sequence[int]) -> None:
        """What the rays to these points of the floor and of places hit now."""
        parts = set()
        for index, hit in zip(again, hits, strict=True):
            number = self._owners[index]
            floor = index < self._floor
            got = self.sensors.clear(hit) if floor else self.sensors.gets_to(self._parts[number][0], hit)
            if got != self.clear[index]:
                self.clear[index] = got
                parts.add(number)
        if parts:
            for number in parts:
                self._covers[number] = self._is_covered(number)
            self.covered = tuple(name for (name, _), seen in zip(self._parts, self._covers, strict=True) if seen)

    def _is_covered(self, number: int) -> bool:
        name, at = self._parts[number]
        got = sum(self.clear[at])
        if number < len(self.zones):
            return self.sensors.enough(got, at.stop - at.start)
        return got > 0 and (self.least <= 0 or got >= self.least * len(self.sensors.points[name]))


class Gazes:
    """All fixed cameras of a world."""

    def __init__(self, sensors: Sensors) -> None:
        self.sensors = sensors
        self.all = [Gaze(sensors, c) for c in sensors.world.site.cameras.values()]
        self._stirring = Stirring(sensors.world)
        self._who: dict[tuple[str, str], tuple[Gaze, ...]] = {}

    def frame(self) -> list[Observation]:
        """One observation each, of this moment."""
        sensors, cylinders = self.sensors, self._stirring.since()
        if cylinders is None:
            for gaze in self.all:
                gaze.views.clear()
        views = self._subjects(sensors.scene.subjects())
        floors: list[tuple[Gaze, list[int]]] = []
        for gaze in self.all:
            if cylinders is None:
                floors.append((gaze, list(range(len(gaze.points)))))
            elif len(cylinders) and len(gaze.points):
                again = np.flatnonzero(touched(_from(gaze.lens, gaze.ends), gaze.ends, cylinders)).tolist()
                if again:
                    floors.append((gaze, again))
        if cylinders is not None and len(cylinders):
            views += self._hidden_anew(cylinders, {id(v) for _, v in views})
        self._test(views, floors)
        return [self._observation(gaze) for gaze in self.all]

    def _subjects(self, subjects: Sequence[Subject]) -> list[tuple[Gaze, View]]:
        """Let every camera look at what is on what it covers; the views that are new."""
        for gaze in self.all:
            gaze.looked = []
        new = []
        for subject in subjects:
            for gaze in self._watching(subject.detection.zone, subject.detection.place):
                view = gaze.look_at(subject)
                if view is not None:
                    new.append((gaze, view))
        return new

    def _watching(self, zone: str, place: str) -> tuple[Gaze, ...]:
        found = self._who.get((zone, place))
        if found is None:
            found = tuple(g for g in self.all if zone in g.zones or (place != "" and place in g.places))
            self._who[zone, place] = found
        return found

    def _hidden_anew(self, cylinders: Floats, tested: set[int]) -> list[tuple[Gaze, View]]:
        """Views of what did not move, with something moving before it."""
        views = [(g, v) for g in self.all for v in g.looked if id(v) not in tested]
        if not views:
            return []
        counts = [len(v.ends) for _, v in views]
        starts = np.repeat(np.array([g.lens for g, _ in views]), counts, axis=0)
        owners = np.repeat(np.arange(len(views)), counts)
        hidden = touched(starts, np.concatenate([v.ends for _, v in views]), cylinders)
        return [views[i] for i in np.unique(owners[hidden]).tolist()]

    def _test(self, views: list[tuple[Gaze, View]], floors: list[tuple[Gaze, list[int]]]) -> None:
        if not views and not floors:
            return
        ends = [v.ends for _, v in views] + [g.ends[again] for g, again in floors]
        lenses = np.array([g.lens for g, _ in views] + [g.lens for g, _ in floors])
        starts = np.repeat(lenses, [len(e) for e in ends], axis=0)
        hits = self.sensors.solids.first_hits(starts, np.concatenate(ends))
        at = 0
        for gaze, view in views:
            view.hits = hits[at : at + len(view.subject.points)]
            at += len(view.subject.points)
            view.seen = self.sensors.sighting(view.subject, gaze.lens, view.hits)
        for gaze, again in floors:
            gaze.note(again, hits[at : at + len(again)])
            at += len(again)

    def _observation(self, gaze: Gaze) -> Observation:
        sightings = [view.seen for view in gaze.looked if view.seen is not None]
        return self.sensors.reported(gaze.camera.camera_id, "camera", gaze.lens, gaze.covered, sightings)


def _from(lens: Point, ends: Floats) -> Floats:
    return np.broadcast_to(np.array(lens), ends.shape)
