"""A way given from outside: the points a walk goes through, and how far it may go now."""

from __future__ import annotations

import math
from itertools import pairwise

from sim_worlds.errors import Refused
from sim_worlds.kernels.walking import ASIDE_M, NEARBY_M
from sim_worlds.records import Way

SAME_M = 0.5
"""How far a route may end from where the walk ends, and still be meant for it."""
_SAME_POINT_M = 0.02
BEND_RAD = 0.45
"""Where a way turns by more, legs that sway slow down."""
FIRST_WITHIN_S = 0.5
"""A robot of a fleet that guides its robots waits so long for a walk's first route; then it finds its way itself."""
SAYS_SO_AFTER_S = 2.0
"""A wait for the way ahead is reported once it lasts so long; shorter ones are a part of walking."""

Point = tuple[float, float]


class Guide:
    """The route of one walk that ends at `goal` (m, map frame); begins without one."""

    def __init__(self, goal: Point) -> None:
        self.goal = goal
        self.route = 0
        self.points: tuple[Point, ...] = ()
        self.limits: tuple[float, ...] = ()
        self.released = 0
        self.passed = 0
        self._begins: tuple[Point, Point] | None = None  # the first point, and where the robot was when it came

    def __bool__(self) -> bool:
        return bool(self.points)

    def take(self, way: Way, robot_id: str) -> bool:
        """Go by this route from now on. Points of the route before that were passed stay so.

        Returns:
            False for a repetition of the present route.

        Raises:
            Refused: `stale_route` for a lower number than that of the present route, `another_walk` for a route that
                ends elsewhere, `bad_argument` for what is no route.
        """
        _check(way, robot_id)
        if way.route < self.route:
            raise Refused(
                "stale_route", f"{robot_id} follows route {self.route}; got {way.route}, expected a higher one"
            )
        end = way.points[-1]
        if math.dist(end, self.goal) > SAME_M:
            raise Refused(
                "another_walk",
                f"{robot_id} walks to ({self.goal[0]:.2f}, {self.goal[1]:.2f}); the route ends at "
                f"({end[0]:.2f}, {end[1]:.2f})",
            )
        if way.route == self.route:
            return False
        self.passed = self._behind(way.points)
        self.route, self.points, self.limits, self.released = way.route, way.points, way.max_mps, way.released
        return True

    def _behind(self, points: tuple[Point, ...]) -> int:
        """How many of the new points are behind: those that were passed, if the way goes on as before after them."""
        if not self.points:
            return 0
        ahead = self.points[self.passed] if self.passed < len(self.points) else None
        for count in range(min(self.passed, len(points) - 1), 0, -1):
            before = self.points[self.passed - count : self.passed]
            goes_on = ahead is None or math.dist(points[count], ahead) < _SAME_POINT_M
            if goes_on and all(math.dist(a, b) < _SAME_POINT_M for a, b in zip(points, before, strict=False)):
                return count
        return 0

    def pass_by(self, x: float, y: float, near: float) -> None:
        """Note which of the released points a robot at (x, y) has behind it. The last one is never: the walk ends
        there."""
        while self.passed < min(self.released, len(self.points) - 1):
            if not self._is_behind(x, y, near):
                break
            self.passed += 1

    def pass_one(self) -> None:
        """The point that was walked to is behind."""
        self.passed = min(self.passed + 1, self.released)

    def _is_behind(self, x: float, y: float, near: float) -> bool:
        (ax, ay), (bx, by) = self.points[self.passed], self.points[self.passed + 1]
        dx, dy = x - ax, y - ay
        away = math.hypot(dx, dy)
        if away < near:
            return True
        length = math.hypot(bx - ax, by - ay)
        if away > NEARBY_M or length < 1e-6:
            return False
        along, aside = (dx * (bx - ax) + dy * (by - ay)) / length, abs(dx * (by - ay) - dy * (bx - ax)) / length
        return along > 0.0 and aside < ASIDE_M

    @property
    def waits(self) -> bool:
        """Whether it has come as far as it may go now."""
        return self.passed >= self.released

    @property
    def ends(self) -> bool:
        """Whether only the last point is left, and that is released: the rest is an ordinary walk."""
        return not self.waits and self.passed >= len(self.points) - 1

    def limit(self) -> float:
        """m/s on the way to the next point; infinite where there is none."""
        return self.limits[self.passed] if self.limits and self.passed < len(self.limits) else math.inf

    def free_beyond(self) -> float:
        """Metres of released way behind the point that is walked to."""
        return _length(self.points[self.passed : self.released])

    def line_from(self, x: float, y: float) -> Point:
        """Where the line to the next point begins: at the point before it, or where the robot, now at (x, y), was when
        it first asked."""
        if self.passed > 0:
            return self.points[self.passed - 1]
        if self._begins is None or self._begins[0] != self.points[0]:
            self._begins = self.points[0], (x, y)
        return self._begins[1]

    def bends(self, before: Point) -> bool:
        """Whether the way turns at the next point by more than `BEND_RAD`, if it comes from `before`."""
        if self.passed + 1 >= len(self.points):
            return False
        (ax, ay), (bx, by) = self.points[self.passed], self.points[self.passed + 1]
        turn = math.atan2(by - ay, bx - ax) - math.atan2(ay - before[1], ax - before[0])
        return math.cos(turn) < math.cos(BEND_RAD)

    def left_beyond(self) -> float:
        """Metres of way behind the point that is walked to."""
        return _length(self.points[self.passed :])


def _length(points: tuple[Point, ...]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


def _check(way: Way, robot_id: str) -> None:
    if way.route < 1:
        raise Refused("bad_argument", f"{robot_id}: route: got {way.route}, expected a number from 1")
    if not way.points:
        raise Refused("bad_argument", f"{robot_id}: points: got none, expected at least where the walk ends")
    if not all(math.isfinite(v) for point in way.points for v in point):
        raise Refused("bad_argument", f"{robot_id}: points: got {way.points}, expected finite numbers in m")
    if not 0 <= way.released <= len(way.points):
        raise Refused("bad_argument", f"{robot_id}: released: got {way.released}, expected 0 to {len(way.points)}")
    if way.max_mps and len(way.max_mps) != len(way.points):
        raise Refused(
            "bad_argument", f"{robot_id}: max_mps: got {len(way.max_mps)} limits, expected {len(way.points)} or none"
        )
    if any(not limit > 0.0 for limit in way.max_mps):
        raise Refused("bad_argument", f"{robot_id}: max_mps: got {min(way.max_mps)}, expected speeds above 0 in m/s")


__all__ = ["FIRST_WITHIN_S", "SAME_M", "SAYS_SO_AFTER_S", "Guide"]
