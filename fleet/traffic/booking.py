"""Who takes what of the floor when, from where everybody is now: the timetable, and what is put in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.model.site import SiteMap
from fleet.traffic.lanes import STOPS
from fleet.traffic.plans import Taken
from fleet.traffic.putting_off import put_off_all
from fleet.traffic.roadmap import Roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.timetable import Nearby, Timetable, lane_spans
from fleet.traffic.tracks import Track

Floats = NDArray[np.float64]
_FOREVER_S = 1e6
_SETS_OUT_S = 10.0  # a robot that is to walk is expected to be gone by then


class Booking:
    """Keeps the timetable of all robots."""

    def __init__(self, site: SiteMap, roadmap: Roadmap, settings: TrafficSettings, nearby: Nearby) -> None:
        self.roadmap, self.settings, self.nearby = roadmap, settings, nearby
        self.table = Timetable(roadmap, settings)
        self._holds: dict[tuple[float, float, float], tuple[Taken, Taken]] = {}
        self._fresh, self._widest = False, 0.35
        low = np.array(site.bounds[:2]) - 1.0
        self._corner = low.astype(np.float64)
        self._shape = np.ceil(np.array(site.bounds[2:]) - low + 2.0).astype(np.int32)

    def forget(self) -> None:
        """Time has passed, or plans were given up: `refresh` has work to do."""
        self._fresh = False

    def refresh(self, tracks: list[Track], now_s: float) -> None:
        """Everybody's times from where he is now, and what they take of the floor."""
        if self._fresh:
            return
        self._fresh = True
        stays = [_SETS_OUT_S if t.walks else min(self._stays(t), self.settings.horizon_s) for t in tracks]
        put_off_all(tracks, stays, self.roadmap, self.settings, now_s, self._corner, self._shape)
        self.table.keep(range(len(tracks)))
        self._widest = max(t.robot.radius_m for t in tracks)
        for n, t in enumerate(tracks):
            self.enter(n, t, now_s)

    def enter(
        self, number: int, t: Track, now_s: float, leaves_after: float | None = None, table: Timetable | None = None
    ) -> None:
        """Put a robot in the timetable: its plan, or that it stands."""
        table = table or self.table
        if t.plan is not None:
            table.remove(number)
            begins, ends = t.plan.spans(now_s, self.settings.stays_s)
            pieces = t.plan.pieces.copy()
            k = 2 * t.plan.next
            pieces[k] = (t.robot.x, t.robot.y) * 2
            if k + 1 < len(pieces):
                pieces[k + 1, :2] = (t.robot.x, t.robot.y)
            spans = lane_spans(t.plan, now_s)
            table.add(number, pieces, begins, ends, t.plan.spots, t.plan.lines, spans)
            return
        stays = leaves_after if leaves_after is not None else _SETS_OUT_S if t.walks else self._stays(t)
        x, y, apart = round(t.robot.x, 2), round(t.robot.y, 2), self.apart(t)
        how = x, y, apart, stays
        if table.stands(number, how):
            return
        table.remove(number)
        lane = self.roadmap.lane_of(x, y)
        lanes = [(lane, STOPS, 0.0, stays)] if lane >= 0 else []
        piece, taken = np.array([[x, y, x, y]]), self._hold(x, y, apart)
        table.add(number, piece, np.array([-1.0]), np.array([stays]), *taken, lanes, how)

    def enter_waiting(self, number: int, t: Track, leaves_after: float) -> None:
        """Put a robot in the timetable that is about to have a new way: it has the floor it was given until then."""
        self.table.remove(number)
        (x, y), had, _ = t.start()
        pieces = np.vstack([had, [[x, y, x, y]]])
        nearby, apart, n = self.nearby, self.apart(t), len(pieces)
        lanes = [(k, STOPS, 0.0, leaves_after) for k in set(self.roadmap.lane_at(pieces[:, 2:]).tolist()) if k >= 0]
        taken = nearby.spots(pieces, apart), nearby.lines(pieces, apart)
        self.table.add(number, pieces, np.full(n, -1.0), np.full(n, leaves_after), *taken, lanes)

    def _stays(self, t: Track) -> float:
        idle = t.robot.idle and t.robot.moves and t.robot.walking_to is None
        stays = idle or t.robot.docked or not t.robot.moves
        return _FOREVER_S if stays else self.settings.stays_s

    def apart(self, t: Track) -> float:
        return float(t.robot.radius_m + self._widest + self.settings.margin_m)

    def _hold(self, x: float, y: float, apart: float) -> tuple[Taken, Taken]:
        key = x, y, apart
        if key not in self._holds:
            if len(self._holds) > 4000:
                self._holds.clear()
            piece = np.array([[x, y, x, y]])
            self._holds[key] = self.nearby.spots(piece, apart), self.nearby.lines(piece, apart)
        return self._holds[key]


__all__ = ["Booking"]
