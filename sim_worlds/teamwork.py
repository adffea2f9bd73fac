"""One box in the hands of several robots: they lift it together, walk as it lets them, and put it down together.

The box is between them: where it is follows from where they are. Who walks ahead is slowed by whoever lags behind, as
a load in the hands does; who follows keeps to the way that the first one took, at the distance at which they lifted.
Robots of tier T0 only: with physical arms (T1, T2) two grips on one box are not simulated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sim_worlds.crates import Crate
from sim_worlds.kernels.walking import THINK_S

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.onboard.traffic import Mover
    from sim_worlds.world import World

LIFT_S, PUT_DOWN_S = 2.0, 2.0
MOST_APART_M = 1.9
"""Between the axes of two robots: farther apart, the box slips from their hands."""
_APART_M = (0.9, 1.5)
_LAG_M = 0.3
"""So much farther apart than when they lifted, who walks ahead stands."""
_TRAIL_M, _TRAIL_POINTS = 0.03, 200
_HEIGHT_M = 0.75
_TILTED_M, _TILTED_Z = 0.55, 0.3
_STALE_S = 0.35
"""A robot that has not followed for so long does not follow."""
Point = tuple[float, float]


@dataclass(slots=True)
class Load:
    """A box in the hands of `robots`, who walks ahead first. `apart_m`: between the robots that are farthest apart.
    `tilted`: one of them has fallen, that end lies on the floor and nobody can walk with it."""

    crate: Crate
    robots: tuple[str, ...]
    apart_m: float
    tilted: bool = False
    trail: list[Point] = field(default_factory=list)
    followed_s: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Effort:
    """A box that is being lifted, or put down at `spot`, by `team`. Nothing moves until all have their hands on it."""

    kind: Literal["lift", "lower"]
    crate: Crate
    team: tuple[str, ...]
    spot: tuple[float, float, float] | None = None
    hands: set[str] = field(default_factory=set)
    start: tuple[Any, Any] | None = None
    share: float = 0.0
    done: bool = False
    broken: str = ""


class Teamwork:
    """All loads that several robots of one world hold. A part of the world."""

    name = "teamwork"

    def __init__(self, world: World) -> None:
        self.world = world
        self.loads: dict[str, Load] = {}
        self.saved: dict[str, dict[str, Any]] = {}
        """Of a checkpoint, until `settle`."""
        self._efforts: dict[str, Effort] = {}

    # For the robots' computers

    def load_of(self, robot_id: str) -> Load | None:
        """The load that it holds together with others (or that others held with it until they fell)."""
        return next((load for load in self.loads.values() if robot_id in load.robots), None)

    def share_kg(self, robot_id: str) -> float:
        """What it carries of such a load."""
        load = self.load_of(robot_id)
        return load.crate.mass_kg / len(load.robots) if load is not None else 0.0

    def put_hands_on(
        self,
        robot_id: str,
        kind: Literal["lift", "lower"],
        crate: Crate,
        team: Sequence[str],
        spot: tuple[float, float, float] | None = None,
    ) -> Effort:
        """Begin to lift or put down, or join those who have begun."""
        effort = self._efforts.get(crate.id)
        if effort is None or effort.broken or effort.done or effort.kind != kind or effort.team != tuple(team):
            effort = self._efforts[crate.id] = Effort(kind, crate, tuple(team), spot)
        effort.hands.add(robot_id)
        return effort

    def take_hands_off(self, robot_id: str, effort: Effort, why: str) -> None:
        """It gives up: an unfinished lift is set down again, an unfinished lowering raised again."""
        effort.hands.discard(robot_id)
        if effort.done or effort.broken:
            return
        effort.broken = f"{robot_id} let go: {why}"
        if effort.kind == "lift" and effort.start is not None and effort.crate.id not in self.loads:
            effort.crate.put_back()

    def missing(self, effort: Effort) -> tuple[str, ...]:
        """Whose hands are not on it yet."""
        load = self.loads.get(effort.crate.id)
        holding = load.robots if load is not None and effort.kind == "lift" else ()
        return tuple(r for r in effort.team if r not in effort.hands and r not in holding)

    def follow(self, robot: Computer, load: Load) -> tuple[float, float, float]:
        """The velocity (m/s, in the map) and the heading (rad) with which it follows who walks ahead."""
        load.followed_s[robot.id] = self.world.time_s
        ahead = self.world.computers[load.robots[0]].body.motion()
        m = robot.body.motion()
        dx, dy = ahead.x - m.x, ahead.y - m.y
        apart, heading = math.hypot(dx, dy), math.atan2(dy, dx)
        top = robot.info.description.max_speed_mps
        if apart < _APART_M[0] - 0.05:  # the first one comes back: make room
            return -dx / apart * min(top, 0.4), -dy / apart * min(top, 0.4), heading
        tx, ty = _on_trail(load, (ahead.x, ahead.y), (m.x, m.y))
        off = math.hypot(tx - m.x, ty - m.y)
        if apart <= load.apart_m - 0.02 or off < 0.02:
            return 0.0, 0.0, heading
        speed = min(top, ahead.speed + 1.5 * off)
        return (tx - m.x) / off * speed, (ty - m.y) / off * speed, heading

    def lead_by(self, load: Load, team: Sequence[str]) -> None:
        """From now on the first of `team` walks ahead."""
        if load.robots != tuple(team):
            load.robots = tuple(team)
            load.crate.partners, load.crate.holder = load.robots, load.robots[0]
            load.trail = [_place(self.world.computers[r]) for r in reversed(load.robots)]

    def may_join(self, load: Load, x: float, y: float) -> bool:
        """Whether (x, y) is near enough to who walks ahead to stand there with the load."""
        ahead = self.world.computers[load.robots[0]].body.motion()
        return math.hypot(x - ahead.x, y - ahead.y) <= MOST_APART_M - 0.2

    # Every thought

    def think(self, world: World) -> None:
        for effort in list(self._efforts.values()):
            self._work(effort)
        for load in list(self.loads.values()):
            self._fallen(load)
            self._move(load)

    def pull(self) -> None:
        """Who walks ahead feels whoever lags behind. After the walks' wishes are known, before anybody moves."""
        table = self.world.rows.columns
        for load in self.loads.values():
            row = self.world.computers[load.robots[0]].row
            if table["walks"][row]:
                free = self._free_share(load)
                table["wish_vx"][row] *= free
                table["wish_vy"][row] *= free

    def _free_share(self, load: Load) -> float:
        now = self.world.time_s
        if load.tilted or any(now - load.followed_s.get(r, -math.inf) > _STALE_S for r in load.robots[1:]):
            return 0.0
        return min(max(1.0 - (self._apart_m(load) - load.apart_m - 0.05) / _LAG_M, 0.0), 1.0)

    def _work(self, effort: Effort) -> None:
        """One thought of a lift or a lowering."""
        if effort.done or effort.broken:
            del self._efforts[effort.crate.id]
            return
        robots = [self.world.computers[r] for r in effort.team]
        if self.missing(effort) or any(r.holding_because is not None or r.fallen for r in robots):
            return
        crate = effort.crate
        if effort.start is None:
            if effort.kind == "lift" and crate.holder is not None:
                effort.broken = f"{crate.id} is in the hands of {crate.holder}"
                return
            effort.start = crate.pose()
            if effort.kind == "lift":
                crate.holder = effort.team[0]
                crate.lifted_from = effort.start if crate.id not in self.loads else None
        seconds = (LIFT_S if effort.kind == "lift" else PUT_DOWN_S) * max(r.work_scale for r in robots)
        effort.share = min(effort.share + THINK_S / seconds, 1.0)
        if effort.kind == "lift":
            goal = (*_between(robots), _HEIGHT_M)
        else:
            assert effort.spot is not None
            goal = effort.spot
        at, turn = effort.start
        crate.guide([a + (b - a) * effort.share for a, b in zip(at, goal, strict=True)], turn)
        if effort.share >= 1.0:
            effort.done = True
            self._taken(effort) if effort.kind == "lift" else self.let_go(self.loads[crate.id])

    def _taken(self, effort: Effort) -> None:
        effort.crate.lifted_from = None
        load = Load(effort.crate, effort.team, 0.0)
        load.apart_m = min(max(self._apart_m(load), _APART_M[0]), _APART_M[1])
        self._attach(load)

    def _attach(self, load: Load) -> None:
        self.loads[load.crate.id] = load
        load.crate.holder = None if load.tilted else load.robots[0]
        load.crate.partners = load.robots
        load.trail = [_place(self.world.computers[r]) for r in reversed(load.robots)]
        for name in load.robots:
            robot = self.world.computers[name]
            robot.believes_to_hold = load.crate
            robot.body.bear(load.crate.mass_kg / len(load.robots))

    def let_go(self, load: Load) -> None:
        """The box is in nobody's hands any more."""
        del self.loads[load.crate.id]
        load.crate.partners = ()
        load.crate.put_back()
        for name in load.robots:
            robot = self.world.computers[name]
            robot.believes_to_hold = None
            robot.body.bear(0.0)

    def _fallen(self, load: Load) -> None:
        """Who falls loses its end; the others keep theirs, and the box leans from their hands to the floor."""
        robots = [self.world.computers[r] for r in load.robots]
        fallen = [r for r in robots if r.fallen]
        if not fallen:
            return
        left = tuple(r.id for r in robots if not r.fallen)
        for robot in fallen:
            robot.body.bear(0.0)
        if not left:
            self.let_go(load)
            return
        (x, y), (fx, fy) = _place(self.world.computers[left[0]]), _place(fallen[0])
        apart = max(math.hypot(fx - x, fy - y), 1e-6)
        load.robots, load.tilted = left, True
        load.crate.partners, load.crate.holder = left, None
        at = (x + (fx - x) / apart * _TILTED_M, y + (fy - y) / apart * _TILTED_M, _TILTED_Z)
        load.crate.guide(at, load.crate.pose()[1])

    def _move(self, load: Load) -> None:
        if load.tilted or load.crate.id not in self.loads:
            return
        if self._apart_m(load) > MOST_APART_M:
            self.let_go(load)
            return
        lead = _place(self.world.computers[load.robots[0]])
        if math.dist(lead, load.trail[-1]) >= _TRAIL_M:
            load.trail = [*load.trail[-_TRAIL_POINTS:], lead]
        effort = self._efforts.get(load.crate.id)
        if effort is None or effort.kind == "lift" or effort.share == 0.0:
            robots = [self.world.computers[r] for r in load.robots]
            yaw = _along(robots)
            load.crate.guide((*_between(robots), _HEIGHT_M), (0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)))

    def _apart_m(self, load: Load) -> float:
        places = [_place(self.world.computers[r]) for r in load.robots]
        return max((math.dist(places[0], p) for p in places[1:]), default=0.0)

    # A part of the world

    def movers(self) -> Iterable[Mover]:
        return ()

    def digest(self) -> bytes:
        if not self.loads and not self._efforts:
            return b""
        loads = [(k, v.robots, v.apart_m, v.tilted, v.trail[-1:]) for k, v in self.loads.items()]
        efforts = [(k, e.kind, sorted(e.hands), e.share) for k, e in self._efforts.items()]
        return repr((loads, efforts)).encode()

    def snapshot(self) -> dict[str, Any]:
        """Lifts under way are forgotten: the box stands where it stood, and the primitives lift it again."""
        return {k: {"robots": list(v.robots), "apart_m": v.apart_m, "tilted": v.tilted} for k, v in self.loads.items()}

    def restore(self, data: dict[str, Any]) -> None:
        self.saved = dict(data)

    def settle(self) -> None:
        """After a restart, once boxes and robots are back: the loads are in the same hands."""
        for crate_id, saved in self.saved.items():
            crate = self.world.crates[crate_id]
            at, turn = crate.pose()
            crate.guide(at, turn)
            self._attach(Load(crate, tuple(saved["robots"]), saved["apart_m"], saved["tilted"]))
        self.saved = {}


def _place(robot: Computer) -> Point:
    m = robot.body.motion()
    return m.x, m.y


def _between(robots: Sequence[Computer]) -> Point:
    places = [_place(r) for r in robots]
    return sum(p[0] for p in places) / len(places), sum(p[1] for p in places) / len(places)


def _along(robots: Sequence[Computer]) -> float:
    (x, y), (bx, by) = _place(robots[0]), _place(robots[-1])
    return math.atan2(y - by, x - bx)


def _on_trail(load: Load, ahead: Point, own: Point) -> Point:
    """The latest point of the trail that is as far from who walks ahead as when they lifted."""
    last = ahead
    for point in reversed(load.trail):
        if math.dist(point, ahead) >= load.apart_m:
            near, far = math.dist(last, ahead), math.dist(point, ahead)
            share = (load.apart_m - near) / (far - near) if far > near else 1.0
            return last[0] + (point[0] - last[0]) * share, last[1] + (point[1] - last[1]) * share
        last = point
    apart = math.dist(own, ahead)
    share = load.apart_m / apart if apart > 1e-6 else 0.0
    return ahead[0] + (own[0] - ahead[0]) * share, ahead[1] + (own[1] - ahead[1]) * share


__all__ = ["MOST_APART_M", "Effort", "Load", "Teamwork"]
