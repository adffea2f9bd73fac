"""What traffic remembers of each robot: its plan, what it was told, how long it waits."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fleet.model.commands import FollowRoute
from fleet.traffic.floor import OnFloor, Point
from fleet.traffic.kernels.lines import progress
from fleet.traffic.plans import Plan

Floats = NDArray[np.float64]
_SAME_GOAL_M = 0.05
_UNHEARD_S = 10.0
_TRUST_LAG = 0.2
_PROMPT_S, _LATEST_S = 0.6, 3.0  # what comes back within the first is in time; more than both makes no more of a way
_PASSED_M = 0.2  # nearer than this to the end of a line, the next one is begun


@dataclass(slots=True, eq=False)
class Track:
    """One robot. `old` are lines [m, 4] of a route given up, which it may still walk until it reports route
    `old_until`; `ours` is the first route number of the present plan; `sent` the latest order."""

    robot: OnFloor
    plan: Plan | None = None
    walk: tuple[str, Point] | None = None
    route: int = 0
    ours: int = 0
    sent: FollowRoute | None = None
    old: Floats = field(default_factory=lambda: np.zeros((0, 4)))
    old_until: int = 0
    waits_since: float | None = None
    waits_for: str = ""
    stands_since: float = 0.0
    stood_at: Point = (math.nan, math.nan)
    walk_since: float = 0.0
    off_since: float | None = None
    silent_since: float | None = None
    tried_s: float = -math.inf
    no_way_since: float | None = None
    shut_in: bool = False  # it has no way because of what lasts, not of who is in it now
    free_s: float | None = None  # since when it finds its own way
    freed_s: float = -math.inf  # when that ended last
    freed_because: str = ""
    free_way: tuple[Point, ...] = ()  # where its body fits past what stands about, when it was let go
    off_route_m: float = 0.0  # how far it is from the floor it has
    lag_s: float = 0.0  # how long it takes until it reports what it was told
    heard_s: float = -math.inf
    _said: object = None
    _unheard: tuple[int, float] | None = None  # the first route that it has not reported yet, and since when

    @property
    def walks(self) -> bool:
        """Whether it follows a route, or should."""
        r = self.robot
        return r.walking_to is not None and r.obeys and r.moves

    def goal(self) -> Point:
        """Where its walk ends; only for robots that walk."""
        assert self.robot.walking_to is not None
        return self.robot.walking_to

    def straight_m(self) -> float:
        """How far it is to where its walk ends; only for robots that walk."""
        return math.dist(self.goal(), (self.robot.x, self.robot.y))

    def hear(self, robot: OnFloor, now_s: float) -> None:
        """Take up where the robot is now. A new walk, or the end of one, ends the plan."""
        self.robot, self.heard_s = robot, now_s
        self._time(now_s)
        if (
            math.hypot(robot.x - self.stood_at[0], robot.y - self.stood_at[1]) > 0.15
            or self.stood_at[0] != self.stood_at[0]
        ):
            self.stood_at, self.stands_since = (robot.x, robot.y), now_s
        self.route = max(self.route, robot.route)
        self.silent_since = None if not robot.silent else now_s if self.silent_since is None else self.silent_since
        if len(self.old) and robot.route >= self.old_until:
            self.old = np.zeros((0, 4))
        if not self.walks:
            if self.plan is not None or len(self.old):
                self.drop(keep=robot.walking_to is not None and (robot.moves or self._walks_unheard(now_s)))
            self.walk, self.waits_since, self.off_since, self.no_way_since = None, None, None, None
            self.free_s, self.freed_s = None, -math.inf
            return
        assert robot.walking_to is not None
        walk = (robot.command_id, robot.walking_to)
        if self.walk is None or walk[0] != self.walk[0] or math.dist(walk[1], self.walk[1]) > _SAME_GOAL_M:
            self.drop(keep=True)
            self.walk, self.walk_since, self.tried_s, self.no_way_since = walk, now_s, -math.inf, None
            self.waits_since, self.free_s, self.freed_s = None, None, -math.inf
        elif self.plan is not None:
            self._progress(self.plan)

    def _walks_unheard(self, now_s: float) -> bool:
        """Whether it may be on the floor that it was given when it fell silent: later it is at its end, or holds."""
        return self.silent_since is not None and 0.0 <= now_s - self.silent_since < _UNHEARD_S

    def _time(self, now_s: float) -> None:
        """How long what it is told takes to come back: as long as it did lately, or does now."""
        if self._unheard is None:
            return
        route, since = self._unheard
        lag = now_s - since
        if self.robot.route >= route:
            self.lag_s += _TRUST_LAG * (lag - self.lag_s) if lag < self.lag_s else lag - self.lag_s
            self._unheard = None
        else:
            self.lag_s = max(self.lag_s, lag)

    def ahead_m(self, least_m: float) -> float:
        """How much of its way it is given: so much more as it walks until it hears of what comes then."""
        late = min(max(self.lag_s - _PROMPT_S, 0.0), _LATEST_S)
        return least_m + late * self.robot.speed_mps

    def _progress(self, plan: Plan) -> None:
        """How far it is on its way: what it says, and what can be seen."""
        r = self.robot
        if r.route >= self.ours and self.ours:
            plan.next = max(plan.next, min(r.passed, plan.released))
        plan.next, self.off_route_m = progress(plan.ways, plan.next, plan.released, r.x, r.y, _PASSED_M)

    def drop(self, *, keep: bool) -> None:
        """Give up the plan. `keep`: what was released may still be walked until a new route is acknowledged."""
        if self.plan is not None and keep:
            had = self.plan.floor_had(self.robot.x, self.robot.y)
            if len(had):
                self.old = np.vstack([self.old, had])
                self.old_until = self.route + 1
        if not keep:
            self.old = np.zeros((0, 4))
        self.plan, self.ours = None, 0

    def take(self, plan: Plan) -> None:
        """Have a new plan, which begins with what is released of the present one."""
        self.plan, self.ours, self.off_since, self.off_route_m = plan, 0, None, 0.0

    def start(self) -> tuple[Point, Floats, Floats]:
        """Where a new plan may begin: at the end of what is released. With the lines until there, [m, 4], and how fast
        each may be walked."""
        plan, r = self.plan, self.robot
        if plan is None or plan.released <= plan.next:
            return (r.x, r.y), np.zeros((0, 4)), np.zeros(0)
        end = plan.ways[plan.released - 1, 2:]
        return (float(end[0]), float(end[1])), plan.floor_had(r.x, r.y), plan.max_mps[plan.next : plan.released]

    def order(self, max_mps: tuple[float, ...]) -> FollowRoute | None:
        """What to tell the robot of its plan, if anything changed since it was told."""
        assert self.plan is not None
        points = (*self.plan.told, self.goal()) if self.plan.refuge else self.plan.told
        limits = (*max_mps, max_mps[-1]) if self.plan.refuge and max_mps else max_mps
        told = self._tell(points, self.plan.released, limits)
        if told is not None and not self.ours:
            self.ours = self.route
        return told

    def wait(self) -> FollowRoute | None:
        """Tell it to stand where it is: there is no way yet."""
        assert self.robot.walking_to is not None
        return self._tell((self.robot.walking_to,), 0, ())

    def roam(self, max_mps: float) -> FollowRoute | None:
        """Tell it to find its own way, at most so fast, and where there is room for it."""
        points = (*self.free_way, self.goal())
        return self._tell(points, len(points), (min(max_mps, self.robot.speed_mps),) * len(points))

    def _tell(self, points: tuple[Point, ...], released: int, max_mps: tuple[float, ...]) -> FollowRoute | None:
        r = self.robot
        if self.sent is not None and self._said == (r.command_id, r.epoch, released, max_mps, points):
            return None
        self.route += 1
        self._unheard = self._unheard or (self.route, self.heard_s)
        self._said = r.command_id, r.epoch, released, max_mps, points
        self.sent = FollowRoute(
            robot_id=r.robot_id, command_id=r.command_id, epoch=r.epoch, route=self.route, points=points,
            released=released, max_mps=max_mps,
        )  # fmt: skip
        return self.sent


__all__ = ["Track"]
