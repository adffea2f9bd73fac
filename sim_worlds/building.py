"""What of a building changes or has rules: doors, lifts, keep-outs, lanes. Robots ask here whether they may go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim_worlds.doors import Doors, Leaf
from sim_worlds.floor_paint import paint_floor
from sim_worlds.grid import CELL_M, Grid
from sim_worlds.kernels.doorways import cells_ahead, entries, first_crossings
from sim_worlds.lifts import Lifts
from sim_worlds.parts import Part
from sim_worlds.physics import Physics
from sim_worlds.site import Site
from sim_worlds.zones import Lane, Zones

if TYPE_CHECKING:
    from sim_worlds.onboard.navigator import Navigator
    from sim_worlds.world import World

_CALL_CELLS = 18
"""How far ahead on its way a robot asks for doors: up to 2.5 m; for lifts it queues further away."""
_STOP_M = 0.62
"""From the middle of a shut door to where a robot waits: its footprint and a step."""
_LIFT_STOP_M, _QUEUE_M = 1.25, 0.95
"""Before a lift one waits further away, and the next in the queue further still: others come out."""
_LIFT_CALL_CELLS, _LONGEST_QUEUE = 42, 3
_SLACK_S = 0.4
"""Times the speed: how much earlier than that a robot that walks begins to stop."""
_AREA_CELLS, _LANE_CELLS = 6, 9
_LANE_PROBE_CELLS = 400
Cells = NDArray[np.int64]


class Wait(NamedTuple):
    """Why a robot must wait here. `lasting`: it will not end by itself soon; worth another way, around the circle."""

    code: str
    because: str
    lasting: bool = False
    around: tuple[float, float, float] | None = None


class Building:
    """The changing parts of one world's building."""

    def __init__(self, site: Site, grid: Grid, physics: Physics) -> None:
        self.grid = grid
        self.doors = Doors(site, grid, physics)
        self.lifts = Lifts(site, self.doors)
        self.zones = Zones(site, grid)
        self.call_cells = _LIFT_CALL_CELLS if self.lifts.cabins else _CALL_CELLS
        """How far ahead on its way a robot asks."""
        if physics.visual:
            paint_floor(physics, site)
        self._leaves = list(self.doors.leaves.values())
        self._lines = np.array([_line(leaf) for leaf in self._leaves]).reshape(len(self._leaves), 5)
        self._lanes = list(self.zones.lanes.values())
        self._lane_masks = np.array([lane.mask.ravel() for lane in self._lanes], dtype=np.bool_)
        self.marks = self._marked() if self._leaves or self._lanes or self.zones.masks else None
        self.asked: NDArray[np.bool_] = np.zeros((0, 0), dtype=np.bool_) if self.marks is None else self.marks
        """`marks` as kernels want them."""

    def _marked(self) -> NDArray[np.bool_]:
        """Cells at which something must be asked: doorways, lanes, areas that close."""
        marks = np.zeros(self.grid.shape, dtype=bool)
        for leaf in self._leaves:
            window, distance = leaf.patch
            marks[window] |= distance < 1.5 * CELL_M
        for mask in [*self.zones.masks.values(), *(lane.mask for lane in self._lanes)]:
            marks |= mask
        return marks

    def parts(self) -> list[Part]:
        """Those that this site has."""
        found: list[Part] = []
        # Lifts command their doors, so they think first.
        if self.lifts.cabins:
            found.append(self.lifts)
        if self.doors.leaves:
            found.append(self.doors)
        if self.zones.areas or self.zones.lanes:
            found.append(self.zones)
        return found

    def speed_limit(self, x: float, y: float) -> float:
        return self.zones.speed_limit(x, y)

    def ask(self, world: World, robot_id: str, way: Navigator, x: float, y: float, speed: float) -> Wait | None:
        """May a robot at (x, y), walking at `speed`, go on along its way, which leads over marked cells? Doors ahead
        are called, lanes taken.

        Returns None for yes.
        """
        if self.marks is None:
            return None
        start = self.grid.flat(x, y)
        ahead = cells_ahead(way.route.reach(start).onward, start, self.call_cells)
        return self._ask(world, robot_id, ahead, x, y, speed, partial(self._passes, way))

    def ask_along(
        self, world: World, robot_id: str, ahead: Cells, whole: Cells, x: float, y: float, speed: float
    ) -> Wait | None:
        """As `ask`, along the cells (flat indices) `ahead`, the beginning of the `whole` way; see `cells_along`."""
        return self._ask(world, robot_id, ahead, x, y, speed, partial(self._passes_along, whole))

    def cells_along(self, points: Sequence[tuple[float, float]]) -> Cells:
        """The cells under straight lines from point to point (m), in order, without repetitions in a row."""
        steps = [np.zeros((0, 2))]
        for (ax, ay), (bx, by) in pairwise(points):
            count = max(math.ceil(math.hypot(bx - ax, by - ay) / (0.7 * CELL_M)), 1)
            share = np.arange(count + 1)[:, None] / count
            steps.append(np.array([ax, ay]) + share * np.array([bx - ax, by - ay]))
        at = ((np.concatenate(steps) - (self.grid.x0, self.grid.y0)) / CELL_M).astype(np.int64)
        at = np.clip(at, 0, np.array(self.grid.shape) - 1)
        flat = at[:, 0] * self.grid.shape[1] + at[:, 1]
        return flat[np.concatenate(([True], flat[1:] != flat[:-1]))] if len(flat) else flat

    def is_marked(self, cells: Cells) -> bool:
        """Whether one of these cells has something to be asked about."""
        return self.marks is not None and bool(self.marks.ravel()[cells].any())

    def _ask(
        self,
        world: World,
        robot_id: str,
        ahead: Cells,
        x: float,
        y: float,
        speed: float,
        passes: Callable[[Lane, int], int],
    ) -> Wait | None:
        """With `passes`: how a way that enters a lane at a cell goes through it; see `_passes`."""
        slack = _SLACK_S * speed
        wait = self._door(world, robot_id, ahead, x, y, slack) or self._area(ahead, x, y, slack)
        return wait or self._lane(world, robot_id, ahead, slack, passes)

    def _door(self, world: World, robot_id: str, ahead: Cells, x: float, y: float, slack: float) -> Wait | None:
        lifts: set[str] = set()
        for leaf in self._through(ahead, x, y):
            apart, door = leaf.distance(x, y), leaf.door
            if door.lift_id:
                # The door by which one leaves is asked for from inside.
                if door.lift_id not in lifts and (wait := self._lift(world, robot_id, leaf, x, y, apart - slack)):
                    return wait
                lifts.add(door.lift_id)
                continue
            if apart < _CALL_CELLS * CELL_M * math.sqrt(2):
                self.doors.call(door.door_id, world.time_s)
            if apart < _STOP_M + slack and not leaf.is_open:
                code = "door_locked" if leaf.locked else "door_shut"
                lasting = leaf.locked or leaf.stuck
                # A slow door is worth waiting for: who went to look for another way would find it shut again.
                return Wait(code, leaf.in_words(world.time_s), lasting, self._around(leaf) if lasting else None)
        return None

    def _lift(self, world: World, robot_id: str, leaf: Leaf, x: float, y: float, apart: float) -> Wait | None:
        because = self.lifts.ask(robot_id, leaf.door.door_id, x, y, world)
        cabin = self.lifts.cabins[leaf.door.lift_id]
        stop = _STOP_M
        if not cabin.contains(x, y) and robot_id != cabin.boarding:
            stop = _LIFT_STOP_M + _QUEUE_M * min(cabin.before(robot_id), _LONGEST_QUEUE)
        if not because or apart >= stop:
            return None
        return Wait("lift", because, cabin.stuck, self._around(leaf) if cabin.stuck else None)

    def _through(self, ahead: Cells, x: float, y: float) -> list[Leaf]:
        """The doors through which the way leads, in its order."""
        grid = self.grid
        if not self._leaves:
            return []
        steps: list[int] = first_crossings(ahead, grid.shape[1], grid.x0, grid.y0, CELL_M, self._lines).tolist()
        reach = self.call_cells * CELL_M * math.sqrt(2)
        led = [(step, k) for k, step in enumerate(steps) if step >= 0]
        return [self._leaves[k] for _, k in sorted(led) if self._leaves[k].distance(x, y) <= reach]

    @staticmethod
    def _around(leaf: Leaf) -> tuple[float, float, float]:
        d = leaf.door
        return (d.ax + d.bx) / 2, (d.ay + d.by) / 2, math.hypot(d.bx - d.ax, d.by - d.ay) / 2

    def _area(self, ahead: Cells, x: float, y: float, slack: float) -> Wait | None:
        """A keep-out that is closed now, a step ahead. Who is inside may go on (and out); who stands at its edge with
        a shoulder inside may go anywhere but further in."""
        zones = self.zones
        if not zones.closed or zones.closed_at(x, y, whole=False) is not None:
            return None
        outside = zones.closed_at(x, y) is None
        for cell in ahead[: _AREA_CELLS + int(slack / CELL_M)].tolist():
            area = zones.closed_at(*self.grid.unflat(cell), whole=outside)
            if area is not None:
                return Wait("keep_out", f"keep-out {area.area_id} is closed ({area.because})")
        return None

    def _lane(
        self,
        world: World,
        robot_id: str,
        ahead: Cells,
        slack: float,
        passes: Callable[[Lane, int], int],
    ) -> Wait | None:
        if not self._lanes:
            return None
        found = entries(self._lane_masks, ahead, _LANE_CELLS + int(slack / CELL_M)).tolist()
        for lane, entry in zip(self._lanes, found, strict=True):
            if entry < 0 or robot_id in lane.inside:
                continue
            because = lane.ask(robot_id, passes(lane, entry), world.time_s)
            if because:
                return Wait("one_lane", because)
        return None

    def _passes(self, way: Navigator, lane: Lane, entry: int) -> int:
        """1 or -1 for a way that enters the lane at one end and leaves at the other; 0 for one that ends or turns in
        it."""
        mask, cell, onward = lane.mask.ravel(), entry, way.route.reach(entry).onward
        for _ in range(_LANE_PROBE_CELLS):
            if cell < 0:
                return 0
            if not mask[cell]:
                break
            cell = int(onward[cell])
        else:
            return 0
        return _direction(self.grid.unflat(entry), self.grid.unflat(cell))

    def _passes_along(self, whole: Cells, lane: Lane, entry: int) -> int:
        """As `_passes`, for a way whose cells are known."""
        from_entry = whole[np.flatnonzero(whole == entry)[:1].sum() :]
        out = np.flatnonzero(~lane.mask.ravel()[from_entry])
        return _direction(self.grid.unflat(entry), self.grid.unflat(int(from_entry[out[0]]))) if len(out) else 0


def _direction(entry: tuple[float, float], end: tuple[float, float]) -> int:
    """1 or -1, whichever way one goes from the first point to the second (m); 0 where they are as good as one."""
    (ax, ay), (bx, by) = entry, end
    if math.hypot(bx - ax, by - ay) < 1.0:
        return 0
    return 1 if (bx - ax, by - ay) > (0.0, 0.0) else -1


def _line(leaf: Leaf) -> tuple[float, ...]:
    """A doorway as `first_crossings` wants it."""
    d = leaf.door
    width = math.hypot(d.bx - d.ax, d.by - d.ay)
    return d.ax, d.ay, (d.bx - d.ax) / width, (d.by - d.ay) / width, width
