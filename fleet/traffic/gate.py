"""Who may go on: the floor is given out line by line, by what robots report, in the order that was planned."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.beside import reaches_for
from fleet.traffic.blocks import PERSON_M, Block, Blocks, as_circles
from fleet.traffic.kernels.order import CLOSED, FREE, IN_THE_WAY, go_on
from fleet.traffic.kernels.standing import ends_near
from fleet.traffic.roadmap import Roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.tracks import Track

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_BETWEEN_M = 0.15  # so much nearer than its ends a line may come to somebody
_STEP = 0.2  # of the difference between walking slowly and walking
SOMETHING, SHUT = "what is in the way", "what is closed"


class Gate:
    """Releases lines of plans."""

    def __init__(self, roadmap: Roadmap, settings: TrafficSettings, blocks: Blocks) -> None:
        self.roadmap, self.settings, self.blocks = roadmap, settings, blocks
        self._sudden: tuple[Block, ...] = ()
        self._people_at: Floats = np.zeros((0, 2))

    def open(self, tracks: list[Track], now_s: float) -> None:
        """Release what may be, and note who waits for whom since when."""
        if not tracks:
            return
        all_lines = Lines(tracks, self.roadmap)
        at = np.array([(t.robot.x, t.robot.y) for t in tracks])
        radius = np.array([t.robot.radius_m for t in tracks])
        ahead = np.array([t.ahead_m(self.settings.ahead_m) for t in tracks])
        released = np.array([t.plan.released if t.plan else 0 for t in tracks], dtype=np.int32)
        first = [float(t.plan.enters[t.plan.released]) if _has_more(t) else math.inf for t in tracks]  # type: ignore[union-attr]
        order = np.argsort(np.array(first), kind="stable").astype(np.int32)
        old = [_still_had(t) for t in tracks]
        old_of = np.repeat(np.arange(len(tracks), dtype=np.int32), [len(o) for o in old])
        shut = self.blocks.through_areas(all_lines.lines, doubted=False)
        lanes = self.roadmap.lane_at(at).astype(np.int32)
        stops = self.blocks.stops
        goals = np.array([t.goal() if t.walks else (math.nan, math.nan) for t in tracks])
        out, waits = go_on(
            order, at, radius, self.settings.margin_m, ahead, all_lines.lines, all_lines.firsts,
            all_lines.next, released, all_lines.planned, all_lines.lane, all_lines.kind, lanes,
            np.vstack(old), old_of, as_circles(stops), reaches_for(stops, goals, radius),
            self._closed(all_lines, at, shut),
        )  # fmt: skip
        for t, n, w in zip(tracks, out.tolist(), waits.tolist(), strict=True):
            if t.plan is not None:
                t.plan.released = n
            waits_for = {FREE: "", IN_THE_WAY: SOMETHING, CLOSED: SHUT}.get(w) if w < 0 else tracks[w].robot.robot_id
            t.waits_for = waits_for or ""
            stuck = bool(t.waits_for) and t.plan is not None and t.plan.released - t.plan.next <= 1
            if not stuck:
                t.waits_since = None
            elif t.waits_since is None:
                t.waits_since = now_s

    def _closed(self, all_lines: Lines, at: Floats, shut: NDArray[np.bool_]) -> Ints:
        """Lines into shut areas; a robot that stands in one may leave it."""
        if not shut.any():
            return shut.astype(np.int32)
        for r in range(len(at)):
            if self.blocks.inside(float(at[r, 0]), float(at[r, 1])):
                shut[all_lines.firsts[r] : all_lines.firsts[r + 1]] = False
        return shut.astype(np.int32)

    def _people(self) -> Floats:
        """Where people may be now; the same for all robots. Shape [n, 2]."""
        if self._sudden is not self.blocks.sudden:
            self._sudden = self.blocks.sudden
            self._people_at = np.array([(b.x, b.y) for b in self._sudden if b.person]).reshape(-1, 2)
        return self._people_at

    def speeds(self, track: Track) -> tuple[float, ...]:
        """The speed limit on the way to each point; empty when there is none."""
        plan = track.plan
        assert plan is not None
        at = self._people()
        if not len(at):
            if plan.limited and not plan.speeds:
                plan.speeds = tuple(np.minimum(plan.max_mps, track.robot.speed_mps).tolist())
            return plan.speeds
        within_m = self.settings.comfort_m + track.robot.radius_m + PERSON_M + _BETWEEN_M
        if not len(ends_near(plan.points, plan.released, at, within_m)) and not plan.limited:
            return ()
        limits = np.minimum(plan.max_mps, self._near_people(track, at))
        if not np.isfinite(limits).any():
            return ()
        return tuple(np.minimum(limits, track.robot.speed_mps).tolist())

    def _near_people(self, track: Track, at: Floats) -> Floats:
        """The speed limit on each line for the sake of people: `slow_near_people_mps` at `least_m` from them, as fast
        as the robot walks from `comfort_m` on, and in between rising with the distance. In steps, so that a way is not
        told anew for nothing."""
        plan, s = track.plan, self.settings
        assert plan is not None
        limits = np.full(len(plan.ways), np.inf)
        given = plan.ways[plan.next : plan.released]
        if not len(given):
            return limits
        gap = _apart(at, given) - track.robot.radius_m - PERSON_M
        share = np.clip((gap - s.least_m) / max(s.comfort_m - s.least_m, 1e-6), 0.0, 1.0)
        slow = min(s.slow_near_people_mps, track.robot.speed_mps)
        speed = slow + np.floor(share / _STEP) * _STEP * (track.robot.speed_mps - slow)
        limits[plan.next : plan.released] = np.where(gap < s.comfort_m, speed, np.inf)
        return limits


def _apart(points: Floats, lines: Floats) -> Floats:
    """How far each of the lines [n, 4] is from the nearest of the points [k, 2]; k at least 1. Shape [n]."""
    a, along = lines[:, None, :2], (lines[:, 2:] - lines[:, :2])[:, None]
    off = points[None] - a
    square = np.maximum((along**2).sum(axis=2), 1e-12)
    t = np.clip((off * along).sum(axis=2) / square, 0.0, 1.0)
    return np.asarray(np.hypot(*np.moveaxis(off - t[..., None] * along, 2, 0)).min(axis=1))


class Lines:
    """The lines of all plans, one after the other."""

    def __init__(self, tracks: list[Track], roadmap: Roadmap) -> None:
        plans = [t.plan for t in tracks]
        counts = [len(p.ways) if p else 0 for p in plans]
        self.firsts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        some = [p for p in plans if p is not None]
        self.lines = np.vstack([p.ways for p in some]) if some else np.zeros((0, 4))
        self.planned = np.concatenate([p.enters for p in some]) if some else np.zeros(0)
        self.takes = np.concatenate([p.takes for p in some]) if some else np.zeros(0)
        self.lane = np.concatenate([p.lane for p in some]) if some else np.zeros(0, np.int32)
        self.kind = np.concatenate([p.kind for p in some]) if some else np.zeros(0, np.int32)
        self.next = np.array([p.next if p else 0 for p in plans], dtype=np.int32) + self.firsts[:-1]
        self.whose = np.repeat(np.arange(len(tracks), dtype=np.int32), counts)


def _still_had(track: Track) -> Floats:
    """Floor that a robot has besides its way, as lines [m, 4]: of routes given up, and to those who walk behind it."""
    r = track.robot
    if not r.tail:
        return track.old
    return np.vstack([track.old, [(x, y, r.x, r.y) for x, y in r.tail]])


def _has_more(track: Track) -> bool:
    return track.plan is not None and track.plan.released < len(track.plan.ways)


__all__ = ["SHUT", "SOMETHING", "Gate", "Lines"]
