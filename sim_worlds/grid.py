"""The floor as a grid: where a robot fits, and how far every cell is from a goal.

Paths come from distance fields (Dijkstra from the goal over an 8-connected grid), not from one A* search a robot:
a robot that was pushed aside or gave way still knows its way without a new search, and all robots with the same goal
share the field. See `docs/decisions/0101-sim-distance-fields.md`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

from sim_worlds.site import WALL_THICKNESS_M, Site

CELL_M = 0.1
ROBOT_RADIUS_M = 0.34
"""Fields are computed for the widest robot (0.32 m) so that robots of all models share them."""
BLOCKED_WAY_M = 500.0
"""What a detour counts for a step through something that stands in the way: more than any way around."""
_KEEP = 96  # routes; half a megabyte each in the demo's site
Floats = NDArray[np.float64]
_NEIGHBOURS = ((1, 0, 1.0), (0, 1, 1.0), (1, 1, math.sqrt(2)), (1, -1, math.sqrt(2)))


class Route(NamedTuple):
    """The way to one goal from everywhere."""

    distances: Floats
    """In m; infinite where there is no way. Shape as the grid."""
    following: NDArray[np.int32]
    """For each cell (flat index) the next one on the way; negative at the goal and where there is no way."""


class Grid:
    """Occupancy of a site's floor at `CELL_M`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.x0, self.y0, x1, y1 = site.bounds
        self.shape = (math.ceil((x1 - self.x0) / CELL_M), math.ceil((y1 - self.y0) / CELL_M))
        self.solid = self._paint()
        # Outside the bounds counts as solid.
        padded = np.pad(self.solid, 1, constant_values=True)
        self.clearance: Floats = distance_transform_edt(~padded)[1:-1, 1:-1] * CELL_M
        self.free = self.clearance > ROBOT_RADIUS_M
        self.graph = self._graph()
        self.version = 0
        """Counts up when ways are closed or opened."""
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
        self.graph = self._graph() if closed is None else self._penalised(closed)
        self._routes.clear()
        self.version += 1

    def _penalised(self, closed: NDArray[np.bool_]) -> csr_matrix[np.float64]:
        flat = closed.ravel()
        edges = self._graph().tocoo()
        data = np.where(flat[edges.row] | flat[edges.col], edges.data + BLOCKED_WAY_M, edges.data)
        return csr_matrix((data, (edges.row, edges.col)), shape=self.graph.shape)

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
        x0, y0, x1, y1 = self.site.bounds
        return "the edge of the site" if min(x - x0, y - y0, x1 - x, y1 - y) < radius else ""

    def distances(self, x: float, y: float) -> Floats:
        """Walking distance in m from every cell to (x, y); infinite where there is no way. Kept for later calls."""
        return self.route(x, y).distances

    def route(self, x: float, y: float) -> Route:
        """Distances and ways to (x, y). Kept for later calls."""
        goal = self._nearest_free(x, y)
        if goal not in self._routes:
            self._routes[goal] = self._search(self.graph, goal)
            if len(self._routes) > _KEEP:
                self._routes.popitem(last=False)
        self._routes.move_to_end(goal)
        return self._routes[goal]

    def detour(self, x: float, y: float, blocks: Sequence[tuple[float, float, float]]) -> Route:
        """Ways to (x, y) that keep out of circles (x, y, radius); a circle is crossed only if there is no other way."""
        i, j = np.indices(self.shape)
        cx, cy = self.x0 + (i + 0.5) * CELL_M, self.y0 + (j + 0.5) * CELL_M
        blocked = np.zeros(self.shape, dtype=bool)
        for bx, by, radius in blocks:
            blocked |= np.hypot(cx - bx, cy - by) < radius
        flat = blocked.ravel()
        edges = self.graph.tocoo()
        data = np.where(flat[edges.row] | flat[edges.col], edges.data + BLOCKED_WAY_M, edges.data)
        graph = csr_matrix((data, (edges.row, edges.col)), shape=self.graph.shape)
        return self._search(graph, self._nearest_free(x, y))

    def _search(self, graph: csr_matrix[np.float64], goal: int) -> Route:
        distances, following = dijkstra(graph, directed=False, indices=goal, return_predecessors=True)
        return Route(distances.reshape(self.shape), following)

    def clear_line(self, ax: float, ay: float, bx: float, by: float, radius: float = ROBOT_RADIUS_M) -> bool:
        """Whether a robot fits along the whole line."""
        steps = max(int(math.hypot(bx - ax, by - ay) / CELL_M), 1)
        t = np.arange(1, steps + 1) / steps
        # Both ends are inside the site, so no index needs clipping but the last row's.
        i = np.minimum(((ax + (bx - ax) * t - self.x0) / CELL_M).astype(int), self.shape[0] - 1)
        j = np.minimum(((ay + (by - ay) * t - self.y0) / CELL_M).astype(int), self.shape[1] - 1)
        return bool(self.clearance[i, j].min() > radius)

    def flat(self, x: float, y: float) -> int:
        """The index, as in `Route.following`, of the free cell nearest to (x, y)."""
        return self._nearest_free(x, y)

    def unflat(self, index: int) -> tuple[float, float]:
        return self.centre(index // self.shape[1], index % self.shape[1])

    def _nearest_free(self, x: float, y: float) -> int:
        i, j = self.cell(x, y)
        if not self.free[i, j]:
            near = np.argwhere(self.free[max(i - 5, 0) : i + 6, max(j - 5, 0) : j + 6])
            if len(near):
                near += (max(i - 5, 0), max(j - 5, 0))
                i, j = near[np.argmin(((near - (i, j)) ** 2).sum(axis=1))]
        return int(i * self.shape[1] + j)

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
            near = self.window(x0, y0, x1, y1)
            wx, wy = x[near], y[near]
            solid[near] |= (wx >= x0) & (wx <= x1) & (wy >= y0) & (wy <= y1)
        for area in self.site.keep_outs.values():
            if area.permanent:
                solid |= self.inside(area.polygon)
        return solid

    def _graph(self) -> csr_matrix[np.float64]:
        index = np.arange(self.free.size).reshape(self.shape)
        # Keeping off walls costs a little, so that paths run through the middle of doors and robots can pass.
        effort = 1 + 0.6 * np.clip((0.9 - self.clearance) / 0.9, 0, 1)
        rows, columns, lengths = [], [], []
        for di, dj, length in _NEIGHBOURS:
            a = (slice(None, -di or None), slice(max(-dj, 0), -dj if dj > 0 else None))
            b = (slice(di, None), slice(max(dj, 0), dj if dj < 0 else None))
            both = self.free[a] & self.free[b]
            rows.append(index[a][both])
            columns.append(index[b][both])
            lengths.append((length * CELL_M * (effort[a] + effort[b]) / 2)[both])
        size = self.free.size
        return coo_matrix(
            (np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns))), shape=(size, size)
        ).tocsr()


def _distance_to_segment(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    dx, dy = bx - ax, by - ay
    t = min(max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0.0), 1.0)
    return math.hypot(ax + t * dx - x, ay + t * dy - y)
