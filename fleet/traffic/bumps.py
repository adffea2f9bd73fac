"""What nobody reports and robots run into: a bed in a corridor, a pallet, a closed grille.

A robot that has floor before it and does not get on over it, though nobody is near, has met something. Where that is
nobody knows exactly: a circle before it counts as in the way for a while, for all. Robots that meet more of it make it
larger. Where it leaves no other way, the robot finds its own way past it (`fleet.traffic.freeing`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fleet.model.site import SiteMap
from fleet.traffic.blocks import Block
from fleet.traffic.floor import Floor, Point
from fleet.traffic.tracks import Track

_PERIOD_S = 0.5
_AFTER_S = 4.0
_MORE_AFTER_S = 2.0  # where something was met already
_TRIES_S = 3.0  # who moved so lately does not stand
_STANDS_S = 10.0  # a robot that does not move at all may have stopped by itself
_LASTS_S = 60.0
_NEARER_M = 0.4  # less in that time is no progress
_FLOOR_M = 0.6  # less before it may be all that a robot undershoots
_ANOTHER_WAY_M = 1.0  # so much farther to go, it was given a way around
_PEOPLE_M, _ROBOTS_M, _DOORS_M = 1.8, 1.0, 1.2  # near these a robot has its own reasons to stand
_SIZE_M = 0.45  # the circle's radius
_BESIDE_M = 0.1  # from the robot's edge to it
_SAME_M = 2.0


@dataclass(slots=True)
class _Getting:
    """How far a walk had got at some time: the walk, and what was left of it; and since when it moves."""

    walk: object
    left_m: float
    since_s: float
    tries_since_s: float


@dataclass(frozen=True, slots=True)
class _Met:
    x: float
    y: float
    until_s: float
    what: str


class Bumps:
    """Watches how robots get on."""

    def __init__(self, site: SiteMap) -> None:
        doors = [((d.ax + d.bx) / 2, (d.ay + d.by) / 2, math.hypot(d.bx - d.ax, d.by - d.ay) / 2)
                 for d in site.doors.values()]  # fmt: skip
        lifts = [((x0 + x1) / 2, (y0 + y1) / 2, math.hypot(x1 - x0, y1 - y0) / 2)
                 for x0, y0, x1, y1 in (lift.rect for lift in site.lifts.values())]  # fmt: skip
        self._gates = doors + lifts
        self._getting: dict[str, _Getting] = {}
        self._met: list[_Met] = []
        self._looked_s = -math.inf

    def forget(self) -> None:
        """The clock has jumped."""
        self._getting.clear()
        self._met.clear()
        self._looked_s = -math.inf

    def look(self, tracks: list[Track], floor: Floor, widest_m: float) -> list[Block]:
        """What was met by now, as circles that nobody's middle may come into."""
        if floor.now_s - self._looked_s >= _PERIOD_S - 1e-6:
            self._watch(tracks, floor, floor.now_s - self._looked_s)
            self._looked_s = floor.now_s
        walked = [(r.x, r.y) for r in floor.robots] if self._met else []
        self._met = [m for m in self._met if floor.now_s < m.until_s and not _is_on(m, walked)]
        return [Block(m.x, m.y, widest_m + _SIZE_M, m.what, body_m=_BESIDE_M) for m in self._met]

    def _watch(self, tracks: list[Track], floor: Floor, passed_s: float) -> None:
        self._getting = {t.robot.robot_id: g for t in tracks if (g := self._getting.get(t.robot.robot_id)) is not None}
        for t in tracks:
            if self._is_stuck(t, tracks, floor, passed_s):
                what = f"something that {t.robot.robot_id} does not get past"
                self._met.append(_Met(*_ahead(t), floor.now_s + _LASTS_S, what))
                del self._getting[t.robot.robot_id]
                t.drop(keep=True)  # it is led from where it is
                t.tried_s = -math.inf

    def _is_stuck(self, t: Track, tracks: list[Track], floor: Floor, passed_s: float) -> bool:
        name, now = t.robot.robot_id, floor.now_s
        left, known = _left_m(t), self._getting.get(name)
        if left is None:
            self._getting.pop(name, None)
            return False
        another = known is None or known.walk != t.walk or left > known.left_m + _ANOTHER_WAY_M
        if known is None or another or left < known.left_m - _NEARER_M:
            self._getting[name] = _Getting(t.walk, left, now, now)
            return False
        tries = now - t.stands_since < _TRIES_S
        if not tries:
            known.tries_since_s = now
        if t.robot.route != t.route or _floor_m(t) < _FLOOR_M:  # it has not heard yet that it may go on
            known.since_s += passed_s
            return False
        again = any(math.dist((m.x, m.y), (t.robot.x, t.robot.y)) < _SAME_M for m in self._met)
        # Who stood for a while and now sets out has tried for no longer than that.
        since_s = max(known.since_s, known.tries_since_s) if tries else known.since_s
        if now - since_s < (_STANDS_S if not tries else _MORE_AFTER_S if again else _AFTER_S):
            return False
        if self._may_stand(t, tracks, floor):
            self._getting[name] = _Getting(t.walk, left, now, now)
            return False
        return True

    def _may_stand(self, t: Track, tracks: list[Track], floor: Floor) -> bool:
        """Whether it has reasons of its own: somebody or a door is near."""
        here, ahead = (t.robot.x, t.robot.y), _ahead(t)
        return (
            any(math.dist(here, (p.x, p.y)) < _PEOPLE_M for p in floor.people)
            or any(o is not t and math.dist(ahead, (o.robot.x, o.robot.y)) < _ROBOTS_M for o in tracks)
            or any(math.dist(here, (x, y)) < _DOORS_M + half for x, y, half in self._gates)
        )


def _floor_m(t: Track) -> float:
    """How much floor a robot has before it."""
    assert t.plan is not None
    given = t.plan.floor_had(t.robot.x, t.robot.y)
    return float(np.hypot(given[:, 2] - given[:, 0], given[:, 3] - given[:, 1]).sum()) if len(given) else 0.0


def _left_m(t: Track) -> float | None:
    """How much of its way a robot has before it; None if it is not on one."""
    if t.plan is None or not t.walks or t.free_s is not None or t.plan.refuge or t.plan.next >= len(t.plan.ways):
        return None
    ways = t.plan.ways[t.plan.next :]
    first = math.hypot(ways[0, 2] - t.robot.x, ways[0, 3] - t.robot.y)
    return first + float(np.hypot(ways[1:, 2] - ways[1:, 0], ways[1:, 3] - ways[1:, 1]).sum())


def _ahead(t: Track) -> Point:
    """The middle of a circle right before the robot, where its way leads."""
    assert t.plan is not None
    r, ends = t.robot, t.plan.points[t.plan.next + 1 :]
    away = np.hypot(ends[:, 0] - r.x, ends[:, 1] - r.y)
    far = np.flatnonzero(away > r.radius_m)
    k = int(far[0]) if len(far) else len(ends) - 1
    ahead = r.radius_m + _BESIDE_M + _SIZE_M
    share = ahead / max(float(away[k]), 1e-6)
    x, y = r.x + (float(ends[k, 0]) - r.x) * share, r.y + (float(ends[k, 1]) - r.y) * share
    return round(x, 1), round(y, 1)


def _is_on(met: _Met, robots: list[Point]) -> bool:
    """Whether a robot is where it was: then it is there no more."""
    return any(math.dist((met.x, met.y), at) < _SIZE_M for at in robots)


__all__ = ["Bumps"]
