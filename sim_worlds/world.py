"""A world: a building, robots with their onboard computers, faults and cameras, stepped in fixed ticks."""

from __future__ import annotations

import hashlib
import math
import struct
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from fleet.model.evidence import Observation
from fleet.model.site import PlaceKind
from sim_worlds.battery import Batteries
from sim_worlds.building import Building
from sim_worlds.calibration import load_calibration
from sim_worlds.conditions import IDEAL, Conditions
from sim_worlds.crates import Crate
from sim_worlds.errors import Refused
from sim_worlds.faults import Faults, FaultSpec, check_faults
from sim_worlds.grid import Grid
from sim_worlds.humanoids.base import Body, Vector
from sim_worlds.humanoids.kinematic import KinematicHumanoid
from sim_worlds.localisation import Localisation
from sim_worlds.onboard.computer import Computer
from sim_worlds.onboard.manners import Manners
from sim_worlds.onboard.traffic import THINK_S, Mover, Traffic
from sim_worlds.parts import Part
from sim_worlds.people.comfort import Comfort
from sim_worlds.people.crowd import People
from sim_worlds.people.spec import PersonSpec, check_people
from sim_worlds.physics import DYNAMIC_TICK_S, KINEMATIC_TICK_S, Physics
from sim_worlds.profiles import RobotSpec, check_specs, load_model, robot_info
from sim_worlds.records import (
    AnyPrimitive,
    BodyState,
    Dock,
    Effect,
    Give,
    Look,
    Pick,
    Place,
    PrimitiveStatus,
    Wait,
    Walk,
    WorldInfo,
)
from sim_worlds.sensors import CAMERA_PERIOD_S, Sensors
from sim_worlds.site import Site
from sim_worlds.truth import Truth, truth_of

T = TypeVar("T")
_KEPT_OBSERVATIONS = 10_000
_GIVE_OFFSET_M, _GIVE_HEIGHT_M = 0.3, 1.0


class World:
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
    ) -> None:
        check_specs(robots, site)
        check_faults(faults, robots, site)
        check_people(people, site)
        self.conditions = conditions
        self.batteries = Batteries(conditions.battery)
        self.manners = Manners(conditions.near_people) if conditions.near_people is not None else None
        self.site, self.specs, self.seed, self.watchdog_s = site, tuple(robots), seed, watchdog_s
        dynamic = any(r.body == "dynamic" for r in robots)
        self.tick_s = DYNAMIC_TICK_S if dynamic else KINEMATIC_TICK_S
        self.control_every = 4 if dynamic else 1
        self.think_every = round(THINK_S / self.tick_s)
        self.camera_every = round(CAMERA_PERIOD_S / self.tick_s)
        self.tick = 0
        self.rng = np.random.default_rng(seed)
        self.grid = Grid(site)
        self.physics = Physics(site, self.tick_s, visual)
        self.building = Building(site, self.grid, self.physics)
        self.crates = {
            k: Crate(
                self.physics,
                b,
                self._slot_top(b.record.place_id or "", b.size_m[2]),
                self._slot_turn(b.record.place_id or ""),
            )
            for k, b in site.boxes.items()
        }
        self.computers = {r.robot_id: self._computer(r) for r in robots}
        at = [(m.x, m.y) for m in (r.body.motion() for r in self.computers.values())]
        self.people = People(site, self.grid, self.physics, people, seed, at)
        circles = len(robots) + self.people.circles + len(site.boxes) + len(faults)
        self.traffic = Traffic(site, self.grid, circles)
        self.movers: list[Mover] = []
        self.parts: list[Part] = [self.people, *self.building.parts()]
        self.localisation = Localisation(conditions.localisation, site, list(self.computers), seed)
        self.parts.append(self.localisation)
        self.faults = Faults(faults, seed)
        self.parts += self.faults.parts(self)
        self.sensors = Sensors(self)
        self.site_plain = site.to_plain()  # for checkpoints; it never changes
        self.ledger: list[Effect] = []
        self.outcomes: dict[str, PrimitiveStatus] = {}
        self._observations: deque[Observation] = deque(maxlen=_KEPT_OBSERVATIONS)
        self._unsent: dict[str, list[Observation]] = {}

    def _computer(self, spec: RobotSpec) -> Computer:
        calibration = load_calibration()
        info = robot_info(spec, calibration)
        if spec.dock is not None:
            pose = self.site.places[spec.dock].approach
            x, y, yaw = pose.x, pose.y, pose.yaw
        else:
            assert spec.start is not None
            x, y, yaw = spec.start
        body: Body
        if spec.body == "dynamic":
            # Only a world that has one needs its packages.
            from sim_worlds.humanoids.g1 import WalkingG1

            body = WalkingG1(self.physics, spec.robot_id, x, y, yaw)
        else:
            body = KinematicHumanoid(self.physics, spec.robot_id, load_model(spec.model), calibration, x, y, yaw)
        battery = info.description.battery_wh * self.batteries.health(spec.robot_id) * spec.battery_fraction
        return Computer(self, info, body, battery, docked_at=spec.dock)

    # Time

    @property
    def time_s(self) -> float:
        return self.tick * self.tick_s

    def step(self) -> None:
        """One tick."""
        if self.tick % self.think_every == 0:
            self._think()
        if self.tick % self.control_every == 0:
            self._control()
        for robot in self.computers.values():
            robot.body.tick()
        self.physics.step()
        self.tick += 1
        if self.tick % self.camera_every == 0:
            self._observations.extend(self.sensors.cameras())

    def advance(self, seconds: float) -> None:
        """As many ticks as fit into `seconds`, to the nearest."""
        for _ in range(round(seconds / self.tick_s)):
            self.step()

    def _think(self) -> None:
        self.faults.update(self)
        for part in self.parts:
            part.think(self)
        for robot in self.computers.values():
            robot.think()
        self._deliver()
        self.movers = [r.mover() for r in self.computers.values()] + self._still_movers()
        self.movers += [m for part in self.parts for m in part.movers()]
        self.traffic.solve(self.movers)
        if self.manners is not None:
            self.manners.slow(self.movers[: len(self.computers)], self.people)
        for robot, mover in zip(self.computers.values(), self.movers, strict=False):
            robot.walk(mover.allowed)

    def _control(self) -> None:
        dt = self.control_every * self.tick_s
        for robot in self.computers.values():
            robot.body.control(dt)
            robot.drain(dt)

    def _still_movers(self) -> list[Mover]:
        boxes = []
        for crate in self.crates.values():
            (x, y, z), _ = crate.pose()
            if crate.holder is None and z < 0.5:
                # Half its longer side: who comes to pick it up must get near enough to reach it.
                boxes.append(Mover(crate.id, x, y, max(crate.half[0], crate.half[1])))
        return boxes

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
        drained = tuple(self._observations)
        self._observations.clear()
        return drained

    def effects(self) -> tuple[Effect, ...]:
        return tuple(self.ledger)

    # What onboard computers ask of the world

    def check_targets(self, p: AnyPrimitive) -> None:
        """Raise `Refused` when a primitive names what does not exist, or numbers that are none."""
        names = {
            Pick: ("object_id", self.crates),
            Give: ("person_id", self.people),
            Dock: ("dock_id", [k for k, v in self.site.places.items() if v.kind is PlaceKind.DOCK]),
            Look: ("target_id", {**self.site.places, **self.site.zones, **dict.fromkeys(self.people), **self.crates}),
        }
        if type(p) in names:
            field, known = names[type(p)]
            if getattr(p, field) not in known:
                raise Refused(
                    "unknown_target",
                    f"{field}: got {getattr(p, field)!r}, expected one of: {', '.join(list(known)[:60])}",
                )
        if isinstance(p, Place) and (p.place_id is None) == (p.x_m is None or p.y_m is None):
            raise Refused("bad_argument", "place: expected either place_id, or x_m and y_m")
        if isinstance(p, Place) and p.place_id is not None:
            slots = [k for k, v in self.site.places.items() if v.surface is not None]
            if p.place_id not in slots:
                raise Refused("unknown_target", f"place_id: got {p.place_id!r}, expected one of: {', '.join(slots)}")
        fields = (getattr(p, name, None) for name in ("x_m", "y_m", "yaw_rad", "speed_mps", "seconds"))
        numbers = [v for v in fields if v is not None]
        if not all(math.isfinite(v) for v in numbers) or (isinstance(p, Wait) and p.seconds < 0):
            raise Refused("bad_argument", f"{type(p).__name__.lower()}: got {numbers}, expected finite numbers")
        if isinstance(p, Walk) and p.speed_mps is not None and p.speed_mps <= 0:
            raise Refused("bad_argument", f"speed_mps: got {p.speed_mps}, expected a speed above 0")

    def effect_of(self, command_id: str) -> Effect | None:
        return next((e for e in self.ledger if e.command_id == command_id), None)

    def record_effect(
        self, robot: Computer, p: AnyPrimitive, kind: Any, object_id: str | None, target_id: str | None
    ) -> None:
        """Write what happened into the ledger, once a command."""
        if self.effect_of(p.command_id) is None:
            m = robot.body.motion()
            self.ledger.append(
                Effect(
                    len(self.ledger) + 1,
                    self.time_s,
                    robot.id,
                    kind,
                    p.command_id,
                    p.task_id,
                    object_id,
                    target_id,
                    round(m.x, 3),
                    round(m.y, 3),
                )
            )

    def observe(self, robot: Computer, seen: Observation) -> None:
        """Queue what a robot saw; a silent robot sends it when its radio is back."""
        self._unsent.setdefault(robot.id, []).append(seen)

    def _deliver(self) -> None:
        made_by = self.time_s - self.conditions.sensing.robots.latency_s + 1e-9
        for name, seen in self._unsent.items():
            if self.computers[name].link_up and seen:
                self._observations.extend(o for o in seen if o.observed_at_s <= made_by)
                self._unsent[name] = [o for o in seen if o.observed_at_s > made_by]

    def standing_obstacles(self, robot: Computer) -> list[tuple[float, float, float]]:
        """Circles (x, y, radius) that do not move and that this robot must go around."""
        own = robot.info.description.footprint_radius_m + 0.05
        return [(m.x, m.y, m.radius + own) for m in self.movers if m.name != robot.id and m.stands]

    def nearest_obstacle(self, robot: Computer, x: float, y: float) -> str:
        near = [(math.hypot(m.x - x, m.y - y), m.name) for m in self.movers if m.name != robot.id]
        return min(near)[1] if near and min(near)[0] < 1.5 else ""

    def crates_near(self, robot: Computer) -> str:
        """The boxes within a robot's reach, in words."""
        m = robot.body.motion()
        return ", ".join(
            c.id for c in self.crates.values() if math.dist(c.pose()[0][:2], (m.x, m.y)) < robot.info.reach_m + 0.05
        )

    def whereabouts(self, target: str) -> tuple[float, float]:
        """Where to turn to look for a target; infinite for objects, about which a robot does not know."""
        if target in self.people:
            person = self.people.state(target)
            return person.x, person.y
        x, y, _ = self.site.where(target)
        return x, y

    def crate_at(self, spot: Vector, but: Crate) -> Crate | None:
        """Another box that stands where one is to be put."""
        for c in self.crates.values():
            if c is not but and math.dist(c.pose()[0][:2], spot[:2]) < 0.2 and abs(c.pose()[0][2] - spot[2]) < 0.3:
                return c
        return None

    def spot(self, p: Place, crate: Crate) -> Vector:
        """Where the centre of the box goes."""
        if p.place_id is not None:
            return self._slot_top(p.place_id, 2 * crate.half[2])
        assert p.x_m is not None and p.y_m is not None
        return p.x_m, p.y_m, crate.half[2] + 0.005

    def _slot_top(self, place_id: str, height: float) -> Vector:
        surface = self.site.places[place_id].surface
        assert surface is not None
        return surface.x, surface.y, surface.z + height / 2 + 0.002

    def _slot_turn(self, place_id: str) -> float:
        return self.site.places[place_id].approach.yaw

    def hand_to(self, crate: Crate, person_id: str) -> None:
        """Put a box into a person's hands."""
        person = self.people.state(person_id)
        c, s = math.cos(person.yaw), math.sin(person.yaw)
        crate.guide(
            [person.x + c * _GIVE_OFFSET_M, person.y + s * _GIVE_OFFSET_M, _GIVE_HEIGHT_M],
            [0, 0, 0, 1],
        )
        crate.holder = person_id

    # For tests and supervision of the simulation itself

    def truth(self) -> Truth:
        """Where everything really is. No robot and no camera has this."""
        return truth_of(self)

    def comfort(self) -> tuple[Comfort, ...]:
        """How near robots came to each person so far, and how fast."""
        return self.people.comfort(tuple(self.computers))

    def digest(self) -> str:
        """SHA-256 over all poses, batteries and holders: equal for equal histories, bit for bit."""
        h = hashlib.sha256(struct.pack("<q", self.tick))
        for robot in self.computers.values():
            m = robot.body.motion()
            h.update(struct.pack("<8d", m.x, m.y, m.z, m.yaw, m.vx, m.vy, m.yaw_rate, robot.battery_wh))
            h.update(struct.pack(f"<{len(robot.body.joint_positions())}d", *robot.body.joint_positions()))
            h.update(repr((robot.id, robot.status.command_id, robot.status.state, robot.holding_because)).encode())
        for crate in self.crates.values():
            position, rotation = crate.pose()
            h.update(struct.pack("<7d", *position, *rotation) + repr((crate.id, crate.holder)).encode())
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

    def fork_rollout(self, fn: Callable[[World], T]) -> T:
        """Run `fn` on a copy of this world in a forked process; this one is not changed. See `rollout`."""
        from sim_worlds.rollout import fork_rollout

        return fork_rollout(self, fn)

    def close(self) -> None:
        """Free the physics client. The world cannot be used afterwards."""
        for robot in self.computers.values():
            robot.abandon()
        self.physics.close()
