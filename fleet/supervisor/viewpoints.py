"""Where to stand, one after the other, to have seen a whole zone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fleet.model.geometry import Pose
from fleet.model.site import SiteMap, Zone
from fleet.travel import TravelModel

_SEES_M = 4.5  # a robot that turns around sees the floor so far, if no wall is in between
_GRID_M = 1.0
_ROOM_M = 0.6  # kept free between a viewpoint and walls or furniture, where there is a choice
_ENOUGH = 0.9  # share of the floor in view, at which another viewpoint is not worth the walk
Point = tuple[float, float]


class Viewpoints:
    """The viewpoints of each zone of a site; found once for each, the same in every process."""

    def __init__(self, site: SiteMap, travel: TravelModel) -> None:
        self._site, self._travel = site, travel
        self._known: dict[str, tuple[Pose, ...]] = {}

    def of(self, zone_id: str) -> tuple[Pose, ...]:
        """Few poses from which together nearly all of the zone's floor is in view; none where nobody can walk."""
        if zone_id not in self._known:
            self._known[zone_id] = self._find(zone_id)
        return self._known[zone_id]

    def prepare(self) -> None:
        """Find those of all zones now, so that no later question has to wait for it."""
        for zone_id in self._site.zones:
            self.of(zone_id)

    def _find(self, zone_id: str) -> tuple[Pose, ...]:
        """Greedy set cover over a grid of 1 m: each next one is the one that shows most of what is still unseen."""
        floor = _grid(self._site.zones[zone_id])
        free = [p for p in floor if self._travel.is_free(_pose(p))]
        candidates = [p for p in free if self._site.room_at(*p) >= _ROOM_M] or free
        shows = {p: self._in_view(p, floor) for p in candidates}
        unseen, chosen = set(range(len(floor))), []
        while candidates and len(unseen) > (1.0 - _ENOUGH) * len(floor):
            best = max(candidates, key=lambda p: (len(shows[p] & unseen), -_off_centre(p, unseen, floor), p))
            if not shows[best] & unseen:
                break
            chosen.append(best)
            unseen -= shows[best]
        return tuple(_pose(p) for p in chosen)

    def _in_view(self, at: Point, floor: Sequence[Point]) -> set[int]:
        near = [i for i, point in enumerate(floor) if math.dist(at, point) <= _SEES_M]
        return {i for i in near if not self._travel.wall_between(_pose(at), _pose(floor[i]))}


def in_walking_order(travel: TravelModel, start: Pose, poses: Sequence[Pose]) -> tuple[Pose, ...]:
    """The poses, each nearest to the one before; the first is the one nearest to `start`."""
    left, at, ordered = list(poses), start, []
    while left:
        at = min(left, key=lambda p: (round(travel.distance_m(at, p), 2), p.x, p.y))
        left.remove(at)
        ordered.append(at)
    return tuple(ordered)


def _grid(zone: Zone) -> list[Point]:
    xs, ys = [p[0] for p in zone.polygon], [p[1] for p in zone.polygon]
    columns, rows = max(round((max(xs) - min(xs)) / _GRID_M), 1), max(round((max(ys) - min(ys)) / _GRID_M), 1)
    points = [
        (min(xs) + (i + 0.5) * (max(xs) - min(xs)) / columns, min(ys) + (j + 0.5) * (max(ys) - min(ys)) / rows)
        for i in range(columns)
        for j in range(rows)
    ]
    return [p for p in points if zone.contains(*p)]


def _off_centre(at: Point, unseen: set[int], floor: Sequence[Point]) -> float:
    """Mean distance to the unseen floor in reach: of viewpoints that show as much, the one in its middle is nearest."""
    near = [d for i in sorted(unseen) if (d := math.dist(at, floor[i])) <= _SEES_M]
    return round(sum(near) / len(near), 6) if near else math.inf


def _pose(point: Point) -> Pose:
    return Pose(x=point[0], y=point[1])
