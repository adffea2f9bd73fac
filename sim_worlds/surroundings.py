"""What onboard computers ask of the world around them: targets, obstacles, boxes, places, and what has happened."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

from fleet.model.evidence import Observation
from fleet.model.site import PlaceKind
from sim_worlds.crates import Crate
from sim_worlds.errors import Refused
from sim_worlds.humanoids.base import Vector
from sim_worlds.kernels.avoiding import CRADIUS, CX, CY, DYNAMIC, MOBILE
from sim_worlds.localisation import Localisation
from sim_worlds.onboard.computer import Computer
from sim_worlds.onboard.traffic import Mover, Traffic
from sim_worlds.people.crowd import People
from sim_worlds.physics import Physics
from sim_worlds.records import AnyPrimitive, Dock, Effect, Give, Look, Pick, Place, Wait, Walk
from sim_worlds.site import Box, Site

_GIVE_OFFSET_M, _GIVE_HEIGHT_M = 0.3, 1.0


class Surroundings:
    """The part of a `World` that its robots' computers use."""

    site: Site
    crates: dict[str, Crate]
    computers: dict[str, Computer]
    onboard: list[Computer]
    people: People
    traffic: Traffic
    localisation: Localisation
    ledger: list[Effect]
    _effects: dict[str, Effect]
    _observations: deque[Observation]
    _unsent: dict[str, list[Observation]]
    physics: Physics
    _floor: list[Mover]
    _floor_changes: tuple[int, int]

    @property
    def time_s(self) -> float:
        """Simulated seconds since the world began."""
        raise NotImplementedError

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
        for effect in self.ledger[len(self._effects) :]:
            self._effects[effect.command_id] = effect
        return self._effects.get(command_id)

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
        stands = self.traffic.standing()
        stands[robot.row] = False
        return [(x, y, r + own) for x, y, r in self.traffic.circles[stands][:, (CX, CY, CRADIUS)].tolist()]

    def nearest_obstacle(self, robot: Computer, x: float, y: float) -> str:
        circles = self.traffic.circles
        apart = np.hypot(circles[:, CX] - x, circles[:, CY] - y) - circles[:, CRADIUS]
        apart[robot.row] = math.inf
        nearest = int(np.argmin(apart))
        if apart[nearest] >= 1.2:
            return ""
        n = len(self.onboard)
        return self.onboard[nearest].id if nearest < n else self.traffic.others[nearest - n].name

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

    def _crate(self, box: Box, place_id: str) -> Crate:
        return Crate(self.physics, box, self._slot_top(place_id, box.size_m[2]), self._slot_turn(place_id))

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

    # What is on the floor

    def boxes_on_the_floor(self) -> list[Mover]:
        """Boxes that stand or lie where others walk."""
        changes = self.physics.steps, sum(c.changes for c in self.crates.values())
        if changes != self._floor_changes:
            self._floor_changes = changes
            self._floor = []
            for crate in self.crates.values():
                (x, y, z), _ = crate.pose()
                if crate.holder is None and z < 0.5:
                    # Half its longer side: who comes to pick it up must get near enough to reach it.
                    self._floor.append(Mover(crate.id, x, y, max(crate.half[0], crate.half[1])))
        return self._floor

    @property
    def movers(self) -> list[Mover]:
        """Everything on the floor, as it was reckoned with at the latest thought: robots, boxes, people, and others."""
        circles, flags = self.traffic.circles, self.traffic.flags
        robots = [
            Mover(name, x, y, radius, vx, vy, (wx, wy), mobile=bool(flag & MOBILE), dynamic=bool(flag & DYNAMIC))
            for name, (x, y, vx, vy, wx, wy, radius, _), flag in zip(
                self.computers, circles.tolist(), flags.tolist(), strict=False
            )
        ]
        return [*robots, *self.traffic.others]
