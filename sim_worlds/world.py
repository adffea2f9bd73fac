"""A world: a building, robots with their onboard computers, faults and cameras, stepped in fixed ticks."""

from __future__ import annotations

import hashlib
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from fleet.model.evidence import Observation
from sim_worlds.battery import Batteries
from sim_worlds.building import Building
from sim_worlds.calibration import load_calibration
from sim_worlds.conditions import IDEAL, Conditions
from sim_worlds.errors import Refused
from sim_worlds.faults import Faults, FaultSpec, check_faults
from sim_worlds.grid import CELL_M, ROBOT_RADIUS_M, Grid
from sim_worlds.humanoids.tiers import make_body
from sim_worlds.kernels.walking import WAY_GOES_ON, follow_straight, notice, slow_down, walk_routes
from sim_worlds.localisation import Localisation
from sim_worlds.mechanics import CAMERA_TICKS, THINK_TICKS, TICKS_PER_S, Mechanics
from sim_worlds.onboard.computer import Computer
from sim_worlds.onboard.legs import Leg
from sim_worlds.onboard.manners import Manners
from sim_worlds.onboard.traffic import Mover, Traffic
from sim_worlds.parts import Part
from sim_worlds.people.comfort import Comfort
from sim_worlds.people.crowd import People
from sim_worlds.people.spec import PersonSpec, check_people
from sim_worlds.physics import DYNAMIC_TICK_S, Physics
from sim_worlds.profiles import RobotSpec, check_specs, robot_info
from sim_worlds.promotion import Promotion, PromotionRule
from sim_worlds.records import (
    AnyPrimitive,
    BodyState,
    Effect,
    PrimitiveStatus,
    Way,
    WorldInfo,
)
from sim_worlds.rows import EVENT_ARRIVED, Rows
from sim_worlds.sensors import Sensors
from sim_worlds.site import Site
from sim_worlds.surroundings import Surroundings
from sim_worlds.teamwork import Teamwork
from sim_worlds.truth import Truth, truth_of
from sim_worlds.wear import Wear

T = TypeVar("T")
_KEPT_OBSERVATIONS = 10_000


class World(Surroundings):
    """Ground truth, and the robots in it.

    Args:
        site: from `load_site`.
        robots: at least one. Raises `SpecError` for robots that cannot be in this site.
        faults: raises `SpecError` for faults that cannot happen.
        seed: of everything random.
        watchdog_s: simulated seconds without a heartbeat after which a robot holds by itself.
        visual: load meshes and colours (for pictures; slow and large).
        people: who walks, and how; raises `SpecError` for people who cannot. Everybody else of the site stands.
        conditions: how truly the world is sensed; ideal unless said otherwise.
        promotion: who is promoted to tier T2 without being asked for; nobody unless said otherwise.
    """

    def __init__(
        self,
        site: Site,
        robots: Sequence[RobotSpec],
        faults: Sequence[FaultSpec] = (),
        seed: int = 0,
        watchdog_s: float = 1.0,
        visual: bool = False,
        people: Sequence[PersonSpec] = (),
        conditions: Conditions = IDEAL,
        promotion: PromotionRule | None = None,
    ) -> None:
        self.grid = Grid(site)
        check_specs(robots, site, self.grid)
        check_faults(faults, robots, site)
        check_people(people, site)
        if promotion is not None:
            promotion.check()
        self.conditions, self.site, self.specs = conditions, site, tuple(robots)
        self.seed, self.watchdog_s = seed, watchdog_s
        self.tick = 0
        self.rng = np.random.default_rng(seed)
        # In this order: what is built later finds, and numbers, what was built before.
        self._build(visual, promotion is not None)
        self._people_it(people)
        self._set_going(faults, promotion)
        self._begin_records()

    def _build(self, visual: bool, promotes: bool) -> None:
        """The building, the boxes and the robots in it."""
        site, robots = self.site, self.specs
        # What is never stepped is kept away from what is; arms of tier T1 push against it.
        apart = promotes or all(r.tier != "T1" for r in robots) or any(r.tier == "T2" for r in robots)
        self.physics = Physics(site, DYNAMIC_TICK_S, visual, apart)
        self.rows = Rows(len(robots))
        self.legs: dict[int, Leg] = {}
        """The walks under way, by row."""
        self._ways_version = 0
        self.batteries = Batteries(self.conditions.battery)
        self.building = Building(site, self.grid, self.physics)
        self.crates = {k: self._crate(box, box.record.place_id or "") for k, box in site.boxes.items()}
        self.computers = {r.robot_id: self._computer(r, row) for row, r in enumerate(robots)}
        self.onboard = list(self.computers.values())
        """The computers, by row."""

    def _people_it(self, people: Sequence[PersonSpec]) -> None:
        """People, and what robots make of them and of each other."""
        near_people = self.conditions.near_people
        self.manners = Manners(near_people) if near_people is not None else None
        at = [(m.x, m.y) for m in (r.body.motion() for r in self.onboard)]
        self.people = People(self.site, self.grid, self.physics, people, self.seed, at)
        self.traffic = Traffic(self.grid, self.rows)
        self._floor: list[Mover] = []
        self._floor_changes = (-1, -1)

    def _set_going(self, faults: Sequence[FaultSpec], promotion: PromotionRule | None) -> None:
        """What happens in it: the parts, in the order in which they think."""
        conditions = self.conditions
        self.mechanics = Mechanics(self)
        self._loads_vary = conditions.battery.payload_w_per_kg > 0 or any(a.slope for a in self.building.zones.limits)
        self.promotion = Promotion(self, promotion)
        self.teamwork = Teamwork(self)
        self.parts: list[Part] = [self.promotion, self.people, *self.building.parts(), self.teamwork]
        self.wear = Wear(conditions.wear, len(self.specs))
        self.localisation = Localisation(conditions.localisation, self.site, list(self.computers), self.seed)
        self.parts += [self.wear, self.localisation]
        self.faults = Faults(faults, self.seed)
        self.parts += self.faults.parts(self)
        self.sensors = Sensors(self)
        self.watched = True
        """Whether fixed cameras look; rays are dear where nobody reads what they see (what-if rollouts)."""

    def _begin_records(self) -> None:
        self.site_plain = self.site.to_plain()  # for checkpoints; it never changes
        self.ledger: list[Effect] = []
        self._effects: dict[str, Effect] = {}
        self.outcomes: dict[str, PrimitiveStatus] = {}
        self._observations: deque[Observation] = deque(maxlen=_KEPT_OBSERVATIONS)
        self._unsent: dict[str, list[Observation]] = {}

    def _computer(self, spec: RobotSpec, row: int) -> Computer:
        info = robot_info(spec, load_calibration(), slows=self.conditions.wear.slows)
        if spec.dock is not None:
            pose = self.site.places[spec.dock].approach
            x, y, yaw = pose.x, pose.y, pose.yaw
        else:
            assert spec.start is not None
            x, y, yaw = spec.start
        assert spec.tier is not None
        body = make_body(self.physics, spec, spec.tier, x, y, yaw, self.rows, row)
        battery = info.description.battery_wh * self.batteries.health(spec.robot_id) * spec.battery_fraction
        return Computer(self, info, body, battery, docked_at=spec.dock, row=row)

    # Time

    @property
    def tick_s(self) -> float:
        """Seconds of a tick: a control period, whatever tiers there are."""
        return 1 / TICKS_PER_S

    @property
    def time_s(self) -> float:
        return self.tick / TICKS_PER_S

    def step(self) -> None:
        """One tick."""
        self._ticks(1)

    def advance(self, seconds: float) -> None:
        """As many ticks as fit into `seconds`, to the nearest."""
        left = round(seconds * TICKS_PER_S)
        while left > 0:
            left -= self._ticks(left)

    def _ticks(self, most: int) -> int:
        """At most so many ticks, up to the next thought; how many."""
        if self.tick % THINK_TICKS == 0:
            self._think()
        ticks = min(most, THINK_TICKS - self.tick % THINK_TICKS, CAMERA_TICKS - self.tick % CAMERA_TICKS)
        self.mechanics.run(ticks)
        self.tick += ticks
        if self.tick % CAMERA_TICKS == 0 and self.watched:
            self._observations.extend(self.sensors.cameras())
        return ticks

    def _think(self) -> None:
        self.faults.update(self)
        for part in self.parts:
            part.think(self)
        self.mechanics.mirror()
        if self._loads_vary:
            for robot in self.onboard:
                robot.feel_load()
        self._follow()
        self.teamwork.pull()
        self.wear.slow(self)
        notice(self.rows.motion, self.rows.table, self.time_s, self.watchdog_s)
        for row in np.flatnonzero(self.rows.columns["attend"]):
            self.onboard[row].think()
        self._deliver()
        self.traffic.solve([*self.boxes_on_the_floor(), *(m for part in self.parts for m in part.movers())])
        if self.manners is not None:
            self.manners.slow(self.traffic.robots_allowed, self.traffic.robot_circles, self.people)
        self.traffic.tell()
        self.mechanics.tell()

    def _follow(self) -> None:
        """One thought of every walk under way."""
        g, columns = self.grid, self.rows.columns
        if self.localisation.active:
            for row, name in enumerate(self.computers):
                columns["off_x"][row], columns["off_y"][row], columns["off_yaw"][row] = self.localisation.error(name)
        if not self.legs:
            return
        everybody = 0, len(self.rows)
        place = g.x0, g.y0, CELL_M
        follow_straight(self.rows.motion, self.rows.table, g.ways, *place, ROBOT_RADIUS_M, *everybody)
        if g.version != self._ways_version:  # ways were closed or opened: they are asked for anew
            self._ways_version = g.version
            self.rows.ways[:] = 0
        rows, building = self.rows, self.building
        arrays = rows.motion, rows.table, rows.ways, rows.said
        walk_routes(*arrays, 0, len(rows), building.asked, building.call_cells, g.ways, g.free, *place, ROBOT_RADIUS_M)
        said, routed = rows.said.tolist(), columns["routed"].tolist()
        events = (columns["event"] > EVENT_ARRIVED).tolist()
        for row, leg in sorted(self.legs.items()):
            if not routed[row]:
                if leg.asks:
                    leg.attend(WAY_GOES_ON)
                elif events[row]:
                    leg.decide()
            elif events[row] or leg.blocked or said[row] != WAY_GOES_ON:
                leg.attend(said[row])
        limits = self.building.zones.limit_at
        if limits is not None:
            slow_down(self.rows.motion, self.rows.table, limits, *place)

    # Commands and reports: see `link.WorldLink`

    def describe(self) -> WorldInfo:
        return WorldInfo(
            site_id=self.site.site_id,
            site_digest=self.site.digest(),
            seed=self.seed,
            tick_s=self.tick_s,
            robots=tuple(r.info for r in self.computers.values()),
        )

    def computer(self, robot_id: str) -> Computer:
        try:
            return self.computers[robot_id]
        except KeyError:
            raise Refused(
                "unknown_robot", f"robot: got {robot_id!r}, expected one of: {', '.join(self.computers)}"
            ) from None

    def start(self, robot_id: str, primitive: AnyPrimitive) -> PrimitiveStatus:
        return self.computer(robot_id).start(primitive)

    def cancel(self, robot_id: str, because: str) -> PrimitiveStatus:
        return self.computer(robot_id).cancel(because)

    def follow(self, robot_id: str, way: Way) -> None:
        self.computer(robot_id).follow(way)

    def status(self, robot_id: str) -> PrimitiveStatus:
        return self.body_state(robot_id).status

    def outcome(self, command_id: str) -> PrimitiveStatus | None:
        ended = self.outcomes.get(command_id)
        if ended is not None:
            return ended
        return next(
            (
                r.status
                for r in self.computers.values()
                if r.status.command_id == command_id and command_id and not r.status.ended
            ),
            None,
        )

    def body_state(self, robot_id: str) -> BodyState:
        return self.computer(robot_id).state()

    def body_states(self) -> tuple[BodyState, ...]:
        return tuple(r.state() for r in self.computers.values())

    def heartbeat(self, robot_id: str) -> None:
        self.computer(robot_id).hear()

    def hold(self, robot_id: str, because: str) -> None:
        self.computer(robot_id).hold(because)

    def resume(self, robot_id: str) -> None:
        self.computer(robot_id).resume()

    def e_stop(self, robot_id: str, because: str) -> None:
        self.computer(robot_id).engage_e_stop(because)

    def release_e_stop(self, robot_id: str) -> None:
        self.computer(robot_id).release_e_stop()

    def drain_observations(self) -> tuple[Observation, ...]:
        if not self._observations:
            return ()
        drained = tuple(self._observations)
        self._observations.clear()
        return drained

    def effects(self) -> tuple[Effect, ...]:
        return tuple(self.ledger)

    # For tests and supervision of the simulation itself

    def promote(self, robot_id: str, until_quiet: bool = False) -> bool:
        """Let a robot walk by its joints (tier T2) from now on; see `Promotion.promote`."""
        return self.promotion.promote(robot_id, until_quiet)

    def demote(self, robot_id: str) -> bool:
        """Let a robot of tier T2 be moved again; see `Promotion.demote`."""
        return self.promotion.demote(robot_id)

    def truth(self) -> Truth:
        """Where everything really is. No robot and no camera has this."""
        return truth_of(self)

    def comfort(self) -> tuple[Comfort, ...]:
        """How near robots came to each person so far, and how fast."""
        return self.people.comfort(tuple(self.computers))

    def digest(self) -> str:
        """SHA-256 over all poses, batteries and holders: equal for equal histories, bit for bit."""
        h = hashlib.sha256(struct.pack("<q", self.tick))
        h.update(self.rows.motion.tobytes() + self.rows.columns["battery_wh"].tobytes())
        for robot in self.mechanics.stepped:
            m, joints = robot.body.motion(), robot.body.joint_positions()
            h.update(struct.pack(f"<{7 + len(joints)}d", m.x, m.y, m.z, m.yaw, m.vx, m.vy, m.yaw_rate, *joints))
        h.update(repr([(r.id, r.status.command_id, r.status.state, r.holding_because) for r in self.onboard]).encode())
        poses = [(*position, *rotation) for position, rotation in (c.pose() for c in self.crates.values())]
        h.update(np.array(poses, dtype=np.float64).tobytes() + repr([c.holder for c in self.crates.values()]).encode())
        for part in self.parts:
            h.update(part.digest())
        h.update(self.faults.digest())
        return h.hexdigest()

    def checkpoint(self) -> dict[str, Any]:
        """All that is needed to go on in a new process, as plain data."""
        from sim_worlds.checkpoint import take

        return take(self)

    @staticmethod
    def restore(data: dict[str, Any], visual: bool = False) -> World:
        """The world as it was: robots stand (or lie) where they were and hold until they are resumed.

        Raises `CheckpointError` for data that is no checkpoint of this version.
        """
        from sim_worlds.checkpoint import rebuild

        return rebuild(data, visual)

    def forget_ways(self) -> None:
        """Everybody finds their own way from now on: in a copy of this world there is no fleet that releases any."""
        for robot in self.onboard:
            robot.forget_way()

    def fork_rollout(self, fn: Callable[[World], T]) -> T:
        """Run `fn` on a copy of this world in a forked process; this one is not changed. See `rollouts`."""
        from sim_worlds.rollouts.fork import fork_rollout

        return fork_rollout(self, fn)

    def close(self) -> None:
        """Free the physics client. The world cannot be used afterwards."""
        for robot in self.computers.values():
            robot.abandon()
        self.physics.close()
