"""The floor as a grid: where a robot fits, and how far every cell is from a goal.

Paths come from distance fields (Dijkstra from the goal over an 8-connected grid), not from one A* search a robot:
a robot that was pushed aside or gave way still knows its way without a new search, and all robots with the same goal
share the field. See `docs/decisions/0101-sim-distance-fields.md`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from sim_worlds.kernels.floor import clear, fill_circles, nearest_free, spread
from sim_worlds.site import WALL_THICKNESS_M, Site

CELL_M = 0.1
ROBOT_RADIUS_M = 0.34
"""Fields are computed for the widest robot (0.32 m) so that robots of all models share them."""
_KEEP = 96  # routes; half a megabyte each in the demo's site
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Route:
    """The way to one goal from everywhere, searched as far as somebody asked for it. Its arrays are filled in place and
    never replaced: kernels read them by their addresses (`Rows.ways`).

    Args:
        blocked: cells that ways keep out of unless there is no other way. Shape as the grid; not to be changed later.
        goal: flat index.
    """

    __slots__ = ("_blocked", "_complete", "_effort", "_free", "goal", "known", "left", "onward")

    def __init__(self, free: Bools, effort: Floats, blocked: Bools, goal: int) -> None:
        self._free, self._effort, self._blocked, self.goal = free, effort, blocked, goal
        self.left: Floats = np.full(free.shape, np.inf)
        """As `distances`, of cells that are known."""
        self.onward: NDArray[np.int32] = np.full(free.size, -9999, dtype=np.int32)
        """As `following`, of cells that are known; what follows a known cell is known too."""
        self.known: Bools = ~free.ravel()
        self._complete = False

    def reach(self, cell: int) -> Route:
        """Make the way from this cell (flat index) known, and some around it."""
        if not self.known[cell]:
            self._spread(cell)
        return self

    @property
    def distances(self) -> Floats:
        """In m; infinite where there is no way. Shape as the grid."""
        if not self._complete:
            self._spread(-1)
        return self.left

    @property
    def following(self) -> NDArray[np.int32]:
        """For each cell (flat index) the next one on the way; negative at the goal and where there is no way."""
        if not self._complete:
            self._spread(-1)
        return self.onward

    def _spread(self, towards: int) -> None:
        fixed = self._free, self._effort, self._blocked, self.goal, towards, CELL_M
        self._complete = spread(*fixed, self.left, self.onward, self.known)


class Grid:
    """Occupancy of a site's floor at `CELL_M`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.x0, self.y0, x1, y1 = site.bounds
        self.shape = (math.ceil((x1 - self.x0) / CELL_M), math.ceil((y1 - self.y0) / CELL_M))
        self.solid = self._paint()
        # Outside the bounds counts as solid.
        padded = np.pad(self.solid, 1, constant_values=True)
        far, nearest = distance_transform_edt(~padded, return_indices=True)
        self.clearance: Floats = np.ascontiguousarray(far[1:-1, 1:-1]) * CELL_M
        self.nearest_solid = tuple(np.ascontiguousarray(n[1:-1, 1:-1] - 1, dtype=np.int16) for n in nearest)
        """For each cell the indices (i, j) of the solid one nearest to it; -1 and the shape's size lie outside."""
        self.free: Bools = self.clearance > ROBOT_RADIUS_M
        # Keeping off walls costs a little, so that paths run through the middle of doors and robots can pass.
        self.effort: Floats = 1 + 0.6 * np.clip((0.9 - self.clearance) / 0.9, 0, 1)
        self.closed: Bools = np.zeros(self.shape, dtype=np.bool_)
        self.version = 0
        """Counts up when ways are closed or opened."""
        self.ways: Floats = self.clearance
        """The clearance as walking robots reckon with it: none in closed areas."""
        self._routes: OrderedDict[int, Route] = OrderedDict()

    def cell(self, x: float, y: float) -> tuple[int, int]:
        i, j = int((x - self.x0) / CELL_M), int((y - self.y0) / CELL_M)
        return min(max(i, 0), self.shape[0] - 1), min(max(j, 0), self.shape[1] - 1)

    def centre(self, i: int, j: int) -> tuple[float, float]:
        return self.x0 + (i + 0.5) * CELL_M, self.y0 + (j + 0.5) * CELL_M

    def window(self, x0: float, y0: float, x1: float, y1: float) -> tuple[slice, slice]:
        """The cells around a rectangle in m, with a cell to spare on each side."""
        low, high = self.cell(x0 - CELL_M, y0 - CELL_M), self.cell(x1 + CELL_M, y1 + CELL_M)
        return slice(low[0], high[0] + 1), slice(low[1], high[1] + 1)

    def inside(self, polygon: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
        """Which cells' centres lie in a polygon (even-odd rule). Shape as the grid."""
        xs = self.x0 + (np.arange(self.shape[0]) + 0.5) * CELL_M
        ys = self.y0 + (np.arange(self.shape[1]) + 0.5) * CELL_M
        within = np.zeros(self.shape, dtype=bool)
        for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            if ay == by:
                continue
            between = (ay > ys) != (by > ys)
            crossing = (bx - ax) * (ys - ay) / (by - ay) + ax
            within ^= between[None, :] & (xs[:, None] < crossing[None, :])
        return within

    def close(self, closed: NDArray[np.bool_] | None) -> None:
        """From now on ways keep out of these cells unless there is no other way; None opens all again.

        Whoever keeps a `Route` asks for it anew when `version` has changed.
        """
        self.closed = np.zeros(self.shape, dtype=np.bool_) if closed is None else closed
        self._routes.clear()
        self.version += 1
        self.refresh()

    def refresh(self) -> None:
        """After `clearance` has changed: bring `ways` up to date."""
        self.ways = np.where(self.closed, 0.0, self.clearance) if self.closed.any() else self.clearance

    def value(self, field: Floats, x: float, y: float) -> float:
        return float(field[self.cell(x, y)])

    def room(self, x: float, y: float) -> float:
        """Distance in m to the nearest wall, furniture or forbidden area, to about one cell."""
        return float(self.clearance[self.cell(x, y)])

    def what_blocks(self, x: float, y: float, radius: float) -> str:
        """The nearest thing closer than `radius`, in words; empty if there is none."""
        for piece in self.site.wall_pieces():
            if _distance_to_segment(x, y, piece.ax, piece.ay, piece.bx, piece.by) < radius + WALL_THICKNESS_M / 2:
                return f"the wall from ({piece.ax:g}, {piece.ay:g}) to ({piece.bx:g}, {piece.by:g})"
        rects = {k: f.rect for k, f in self.site.furniture.items()}
        rects |= {k: a.rect for k, a in self.site.forbidden.items()}
        for name, (x0, y0, x1, y1) in rects.items():
            if math.hypot(max(x0 - x, 0, x - x1), max(y0 - y, 0, y - y1)) < radius:
                return name
        for area in self.site.keep_outs.values():
            edges = zip(area.polygon, (*area.polygon[1:], area.polygon[0]), strict=True)
            near = area.contains(x, y) or any(_distance_to_segment(x, y, *a, *b) < radius for a, b in edges)
            if area.permanent and near:
                return area.area_id
        x0, y0, x1, y1 = self.site.bounds
        return "the edge of the site" if min(x - x0, y - y0, x1 - x, y1 - y) < radius else ""

    def distances(self, x: float, y: float) -> Floats:
        """Walking distance in m from every cell to (x, y); infinite where there is no way. Kept for later calls."""
        return self.route(x, y).distances

    def route(self, x: float, y: float) -> Route:
        """Distances and ways to (x, y). Kept for later calls."""
        goal = self._nearest_free(x, y)
        if goal not in self._routes:
            self._routes[goal] = Route(self.free, self.effort, self.closed, goal)
            if len(self._routes) > _KEEP:
                self._routes.popitem(last=False)
        self._routes.move_to_end(goal)
        return self._routes[goal]

    def detour(self, x: float, y: float, blocks: Sequence[tuple[float, float, float]]) -> Route:
        """Ways to (x, y) that keep out of circles (x, y, radius); a circle is crossed only if there is no other way."""
        blocked = self.closed.copy()
        fill_circles(blocked, np.array(blocks, dtype=np.float64).reshape(-1, 3), self.x0, self.y0, CELL_M)
        return Route(self.free, self.effort, blocked, self._nearest_free(x, y))

    def clear_line(self, ax: float, ay: float, bx: float, by: float, radius: float = ROBOT_RADIUS_M) -> bool:
        """Whether a robot fits along the whole line."""
        return bool(clear(self.ways, self.x0, self.y0, CELL_M, ax, ay, bx, by, radius))

    def flat(self, x: float, y: float) -> int:
        """The index, as in `Route.following`, of the free cell nearest to (x, y)."""
        return self._nearest_free(x, y)

    def unflat(self, index: int) -> tuple[float, float]:
        return self.centre(index // self.shape[1], index % self.shape[1])

    def _nearest_free(self, x: float, y: float) -> int:
        return int(nearest_free(self.free, *self.cell(x, y)))

    def _paint(self) -> NDArray[np.bool_]:
        xs = self.x0 + (np.arange(self.shape[0]) + 0.5) * CELL_M
        ys = self.y0 + (np.arange(self.shape[1]) + 0.5) * CELL_M
        x, y = np.meshgrid(xs, ys, indexing="ij")
        solid = np.zeros(self.shape, dtype=bool)
        for piece in self.site.wall_pieces():
            dx, dy = piece.bx - piece.ax, piece.by - piece.ay
            # Never thinner than a cell, or a thin wall could fall between cell centres.
            reach = max(WALL_THICKNESS_M / 2, CELL_M * 0.51)
            near = self.window(
                min(piece.ax, piece.bx) - reach,
                min(piece.ay, piece.by) - reach,
                max(piece.ax, piece.bx) + reach,
                max(piece.ay, piece.by) + reach,
            )
            wx, wy = x[near], y[near]
            t = np.clip(((wx - piece.ax) * dx + (wy - piece.ay) * dy) / (dx * dx + dy * dy), 0, 1)
            solid[near] |= np.hypot(piece.ax + t * dx - wx, piece.ay + t * dy - wy) <= reach
        for x0, y0, x1, y1 in [
            *(f.rect for f in self.site.furniture.values()),
            *(a.rect for a in self.site.forbidden.values()),
        ]:
            # What is thinner than a cell could fall between cell centres, too.
            x0, x1 = _at_least_a_cell(x0, x1)
            y0, y1 = _at_least_a_cell(y0, y1)
            near = self.window(x0, y0, x1, y1)
            wx, wy = x[near], y[near]
            solid[near] |= (wx >= x0) & (wx <= x1) & (wy >= y0) & (wy <= y1)
        for area in self.site.keep_outs.values():
            if area.permanent:
                solid |= self.inside(area.polygon)
        return solid


def _at_least_a_cell(low: float, high: float) -> tuple[float, float]:
    spare = max(1.02 * CELL_M - (high - low), 0.0) / 2
    return low - spare, high + spare


def _distance_to_segment(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    dx, dy = bx - ax, by - ay
    t = min(max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    return math.hypot(ax + t * dx - x, ay + t * dy - y)
