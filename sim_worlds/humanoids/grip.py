"""Two palms that hold a box: by constraints of limited force, closed only where the palms really are at its sides."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim_worlds.bullet import pb
from sim_worlds.crates import Crate
from sim_worlds.errors import NotInHands
from sim_worlds.physics import Physics

Array = NDArray[np.float64]
PALM_GAP_M = 0.02
"""Between the middle of a palm and the side of the box that it presses."""
GRIP_M = 0.05
"""A palm farther than this from where it should be at the box does not hold it."""
SLIP_M = 0.05
"""A palm that has slid so far along the box has lost it."""


def palm_goals(crate: Crate, yaw: float) -> tuple[Array, Array]:
    """(where the left and the right palm hold the box [2, 3], unit vectors away from it [2, 3]), in the map.

    They take the two sides that face left and right most, seen by a robot with this heading (rad).
    """
    position, rotation = crate.pose()
    axes = np.array(pb.getMatrixFromQuaternion(rotation)).reshape(3, 3)
    left = np.array([-math.sin(yaw), math.cos(yaw), 0.0])
    across = axes.T @ left
    axis = int(np.argmax(np.abs(across)))
    away = axes[:, axis] * math.copysign(1.0, across[axis])
    directions = np.array([away, -away])
    return np.array(position) + directions * (crate.half[axis] + PALM_GAP_M), directions


class Grip:
    """The hands of one body. `palms` are (link, palm in the link's frame in m), left and right; `force_n` of each."""

    def __init__(self, physics: Physics, body: int, palms: Sequence[tuple[int, Array]], force_n: float) -> None:
        self.physics, self.client, self.body, self.force_n = physics, physics.client, body, force_n
        self.links = [link for link, _ in palms]
        self._palms = [palm.tolist() for _, palm in palms]
        self.constraints: list[int] = []
        self._on_box: list[Array] = []

    def palms(self) -> Array:
        """Where they are now in the map, [2, 3]."""
        places = []
        for link, palm in zip(self.links, self._palms, strict=True):
            state = pb.getLinkState(self.body, link, physicsClientId=self.client)
            places.append(pb.multiplyTransforms(state[4], state[5], palm, (0, 0, 0, 1))[0])
        return np.array(places)

    def gap_m(self, crate: Crate, yaw: float) -> float:
        """How far the worse palm is from where it would hold the box."""
        return float(np.linalg.norm(self.palms() - palm_goals(crate, yaw)[0], axis=1).max())

    def close(self, crate: Crate, yaw: float) -> None:
        """Raises `NotInHands`."""
        gap = self.gap_m(crate, yaw)
        if gap > GRIP_M:
            raise NotInHands(f"{crate.id}: a palm is {gap:.2f} m from the box's side, expected at most {GRIP_M} m")
        self.open()
        position, rotation = crate.pose()
        inverse = pb.invertTransform(position, rotation)
        self._on_box = []
        # The left hand keeps the box level, the right one carries its half: two rigid grips would fight each other.
        for link, palm, kind in zip(self.links, self.palms(), (pb.JOINT_FIXED, pb.JOINT_POINT2POINT), strict=True):
            state = pb.getLinkState(self.body, link, physicsClientId=self.client)
            # Constraint frames are relative to centres of mass.
            hand = pb.multiplyTransforms(*pb.invertTransform(state[0], state[1]), palm.tolist(), rotation)
            box = pb.multiplyTransforms(*inverse, palm.tolist(), rotation)
            self._on_box.append(np.array(box[0]))
            constraint = pb.createConstraint(
                self.body, link, crate.body, -1, kind, [0, 0, 0], hand[0], box[0], hand[1], box[1],
                physicsClientId=self.client,
            )  # fmt: skip
            pb.changeConstraint(constraint, maxForce=self.force_n, physicsClientId=self.client)
            self.constraints.append(constraint)

    def open(self) -> None:
        for constraint in self.constraints:
            pb.removeConstraint(constraint, physicsClientId=self.client)
        self.constraints = []

    def slips(self, crate: Crate) -> bool:
        """A palm is no longer where it took hold."""
        position, rotation = pb.getBasePositionAndOrientation(crate.body, physicsClientId=self.client)
        turn = np.array(pb.getMatrixFromQuaternion(rotation)).reshape(3, 3)
        held = np.array(position) + np.array(self._on_box) @ turn.T
        return bool(np.linalg.norm(held - self.palms(), axis=1).max() > SLIP_M)
