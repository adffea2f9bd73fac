"""The PyBullet client: the building, people and ray tests. Every call passes `physicsClientId`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import pybullet_data

from fleet.model.site import Wall
from sim_worlds.bullet import pb
from sim_worlds.site import WALL_HEIGHT_M, WALL_THICKNESS_M, Furniture, Site

DYNAMIC_TICK_S = 1 / 200
"""The walking policy falls at 1/100 s and slower."""

PERSON_RADIUS_M, PERSON_LENGTH_M = 0.22, 1.25
"""A person is a capsule: an axis of this length, and this radius around it."""
_SHAPES = 1 << 20
_NO_ROTATION = (0.0, 0.0, 0.0, 1.0)
# Collision groups. Kinematic robots pass through boxes: a body of infinite mass would kick them through walls.
# Everything lists STATIC, because a ray is of that group.
STATIC, BOX, KINEMATIC, DYNAMIC, PERSON, GUIDED_BOX, NOTHING = 1, 2, 4, 8, 16, 32, 0
_COLLIDES = {
    NOTHING: 0,
    STATIC: STATIC | BOX | DYNAMIC | KINEMATIC | PERSON | GUIDED_BOX,
    BOX: STATIC | BOX | DYNAMIC | PERSON,
    GUIDED_BOX: STATIC,
    KINEMATIC: STATIC | DYNAMIC,
    PERSON: STATIC | BOX | DYNAMIC,
    DYNAMIC: STATIC | BOX | KINEMATIC | DYNAMIC | PERSON,
}
_COLOURS = {
    "shelf": (0.72, 0.6, 0.42, 1),
    "table": (0.8, 0.72, 0.6, 1),
    "bed": (0.75, 0.85, 0.92, 1),
    "counter": (0.65, 0.68, 0.7, 1),
    "bench": (0.5, 0.6, 0.66, 1),
    "desk": (0.83, 0.77, 0.66, 1),
    "machine": (0.75, 0.55, 0.2, 1),
    "cabinet": (0.55, 0.55, 0.6, 1),
    "conveyor": (0.35, 0.38, 0.42, 1),
    "pillar": (0.55, 0.6, 0.66, 1),
    "obstacle": (0.5, 0.5, 0.5, 1),
}


def wall_box(piece: Wall) -> tuple[tuple[float, float, float], tuple[float, float, float], float]:
    """A piece of wall as a box: its middle and half lengths in m, and its turn around the vertical in rad."""
    length, turn = (
        math.hypot(piece.bx - piece.ax, piece.by - piece.ay),
        math.atan2(piece.by - piece.ay, piece.bx - piece.ax),
    )
    half = length / 2 + WALL_THICKNESS_M / 2, WALL_THICKNESS_M / 2, WALL_HEIGHT_M / 2
    return ((piece.ax + piece.bx) / 2, (piece.ay + piece.by) / 2, half[2]), half, turn


def collides_with(group: int) -> int:
    """The mask of a collision group."""
    return _COLLIDES[group]


class Shown(Protocol):
    """A moved body whose shapes are brought up to date only when somebody looks."""

    def show(self) -> None: ...


class Physics:
    """A DIRECT client with the building in it. Moved robots cost nothing while nobody looks: their shapes follow them
    when rays are cast (`first_hits`).

    Bodies that are never stepped slow every step of the others. With `apart` the shapes of moved robots are therefore
    in a client of their own (28 MB, and each ray is cast twice): for worlds in which robots walk by their joints.
    `close()` frees all; a forked child shares nothing with its parent.
    """

    def __init__(self, site: Site, tick_s: float = DYNAMIC_TICK_S, visual: bool = False, apart: bool = False) -> None:
        self.site, self.tick_s, self.visual = site, tick_s, visual
        self.client: int = pb.connect(pb.DIRECT)
        self.apart = apart and not visual
        """Whether moved robots' shapes are in a client of their own, made when somebody looks."""
        self._shapes = -1
        self._numbers: dict[int, int] = {}
        self._numbered = _SHAPES
        self.shown: list[Shown] = []
        self.moves, self._shown_moves = 0, -1
        self.steps = 0
        self.stirred = True
        """Something may move by itself: boxes that were let go."""
        pb.setGravity(0, 0, -9.81, physicsClientId=self.client)
        pb.setPhysicsEngineParameter(fixedTimeStep=tick_s, numSolverIterations=50, physicsClientId=self.client)
        self.spare: dict[str, list[int]] = {}
        """Bodies that are kept for the next of their kind; see `humanoids.pool`."""
        self.rearranged = 0
        """Counts up when bodies are added or taken away, so that nothing that eyes remember holds any more."""
        self.names: dict[int, str] = {}
        """Bullet body -> id of the thing in the site, for ray hits."""
        self._floor()
        for wall in site.wall_pieces():
            self._wall(wall.ax, wall.ay, wall.bx, wall.by)
        for piece in site.furniture.values():
            self._furniture(piece)
        self.people = {k: self.add_person(k, p.x, p.y) for k, p in site.people.items()}

    @property
    def shapes(self) -> int:
        """The client of moved robots' shapes."""
        if not self.apart:
            return self.client
        if self._shapes == -1:
            self._shapes = pb.connect(pb.DIRECT)
        return self._shapes

    def number(self, name: str) -> int:
        """With `apart`: a number for the shapes of a moved robot, before there are any; no other body has it."""
        self._numbered += 1
        self.names[self._numbered] = name
        return self._numbered

    def numbered(self, body: int, number: int) -> None:
        """A body of the client of shapes has that number."""
        self._numbers[body] = number

    def forget(self, number: int, body: int | None) -> None:
        """The moved robot of that number is gone, and its body, if it had one."""
        self.names.pop(number, None)
        self._numbers.pop(-1 if body is None else body, None)

    def keep_step(self, tick_s: float) -> None:
        """Steps are of this length from now on."""
        if tick_s != self.tick_s:
            self.tick_s = tick_s
            pb.setPhysicsEngineParameter(fixedTimeStep=tick_s, physicsClientId=self.client)

    def step(self) -> None:
        """One step of `tick_s`."""
        self.steps += 1
        pb.stepSimulation(physicsClientId=self.client)

    def show(self) -> None:
        """Bring the shapes of moved robots, and the boxes in their hands, up to date."""
        if self._shown_moves != self.moves:
            self._shown_moves = self.moves
            for body in self.shown:
                body.show()

    def close(self) -> None:
        for client in {self.client, self._shapes} - {-1}:
            pb.disconnect(physicsClientId=client)
        self.client = self._shapes = -1

    def box(
        self,
        half: Sequence[float],
        at: Sequence[float],
        rotation: Sequence[float] = _NO_ROTATION,
        mass: float = 0,
        colour: Sequence[float] = (0.8, 0.8, 0.8, 1),
        group: int = STATIC,
    ) -> int:
        """A box-shaped body; sizes are half lengths in m."""
        shape = pb.createCollisionShape(pb.GEOM_BOX, halfExtents=half, physicsClientId=self.client)
        drawn = -1
        if self.visual:
            drawn = pb.createVisualShape(pb.GEOM_BOX, halfExtents=half, rgbaColor=colour, physicsClientId=self.client)
        body: int = pb.createMultiBody(mass, shape, drawn, at, rotation, physicsClientId=self.client)
        self.rearranged += 1
        self.set_group(body, group)
        return body

    def set_group(self, body: int, group: int, links: Sequence[int] = (-1,)) -> None:
        for link in links:
            pb.setCollisionFilterGroupMask(body, link, group, _COLLIDES[group], physicsClientId=self.client)

    def first_hits(self, rays: Sequence[tuple[Sequence[float], Sequence[float]]]) -> list[int]:
        """The first body each ray meets, -1 for none."""
        if not rays:
            return []
        self.show()
        starts, ends = [r[0] for r in rays], [r[1] for r in rays]
        hits = pb.rayTestBatch(starts, ends, physicsClientId=self.client)
        if not self.apart or not self.shown:
            return [hit[0] for hit in hits]
        moved = pb.rayTestBatch(starts, ends, physicsClientId=self.shapes)
        return [
            self._numbers[b[0]] if b[0] != -1 and (a[0] == -1 or b[2] < a[2]) else a[0]
            for a, b in zip(hits, moved, strict=True)
        ]

    def _floor(self) -> None:
        plane = pb.loadURDF(f"{pybullet_data.getDataPath()}/plane_implicit.urdf", physicsClientId=self.client)
        pb.changeDynamics(plane, -1, lateralFriction=1.0, restitution=0, physicsClientId=self.client)
        self.set_group(plane, STATIC)
        if self.visual:
            pb.changeVisualShape(plane, -1, textureUniqueId=-1, rgbaColor=(1, 1, 1, 1), physicsClientId=self.client)
            x0, y0, x1, y1 = self.site.bounds
            drawn = pb.createVisualShape(
                pb.GEOM_BOX,
                halfExtents=[(x1 - x0) / 2, (y1 - y0) / 2, 0.001],
                rgbaColor=(0.9, 0.9, 0.87, 1),
                physicsClientId=self.client,
            )
            pb.createMultiBody(0, -1, drawn, [(x0 + x1) / 2, (y0 + y1) / 2, 0], physicsClientId=self.client)

    def _wall(self, ax: float, ay: float, bx: float, by: float) -> None:
        # Drawn low, so that pictures show the rooms; what blocks bodies and rays has the full height.
        middle, half, turn = wall_box(Wall(ax=ax, ay=ay, bx=bx, by=by))
        rotation = pb.getQuaternionFromEuler([0, 0, turn])
        shape = pb.createCollisionShape(pb.GEOM_BOX, halfExtents=half, physicsClientId=self.client)
        drawn = -1
        if self.visual:
            drawn = pb.createVisualShape(
                pb.GEOM_BOX,
                halfExtents=[half[0], half[1], 0.4],
                visualFramePosition=[0, 0, 0.4 - half[2]],
                rgbaColor=(0.55, 0.6, 0.66, 1),
                physicsClientId=self.client,
            )
        body = pb.createMultiBody(0, shape, drawn, middle, rotation, physicsClientId=self.client)
        self.set_group(body, STATIC)

    def _furniture(self, piece: Furniture) -> None:
        x0, y0, x1, y1 = piece.rect
        half = [(x1 - x0) / 2, (y1 - y0) / 2, piece.height_m / 2]
        body = self.box(half, [(x0 + x1) / 2, (y0 + y1) / 2, half[2]], colour=_COLOURS[piece.kind])
        pb.changeDynamics(body, -1, lateralFriction=0.8, restitution=0, physicsClientId=self.client)
        self.names[body] = piece.furniture_id

    def add_person(self, person_id: str, x: float, y: float) -> int:
        """The body of a person who stands at (x, y), in m."""
        size = {"radius": PERSON_RADIUS_M, "height": PERSON_LENGTH_M}
        shape = pb.createCollisionShape(pb.GEOM_CAPSULE, **size, physicsClientId=self.client)
        drawn = -1
        if self.visual:
            drawn = pb.createVisualShape(
                pb.GEOM_CAPSULE, radius=0.22, length=1.25, rgbaColor=(0.2, 0.55, 0.5, 1), physicsClientId=self.client
            )
        body: int = pb.createMultiBody(0, shape, drawn, [x, y, 0.85], physicsClientId=self.client)
        self.rearranged += 1
        self.set_group(body, PERSON)
        self.names[body] = person_id
        return body
