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
from sim_worlds.humanoids.kinematic import ARM_PITCH_RAD, KNEEL_DROP, SHAPES
from sim_worlds.kernels.rays import BOX, CAPSULE, first_met
from sim_worlds.physics import PERSON_LENGTH_M, PERSON_RADIUS_M, wall_box
from sim_worlds.rows import KNELT, YAW, X, Y

if TYPE_CHECKING:
    from sim_worlds.crates import Crate
    from sim_worlds.doors import Leaf
    from sim_worlds.world import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NAMELESS = -2
"""Walls and the floor: bodies that nobody asks the name of."""
_SPARE_M = 0.02


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
        self._fixed, self._fixed_names = np.array(fixed), names
        self._boxes: dict[str, tuple[object, Floats]] = {}
        self._heights = np.array([r.info.description.height_m for r in world.onboard])
        self._obstacles = [p for p in world.parts if isinstance(p, Obstacles)]

    def first_hits(self, starts: Floats, ends: Floats) -> list[int]:
        """The body that each ray from `starts` [k, 3] to `ends` [k, 3] (m) meets first; -1 for none."""
        if not len(ends):
            return []
        if self.world.mechanics.stepped or any(o.there for o in self._obstacles):
            return self.world.physics.first_hits(list(zip(starts.tolist(), ends.tolist(), strict=True)))
        bodies, around, spans, boxes, capsules = self._now()
        return bodies[first_met(starts, ends, around, spans, boxes, capsules)].tolist()  # the last one is "none"

    def _now(self) -> tuple[Ints, Floats, Ints, Floats, Floats]:
        """Bodies with -1 at the end, and what `first_met` wants."""
        world = self.world
        leaves = list(world.building.doors.leaves.values())
        crates = list(world.crates.values())
        single = np.concatenate((self._fixed, *([_leaf(v)] for v in leaves), *([self._crate(c)] for c in crates)))
        people, at = self._people()
        robot_boxes, robot_capsules, robots_at = self._robots()
        n, p, r = len(single), len(people), len(robot_boxes)
        per_robot = robot_capsules.shape[1]
        spans = np.zeros((n + p + r, 4), dtype=np.int64)
        spans[:n, 0] = np.arange(n)
        spans[:n, 1] = spans[:n, 0] + 1
        spans[n : n + p, 2] = np.arange(p)
        spans[n : n + p, 3] = spans[n : n + p, 2] + 1
        spans[n + p :, 0] = n + np.arange(r)
        spans[n + p :, 1] = spans[n + p :, 0] + 1
        spans[n + p :, 2] = p + per_robot * np.arange(r)
        spans[n + p :, 3] = spans[n + p :, 2] + per_robot
        singles_at = np.column_stack((single[:, 0], single[:, 1], np.linalg.norm(single[:, 3:6], axis=1) + _SPARE_M))
        bodies = [
            *self._fixed_names,
            *(v.body for v in leaves),
            *(c.body for c in crates),
            *world.people.bodies,
            *(robot.body.bullet for robot in world.onboard),
            -1,
        ]
        return (
            np.array(bodies, dtype=np.int64),
            np.concatenate((singles_at, at, robots_at)),
            spans,
            np.concatenate((single, robot_boxes)),
            np.concatenate((people, robot_capsules.reshape(-1, CAPSULE))),
        )

    def _crate(self, crate: Crate) -> Floats:
        pose = crate.pose()
        known = self._boxes.get(crate.id)
        if known is None or known[0] != pose:
            known = self._boxes[crate.id] = pose, _turned(pose[0], crate.half, pose[1])
        return known[1]

    def _people(self) -> tuple[Floats, Floats]:
        people, half = self.world.people, PERSON_LENGTH_M / 2
        capsules, at = np.zeros((len(people), CAPSULE)), np.zeros((len(people), 3))
        for i, walker in enumerate(people.walkers):
            (x, y), yaw, z = people.at[i].tolist(), people.yaw.item(i), people.height(i)
            dx, dy, dz = (half * math.cos(yaw), half * math.sin(yaw), 0.0) if walker.lying else (0.0, 0.0, half)
            capsules[i, :7] = x - dx, y - dy, z - dz, x + dx, y + dy, z + dz, PERSON_RADIUS_M
            at[i] = x, y, math.hypot(dx, dy) + PERSON_RADIUS_M + _SPARE_M
        return capsules, at

    def _robots(self) -> tuple[Floats, Floats, Floats]:
        """Boxes [n, BOX], capsules [n, k, CAPSULE] and circles around each [n, 3]."""
        motion, h = self.world.rows.motion, self._heights
        x, y, drop = motion[:, X], motion[:, Y], -motion[:, KNELT] * KNEEL_DROP * h
        c, s = np.cos(motion[:, YAW]), np.sin(motion[:, YAW])
        boxes, capsules = np.zeros((len(h), BOX)), np.zeros((len(h), len(SHAPES) - 1, CAPSULE))
        filled = 0
        for shape in SHAPES:
            ax, ay, az = (share * h for share in shape.at)
            if shape.kind == "box":
                boxes[:, 0], boxes[:, 1], boxes[:, 2] = x + c * ax - s * ay, y + s * ax + c * ay, az + drop
                boxes[:, 3:6] = np.outer(h, shape.half)
                boxes[:, 6], boxes[:, 7], boxes[:, 9], boxes[:, 10], boxes[:, 14] = c, s, -s, c, 1.0
                continue
            pitch = ARM_PITCH_RAD if shape.pitched else 0.0
            along, up = math.sin(pitch) * shape.length / 2, math.cos(pitch) * shape.length / 2
            for k, sign in ((0, -1.0), (3, 1.0)):
                px = ax + sign * along * h
                capsules[:, filled, k] = x + c * px - s * ay
                capsules[:, filled, k + 1] = y + s * px + c * ay
                capsules[:, filled, k + 2] = az + sign * up * h + drop
            capsules[:, filled, 6] = shape.radius * h
            filled += 1
        return boxes, capsules, np.column_stack((x, y, 0.32 * h + _SPARE_M))


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
