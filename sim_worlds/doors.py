"""Doors: leaves that shut out bodies, rays and ways until they are open. Robots ask for them, people walk up to them.

A leaf lets nobody pass before it is fully open. Whoever stands in a doorway keeps its door from shutting. Once open, a
leaf is out of everybody's way: a sliding one in the wall, a swinging one nowhere.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fleet.model.site import Door
from sim_worlds.bullet import pb
from sim_worlds.errors import SpecError
from sim_worlds.grid import CELL_M, Floats, Grid
from sim_worlds.onboard.traffic import THINK_S, Mover
from sim_worlds.physics import STATIC, Physics
from sim_worlds.rows import X, Y
from sim_worlds.site import WALL_HEIGHT_M, Site

if TYPE_CHECKING:
    from sim_worlds.world import World

LEAF_THICKNESS_M = 0.06
_NEAR_M = 1.0
"""Around a shut leaf, within which its distance counts as clearance."""
_AWAY_Z = -10.0
_DOORWAY_M = 0.12
"""What comes nearer to the middle of a doorway than this and its own radius keeps the door open."""
_PERSON_CALLS_M = 1.4
_MOST_RADIUS_M = 2.0
"""No robot's footprint is larger."""
_COLOURS = {"swing": (0.62, 0.45, 0.3, 1), "sliding": (0.6, 0.72, 0.8, 1)}


@dataclass(slots=True)
class Leaf:
    """One door as it is now. `open_share`: 0 shut .. 1 open. `commanded` is a lift's order; None: it opens itself."""

    door: Door
    body: int
    patch: tuple[tuple[slice, slice], Floats]
    """A window of the grid, and each of its cells' distance to the shut leaf in m."""
    middle: tuple[float, float]
    reach: float
    """Half the doorway's width in m: how far from its middle it ends."""
    open_share: float = 0.0
    locked: bool = False
    stuck: bool = False
    wanted_until_s: float = -1.0
    commanded: bool | None = None

    @property
    def is_open(self) -> bool:
        return self.open_share >= 1.0

    def distance(self, x: float, y: float) -> float:
        """From the doorway's line, in m."""
        d = self.door
        dx, dy = d.bx - d.ax, d.by - d.ay
        t = min(max(((x - d.ax) * dx + (y - d.ay) * dy) / (dx * dx + dy * dy), 0.0), 1.0)
        return math.hypot(d.ax + t * dx - x, d.ay + t * dy - y)

    def is_far(self, x: float, y: float, more: float) -> bool:
        """Whether it is certainly further away than `more` m."""
        return abs(x - self.middle[0]) > self.reach + more or abs(y - self.middle[1]) > self.reach + more

    def pose(self) -> tuple[tuple[float, float, float], float, tuple[float, float, float]]:
        """Where the leaf is now: its middle in m, its turn around the vertical in rad, and half its lengths in m."""
        d, share = self.door, self.open_share
        width = math.hypot(d.bx - d.ax, d.by - d.ay)
        ux, uy, turn = (d.bx - d.ax) / width, (d.by - d.ay) / width, math.atan2(d.by - d.ay, d.bx - d.ax)
        x, y, z = (d.ax + d.bx) / 2, (d.ay + d.by) / 2, WALL_HEIGHT_M / 2
        if share >= 1.0:
            z = _AWAY_Z
        elif d.kind == "sliding":
            x, y = x + ux * width * share, y + uy * width * share
        else:
            turn += share * math.pi / 2
            x, y = d.ax + math.cos(turn) * width / 2, d.ay + math.sin(turn) * width / 2
        return (x, y, z), turn, (width / 2, LEAF_THICKNESS_M / 2, WALL_HEIGHT_M / 2)

    def in_words(self, now: float) -> str:
        """Why one cannot pass; empty when one can."""
        name = f"door {self.door.door_id}"
        if self.is_open:
            return ""
        if self.locked:
            return f"{name} is locked"
        if self.stuck:
            return f"{name} does not open"
        if self.commanded is False or now > self.wanted_until_s:
            return f"{name} is shut"
        left = (1 - self.open_share) * self.door.opens_in_s
        return f"{name} opens in {left:.0f} s" if left >= 1 else f"{name} is opening"


class Doors:
    """All leaves of one world."""

    name = "doors"

    def __init__(self, site: Site, grid: Grid, physics: Physics) -> None:
        self.grid, self.physics = grid, physics
        self._open_clearance: Floats = grid.clearance.copy()
        self.leaves = {d.door_id: self._leaf(d) for d in site.doors.values() if d.kind != "open"}
        for leaf in self.leaves.values():
            self._show(leaf)
            self._shut(leaf)

    def _leaf(self, door: Door) -> Leaf:
        width = math.hypot(door.bx - door.ax, door.by - door.ay)
        half = (width / 2, LEAF_THICKNESS_M / 2, WALL_HEIGHT_M / 2)  # as in `Leaf.pose`
        body = self.physics.box(half, (0, 0, _AWAY_Z), colour=_COLOURS[door.kind], group=STATIC)
        middle = (door.ax + door.bx) / 2, (door.ay + door.by) / 2
        return Leaf(door, body, self._patch(door), middle, width / 2, locked=door.locked)

    def _patch(self, door: Door) -> tuple[tuple[slice, slice], Floats]:
        g = self.grid
        xs, ys = (door.ax, door.bx), (door.ay, door.by)
        window = g.window(min(xs) - _NEAR_M, min(ys) - _NEAR_M, max(xs) + _NEAR_M, max(ys) + _NEAR_M)
        x = g.x0 + (np.arange(window[0].start, min(window[0].stop, g.shape[0])) + 0.5) * CELL_M
        y = g.y0 + (np.arange(window[1].start, min(window[1].stop, g.shape[1])) + 0.5) * CELL_M
        px, py = np.meshgrid(x, y, indexing="ij")
        dx, dy = door.bx - door.ax, door.by - door.ay
        t = np.clip(((px - door.ax) * dx + (py - door.ay) * dy) / (dx * dx + dy * dy), 0, 1)
        distance: Floats = np.hypot(door.ax + t * dx - px, door.ay + t * dy - py)
        return window, np.maximum(distance - LEAF_THICKNESS_M / 2, 0.0)

    def leaf(self, door_id: str) -> Leaf:
        """The door's leaf. Raises `SpecError` for a door that is not there or has none."""
        try:
            return self.leaves[door_id]
        except KeyError:
            known = ", ".join(self.leaves) or "the site has none with a leaf"
            raise SpecError(f"door: got {door_id!r}, expected one of: {known}") from None

    # What is done to doors

    def lock(self, door_id: str) -> None:
        """Shuts as soon as the doorway is free, and stays shut."""
        self.leaf(door_id).locked = True

    def unlock(self, door_id: str) -> None:
        self.leaf(door_id).locked = False

    def fail(self, door_id: str) -> None:
        """A fault: the leaf stays where it is until `repair`; one that is shut will not open."""
        self.leaf(door_id).stuck = True

    def repair(self, door_id: str) -> None:
        self.leaf(door_id).stuck = False

    def call(self, door_id: str, now: float) -> None:
        """Somebody wants to pass: open, and stay open for a while."""
        leaf = self.leaves[door_id]
        leaf.wanted_until_s = now + max(leaf.door.stays_open_s, 2 * THINK_S)

    # Every thought

    def think(self, world: World) -> None:
        self._calls_of_people(world)
        for leaf in self.leaves.values():
            before = leaf.open_share
            self._move(leaf, world)
            if leaf.open_share == before:
                continue
            self._show(leaf)
            if (before >= 1.0) != leaf.is_open:
                self._refresh(leaf)

    def _move(self, leaf: Leaf, world: World) -> None:
        if leaf.stuck:
            return
        wanted = leaf.commanded if leaf.commanded is not None else world.time_s <= leaf.wanted_until_s
        if leaf.locked:
            wanted = False
        step = THINK_S / leaf.door.opens_in_s
        if wanted:
            leaf.open_share = min(leaf.open_share + step, 1.0)
        elif leaf.open_share > 0.0 and not self.occupied(leaf, world):
            leaf.open_share = max(leaf.open_share - step, 0.0)

    def _calls_of_people(self, world: World) -> None:
        """Somebody who walks towards a door: those nearby whose way leads nearer to it."""
        people = world.people
        if not people.active:
            return
        for (x, y), (wx, wy) in zip(people.at.tolist(), people.wanted.tolist(), strict=True):
            if wx == 0.0 and wy == 0.0:
                continue
            speed = math.hypot(wx, wy)
            for leaf in self.leaves.values():
                if leaf.is_far(x, y, _PERSON_CALLS_M):
                    continue
                apart = leaf.distance(x, y)
                ahead = leaf.distance(x + 0.3 * wx / speed, y + 0.3 * wy / speed)
                if apart < _PERSON_CALLS_M and ahead < apart - 0.1 and not leaf.door.lift_id:
                    self.call(leaf.door.door_id, world.time_s)

    def occupied(self, leaf: Leaf, world: World) -> bool:
        """Whether a robot, a person or a box is in the doorway."""
        (mx, my), most = leaf.middle, leaf.reach + _MOST_RADIUS_M + _DOORWAY_M
        at = world.rows.motion[:, (X, Y)]
        for robot in world.mechanics.stepped:  # their rows are brought up to date later in the thought
            m = robot.body.motion()
            at[robot.row] = m.x, m.y
        near = np.flatnonzero((np.abs(at[:, 0] - mx) <= most) & (np.abs(at[:, 1] - my) <= most))
        radii = world.rows.columns["radius"]
        if any(leaf.distance(*at[row].tolist()) < radii.item(row) + _DOORWAY_M for row in near.tolist()):
            return True
        return any(
            not leaf.is_far(x, y, radius + _DOORWAY_M) and leaf.distance(x, y) < radius + _DOORWAY_M
            for x, y, radius in _others(world)
        )

    # As others meet them

    def _show(self, leaf: Leaf) -> None:
        (x, y, z), turn, _ = leaf.pose()
        rotation = pb.getQuaternionFromEuler([0, 0, turn])
        pb.resetBasePositionAndOrientation(leaf.body, [x, y, z], rotation, physicsClientId=self.physics.client)

    def _shut(self, leaf: Leaf) -> None:
        window, distance = leaf.patch
        np.minimum(self.grid.clearance[window], distance, out=self.grid.clearance[window])

    def _refresh(self, leaf: Leaf) -> None:
        """After a leaf has opened or begun to shut: the clearance around it."""
        window, _ = leaf.patch
        self.grid.clearance[window] = self._open_clearance[window]
        for other in self.leaves.values():
            if not other.is_open and _meet(window, other.patch[0]):
                self._shut(other)
        self.grid.refresh()

    def movers(self) -> Iterable[Mover]:
        return ()

    def digest(self) -> bytes:
        flags = ((leaf.open_share, leaf.wanted_until_s, leaf.locked, leaf.stuck) for leaf in self.leaves.values())
        return b"".join(struct.pack("<2d2?", *f) for f in flags)

    def snapshot(self) -> dict[str, Any]:
        fields = ("open_share", "locked", "stuck", "wanted_until_s", "commanded")
        return {k: {f: getattr(leaf, f) for f in fields} for k, leaf in self.leaves.items()}

    def restore(self, data: dict[str, Any]) -> None:
        for name, saved in data.items():
            leaf = self.leaves[name]
            for field, value in saved.items():
                setattr(leaf, field, value)
            self._show(leaf)
            self._refresh(leaf)


def _meet(a: tuple[slice, slice], b: tuple[slice, slice]) -> bool:
    return all(p.start < q.stop and q.start < p.stop for p, q in zip(a, b, strict=True))


def _others(world: World) -> Iterator[tuple[float, float, float]]:
    """x, y, radius of everything besides robots that could be in a doorway."""
    people = world.people
    for (x, y), radius in zip(people.at.tolist(), people.radius.tolist(), strict=True):
        yield x, y, radius
    for box in world.boxes_on_the_floor():
        yield box.x, box.y, box.radius
