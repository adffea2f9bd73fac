"""All people of a world, standing or walking: a part that moves them, shows them to physics, and watches over them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim_worlds.bullet import pb
from sim_worlds.errors import SpecError
from sim_worlds.grid import CELL_M, Grid, Route
from sim_worlds.onboard.traffic import THINK_S, Mover
from sim_worlds.people.comfort import Comfort, ComfortLog
from sim_worlds.people.forces import Floats, advance, look_ahead
from sim_worlds.people.places import goals_in, start_in
from sim_worlds.people.spec import RADIUS_M, PersonSpec
from sim_worlds.people.walker import Point, Walker, generator
from sim_worlds.physics import Physics
from sim_worlds.rows import VX, VY, X, Y
from sim_worlds.site import Site

if TYPE_CHECKING:
    from sim_worlds.world import World

MOVER_RADIUS_M = 0.3
"""As robots see a person: with arms."""
_SPEED_MPS, _SPEED_SD = 1.34, 0.26
_STEPS = 2
_LOOK_EVERY = 3  # thoughts
_AHEAD_CELLS = 24
_MARGIN_M = 0.27
_LYING_RADIUS_M = 0.9
"""Others keep further away from somebody who lies."""
_LYING_CIRCLES_M = (-0.55, 0.0, 0.55)
_CARRY_M, _CARRY_HEIGHT_M = 0.3, 1.0
_UPRIGHT_Z, _LYING_Z = 0.85, 0.22


@dataclass(frozen=True, slots=True)
class PersonState:
    """Where somebody really is; m, rad, m/s. Posture: standing, walking or lying."""

    x: float
    y: float
    yaw: float
    vx: float
    vy: float
    posture: str


class People:
    """The people of one world. `specs` say who walks; everybody else of the site stands."""

    name = "people"

    def __init__(
        self,
        site: Site,
        grid: Grid,
        physics: Physics,
        specs: Sequence[PersonSpec] = (),
        seed: int = 0,
        robots: Sequence[Point] = (),
    ) -> None:
        self.site, self.grid, self.physics, self.specs = site, grid, physics, tuple(specs)
        by_id = {s.person_id: s for s in specs}
        standing = [PersonSpec(person_id=k) for k in site.people if k not in by_id]
        self.walkers = [self._walker(s, seed) for s in [*standing, *specs]]
        self.index = {w.spec.person_id: i for i, w in enumerate(self.walkers)}
        n = len(self.walkers)
        self.at, self.v, self.wanted = np.zeros((n, 2)), np.zeros((n, 2)), np.zeros((n, 2))
        self.yaw, self.speed = np.zeros(n), np.full(n, _SPEED_MPS)
        self.radius = np.full(n, RADIUS_M)
        self.heeds = np.array([w.spec.gives_way for w in self.walkers], dtype=np.bool_)
        self._targets = np.zeros((n, 2))
        self._ways = np.full(n, 1e9)  # left to the goal, in m
        self._routes: list[Route | None] = [None] * n
        self._thoughts = 0
        self._version = grid.version
        self.log = ComfortLog(n)
        self._place(robots)
        self.active = any(s.routine != "stand" or s.falls_ill_at_s is not None for s in specs)
        self.bodies = [self._body(i) for i in range(n)]

    # Setting up

    def _walker(self, spec: PersonSpec, seed: int) -> Walker:
        choices = goals_in(self.site, self.grid, spec.zones) if spec.routine == "wander" else ()
        if spec.routine == "wander" and not choices:
            raise SpecError(
                f"people ({spec.person_id}): zones: got {list(spec.zones)}, expected zones with free floor to walk to"
            )
        return Walker(spec, generator(seed, spec.person_id), (0.0, 0.0), choices)

    def _place(self, robots: Sequence[Point]) -> None:
        taken = [*robots, *((p.x, p.y) for p in self.site.people.values())]
        for i, w in enumerate(self.walkers):
            # Always drawn first and in this order, so that a start or a speed that is given moves no other draw.
            drawn = float(np.clip(w.rng.normal(_SPEED_MPS, _SPEED_SD), *_within(2)))
            self.speed[i] = drawn if w.spec.speed_mps is None else w.spec.speed_mps
            known = self.site.people.get(w.spec.person_id)
            if w.spec.start is not None:
                w.home = w.spec.start
            elif known is not None:
                w.home = (known.x, known.y)
                self.yaw[i] = math.atan2(known.record.approach.y - known.y, known.record.approach.x - known.x)
            elif w.spec.goals and w.spec.routine != "doorway":
                w.home = w.spec.goals[0]
            else:
                w.home = start_in(self.site, self.grid, w.spec.zones, w.rng, taken, w.spec.person_id)
            taken.append(w.home)
            self.at[i] = w.home
            w.begin()

    def _body(self, i: int) -> int:
        name = self.walkers[i].spec.person_id
        body = self.physics.people.get(name)
        if body is None:
            body = self.physics.add_person(name, float(self.at[i, 0]), float(self.at[i, 1]))
        self._show(i, body)
        return body

    # Who they are

    def __contains__(self, person_id: object) -> bool:
        return person_id in self.index

    def __iter__(self) -> Iterator[str]:
        return iter(self.index)

    def __len__(self) -> int:
        return len(self.walkers)

    def _state(self, i: int) -> PersonState:
        vx, vy = float(self.v[i, 0]), float(self.v[i, 1])
        posture = "lying" if self.walkers[i].lying else "walking" if math.hypot(vx, vy) > 0.05 else "standing"
        return PersonState(float(self.at[i, 0]), float(self.at[i, 1]), float(self.yaw[i]), vx, vy, posture)

    def state(self, person_id: str) -> PersonState:
        """Where somebody really is. Raises `KeyError` for somebody who is not there."""
        return self._state(self.index[person_id])

    def body(self, person_id: str) -> int:
        """The Bullet body."""
        return self.bodies[self.index[person_id]]

    # What others do to them

    def attend(self, person_id: str, until_s: float) -> None:
        """Stand still for a moment: somebody hands them something."""
        walker = self.walkers[self.index[person_id]]
        walker.attends_until_s = walker.best_s = until_s

    def fall_ill(self, person_id: str, now: float) -> None:
        """Lie down, for a fault or a scenario."""
        self.active = True
        self.walkers[self.index[person_id]].fall_ill(now)

    def reseed(self, seed: int, speed_sd: float = 0.1) -> None:
        """Let everybody draw anew from now on, and walk a little faster or slower: for what-if rollouts."""
        for i, w in enumerate(self.walkers):
            w.rng = generator(seed, w.spec.person_id)
            self.speed[i] *= float(np.clip(w.rng.normal(1.0, speed_sd), 0.5, 1.5))

    # Every thought

    def think(self, world: World) -> None:
        robots = robot_rows(world)
        now = world.time_s
        if self.active:
            self._decide(now)
            moving = np.array([w.walks(now) for w in self.walkers], dtype=np.bool_)
            before = self.at.copy()
            g = self.grid
            arrays = (self.at, self.v, self.radius, self.wanted, self.speed, moving, self.heeds, robots)
            advance(*arrays, g.clearance, g.x0, g.y0, CELL_M, THINK_S / _STEPS, _STEPS)
            self._turn_and_show(world, before)
        if self.walkers:
            self.log.observe(self.at, self.v, self._bodies(), robots, now, THINK_S)

    def _bodies(self) -> Floats:
        """As `ComfortLog.observe` wants them."""
        half = np.where(self.radius == _LYING_RADIUS_M, _LYING_CIRCLES_M[-1], 0.0)
        return np.column_stack((np.full(len(half), RADIUS_M), np.cos(self.yaw), np.sin(self.yaw), half))

    def _decide(self, now: float) -> None:
        self._thoughts += 1
        if self._version != self.grid.version:  # ways were closed or opened
            self._version, self._routes = self.grid.version, [None] * len(self.walkers)
        for i, w in enumerate(self.walkers):
            goal, lay = w.goal if w.mode == "walk" else None, w.lying
            x, y = float(self.at[i, 0]), float(self.at[i, 1])
            w.think(now, x, y, float(self._ways[i]) if goal is not None else math.inf)
            if w.lying != lay:
                self.radius[i] = _LYING_RADIUS_M if w.lying else RADIUS_M
                self._show(i, self.bodies[i])
            if w.mode != "walk":
                self.wanted[i] = 0.0
                continue
            if w.goal != goal or self._routes[i] is None:
                self._routes[i] = self.grid.route(*w.goal)
                self._aim(i, x, y)
            elif (self._thoughts + i) % _LOOK_EVERY == 0:
                self._aim(i, x, y)
            self._want(i, x, y, w)

    def _aim(self, i: int, x: float, y: float) -> None:
        route, g, goal = self._routes[i], self.grid, self.walkers[i].goal
        assert route is not None
        start = g.flat(x, y)
        route.reach(start)
        self._ways[i] = max(route.left.item(start), math.hypot(goal[0] - x, goal[1] - y))
        tx, ty, on = look_ahead(route.onward, g.ways, g.x0, g.y0, CELL_M, start, x, y, _MARGIN_M, _AHEAD_CELLS)
        near = math.hypot(goal[0] - x, goal[1] - y) < 2.0 and g.clear_line(x, y, *goal, radius=_MARGIN_M)
        self._targets[i] = goal if near or not on else (tx, ty)

    def _want(self, i: int, x: float, y: float, w: Walker) -> None:
        dx, dy = float(self._targets[i, 0]) - x, float(self._targets[i, 1]) - y
        apart = math.hypot(dx, dy)
        to_goal = math.hypot(w.goal[0] - x, w.goal[1] - y)
        speed = min(float(self.speed[i]), max(1.5 * to_goal, 0.2))
        self.wanted[i] = (dx / apart * speed, dy / apart * speed) if apart > 1e-6 else (0.0, 0.0)

    def _turn_and_show(self, world: World, before: Floats) -> None:
        moved = np.flatnonzero((self.at != before).any(axis=1))
        for i in moved.tolist():
            vx, vy = float(self.v[i, 0]), float(self.v[i, 1])
            if math.hypot(vx, vy) > 0.1:
                self.yaw[i] = math.atan2(vy, vx)
            self._show(i, self.bodies[i])
        names = {self.walkers[i].spec.person_id: i for i in moved.tolist()}
        for crate in world.crates.values() if names else ():
            if crate.holder in names:
                i = names[crate.holder]
                c, s = math.cos(self.yaw[i]), math.sin(self.yaw[i])
                spot = [self.at[i, 0] + _CARRY_M * c, self.at[i, 1] + _CARRY_M * s, _CARRY_HEIGHT_M]
                crate.guide([float(v) for v in spot], [0.0, 0.0, math.sin(self.yaw[i] / 2), math.cos(self.yaw[i] / 2)])

    def height(self, i: int) -> float:
        """Of the middle of a body above the floor, in m."""
        return _LYING_Z if self.walkers[i].lying else _UPRIGHT_Z

    def _show(self, i: int, body: int) -> None:
        lying, yaw = self.walkers[i].lying, float(self.yaw[i])
        turn = pb.getQuaternionFromEuler([0, math.pi / 2, yaw]) if lying else (0.0, 0.0, 0.0, 1.0)
        at = [float(self.at[i, 0]), float(self.at[i, 1]), self.height(i)]
        pb.resetBasePositionAndOrientation(body, at, turn, physicsClientId=self.physics.client)

    # As others see them

    def movers(self) -> Iterator[Mover]:
        for i, w in enumerate(self.walkers):
            x, y = float(self.at[i, 0]), float(self.at[i, 1])
            vx, vy = float(self.v[i, 0]), float(self.v[i, 1])
            along = _LYING_CIRCLES_M if w.lying else (0.0,)
            c, s = math.cos(self.yaw[i]), math.sin(self.yaw[i])
            for d in along:
                yield Mover(w.spec.person_id, x + d * c, y + d * s, MOVER_RADIUS_M, vx, vy)

    @property
    def circles(self) -> int:
        """The most movers there can ever be."""
        return len(_LYING_CIRCLES_M) * len(self.walkers)

    def comfort(self, robots: Sequence[str]) -> tuple[Comfort, ...]:
        """What each person had to bear so far. `robots` are the world's robot ids, in its order."""
        return tuple(self.log.of(i, w.spec.person_id, list(robots)) for i, w in enumerate(self.walkers))

    def digest(self) -> bytes:
        if not self.active:
            return b""
        modes = repr([(w.mode, w.goal, w.until_s, w.leg, w.ill) for w in self.walkers]).encode()
        return bytes(self.at.tobytes() + self.v.tobytes() + self.yaw.tobytes() + modes)

    def snapshot(self) -> dict[str, Any]:
        arrays = {k: getattr(self, k).tolist() for k in _ARRAYS}
        walkers = [w.snapshot() for w in self.walkers]
        return {**arrays, "walkers": walkers, "thoughts": self._thoughts, "log": self.log.snapshot()}

    def restore(self, data: dict[str, Any]) -> None:
        for name in _ARRAYS:
            getattr(self, name)[:] = np.reshape(data[name], getattr(self, name).shape)
        self._thoughts = data["thoughts"]
        self.log.restore(data["log"])
        for i, (w, saved) in enumerate(zip(self.walkers, data["walkers"], strict=True)):
            w.restore(saved)
            self._routes[i] = self.grid.route(*w.goal) if w.mode == "walk" else None
            self._show(i, self.bodies[i])
        self.active = self.active or any(w.lying for w in self.walkers)


_ARRAYS = ("at", "v", "yaw", "speed", "radius", "_targets", "_ways")


def _within(deviations: float) -> tuple[float, float]:
    return _SPEED_MPS - deviations * _SPEED_SD, _SPEED_MPS + deviations * _SPEED_SD


def robot_rows(world: World) -> Floats:
    """(m, 5): x, y, vx, vy and footprint radius of each robot, in the world's order."""
    table, motion = world.rows.columns, world.rows.motion
    rows = np.column_stack((motion[:, X], motion[:, Y], motion[:, VX], motion[:, VY], table["radius"]))
    for i in np.flatnonzero(~table["moved"]).tolist():  # these move by themselves, between two thoughts
        m = world.onboard[i].body.motion()
        rows[i, :4] = m.x, m.y, m.vx, m.vy
    return rows


__all__ = ["MOVER_RADIUS_M", "People", "PersonState", "robot_rows"]
