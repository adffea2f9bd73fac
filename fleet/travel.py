"""How far it is on foot: shortest ways around walls and furniture, from the site's map alone.

The floor becomes a grid of cells where a robot's middle may be. From each place that is asked for, Dijkstra gives the
distance of every cell once, and it is kept. Ways that are free in a straight line are exact. Others are found in steps
of 16 directions, at most 2.8 % longer than the shortest one would be, and up to a cell longer at every corner. No way
leads against a one-way zone; `closed_to` leaves out what is closed now.
"""

from __future__ import annotations

import copy
import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fleet.barriers import Barriers
from fleet.floor_rules import cells_in, closed_cells, leads_against, line_leads_against, metres_from_line, one_way_cells
from fleet.model.errors import InvalidField
from fleet.model.geometry import Pose
from fleet.model.site import SiteMap

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_STEPS = ((1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (1, 2), (2, -1), (1, -2))
_BOTH_WAYS = (*_STEPS, *((-di, -dj) for di, dj in _STEPS))
_KEEP_BYTES = 48_000_000  # of distances, a field for each place: 75 kB on a floor of 26 m x 16 m, 340 kB on 48 m x 40 m
_LEAST_FIELDS = 32
_KEEP_CLOSED = 3  # floors with something closed
_KEEP_DISTANCES = 50_000  # the same waits for the same robots are asked for at every step
_SNAP_M = 1.0  # a robot that stands closer to a wall than its footprint is taken to be at the nearest free cell
_MOST_CELLS = 4_000_000
Floats = NDArray[np.float64]
Field = NDArray[np.float32]  # to 0.01 mm on a floor of 100 m
Bools = NDArray[np.bool_]
N = TypeVar("N", bound=np.generic)


class TravelModel:
    """Walking distances between poses on one site. Gives the same answers in every process, whatever was asked before.

    Args:
        footprint_m: radius of the robots' footprint; where a circle of this size does not fit, nobody walks.
        cell_m: size of the grid's cells; passages narrower than `2 * footprint_m + cell_m` may seem closed.

    Raises:
        InvalidField: sizes that make no sense, or a floor too large for such small cells.
    """

    def __init__(self, site: SiteMap, footprint_m: float = 0.3, cell_m: float = 0.15) -> None:
        if not (math.isfinite(footprint_m) and footprint_m >= 0):
            raise InvalidField("footprint_m", footprint_m, "a length of 0 m or more")
        if not (math.isfinite(cell_m) and cell_m > 0):
            raise InvalidField("cell_m", cell_m, "a length above 0 m")
        min_x, min_y, max_x, max_y = site.bounds
        if not all(map(math.isfinite, site.bounds)) or max_x <= min_x or max_y <= min_y:
            raise InvalidField("site.bounds", site.bounds, "min_x, min_y, max_x, max_y in m, each max above its min")
        self._walls = np.array([(w.ax, w.ay, w.bx, w.by) for w in site.walls]).reshape(-1, 4).T
        self._places = [p.approach for p in site.places.values()] + [p.approach for p in site.people.values()]
        self._min_x, self._min_y, self._cell_m = min_x, min_y, cell_m
        self._shape = (math.ceil((max_x - min_x) / cell_m), math.ceil((max_y - min_y) / cell_m))
        if self._shape[0] * self._shape[1] > _MOST_CELLS:
            raise InvalidField("cell_m", cell_m, f"cells so large that the floor has at most {_MOST_CELLS}")
        self._site, self._body_m = site, footprint_m + cell_m  # nobody is sent along the very edge of what is closed
        self._x: Floats = min_x + (np.arange(self._shape[0], dtype=np.float64) + 0.5) * cell_m
        self._y: Floats = min_y + (np.arange(self._shape[1], dtype=np.float64) + 0.5) * cell_m
        self._free = free_cells(site, footprint_m, cell_m, self._shape)
        self._zone_of, self._ways = one_way_cells(site, self._x, self._y)
        self._closed: Bools | None = None
        self._to_ends = self._without_forbidden(_graph(self._free, cell_m))
        self._steps: NDArray[np.int32] | None = None  # of `_to_ends`, for `reach`
        self._fields: OrderedDict[int, Field] = OrderedDict()
        self._keep = max(_KEEP_BYTES // (4 * self._free.size), _LEAST_FIELDS)
        self._known: dict[tuple[float, float, float, float], float] = {}
        self._cells: dict[tuple[float, float], int | None] = {}
        self._while_closed: OrderedDict[frozenset[str], TravelModel] = OrderedDict()
        self._barriers: OrderedDict[frozenset[str], Barriers] = OrderedDict()

    def closed_to(self, closed: frozenset[str]) -> TravelModel:
        """The same floor while these zones, areas, doors and lifts (by id) are closed: who is inside may leave, nobody
        enters. Kept for when it is asked for again."""
        if not closed:
            return self
        known = self._while_closed.get(closed)
        if known is None:
            known = copy.copy(self)
            known._closed = closed_cells(self._site, closed, self._x, self._y, self._body_m)
            known._to_ends = known._without_forbidden(self._to_ends.T.tocsr())
            known._steps, known._fields, known._known = None, OrderedDict(), {}
            known._while_closed = OrderedDict()
            known._keep = max(self._keep // 2, _LEAST_FIELDS)
            self._while_closed[closed] = known
            if len(self._while_closed) > _KEEP_CLOSED:
                self._while_closed.popitem(last=False)
        self._while_closed.move_to_end(closed)
        return known

    def barriers(self, closed: frozenset[str]) -> Barriers:
        """What of `closed` (zones, areas, doors, lifts, by id) is in the way from where to where. Kept for a while."""
        known = self._barriers.get(closed)
        if known is None:
            masks = {c: closed_cells(self._site, (c,), self._x, self._y, self._body_m) for c in closed}
            known = self._barriers[closed] = Barriers(self._free, masks, self._cell_of, (self._x, self._y))
            if len(self._barriers) > _KEEP_CLOSED:
                self._barriers.popitem(last=False)
        self._barriers.move_to_end(closed)
        return known

    def _without_forbidden(self, steps: csr_matrix[np.float64]) -> csr_matrix[np.float64]:
        """The steps turned round, so that what leads to one place is found from there, and without those that nobody
        takes."""
        if self._closed is None and not len(self._ways):
            return steps  # every step can be taken back
        from scipy.sparse import coo_matrix  # slow to import

        table = steps.tocoo()
        a, b = np.divmod(table.row, self._shape[1]), np.divmod(table.col, self._shape[1])
        taken = ~leads_against(self._zone_of, self._ways, a, b) if len(self._ways) else np.ones(table.nnz, dtype=bool)
        if self._closed is not None:
            taken &= self._closed[a] | ~self._closed[b]
        data = (table.data[taken], (table.col[taken], table.row[taken]))
        return coo_matrix(data, shape=steps.shape).tocsr()

    def distance_m(self, start: Pose, end: Pose) -> float:
        """Length of the shortest way from `start` to `end` in m; `math.inf` if there is none.

        Raises:
            InvalidField: a coordinate is not finite.
        """
        for name, pose in (("start", start), ("end", end)):
            if not (math.isfinite(pose.x) and math.isfinite(pose.y)):
                raise InvalidField(name, (pose.x, pose.y), "finite coordinates in m")
        key = (start.x, start.y, end.x, end.y)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KEEP_DISTANCES:
                self._known.clear()
            known = self._known[key] = self._walk(start, end)
        return known

    def _walk(self, start: Pose, end: Pose) -> float:
        here, there = self._cell(start), self._cell(end)
        if here is None or there is None:
            return math.inf
        if self._straight(here, there):
            return start.distance_to(end)
        # Always from the end: which of the two fields is at hand must not matter, for replays.
        along = float(self._field(there)[here])
        return max(along, start.distance_to(end))

    def distances_m(self, starts: Sequence[Pose], ends: Sequence[Pose]) -> Floats:
        """[starts, ends]: the lengths of the ways from each to each in m, `math.inf` where there is none.

        For planning: ways that are free in a straight line are found in steps like the others, up to 2.8 % longer than
        `distance_m` has them, so that a table of many costs little more than reading it.
        """
        found: Floats = np.full((len(starts), len(ends)), np.inf)
        cells = [self._cell_of(pose) for pose in starts]
        on_floor = np.array([i for i, cell in enumerate(cells) if cell is not None], dtype=np.intp)
        from_cells = np.array([cell for cell in cells if cell is not None], dtype=np.intp)
        x, y = np.array([p.x for p in starts]), np.array([p.y for p in starts])
        for j, end in enumerate(ends):
            there = self._cell_of(end)
            if there is not None and on_floor.size:
                straight = np.hypot(x[on_floor] - end.x, y[on_floor] - end.y)
                found[on_floor, j] = np.maximum(self._field(there)[from_cells], straight)
        return found

    def _cell_of(self, pose: Pose) -> int | None:
        """`_cell`, remembered: places are asked for again and again."""
        key = (pose.x, pose.y)
        if key not in self._cells:
            if len(self._cells) >= _KEEP_DISTANCES:
                self._cells.clear()
            self._cells[key] = self._cell(pose)
        return self._cells[key]

    def prepare(self) -> None:
        """Find the ways from all named places now (some ms for each), so that no later question has to wait for it."""
        for place in self._places[: self._keep]:
            cell = self._cell(place)
            if cell is not None:
                self._field(cell)

    def is_free(self, pose: Pose) -> bool:
        """Whether a robot's middle may be there: a footprint away from walls and furniture."""
        i = math.floor((pose.x - self._min_x) / self._cell_m)
        j = math.floor((pose.y - self._min_y) / self._cell_m)
        return 0 <= i < self._shape[0] and 0 <= j < self._shape[1] and bool(self._free[i, j])

    def wall_between(self, start: Pose, end: Pose) -> bool:
        """Whether a wall crosses the straight line between two poses."""
        return _crossed(self._walls, start.x, start.y, end.x, end.y)

    def time_s(self, start: Pose, end: Pose, speed_mps: float) -> float:
        """Time for the way at `speed_mps`. Raises `InvalidField` unless the speed is above 0."""
        if not (math.isfinite(speed_mps) and speed_mps > 0):
            raise InvalidField("speed_mps", speed_mps, "a speed above 0 m/s")
        return self.distance_m(start, end) / speed_mps

    def _cell(self, pose: Pose) -> int | None:
        """The flat index of the pose's cell, or of the nearest free one; None if none is near."""
        x, y = (pose.x - self._min_x) / self._cell_m - 0.5, (pose.y - self._min_y) / self._cell_m - 0.5
        i, j = round(x), round(y)
        if 0 <= i < self._shape[0] and 0 <= j < self._shape[1] and self._free[i, j]:
            return i * self._shape[1] + j
        reach = math.ceil(_SNAP_M / self._cell_m)
        near = sorted(
            (math.hypot(a - x, b - y), a, b)
            for a in range(max(i - reach, 0), min(i + reach + 1, self._shape[0]))
            for b in range(max(j - reach, 0), min(j + reach + 1, self._shape[1]))
            if self._free[a, b]
        )
        for away, a, b in near:
            if away <= reach and not self._behind_wall(pose, a, b):
                return a * self._shape[1] + b
        return None

    def _behind_wall(self, pose: Pose, i: int, j: int) -> bool:
        """Whether a wall stands between the pose and a cell."""
        x, y = self._min_x + (i + 0.5) * self._cell_m, self._min_y + (j + 0.5) * self._cell_m
        return _crossed(self._walls, pose.x, pose.y, x, y)

    def _straight(self, here: int, there: int) -> bool:
        """Whether the straight line between two cells' centres stays on free cells (sampled at half a cell)."""
        (ai, aj), (bi, bj) = divmod(here, self._shape[1]), divmod(there, self._shape[1])
        samples = 2 * max(abs(ai - bi), abs(aj - bj)) + 1
        along_i = np.rint(np.linspace(ai, bi, samples)).astype(np.intp)
        along_j = np.rint(np.linspace(aj, bj, samples)).astype(np.intp)
        if not self._free[along_i, along_j].all():
            return False
        if len(self._ways) and line_leads_against(self._zone_of, self._ways, (along_i, along_j)):
            return False
        if self._closed is None:
            return True
        inside = self._closed[along_i, along_j]
        return not (inside[1:] & ~inside[:-1]).any()

    def _field(self, source: int) -> Field:
        field = self._fields.get(source)
        if field is None:
            from fleet.reaching import reach, steps_of  # the compiler is loaded when the first way is asked for

            offsets = np.array([di * self._shape[1] + dj for di, dj in _BOTH_WAYS], dtype=np.int32)
            lengths = np.array([math.hypot(di, dj) * self._cell_m for di, dj in _BOTH_WAYS])
            if self._steps is None:
                g = self._to_ends
                self._steps = steps_of(g.indptr, g.indices, g.data, offsets, lengths)
            field = reach(self._steps, offsets, lengths, self._cell_m, source).astype(np.float32)
            self._fields[source] = field
            if len(self._fields) > self._keep:
                self._fields.popitem(last=False)
        self._fields.move_to_end(source)
        return field


def _crossed(walls: Floats, x: float, y: float, to_x: float, to_y: float) -> bool:
    """Whether the line from (x, y) to (to_x, to_y) crosses one of the walls (ax, ay, bx, by), a row each."""
    ax, ay, bx, by = walls

    def side(px: Floats | float, py: Floats | float, qx: Floats | float, qy: Floats | float, rx: Any, ry: Any) -> Any:
        return (qx - px) * (ry - py) > (qy - py) * (rx - px)

    apart = side(ax, ay, bx, by, x, y) != side(ax, ay, bx, by, to_x, to_y)
    return bool((apart & (side(x, y, to_x, to_y, ax, ay) != side(x, y, to_x, to_y, bx, by))).any())


def free_cells(site: SiteMap, footprint_m: float, cell_m: float, shape: tuple[int, int]) -> Bools:
    """Which cells' centres are at least a footprint away from walls, furniture, and floor that is closed for good."""
    min_x, min_y, _, _ = site.bounds
    x: Floats = min_x + (np.arange(shape[0], dtype=np.float64) + 0.5) * cell_m
    y: Floats = min_y + (np.arange(shape[1], dtype=np.float64) + 0.5) * cell_m
    px, py = np.meshgrid(x, y, indexing="ij")
    free: Bools = np.ones(shape, dtype=np.bool_)
    for wall in site.walls:
        dx, dy = wall.bx - wall.ax, wall.by - wall.ay
        square = dx * dx + dy * dy
        t = ((px - wall.ax) * dx + (py - wall.ay) * dy) / square if square > 0 else np.zeros(shape)
        t = np.clip(t, 0.0, 1.0)
        # Without a footprint a wall is still a wall: no step may jump over it, so it is at least half a cell thick.
        thick = max(footprint_m, 0.71 * cell_m)
        free &= np.hypot(px - wall.ax - t * dx, py - wall.ay - t * dy) >= thick
    for low_x, low_y, high_x, high_y in site.obstacles:
        away_x = np.maximum(np.maximum(low_x - px, px - high_x), 0.0)
        away_y = np.maximum(np.maximum(low_y - py, py - high_y), 0.0)
        away = np.hypot(away_x, away_y)
        free &= (away >= footprint_m) & (away > 0)
    for area in site.keep_outs.values():
        if area.permanent:
            free &= ~cells_in(area.polygon, x, y)
            for start, end in zip(area.polygon, (*area.polygon[1:], area.polygon[0]), strict=True):
                free &= metres_from_line(start, end, px, py) >= footprint_m
    return free


def _graph(free: Bools, cell_m: float) -> csr_matrix[np.float64]:
    """Steps between free cells, there and back; one that passes between two cells needs both of them to be free."""
    from scipy.sparse import coo_matrix  # slow to import

    nothing: NDArray[np.int32] = np.zeros(0, np.int32)
    rows, columns, lengths = [nothing], [nothing], [np.zeros(0)]
    index: NDArray[np.int32] = np.arange(free.size, dtype=np.int32).reshape(free.shape)
    for di, dj in _STEPS:
        if free.shape[0] <= di or free.shape[1] <= abs(dj):
            continue  # the floor is narrower than the step
        between = [(0, 0), (di, dj)]
        if (abs(di), abs(dj)) == (1, 1):
            between += [(di, 0), (0, dj)]
        elif abs(di) == 2:
            between += [(1, 0), (1, dj)]
        elif abs(dj) == 2:
            between += [(0, dj // 2), (di, dj // 2)]
        ok = np.ones((free.shape[0] - di, free.shape[1] - abs(dj)), dtype=np.bool_)
        for oi, oj in between:
            ok &= _shifted(free, oi, oj, di, dj)
        a, b = _shifted(index, 0, 0, di, dj)[ok], _shifted(index, di, dj, di, dj)[ok]
        rows.append(a)
        columns.append(b)
        lengths.append(np.full(a.size, math.hypot(di, dj) * cell_m))
    data = (np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns)))
    one_way = coo_matrix(data, shape=(free.size, free.size))
    both_ways: csr_matrix[np.float64] = (one_way + one_way.T).tocsr()
    return both_ways


def _shifted(grid: NDArray[N], oi: int, oj: int, di: int, dj: int) -> NDArray[N]:
    """The cells at offset (oi, oj) of every cell that has a neighbour at (di, dj), where di >= 0."""
    rows, columns = grid.shape[0] - di, grid.shape[1] - abs(dj)
    first = max(-dj, 0) + oj
    return grid[oi : oi + rows, first : first + columns]
