"""Everything that can move and hide something from an eye, as upright cylinders around it; and what of it has moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim_worlds.rows import KNELT, YAW, X, Y

if TYPE_CHECKING:
    from sim_worlds.world import World

Floats = NDArray[np.float64]
_SPARE_M = 0.1
"""Added around all, for the margins that physics gives to shapes."""
_ROBOT_SHARE = 0.32
"""Of its height: how far the shapes of a moved robot reach from its middle; arms hang at 0.28."""
_JOINTED_M = 2.0
"""So far a robot reaches that moves by its joints, however it lies."""
_STANDS_M, _LIES_M, _PERSON_HEIGHT_M = 0.22, 0.85, 1.8
_LOW_M = -0.6
_NOWHERE = -10.0


class Stirring:
    """Remembers where all was at the latest call of `since`. Fixed things are not in it: they hide for ever."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._where = np.zeros((0, 7))
        self._around = np.zeros((0, 5))
        self._jointed: frozenset[int] = frozenset()
        self._rearranged = -1
        heights = [r.info.description.height_m for r in world.onboard]
        self._heights = np.array(heights)
        self._crates = np.array([math.hypot(*c.half) + _SPARE_M for c in world.crates.values()])
        self._leaf_cylinders = self._around_leaves()

    def since(self) -> Floats | None:
        """Cylinders [m, 5] (x, y, radius, lowest and highest z, in m) around what has moved since the last call, where
        it was and where it is. None: anything may have changed, e.g. at the first call."""
        where, around = self._now()
        jointed = frozenset(r.row for r in self.world.mechanics.stepped)
        before, was = self._where, self._around
        known = len(before) == len(where) and self._rearranged == self.world.physics.rearranged
        moved = (before != where).any(axis=1) if known else np.zeros(0, dtype=np.bool_)
        if known:
            moved[list(jointed | self._jointed)] = True
        self._where, self._around, self._jointed = where, around, jointed
        self._rearranged = self.world.physics.rearranged
        return np.concatenate((was[moved], around[moved])) if known else None

    def _now(self) -> tuple[Floats, Floats]:
        """Where everything is [n, 7] (equal while it stays where it is), and the cylinders around it [n, 5]."""
        parts = [self._robots(), self._people(), self._boxes(), self._leaves()]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _robots(self) -> tuple[Floats, Floats]:
        motion, n = self.world.rows.motion, len(self.world.rows)
        around = np.empty((n, 5))
        around[:, 0], around[:, 1] = motion[:, X], motion[:, Y]
        around[:, 2] = _ROBOT_SHARE * self._heights + _SPARE_M
        around[:, 3], around[:, 4] = _LOW_M, self._heights + _SPARE_M
        for robot in self.world.mechanics.stepped:
            m = robot.body.motion()
            around[robot.row] = m.x, m.y, _JOINTED_M, m.z - _JOINTED_M, m.z + _JOINTED_M
        where = np.zeros((n, 7))
        where[:, :4] = motion[:, (X, Y, YAW, KNELT)]
        return where, around

    def _people(self) -> tuple[Floats, Floats]:
        people = self.world.people
        lying = np.array([w.lying for w in people.walkers], dtype=np.bool_)
        where, around = np.zeros((len(lying), 7)), np.empty((len(lying), 5))
        where[:, :2], where[:, 2], where[:, 3] = people.at, people.yaw, lying
        around[:, :2], around[:, 2] = people.at, np.where(lying, _LIES_M, _STANDS_M) + _SPARE_M
        around[:, 3], around[:, 4] = _LOW_M, _PERSON_HEIGHT_M
        return where, around

    def _boxes(self) -> tuple[Floats, Floats]:
        crates = self.world.crates.values()
        poses = [c.pose() for c in crates]
        where = np.array([(*at, *turn) for at, turn in poses], dtype=np.float64).reshape(-1, 7)
        around = np.empty((len(poses), 5))
        around[:, :2], around[:, 2] = where[:, :2], self._crates
        around[:, 3], around[:, 4] = where[:, 2] - self._crates, where[:, 2] + self._crates
        return where, around

    def _leaves(self) -> tuple[Floats, Floats]:
        leaves = self.world.building.doors.leaves.values()
        where = np.zeros((len(leaves), 7))
        where[:, 0] = [leaf.open_share for leaf in leaves]
        return where, self._leaf_cylinders

    def _around_leaves(self) -> Floats:
        leaves = list(self.world.building.doors.leaves.values())
        around = np.empty((len(leaves), 5))
        for i, leaf in enumerate(leaves):
            d = leaf.door
            # A sliding leaf goes as far as it is wide, a swinging one around its end.
            radius = 1.6 * math.hypot(d.bx - d.ax, d.by - d.ay) + _SPARE_M
            around[i] = (d.ax + d.bx) / 2, (d.ay + d.by) / 2, radius, _NOWHERE, 4.0
        return around
