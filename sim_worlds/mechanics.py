"""How a world's bodies move within a tick: tier T0 in arrays, the others under physics, which runs only when needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fleet.model.robot import Posture
from sim_worlds.bullet import pb
from sim_worlds.kernels.moving import move
from sim_worlds.physics import DYNAMIC_TICK_S, KINEMATIC, collides_with
from sim_worlds.rows import X, Y

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

TICKS_PER_S = 50
"""A tick is a control period: 20 ms, for which the walking policy was trained. Always, whatever tiers there are."""
THINK_TICKS, CAMERA_TICKS = 5, 25
_SUBSTEPS = round(1 / (TICKS_PER_S * DYNAMIC_TICK_S))
"""Physics steps a tick, while there is anything for physics to do."""
_ARM_SUBSTEPS = 2
"""While nothing balances: arms on moved bases (tier T1) are exact to millimetres at 100 Hz, at 50 Hz to centimetres."""
_REST_S, _REST_MPS, _REST_RADPS = 0.5, 0.01, 0.05
_NEAR_M, _CAPSULE_M, _CAPSULE_HEIGHT_M, _AWAY_Z = 1.2, 0.2, 1.2, -20.0
# What a moved robot is to a walking one that bumps into it; rays do not see it, they see its shapes.
_BUMPER = collides_with(KINEMATIC) & ~1


class Mechanics:
    """The moving part of one world."""

    def __init__(self, world: World) -> None:
        self.world, self.rows, self.physics = world, world.rows, world.physics
        self.stepped: list[Computer] = []
        self._rested_s = 0.0
        self._bumpers: list[int] = []
        self.bodies_changed()

    def bodies_changed(self) -> None:
        """A robot has another body than before."""
        self.stepped = [r for r in self.world.onboard if r.body.stepped]
        self.physics.stirred = True
        for robot in self.stepped:
            self._mirror(robot)
            self.rows.columns["moved"][robot.row] = False
        for robot in self.world.onboard:
            self.rows.columns["dynamic"][robot.row] = robot.body.dynamic
            if not robot.body.stepped:
                self.rows.columns["fallen"][robot.row] = False
                self.rows.columns["upright"][robot.row] = True

    def mirror(self) -> None:
        """Into the rows: where the bodies are that do not live there."""
        for robot in self.stepped:
            self._mirror(robot)

    def _mirror(self, robot: Computer) -> None:
        m, posture = robot.body.motion(), robot.body.posture()
        self.rows.motion[robot.row, :6] = m.x, m.y, m.yaw, m.vx, m.vy, m.yaw_rate
        self.rows.columns["fallen"][robot.row] = posture is Posture.FALLEN
        self.rows.columns["upright"][robot.row] = posture in (Posture.STANDING, Posture.WALKING)

    def tell(self) -> None:
        """Hand on what the rows say to the bodies that do not live there."""
        for robot in self.stepped:
            told = (self.rows.columns[k].item(robot.row) for k in ("told_vx", "told_vy", "told_turn"))
            robot.body.move(*told)

    def run(self, ticks: int) -> None:
        """So many ticks."""
        if not self.stepped:
            move(self.rows.motion, self.rows.table, 1 / TICKS_PER_S, ticks)
            self.physics.moves += 1
            self._let_boxes_fall(ticks)
            return
        for _ in range(ticks):
            move(self.rows.motion, self.rows.table, 1 / TICKS_PER_S, 1)
            self.physics.moves += 1
            for robot in self.stepped:
                robot.body.control(1 / TICKS_PER_S)
                robot.drain(1 / TICKS_PER_S)
            awake = [robot.body for robot in self.stepped if robot.body.awake]
            if not awake:
                self._let_boxes_fall(1)
                continue
            self._bump()
            substeps = _SUBSTEPS if any(body.dynamic for body in awake) else _ARM_SUBSTEPS
            self.physics.keep_step(1 / (TICKS_PER_S * substeps))
            for _ in range(substeps):
                for body in awake:
                    body.tick()
                self.physics.step()

    # Physics only when needed

    def _let_boxes_fall(self, ticks: int) -> None:
        """Boxes that were let go, until all are at rest."""
        if not self.physics.stirred:
            return
        self.physics.keep_step(DYNAMIC_TICK_S)
        for _ in range(ticks * _SUBSTEPS):
            self.physics.step()
        resting = all(c.guided or _rests(*c.velocity()) for c in self.world.crates.values())
        self._rested_s = self._rested_s + ticks / TICKS_PER_S if resting else 0.0
        if self._rested_s >= _REST_S:
            self.physics.stirred, self._rested_s = False, 0.0

    def _bump(self) -> None:
        """Moved robots near a walking one get a capsule in its physics; the others cost nothing there."""
        moved = self.rows.columns["moved"]
        if not moved.any():
            return
        if not self.physics.apart:  # their shapes are there
            self.physics.show()
            return
        place = self.rows.motion[:, (X, Y)]
        near = np.zeros(len(moved), dtype=bool)
        for robot in self.stepped:
            near |= np.hypot(place[:, 0] - place[robot.row, 0], place[:, 1] - place[robot.row, 1]) < _NEAR_M
        rows = np.flatnonzero(near & moved)
        while len(self._bumpers) < len(rows):
            self._bumpers.append(self._capsule())
        for k, body in enumerate(self._bumpers):
            x, y, z = (*place[rows[k]].tolist(), 0.8) if k < len(rows) else (float(k), 0.0, _AWAY_Z)
            pb.resetBasePositionAndOrientation(body, (x, y, z), (0, 0, 0, 1), physicsClientId=self.physics.client)

    def _capsule(self) -> int:
        client = self.physics.client
        shape = pb.createCollisionShape(
            pb.GEOM_CAPSULE, radius=_CAPSULE_M, height=_CAPSULE_HEIGHT_M, physicsClientId=client
        )
        body: int = pb.createMultiBody(0, shape, -1, (0, 0, _AWAY_Z), physicsClientId=client)
        pb.setCollisionFilterGroupMask(body, -1, KINEMATIC, _BUMPER, physicsClientId=client)
        return body


def _rests(linear: tuple[float, ...], angular: tuple[float, ...]) -> bool:
    return math.hypot(*linear) < _REST_MPS and math.hypot(*angular) < _REST_RADPS
