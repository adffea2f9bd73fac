"""Where robots believe they are: a part that lets the belief stray, and pulls it back at landmarks.

Odometry is a random walk over the distance walked (Thrun, Burgard & Fox, "Probabilistic Robotics", 2005, ch. 5); map
matching keeps it bounded; the marks at a dock correct it. The truth stays in the body; a robot plans, walks and reports
by its belief, so it misses things by as much. What it measures relative to itself (who is near, what is in reach of
its hands, a wall before it) needs no map and is not touched.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fleet.model.evidence import Detection, Observation
from fleet.model.site import PlaceKind
from sim_worlds.conditions import LocalisationSpec
from sim_worlds.generators import restore_generator, snapshot_generator
from sim_worlds.humanoids.base import Motion, wrap
from sim_worlds.onboard.traffic import THINK_S, Mover
from sim_worlds.site import Site

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

_RELAX_M = 5.0
"""Walked distance over which a belief settles on the map's own bias again."""
_LANDMARK_S = 0.3
_STILL_MPS = 0.02
_NEGLIGIBLE = 1e-9


class _Belief:
    """One robot's error: belief minus truth, m and rad."""

    def __init__(self, seed: int, robot_id: str, bias_m: float) -> None:
        self.rng = np.random.default_rng([seed, zlib.crc32(b"localisation"), zlib.crc32(robot_id.encode())])
        self.bias = (float(self.rng.normal(0.0, 1.0)) * bias_m, float(self.rng.normal(0.0, 1.0)) * bias_m)
        self.x, self.y, self.yaw = self.bias[0], self.bias[1], 0.0
        self.jumped = False
        """Beyond the bound; only a landmark brings it back."""

    @property
    def astray(self) -> bool:
        return abs(self.x) + abs(self.y) + abs(self.yaw) > _NEGLIGIBLE

    def settle(self) -> None:
        """Seen a landmark: the error shrinks away."""
        keep = math.exp(-THINK_S / _LANDMARK_S)
        self.x, self.y, self.yaw = self.x * keep, self.y * keep, self.yaw * keep
        self.jumped = self.jumped and math.hypot(self.x, self.y) > 0.05

    def stray(self, spec: LocalisationSpec, walked_m: float) -> None:
        step = math.sqrt(walked_m)
        back = min(walked_m / _RELAX_M, 1.0) if not self.jumped else 0.0
        dx, dy, turn = (float(v) for v in self.rng.normal(0.0, 1.0, 3))
        self.x += (self.bias[0] - self.x) * back + dx * spec.drift_m * step
        self.y += (self.bias[1] - self.y) * back + dy * spec.drift_m * step
        self.yaw += -self.yaw * back + turn * spec.drift_rad * step
        off = math.hypot(self.x - self.bias[0], self.y - self.bias[1])
        if off > spec.bound_m and not self.jumped:
            self.x = self.bias[0] + (self.x - self.bias[0]) * spec.bound_m / off
            self.y = self.bias[1] + (self.y - self.bias[1]) * spec.bound_m / off


class Localisation:
    """The beliefs of all robots of one world."""

    name = "localisation"

    def __init__(self, spec: LocalisationSpec, site: Site, robots: Sequence[str], seed: int) -> None:
        self.spec, self.site = spec, site
        self.beliefs = {name: _Belief(seed, name, spec.bias_m) for name in robots}
        self.marks = [(p.approach.x, p.approach.y) for p in site.places.values() if p.kind is PlaceKind.DOCK]
        self.active = not spec.exact

    def jump(self, robot_id: str, dx: float, dy: float, dyaw: float = 0.0) -> None:
        """Move a robot's belief at once, by m and rad; a landmark (a dock's marks) brings it back. For faults.

        Raises `KeyError` for a robot that is not there.
        """
        belief = self.beliefs[robot_id]
        belief.x, belief.y, belief.yaw = belief.x + dx, belief.y + dy, wrap(belief.yaw + dyaw)
        belief.jumped, self.active = True, True

    def relocalise(self, robot_id: str) -> None:
        """Somebody tells the robot where it is."""
        belief = self.beliefs[robot_id]
        belief.x = belief.y = belief.yaw = 0.0
        belief.jumped = False

    def error(self, robot_id: str) -> tuple[float, float, float]:
        """Belief minus truth: m, m, rad."""
        belief = self.beliefs[robot_id]
        return belief.x, belief.y, belief.yaw

    def believed(self, robot_id: str, m: Motion) -> Motion:
        """The motion `m` as the robot itself takes it to be."""
        belief = self.beliefs[robot_id]
        if not (self.active and belief.astray):
            return m
        c, s = math.cos(belief.yaw), math.sin(belief.yaw)
        return Motion(
            m.x + belief.x,
            m.y + belief.y,
            m.z,
            wrap(m.yaw + belief.yaw),
            m.vx * c - m.vy * s,
            m.vx * s + m.vy * c,
            m.yaw_rate,
        )

    def to_world(self, robot_id: str, vx: float, vy: float) -> tuple[float, float]:
        """A velocity of the robot's map as it comes out in the world."""
        belief = self.beliefs[robot_id]
        if not self.active or belief.yaw == 0.0:
            return vx, vy
        c, s = math.cos(-belief.yaw), math.sin(-belief.yaw)
        return vx * c - vy * s, vx * s + vy * c

    def as_believed(self, robot: Computer, seen: Observation) -> Observation:
        """What a robot saw, where it believes it to be: seen relative to itself, put on its own map."""
        belief = self.beliefs[robot.id]
        if not (self.active and belief.astray):
            return seen
        m = robot.body.motion()
        return replace(seen, detections=tuple(self._moved(belief, m, d) for d in seen.detections))

    def _moved(self, belief: _Belief, m: Motion, d: Detection) -> Detection:
        c, s = math.cos(belief.yaw), math.sin(belief.yaw)
        dx, dy = d.x - m.x, d.y - m.y
        x, y = m.x + belief.x + dx * c - dy * s, m.y + belief.y + dx * s + dy * c
        place = d.place
        if d.subject_kind == "object" and not d.holder:
            place = self.site.place_near((x, y, d.z)) or ""
        elif d.subject_kind == "robot":
            place = self.site.spot_near(x, y)
        return replace(d, x=x, y=y, place=place, zone=self.site.zone_at(x, y))

    # A part of the world

    def think(self, world: World) -> None:
        if not self.active:
            return
        for name, belief in self.beliefs.items():
            m = world.computers[name].body.motion()
            if any(math.hypot(m.x - x, m.y - y) < self.spec.landmark_m for x, y in self.marks):
                belief.settle()
            elif m.speed > _STILL_MPS:
                belief.stray(self.spec, m.speed * THINK_S)

    def movers(self) -> Iterable[Mover]:
        return ()

    def digest(self) -> bytes:
        if not self.active:
            return b""
        return np.array([(b.x, b.y, b.yaw, b.jumped) for b in self.beliefs.values()]).tobytes()

    def snapshot(self) -> dict[str, Any]:
        return {
            "active": self.active,
            "beliefs": {
                name: [b.x, b.y, b.yaw, b.jumped, snapshot_generator(b.rng)] for name, b in self.beliefs.items()
            },
        }

    def restore(self, data: dict[str, Any]) -> None:
        self.active = data["active"]
        for name, (x, y, yaw, jumped, random) in data["beliefs"].items():
            belief = self.beliefs[name]
            belief.x, belief.y, belief.yaw, belief.jumped = x, y, yaw, jumped
            restore_generator(belief.rng, random)


__all__ = ["Localisation"]
