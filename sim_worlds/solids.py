"""The shapes of a world as arrays, for rays: the same boxes and capsules that physics has, tested without it.

Robots that move by their joints have meshes, and what faults put in the way comes and goes: while there are any,
physics is asked (`Physics.first_hits`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim_worlds.faults.site import Obstacles
from sim_worlds.humanoids.kinematic import ARM_PITCH_RAD, KNEEL_DROP, SHAPES, Shape
from sim_worlds.kernels.rays import BOX, CAPSULE, first_met, place_robots
from sim_worlds.physics import PERSON_LENGTH_M, PERSON_RADIUS_M, wall_box
from sim_worlds.rows import YAW

if TYPE_CHECKING:
    from sim_worlds.doors import Leaf
    from sim_worlds.world import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NAMELESS = -2
"""Walls and the floor: bodies that nobody asks the name of."""


class Solids:
    """What can stop a ray in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        bodies = {name: body for body, name in world.physics.names.items()}
        site = world.site
        fixed = [_upright(*wall_box(piece)) for piece in site.wall_pieces()]
        names = [NAMELESS] * len(fixed)
        for piece in site.furniture.values():
            x0, y0, x1, y1 = piece.rect
            half = (x1 - x0) / 2, (y1 - y0) / 2, piece.height_m / 2
            fixed.append(_upright(((x0 + x1) / 2, (y0 + y1) / 2, half[2]), half, 0.0))
            names.append(bodies[piece.furniture_id])
        x0, y0, x1, y1 = site.bounds
        wide = math.hypot(x1 - x0, y1 - y0)
        fixed.append(_upright(((x0 + x1) / 2, (y0 + y1) / 2, -1.0), (wide, wide, 1.0), 0.0))
        names.append(NAMELESS)
        self._names = names
        self._heights = np.array([r.info.description.height_m for r in world.onboard])
        self._obstacles = [p for p in world.parts if isinstance(p, Obstacles)]
        self._arrays(np.array(fixed))

    def _arrays(self, fixed: Floats) -> None:
        """Room for everything, in this order: what is fixed, leaves of doors, boxes, people, robots."""
        world = self.world
        self._leaves, self._crates = list(world.building.doors.leaves.values()), list(world.crates.values())
        self._first_leaf, self._first_crate = len(fixed), len(fixed) + len(self._leaves)
        n, p, r = self._first_crate + len(self._crates), len(world.people), len(self._heights)
        self._boxes, self._capsules = np.zeros((n + r, BOX)), np.zeros((p + r * len(LIMBS), CAPSULE))
        self._boxes[: len(fixed)] = fixed
        self._robot_boxes, self._robot_capsules = self._boxes[n:], self._capsules[p:]
        self._spans = np.zeros((n + p + r, 4), dtype=np.int64)
        self._spans[:n, 0] = np.arange(n)
        self._spans[:n, 1] = self._spans[:n, 0] + 1
        self._spans[n : n + p, 2] = np.arange(p)
        self._spans[n : n + p, 3] = self._spans[n : n + p, 2] + 1
        self._spans[n + p :, 0] = n + np.arange(r)
        self._spans[n + p :, 1] = self._spans[n + p :, 0] + 1
        self._spans[n + p :, 2] = p + len(LIMBS) * np.arange(r)
        self._spans[n + p :, 3] = self._spans[n + p :, 2] + len(LIMBS)
        self._poses: list[object] = [None] * n
        """What the shapes of leaves and boxes were made of; the same object, or an equal one, makes the same shape."""
        self._bodies: tuple[list[object], Ints] | None = None

    def first_hits(self, starts: Floats, ends: Floats) -> list[int]:
        """The body that each ray from `starts` [k, 3] to `ends` [k, 3] (m) meets first; -1 for none."""
        if not len(ends):
            return []
        if self.world.mechanics.stepped or any(o.there for o in self._obstacles):
            return self.world.physics.first_hits(list(zip(starts.tolist(), ends.tolist(), strict=True)))
        self._place()
        starts, ends = np.ascontiguousarray(starts), np.ascontiguousarray(ends)  # or it is compiled twice
        met = first_met(starts, ends, self._spans, self._boxes, self._capsules)
        return self._numbers()[met].tolist()  # the last one is "none"

    def _numbers(self) -> Ints:
        """The body of each solid, with -1 at the end."""
        now: list[object] = [robot.body for robot in self.world.onboard]
        if self._bodies is None or self._bodies[0] != now:
            bodies = [
                *self._names,
                *(v.body for v in self._leaves),
                *(c.body for c in self._crates),
                *self.world.people.bodies,
                *(robot.body.bullet for robot in self.world.onboard),
                -1,
            ]
            self._bodies = now, np.array(bodies, dtype=np.int64)
        return self._bodies[1]

    def _place(self) -> None:
        """Bring the shapes to where everything is now."""
        for i, leaf in enumerate(self._leaves, self._first_leaf):
            if self._poses[i] != leaf.open_share:
                self._poses[i], self._boxes[i] = leaf.open_share, _leaf(leaf)
        for i, crate in enumerate(self._crates, self._first_crate):
            pose = crate.pose()
            if self._poses[i] is not pose and self._poses[i] != pose:
                self._poses[i], self._boxes[i] = pose, _turned(pose[0], crate.half, pose[1])
        self._place_people()
        motion = self.world.rows.motion
        turns = np.column_stack((np.cos(motion[:, YAW]), np.sin(motion[:, YAW])))
        place_robots(motion, turns, self._heights, LIMBS, TORSO, KNEEL_DROP, self._robot_boxes, self._robot_capsules)

    def _place_people(self) -> None:
        people, half = self.world.people, PERSON_LENGTH_M / 2
        at, yaws = people.at.tolist(), people.yaw.tolist()
        for i, walker in enumerate(people.walkers):
            (x, y), yaw, z = at[i], yaws[i], people.height(i)
            dx, dy, dz = (half * math.cos(yaw), half * math.sin(yaw), 0.0) if walker.lying else (0.0, 0.0, half)
            self._capsules[i, :7] = x - dx, y - dy, z - dz, x + dx, y + dy, z + dz, PERSON_RADIUS_M


def _limb(shape: Shape) -> tuple[float, ...]:
    pitch = ARM_PITCH_RAD if shape.pitched else 0.0
    along, up = math.sin(pitch) * shape.length / 2, math.cos(pitch) * shape.length / 2
    return (*shape.at, along, up, shape.radius)


LIMBS = np.array([_limb(shape) for shape in SHAPES if shape.kind != "box"])
"""Of a moved robot, as shares of its height: middle, half the axis (ahead, up), and radius of each capsule."""
TORSO = np.array([(*shape.at, *shape.half) for shape in SHAPES if shape.kind == "box"]).ravel()
"""The same of its one box: middle, and half lengths."""


def _upright(middle: tuple[float, float, float], half: tuple[float, float, float], turn: float) -> Floats:
    """A box turned around the vertical only."""
    c, s = math.cos(turn), math.sin(turn)
    return np.array([*middle, *half, c, s, 0.0, -s, c, 0.0, 0.0, 0.0, 1.0, 0.0])


def _turned(middle: tuple[float, ...], half: tuple[float, ...], rotation: tuple[float, ...]) -> Floats:
    """A box turned by a quaternion (x, y, z, w)."""
    x, y, z, w = rotation
    axes = (
        1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (x * z - y * w),
        2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w),
        2 * (x * z + y * w), 2 * (y * z - x * w), 1 - 2 * (x * x + y * y),
    )  # fmt: skip
    return np.array([*middle, *half, *axes, 0.0])


def _leaf(leaf: Leaf) -> Floats:
    (x, y, z), turn, half = leaf.pose()
    return _upright((x, y, z), half, turn)
