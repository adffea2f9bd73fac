"""Traffic on a site's floor: where robots walk, who goes first, and how far each may go.

Each robot that walks has a way with times among the ways of all others (`search`). Where two ways come too near to each
other, whose line is planned earlier goes first, however late he is; a robot is given the next stretch of floor when
nobody has any of it and nobody is to pass it before (`kernels.order`). So a robot that is late, stops or strays delays
others and never meets them. The object lives beside the supervisor's step: what it knows it can learn again from where
the robots are.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fleet.model.commands import FollowRoute
from fleet.model.site import SiteMap
from fleet.traffic.blocks import Blocks
from fleet.traffic.bumps import Bumps
from fleet.traffic.floor import Directions, Floor, OnFloor, Point, Reservation
from fleet.traffic.gate import Gate
from fleet.traffic.planning import Planning
from fleet.traffic.roadmap import Roadmap, build_roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.telling import Telling
from fleet.traffic.tracks import Track

Floats = NDArray[np.float64]


class Traffic:
    """The traffic of one site. `direct` is called about five times a second, with fleet time that may stand still or
    jump. Equal floors in equal order give equal directions.

    Raises:
        InvalidField: a site without floor.
    """

    def __init__(
        self, site: SiteMap, settings: TrafficSettings | None = None, *, roadmap: Roadmap | None = None
    ) -> None:
        self.site, self.settings = site, settings or TrafficSettings()
        self.roadmap = roadmap or build_roadmap(site, self.settings)
        self.tracks: dict[str, Track] = {}
        self.blocks = Blocks(site, self.roadmap, self.settings)
        self.planning = Planning(site, self.roadmap, self.settings, self.blocks)
        self.gate = Gate(self.roadmap, self.settings, self.blocks)
        self.bumps = Bumps(site)
        self.telling = Telling(self.settings, self.blocks)
        self._last_s = -math.inf

    def direct(self, floor: Floor) -> Directions:
        """What follows from the floor as it is now."""
        if floor.now_s < self._last_s - 1.0 or floor.now_s > self._last_s + 60.0:
            self._forget_times(floor.now_s)
        self._last_s = floor.now_s
        robots = sorted((r for r in floor.robots if _is_somewhere(r)), key=lambda r: r.robot_id)
        self._hear(robots, floor.now_s)
        # Who has fallen is a thing on the floor: a circle among `blocks`, and nobody whom others keep waiting for.
        tracks = [t for t in self.tracks.values() if t.robot.moves or not t.robot.fallen]
        widest = max((r.radius_m for r in robots), default=0.35)
        free = {t.robot.robot_id for t in tracks if t.free_s is not None}
        changed = self.blocks.look(floor, widest, free, self.bumps.look(tracks, floor, widest))
        self.planning.plan(tracks, floor.now_s, changed)
        self.gate.open(tracks, floor.now_s)
        apart = self.planning.part(tracks, floor.now_s)
        if apart:
            self.gate.open(tracks, floor.now_s)
        self.planning.freeing.look(tracks, apart, floor.now_s)
        orders = tuple(o for t in tracks if (o := self._order(t)) is not None)
        return Directions(
            orders=orders,
            notes=self.telling.notes(tracks, self.planning, floor, apart),
            reservations=self._reservations(tracks),
            routes={t.robot.robot_id: _route(t) for t in tracks if t.plan is not None},
            moves=self.planning.moves,
            released={t.robot.robot_id: t.plan.released - t.plan.next for t in tracks if t.plan is not None},
            waits={t.robot.robot_id: t.waits_for for t in tracks if t.waits_since is not None},
            closed=tuple(sorted(floor.closed)),
        )

    def _hear(self, robots: list[OnFloor], now_s: float) -> None:
        gone = self.tracks.keys() - {r.robot_id for r in robots}
        for robot_id in gone:
            del self.tracks[robot_id]
        for r in robots:
            if r.robot_id not in self.tracks:
                self.tracks[r.robot_id] = Track(r)
            self.tracks[r.robot_id].hear(r, now_s)
        self.tracks = {r.robot_id: self.tracks[r.robot_id] for r in robots}

    def _forget_times(self, now_s: float) -> None:
        """The clock has jumped: what was planned when means nothing any more. What is released stays released."""
        for t in self.tracks.values():
            t.drop(keep=True)
            t.waits_since = t.off_since = t.no_way_since = t.free_s = None
            t.freed_s = -math.inf
            t.tried_s, t.stands_since, t.walk_since = -math.inf, now_s, now_s
        self.telling.forget()
        self.bumps.forget()

    def _order(self, track: Track) -> FollowRoute | None:
        if not track.walks:
            return None
        if track.free_s is not None:
            return track.roam(self.settings.slow_near_people_mps)
        if track.plan is None:
            return track.wait()
        return track.order(self.gate.speeds(track))

    def _reservations(self, tracks: list[Track]) -> tuple[Reservation, ...]:
        """Who has lanes and lifts, and who is to have them next."""
        if not self.roadmap.lanes or not tracks:
            return ()
        claims: dict[int, dict[str, float]] = {}
        inside = self.roadmap.lane_at(np.array([(t.robot.x, t.robot.y) for t in tracks])).tolist()
        for t, n in zip(tracks, inside, strict=True):
            if n >= 0:
                claims.setdefault(n, {})[t.robot.robot_id] = -math.inf
            if t.plan is not None:
                for k, n in t.plan.in_lanes:
                    if k >= t.plan.next:
                        when = -math.inf if k < t.plan.released else float(t.plan.enters[k])
                        claims.setdefault(n, {}).setdefault(t.robot.robot_id, when)
        return tuple(
            Reservation(
                resource=self.roadmap.lanes[n].lane_id, robot_id=name, order=order,
                since_s=self.tracks[name].waits_since or self._last_s,
            )
            for n in sorted(claims)
            for order, (_, name) in enumerate(sorted((when, name) for name, when in claims[n].items()))
        )  # fmt: skip


def _is_somewhere(robot: OnFloor) -> bool:
    return math.isfinite(robot.x) and math.isfinite(robot.y)


def _route(track: Track) -> tuple[Point, ...]:
    assert track.plan is not None
    return track.plan.told[track.plan.next :]


__all__ = ["Traffic"]
