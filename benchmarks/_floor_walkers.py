"""Robots as circles that follow routes badly: they start late, stop, undershoot and stray. For tests and benchmarks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fleet.model.commands import FollowRoute
from fleet.traffic.floor import Directions, Floor, OnFloor, PersonOnFloor, Point

Directing = Callable[[Floor], Directions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How badly they walk. `hears_after_s`: how late orders come; `stops_per_s`, `stops_for_s`: standing still for no
    reason; `slower` is the largest share of its speed that a robot loses; `strays_m` how far it sways off its way;
    `short_m` how much before the end of what it was given it stops."""

    hears_after_s: float = 0.2
    stops_per_s: float = 0.01
    stops_for_s: float = 3.0
    slower: float = 0.2
    strays_m: float = 0.04
    short_m: float = 0.08


@dataclass(slots=True)
class Walker:
    """One circle. `x`, `y` are where it truly is; `at` where it is on its way."""

    robot_id: str
    at: Point
    radius_m: float = 0.32
    speed_mps: float = 0.5
    goal: Point | None = None
    walk: int = 0
    route: FollowRoute | None = None
    passed: int = 0
    sway: Point = (0.0, 0.0)
    stands_until: float = 0.0
    works_until: float = 0.0
    idle: bool = False
    moves: bool = True
    fallen: bool = False
    obeys: bool = True
    pace: float = 1.0
    mail: list[tuple[float, FollowRoute]] = field(default_factory=list)
    reached: int = 0
    since_s: float = 0.0
    walked_m: float = 0.0

    @property
    def x(self) -> float:
        return self.at[0] + self.sway[0]

    @property
    def y(self) -> float:
        return self.at[1] + self.sway[1]

    def send(self, goal: Point, now_s: float) -> None:
        """Begin a walk."""
        self.goal, self.idle, self.since_s = goal, False, now_s
        self.walk += 1
        self.route, self.passed = None, 0

    def seen(self) -> OnFloor:
        """What it reports."""
        return OnFloor(
            robot_id=self.robot_id, x=self.x, y=self.y, radius_m=self.radius_m, speed_mps=self.speed_mps,
            walking_to=self.goal, command_id=f"{self.robot_id}/{self.walk}" if self.goal else "",
            route=self.route.route if self.route else 0, passed=self.passed, obeys=self.obeys, idle=self.idle,
            moves=self.moves and not self.fallen, fallen=self.fallen,
        )  # fmt: skip

    def hear(self, now_s: float) -> None:
        """Take up the routes that have come by now."""
        for due, order in self.mail:
            if due <= now_s and order.command_id == f"{self.robot_id}/{self.walk}" and self.goal is not None:
                if self.route is not None and order.route <= self.route.route:
                    continue
                if self.route is None or order.points != self.route.points:
                    self.passed = 0
                self.route = order
        self.mail = [m for m in self.mail if m[0] > now_s]

    def step(self, dt: float, habits: Habits) -> bool:
        """Walk for `dt` s. True when the walk has ended."""
        if self.goal is None or self.route is None or not self.moves:
            return False
        left = self.speed_mps * self.pace * dt
        while left > 1e-9 and self.passed < self.route.released:
            x, y = self.route.points[self.passed]
            limit = self.route.max_mps[self.passed] if self.route.max_mps else math.inf
            go = min(left, limit * dt)
            away = math.hypot(x - self.at[0], y - self.at[1])
            last = self.passed == self.route.released - 1
            ends = self.passed == len(self.route.points) - 1
            stop = 0.0 if ends or not last else habits.short_m
            step = min(go, max(away - stop, 0.0))
            if away > 1e-9:
                self.at = self.at[0] + (x - self.at[0]) * step / away, self.at[1] + (y - self.at[1]) * step / away
            self.walked_m += step
            left -= max(step, go if limit < math.inf else step)
            if away - step <= (stop if last else 1e-6) + 1e-9:
                if last and not ends:
                    break
                self.passed += 1
            elif step <= 1e-9:
                break
        if self.passed == len(self.route.points):
            self.goal, self.route, self.passed, self.reached = None, None, 0, self.reached + 1
            return True
        return False


class WalkingFloor:
    """A floor with walkers whose routes come from `directing`, every `every_s` (s), in steps of `dt` (s).

    `collisions` counts pairs that touch, once each time; `robot_steps` counts walkers times steps. `polite` walkers
    stand while somebody is right before them."""

    def __init__(
        self, walkers: list[Walker], directing: Directing, seed: int, habits: Habits | None = None,
        *, dt: float = 0.1, every_s: float = 0.2, polite: bool = False,
    ) -> None:  # fmt: skip
        self.walkers, self.directing, self.habits = walkers, directing, habits or Habits()
        self.rng = np.random.default_rng(seed)
        self.dt, self.every_s, self.now_s, self.polite = dt, every_s, 0.0, polite
        self.people: tuple[PersonOnFloor, ...] = ()
        self.closed: frozenset[str] = frozenset()
        self.because: dict[str, str] = {}
        self.doubted: dict[str, str] = {}
        self.dropped: tuple[tuple[float, float, float], ...] = ()
        self.collisions = self.robot_steps = 0
        self.nearest_m = math.inf
        self.touching: set[tuple[int, int]] = set()
        self.said: Directions = Directions()
        self.seen_notes: dict[str, str] = {}
        self._next = 0.0
        self.arrived: list[str] = []

    def floor(self) -> Floor:
        robots = tuple(w.seen() for w in self.walkers)
        return Floor(
            now_s=self.now_s, robots=robots, people=self.people, closed=self.closed, because=self.because,
            doubted=self.doubted, dropped=self.dropped,
        )  # fmt: skip

    def step(self) -> list[Walker]:
        """One step of everything. Returns whose walk has just ended."""
        if self.now_s >= self._next - 1e-9:
            self._next += self.every_s
            self.said = self.directing(self.floor())
            by_id = {w.robot_id: w for w in self.walkers}
            for order in self.said.orders:
                late = self.habits.hears_after_s * (0.5 + self.rng.random())
                by_id[order.robot_id].mail.append((self.now_s + late, order))
            for note in self.said.notes:
                self.seen_notes.setdefault(note.key, note.because)
        ended = []
        for w in self.walkers:
            w.hear(self.now_s)
            if self.rng.random() < self.habits.stops_per_s * self.dt:
                w.stands_until = self.now_s + self.rng.exponential(self.habits.stops_for_s)
            if self.rng.random() < 0.05:
                w.pace = 1.0 - self.habits.slower * self.rng.random()
            if w.goal is not None and w.moves:
                angle, size = self.rng.uniform(0, 2 * math.pi), 0.2 * self.habits.strays_m
                sx, sy = w.sway[0] + size * math.cos(angle), w.sway[1] + size * math.sin(angle)
                if math.hypot(sx, sy) <= self.habits.strays_m:
                    w.sway = sx, sy
            if self.polite and self._somebody_before(w):
                continue
            if self.now_s >= w.stands_until and w.step(self.dt, self.habits):
                ended.append(w)
                self.arrived.append(w.robot_id)
        self.now_s += self.dt
        self._measure()
        return ended

    def _somebody_before(self, w: Walker) -> bool:
        """Whether the next steps lead into somebody."""
        if w.route is None or w.passed >= w.route.released:
            return False
        x, y = w.route.points[w.passed]
        dx, dy = x - w.x, y - w.y
        away = max(math.hypot(dx, dy), 1e-9)
        for o in self.walkers:
            ox, oy = o.x - w.x, o.y - w.y
            apart = math.hypot(ox, oy)
            if o is not w and apart < w.radius_m + o.radius_m + 0.15 and ox * dx + oy * dy > 0.3 * apart * away:
                return True
        return False

    def _measure(self) -> None:
        self.robot_steps += len(self.walkers)
        at = np.array([(w.x, w.y) for w in self.walkers])
        radius = np.array([w.radius_m for w in self.walkers])
        away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) - radius[:, None] - radius[None]
        i, j = np.nonzero(np.triu(away < 0, 1))
        touching = set(zip(i.tolist(), j.tolist(), strict=True))
        self.collisions += len(touching - self.touching)
        self.touching = touching
        upper = away[np.triu_indices(len(at), 1)]
        self.nearest_m = min(self.nearest_m, float(upper.min(initial=math.inf)))

    def run(self, seconds: float) -> None:
        """Step for a while."""
        until = self.now_s + seconds
        while self.now_s < until - 1e-9:
            self.step()


__all__ = ["Habits", "Walker", "WalkingFloor"]
