"""What of the floor and of places fixed cameras have in view: rays that are tested again only where something moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim_worlds.kernels.seeing import touched
from sim_worlds.scene import Point
from sim_worlds.site import Camera

if TYPE_CHECKING:
    from sim_worlds.sensors import Sensors

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Part(NamedTuple):
    """A zone or a place that a camera covers, and its rays."""

    camera: int
    name: str
    is_zone: bool
    rays: slice


class Coverage:
    """The rays of all `cameras` to the floor and to places, one camera's after the other's."""

    def __init__(self, sensors: Sensors, cameras: Sequence[Camera]) -> None:
        self.sensors = sensors
        # An eye that overlooks what it sees little of does not count a place as looked at of which it sees little.
        self.least = sensors.doubt.eye("camera").full_share
        self.lenses: Floats = np.array([(c.x, c.y, c.z) for c in cameras], dtype=np.float64).reshape(-1, 3)
        self.parts: list[Part] = []
        points: list[Point] = []
        firsts = [0]
        self._parts_of: list[range] = []
        for number, camera in enumerate(cameras):
            before = len(self.parts)
            for name, is_zone, spots in self._looked_for(camera):
                self.parts.append(Part(number, name, is_zone, slice(len(points), len(points) + len(spots))))
                points += spots
            firsts.append(len(points))
            self._parts_of.append(range(before, len(self.parts)))
        self.firsts: Ints = np.array(firsts, dtype=np.int64)
        self.ends: Floats = np.array(points, dtype=np.float64).reshape(-1, 3)
        self._from = np.repeat(self.lenses, np.diff(self.firsts), axis=0)
        counts = [part.rays.stop - part.rays.start for part in self.parts]
        self._owners = np.repeat(np.arange(len(self.parts)), counts)
        self.clear = np.zeros(len(points), dtype=np.bool_)
        """Of each ray, whether it counts as getting there."""
        self._has = [False] * len(self.parts)
        self.covered: list[tuple[str, ...]] = [()] * len(cameras)
        """What each camera covers now."""

    def _looked_for(self, camera: Camera) -> Iterable[tuple[str, bool, list[Point]]]:
        """Zones, then places: name, whether it is a zone, and where to look."""
        sensors, covers = self.sensors, set(camera.covers)
        for zone in sorted(covers & sensors.world.site.zones.keys()):
            yield zone, True, sensors.samples[zone]
        for place in sorted(covers & sensors.world.site.places.keys()):
            yield place, False, sensors.points[place] if self.least > 0 else sensors.points[place][:1]

    def again(self, cylinders: Floats | None) -> Ints:
        """The rays that have to be tested again after that has moved; all of them after None."""
        if cylinders is None:
            return np.arange(len(self.ends))
        if not len(cylinders):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(touched(self.lenses, self.firsts, self.ends, cylinders))

    def rays(self, which: Ints) -> tuple[Floats, Floats]:
        """Starts and ends [k, 3] of these rays, in m."""
        return self._from[which], self.ends[which]

    def note(self, which: Ints, hits: Ints) -> None:
        """What these rays hit now."""
        got = hits == -1
        for i in np.flatnonzero(~got).tolist():
            part = self.parts[self._owners.item(which.item(i))]
            hit = hits.item(i)
            got[i] = self.sensors.clear(hit) if part.is_zone else self.sensors.gets_to(part.name, hit)
        changed = which[got != self.clear[which]]
        self.clear[which] = got
        cameras = set()
        for number in np.unique(self._owners[changed]).tolist():
            self._has[number] = self._is_covered(self.parts[number])
            cameras.add(self.parts[number].camera)
        for camera in cameras:
            self.covered[camera] = tuple(self.parts[n].name for n in self._parts_of[camera] if self._has[n])

    def _is_covered(self, part: Part) -> bool:
        got = int(np.count_nonzero(self.clear[part.rays]))
        if part.is_zone:
            return self.sensors.enough(got, part.rays.stop - part.rays.start)
        return got > 0 and (self.least <= 0 or got >= self.least * len(self.sensors.points[part.name]))
