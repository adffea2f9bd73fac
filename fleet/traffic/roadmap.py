"""A site's floor as a graph: spots a robot can stand at, and straight lines between them that are free.

Spots lie on a lattice whose pitch is about two robots wide, each moved to where there is room, so that an aisle that no
line of the lattice meets has its row of spots too; and at every place, person and door. Two spots are joined where a
robot can walk straight from one to the other. What the floor joins is then joined by the graph: where the lattice
leaves a passage out, spots are added along the shortest way through it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, maximum_filter
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from fleet.model.errors import InvalidField
from fleet.model.site import SiteMap
from fleet.traffic.lanes import Lane, lanes_of
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.ways import turn_one_way
from fleet.travel import free_cells

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
CELL_M = 0.1
_MOST_CELLS = 4_000_000
_ROOM_M = 0.2  # more room than this makes no spot better
_AIRY_M = 0.25  # with so much room beyond `clearance_m`, a robot's own avoidance does not slow it
_DRAG = 0.2  # a robot takes longer along a wall; where others walk, a row beside one is worth having all the same
_REACH = 1.5  # pitches: how far apart joined spots are at most
_DOOR_M = 0.8
_TOO_NEAR = 0.45  # pitches: lattice spots nearer to another than this are left out


@dataclass(frozen=True, eq=False)
class Roadmap:
    """`xy` [n, 2] are the spots. Line k joins `ends[k]` (two spots), may be walked from the first to the second and,
    unless `one_way[k]`, back. From spot i, `onward[starts[i]:starts[i + 1]]` are the spots one may go to, over `by`
    (the line's number). `lane[k]` is the lane a line leads through (-1: none; in lanes there are two lines, one for
    each way), `lane_along[k]` +1, -1 or 0 as it leads along the lane's direction, against it or across. `max_mps[k]`
    limits the speed. `narrow` are spots where a robot that waits would close the way."""

    xy: Floats
    ends: Ints
    lengths: Floats
    one_way: Bools
    starts: Ints
    onward: Ints
    by: Ints
    max_mps: Floats
    lane: Ints
    lane_along: Ints
    lanes: tuple[Lane, ...]
    narrow: Bools
    cells: Cells
    lane_cells: NDArray[np.int16]
    kept: bool  # robots keep to the lines, and cut no corners

    def lane_at(self, points: Floats) -> NDArray[np.int16]:
        """The lane that each of the points [n, 2] lies in, to a cell; -1 for none."""
        i = np.floor((points[:, 0] - self.cells.x0) / CELL_M).astype(np.intp).clip(0, self.lane_cells.shape[0] - 1)
        j = np.floor((points[:, 1] - self.cells.y0) / CELL_M).astype(np.intp).clip(0, self.lane_cells.shape[1] - 1)
        found: NDArray[np.int16] = self.lane_cells[i, j]
        return found

    def lane_of(self, x: float, y: float) -> int:
        """As `lane_at`, for one point."""
        i = min(max(math.floor((x - self.cells.x0) / CELL_M), 0), self.lane_cells.shape[0] - 1)
        j = min(max(math.floor((y - self.cells.y0) / CELL_M), 0), self.lane_cells.shape[1] - 1)
        return self.lane_cells.item(i, j)

    @cached_property
    def drag(self) -> Floats:
        """How many times as long as in the open each line is walked: avoiding walls takes time beside them."""
        return 1.0 + _DRAG * (1.0 - self.cells.share_airy(self.lines))

    @property
    def lines(self) -> Floats:
        """Each line as ax, ay, bx, by. Shape [lines, 4]."""
        return np.hstack([self.xy[self.ends[:, 0]], self.xy[self.ends[:, 1]]])


@dataclass(eq=False)
class Cells:
    """The floor as cells where a robot's middle may be. `free` [i, j], x first; (x0, y0) is the corner of the first."""

    free: Bools
    x0: float
    y0: float
    solids: Floats  # walls and the sides of furniture, a row (ax, ay, bx, by) each

    @cached_property
    def room(self) -> Floats:
        """Of each cell, how far its centre is from floor that is not free, m."""
        padded: Floats = distance_transform_edt(np.pad(self.free, 1))
        room: Floats = padded[1:-1, 1:-1] * CELL_M
        return room

    @cached_property
    def airy(self) -> Bools:
        """Where a robot walks without keeping off walls."""
        return self.free & (self.room > _AIRY_M)

    def at(self, x: float, y: float) -> tuple[int, int]:
        return math.floor((x - self.x0) / CELL_M), math.floor((y - self.y0) / CELL_M)

    def inside(self, i: int, j: int) -> bool:
        return bool(0 <= i < self.free.shape[0] and 0 <= j < self.free.shape[1])

    def is_free(self, x: float, y: float) -> bool:
        i, j = self.at(x, y)
        return bool(self.free[i, j]) if self.inside(i, j) else False

    def middle(self, i: int, j: int) -> tuple[float, float]:
        return self.x0 + (i + 0.5) * CELL_M, self.y0 + (j + 0.5) * CELL_M

    def straight(self, lines: Floats) -> Bools:
        """Which of the lines (n, 4) stay on free cells, sampled at half a cell."""
        good = np.ones(len(lines), dtype=np.bool_)
        if not len(lines):
            return good
        lengths = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
        for share in np.linspace(0.0, 1.0, 2 * math.ceil(float(lengths.max()) / CELL_M) + 1):
            x = lines[:, 0] + share * (lines[:, 2] - lines[:, 0])
            y = lines[:, 1] + share * (lines[:, 3] - lines[:, 1])
            i = np.floor((x - self.x0) / CELL_M).astype(np.intp)
            j = np.floor((y - self.y0) / CELL_M).astype(np.intp)
            within = (i >= 0) & (j >= 0) & (i < self.free.shape[0]) & (j < self.free.shape[1])
            good &= within
            good[within] &= self.free[i[within], j[within]]
        return good

    def share_airy(self, lines: Floats) -> Floats:
        """How much of each of the lines (n, 4) is where there is room beside it, 0 to 1, sampled at half a cell."""
        longest = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]).max(initial=0.0)
        shares, found = np.linspace(0.0, 1.0, 2 * math.ceil(float(longest) / CELL_M) + 1), np.zeros(len(lines))
        for share in shares:
            i = np.floor((lines[:, 0] + share * (lines[:, 2] - lines[:, 0]) - self.x0) / CELL_M).astype(np.intp)
            j = np.floor((lines[:, 1] + share * (lines[:, 3] - lines[:, 1]) - self.y0) / CELL_M).astype(np.intp)
            found += self.airy[i.clip(0, self.free.shape[0] - 1), j.clip(0, self.free.shape[1] - 1)]
        return found / len(shares)

    def middles(self) -> Floats:
        """The middle of each cell, [cells, 2], in the order of `free.ravel()`."""
        x = self.x0 + (np.arange(self.free.shape[0]) + 0.5) * CELL_M
        y = self.y0 + (np.arange(self.free.shape[1]) + 0.5) * CELL_M
        return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)


def build_roadmap(site: SiteMap, settings: TrafficSettings) -> Roadmap:
    """The graph of a site. Takes about half a second for a floor of 2,000 square metres.

    Raises:
        InvalidField: a floor without size, or too large.
    """
    cells = cells_of(site, settings.clearance_m)
    fixed = _named(site, cells)
    spots = _spots(cells, settings.pitch_m, fixed)
    pairs = _pairs(cells, spots, _REACH * settings.pitch_m)
    spots, pairs = _join(cells, spots, pairs, settings.pitch_m)
    return assemble(site, settings, cells, spots, pairs, np.zeros(len(pairs), dtype=np.bool_))


def assemble(
    site: SiteMap, settings: TrafficSettings, cells: Cells, spots: Floats, pairs: Ints, one_way: Bools,
    limits: Floats | None = None,
) -> Roadmap:  # fmt: skip
    """A roadmap of given spots [n, 2] and lines between them [k, 2]. With `limits` (speed limits of the lines, inf:
    none) robots keep to the lines; without, they cut corners where the floor is free."""
    lanes, kept = lanes_of(site), limits is not None
    numbered = np.column_stack([pairs, np.arange(len(pairs), dtype=np.int32)])  # splitting lines keeps whose they were
    numbered, one_way = _split_in_lanes(lanes, spots, numbered, one_way)
    numbered, one_way = turn_one_way(site, spots, numbered, one_way)
    pairs, own = numbered[:, :2], numbered[:, 2]
    a, b = spots[pairs[:, 0]], spots[pairs[:, 1]]
    lane, along = np.full(len(pairs), -1, dtype=np.int32), np.zeros(len(pairs), dtype=np.int32)
    for number, one in enumerate(lanes):
        inside = one.touches(a, b)
        lane[inside] = number
        along[inside] = one.along(a[inside], b[inside])
    slowest = np.minimum(_limits(site, a, b), limits[own] if limits is not None else np.inf)
    both = np.concatenate([pairs, pairs[~one_way][:, ::-1]])
    by = np.concatenate([np.arange(len(pairs)), np.flatnonzero(~one_way)]).astype(np.int32)
    order = np.lexsort((both[:, 1], both[:, 0]))
    starts = np.searchsorted(both[order, 0], np.arange(len(spots) + 1)).astype(np.int32)
    i, j = np.floor((spots - (cells.x0, cells.y0)) / CELL_M).astype(np.intp).T
    inside_any = np.any([one.holds(spots) for one in lanes], axis=0) if lanes else np.zeros(len(spots), dtype=np.bool_)
    # Two robots pass each other only where their middles have room for one robot's width between them.
    widest = maximum_filter(cells.room, size=2 * math.ceil(0.4 / CELL_M) + 1)
    tight = widest[i.clip(0, cells.free.shape[0] - 1), j.clip(0, cells.free.shape[1] - 1)] < settings.clearance_m
    return Roadmap(
        xy=spots, ends=pairs.astype(np.int32), lengths=np.hypot(*(b - a).T), one_way=one_way, starts=starts,
        onward=both[order, 1].astype(np.int32), by=by[order], max_mps=slowest, lane=lane, lane_along=along,
        lanes=lanes, narrow=tight | inside_any | _at_doors(site, spots), cells=cells,
        lane_cells=_lane_cells(lanes, cells),
        kept=kept,
    )  # fmt: skip


def _at_doors(site: SiteMap, spots: Floats) -> Bools:
    """Spots within a door's reach: who waits there keeps it open, and others from passing."""
    near = np.zeros(len(spots), dtype=np.bool_)
    for d in site.doors.values():
        middle = (d.ax + d.bx) / 2, (d.ay + d.by) / 2
        near |= np.hypot(*(spots - middle).T) < math.hypot(d.bx - d.ax, d.by - d.ay) / 2 + _DOOR_M
    return near


def _lane_cells(lanes: tuple[Lane, ...], cells: Cells) -> NDArray[np.int16]:
    """Which lane each cell's middle lies in, -1 for none."""
    found = np.full(cells.free.shape, -1, dtype=np.int16)
    if lanes:
        middles = cells.middles()
        for n, lane in enumerate(lanes):
            found.reshape(-1)[lane.holds(middles)] = n
    return found


def _split_in_lanes(lanes: tuple[Lane, ...], spots: Floats, pairs: Ints, one_way: Bools) -> tuple[Ints, Bools]:
    """In lanes each line becomes two, one for each way: who may go in depends on which way he goes."""
    a, b = spots[pairs[:, 0]], spots[pairs[:, 1]]
    inside = np.zeros(len(pairs), dtype=np.bool_)
    for one in lanes:
        inside |= one.touches(a, b)
    split = inside & ~one_way
    return np.concatenate([pairs, pairs[split][:, [1, 0, 2]]]), np.concatenate([one_way | split, one_way[split] | True])


def cells_of(site: SiteMap, clearance_m: float) -> Cells:
    """The floor's cells. Raises `InvalidField` for a floor without size, or too large."""
    min_x, min_y, max_x, max_y = site.bounds
    if not all(map(math.isfinite, site.bounds)) or max_x <= min_x or max_y <= min_y:
        raise InvalidField("site.bounds", site.bounds, "min_x, min_y, max_x, max_y in m, each max above its min")
    shape = math.ceil((max_x - min_x) / CELL_M), math.ceil((max_y - min_y) / CELL_M)
    if shape[0] * shape[1] > _MOST_CELLS:
        most = _MOST_CELLS * CELL_M**2
        raise InvalidField("site.bounds", site.bounds, f"a floor of at most {most:.0f} square metres for traffic")
    solids = [(w.ax, w.ay, w.bx, w.by) for w in site.walls]
    for x0, y0, x1, y1 in site.obstacles:
        solids += [(x0, y0, x1, y0), (x1, y0, x1, y1), (x1, y1, x0, y1), (x0, y1, x0, y0)]
    rows = np.array(solids, dtype=np.float64).reshape(-1, 4)
    return Cells(free_cells(site, clearance_m, CELL_M, shape), min_x, min_y, rows)


def _named(site: SiteMap, cells: Cells) -> Floats:
    """Where robots stand to use places, where people are served, and the middles of doors."""
    spots = [(p.approach.x, p.approach.y) for p in site.places.values()]
    spots += [(p.approach.x, p.approach.y) for p in site.people.values()]
    spots += [((d.ax + d.bx) / 2, (d.ay + d.by) / 2) for d in site.doors.values()]
    spots += [((r[0] + r[2]) / 2, (r[1] + r[3]) / 2) for r in (lift.rect for lift in site.lifts.values())]
    kept: list[tuple[float, float]] = []
    for x, y in spots:
        if cells.is_free(x, y) and all(math.hypot(x - u, y - v) > 2 * CELL_M for u, v in kept):
            kept.append((x, y))
    return np.array(kept, dtype=np.float64).reshape(-1, 2)


def _spots(cells: Cells, pitch: float, fixed: Floats) -> Floats:
    """The fixed spots, then those of the lattice, each within half a pitch of its crossing where there is most room."""
    size = max(round(pitch / CELL_M), 1)
    ni, nj = (-(-s // size) for s in cells.free.shape)
    padded = np.full((ni * size, nj * size), -1.0)
    padded[: cells.free.shape[0], : cells.free.shape[1]] = np.where(cells.free, cells.room, -1.0)
    tiles = padded.reshape(ni, size, nj, size).transpose(0, 2, 1, 3).reshape(ni, nj, size * size)
    off = np.arange(size) - (size - 1) / 2
    away = np.hypot(off[:, None], off[None, :]).ravel() * CELL_M
    score = np.where(tiles >= 0, 2 * np.minimum(tiles, _ROOM_M) - away, -np.inf)
    best = score.argmax(axis=2)
    gi, gj = np.nonzero(np.isfinite(score.max(axis=2)))
    k = best[gi, gj]
    i, j = gi * size + k // size, gj * size + k % size
    lattice = np.column_stack([cells.x0 + (i + 0.5) * CELL_M, cells.y0 + (j + 0.5) * CELL_M])
    roomy = np.argsort(-np.minimum(cells.room[i, j], _ROOM_M), kind="stable")
    return _thinned(fixed, lattice[roomy], _TOO_NEAR * pitch)


def _thinned(fixed: Floats, more: Floats, least: float) -> Floats:
    """`fixed`, and of `more`, in order, what is not too near to what was kept."""
    everything = np.vstack([fixed, more])
    if not len(everything):
        return everything
    near = [list(n) for n in np.atleast_1d(cKDTree(everything).query_ball_point(everything, least))]
    keep: Bools = np.ones(len(everything), dtype=np.bool_)
    for i in range(len(fixed), len(everything)):
        keep[i] = not any(keep[j] for j in near[i] if j < i)
    return everything[keep]


def _pairs(cells: Cells, spots: Floats, reach: float) -> Ints:
    """Spots that are joined by a straight free line of at most `reach`."""
    if len(spots) < 2:
        return np.zeros((0, 2), dtype=np.int32)
    pairs = cKDTree(spots).query_pairs(reach, output_type="ndarray")
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    free = cells.straight(np.hstack([spots[pairs[:, 0]], spots[pairs[:, 1]]]))
    return pairs[free].astype(np.int32)


def _join(cells: Cells, spots: Floats, pairs: Ints, pitch: float) -> tuple[Floats, Ints]:
    """Join parts of the graph that the floor joins, by spots along the shortest way between them."""
    from fleet.traffic.joining import ways_between_parts

    for _ in range(8):
        n = len(spots)
        graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
        count, part = connected_components(graph, directed=False)
        if count <= 1:
            break
        more = ways_between_parts(cells, spots, part.astype(np.int32), pitch)
        if not len(more):
            break
        spots = _thinned(spots, more, 0.2 * pitch)
        if len(spots) == n:
            break
        pairs = _pairs(cells, spots, _REACH * pitch)
    return spots, pairs


def _limits(site: SiteMap, a: Floats, b: Floats) -> Floats:
    """The lowest speed limit that holds on each line."""
    limits = np.full(len(a), np.inf)
    middle = (a + b) / 2
    for area in site.speed_limits.values():
        for k in range(len(a)):
            if area.max_mps < limits[k] and any(area.contains(*p) for p in (a[k], middle[k], b[k])):
                limits[k] = area.max_mps
    return limits


__all__ = ["CELL_M", "Cells", "Roadmap", "assemble", "build_roadmap", "cells_of"]
