"""The way of one robot among all others, whose ways are known."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fleet.traffic.blocks import Block
from fleet.traffic.floor import Point
from fleet.traffic.kernels.lines import near_lines, stays_free
from fleet.traffic.kernels.search import find_way, times_to, wait_outside
from fleet.traffic.kernels.smoothing import cut_corners
from fleet.traffic.kernels.taken import take_rows
from fleet.traffic.lanes import DOWN, STOPS, UP
from fleet.traffic.plans import Plan
from fleet.traffic.roadmap import CELL_M, Roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.timetable import MORE, Nearby, Timetable

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_FORGIVE_M = 0.6  # robots stand, and work, nearer to furniture than they walk
_AT_M = 0.03  # from here a robot is at a spot
_MOST_STATES = 60_000
_KEEP_FIELDS = 256
_KEEP_TAKES = 64
_KEEP_GATES = 2000
_FARTHEST_M = 15.0
_GATES_M = 3.0
_SLACK_S = 1.0
_WAITS_S = 2.0  # shorter waits may be where they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A way for `robot` (its number) from (x, y) at `begin_s` from now to `goal`. `aparts[s]` is how far it keeps from
    robot s. It stays out of what is `kept`, `blocks` (k, 3) as circles; `closed` [lines] is what of the roadmap may
    not be walked and `free` the cells that may; `version` names them all."""

    robot: int
    x: float
    y: float
    goal: Point
    begin_s: float
    speed_mps: float
    aparts: Floats
    kept: tuple[Block, ...]
    blocks: Floats
    closed: NDArray[np.bool_]
    free: NDArray[np.bool_]
    version: object
    radius_m: float
    stays_s: float
    widest_m: float  # how far anybody keeps from this robot at most


class Finder:
    """Searches on one roadmap; keeps walking times to goals."""

    def __init__(self, roadmap: Roadmap, settings: TrafficSettings) -> None:
        self.roadmap, self.settings = roadmap, settings
        self.nearby = Nearby(roadmap)
        self._tree = cKDTree(roadmap.xy)
        self._fields: OrderedDict[object, Floats] = OrderedDict()
        self._gates: dict[tuple[float, float], Ints] = {}
        self._known_takes: dict[tuple[bytes, float], Floats] = {}
        self._drawn_out = roadmap.drag * roadmap.lengths
        self._narrow = np.concatenate([roadmap.narrow, [False, True]])
        self._room, self._none = ~self._narrow, np.zeros(len(self._narrow), dtype=np.bool_)
        self._room[-2:] = False
        n, forward = len(roadmap.xy), np.repeat(np.arange(len(roadmap.xy)), np.diff(roadmap.starts))
        order = np.lexsort((forward, roadmap.onward))
        self._back = forward[order].astype(np.int32)
        self._back_by = roadmap.by[order]
        self._back_starts = np.searchsorted(roadmap.onward[order], np.arange(n + 1)).astype(np.int32)

    def gates(self, x: float, y: float) -> Ints:
        """Spots to which one can walk straight from (x, y), nearest first, at most ten; one if (x, y) is at it."""
        found = self._gates.get((x, y))
        if found is None:
            if len(self._gates) >= _KEEP_GATES:
                self._gates.clear()
            found = self._gates[x, y] = self._gates_of(x, y)
        return found

    def _gates_of(self, x: float, y: float) -> Ints:
        away, near = self._tree.query((x, y), k=min(24, len(self.roadmap.xy)), distance_upper_bound=_GATES_M)
        away, near = np.atleast_1d(away), np.atleast_1d(near)
        if len(away) and away[0] <= _AT_M:
            return near[:1].astype(np.int32)
        cells = self.roadmap.cells
        found: list[int] = []
        for d, k in zip(away, near, strict=True):
            if not math.isfinite(d) or (len(found) >= 2 and d > _FARTHER_GATES * self.settings.pitch_m):
                break
            u, v = self.roadmap.xy[k]
            if stays_free(cells.free, cells.x0, cells.y0, CELL_M, x, y, u, v, _FORGIVE_M, 0.0, cells.solids):
                found.append(k)
            if len(found) == 10:
                break
        return np.array(found, dtype=np.int32)

    def metres_from(self, x: float, y: float) -> Floats:
        """How far it is from (x, y) to each spot, both ways alike."""
        gates = self.gates(x, y)
        hops = np.hypot(*(self.roadmap.xy[gates] - (x, y)).T)
        far: Floats = times_to(gates, hops, self._back_starts, self._back, self._back_by, self.roadmap.lengths)
        return far

    def left(self, want: Wanted, gates: Ints, offsets: Floats, takes: Floats) -> Floats:
        """Walking time from each spot to the goal if nobody were in the way."""
        # What is closed counts, and not why: others that come and go elsewhere mostly close the same lines.
        key = want.goal, want.closed.tobytes(), want.speed_mps, offsets.tobytes()
        known = self._fields.get(key)
        if known is None:
            known = times_to(gates, offsets, self._back_starts, self._back, self._back_by, takes)
            self._fields[key] = known
            if len(self._fields) > _KEEP_FIELDS:
                self._fields.popitem(last=False)
        self._fields.move_to_end(key)
        return known

    def seconds_to(self, want: Wanted) -> Floats:
        """Walking time from each spot to the goal, whoever may be in the way now; infinite where there is no way."""
        gates = self.gates(*want.goal)
        if not len(gates):
            return np.full(len(self.roadmap.xy), np.inf)
        return self.left(want, gates, self._hops(gates, want.goal, want), self._takes(want))

    def reachable(self, want: Wanted) -> bool:
        """Whether there is a way, whoever may be on it now."""
        start = self.gates(want.x, want.y)
        hops = self._hops(start, (want.x, want.y), want)
        return bool(np.isfinite(self.seconds_to(want)[start] + hops).any())

    def _takes(self, want: Wanted) -> Floats:
        key = want.closed.tobytes(), want.speed_mps
        if key not in self._known_takes:
            if len(self._known_takes) >= _KEEP_TAKES:
                self._known_takes.clear()
            takes = self._drawn_out / np.minimum(want.speed_mps, self.roadmap.max_mps)
            self._known_takes[key] = np.where(want.closed, np.inf, takes)
        return self._known_takes[key]

    def _hops(self, gates: Ints, at: Point, want: Wanted) -> Floats:
        """How long it takes from `at` to each of the spots, or back; infinite through what is kept clear of."""
        spots = self.roadmap.xy[gates]
        hops: Floats = np.hypot(*(spots - at).T) / want.speed_mps
        for x, y, reach in want.blocks:
            away = math.hypot(at[0] - x, at[1] - y)
            if away < reach + _GATES_M:
                rows = np.column_stack([np.full(len(spots), at[0]), np.full(len(spots), at[1]), spots])
                hops[near_lines(np.array([x, y, x, y]), rows, min(reach, away - 0.02))] = np.inf
        return hops

    def find(self, want: Wanted, table: Timetable, *, refuge: bool = False) -> Plan | None:
        """The way that reaches the goal first; None if there is none. The robot itself must not be in the timetable.

        With `refuge`, the way to the spot where it is soonest in nobody's way, for as long as it stays at goals.
        """
        r, n, k = self.roadmap, len(self.roadmap.xy), len(self.roadmap.ends)
        start, goal = n, n + 1
        ins, outs = self.gates(want.x, want.y), self.gates(*want.goal)
        if refuge:
            outs = outs[:0]
        if not len(ins) or not (len(outs) or refuge):
            return None
        takes = self._takes(want)
        hops_in, hops_out = self._hops(ins, (want.x, want.y), want), self._hops(outs, want.goal, want)
        left = np.zeros(n) if refuge else self.left(want, outs, hops_out, takes)
        if not np.isfinite(left[ins] + hops_in).any():
            return None
        more_from = np.concatenate([np.full(len(ins), start), outs]).astype(np.int32)
        more_to = np.concatenate([ins, np.full(len(outs), goal)]).astype(np.int32)
        here, there = np.array([[want.x, want.y]]), np.array([want.goal])
        rows = np.vstack([
            np.hstack([np.repeat(here, len(ins), 0), r.xy[ins]]),
            np.hstack([r.xy[outs], np.repeat(there, len(outs), 0)]),
        ])  # fmt: skip
        hops = np.concatenate([hops_in, hops_out])
        self._scratch(want, table, rows, np.hstack([np.vstack([here, there])] * 2))
        if refuge and not table.spots[n, : math.ceil(want.stays_s / self.settings.bin_s)].any():
            return None  # where it stands it is in nobody's way
        all_left = np.concatenate([left, [np.min(left[ins] + hops[: len(ins)]), 0.0]])
        ends_in = set() if refuge else {r.lane_of(*want.goal)} - {-1}
        inside = r.lane_of(want.x, want.y)
        table.close_lanes(ends_in, inside, 1)
        try:
            spots, lines, leaves, reaches, _ = find_way(
                start, goal, want.begin_s, want.stays_s, self.settings.bin_s, _MOST_STATES, r.starts, r.onward, r.by,
                more_from, more_to, np.concatenate([takes, hops]), all_left, table.spots[: n + 2],
                table.lines[: k + len(rows)], self._room if refuge else self._none,
            )  # fmt: skip
            taken = table.spots[: n + 2], table.lines[: k + len(rows)]
            wait_outside(spots, lines, leaves, reaches, self._narrow, _WAITS_S, self.settings.bin_s, *taken)
        finally:
            table.close_lanes(ends_in, inside, -1)
        if not len(spots):
            return None
        points = r.xy[np.minimum(spots, n - 1)]
        points[spots == start], points[spots == goal] = here, there
        if refuge:
            want = replace(want, goal=(float(points[-1, 0]), float(points[-1, 1])))
        plan = self._plan(want, table, points, lines, leaves, reaches, ends_in)
        plan.refuge = refuge
        return plan

    def _scratch(self, want: Wanted, table: Timetable, rows: Floats, ends: Floats) -> None:
        """Fill the rows of the timetable that only this search needs."""
        n, k = len(self.roadmap.xy), len(self.roadmap.ends)
        assert len(rows) <= MORE
        table.spots[n:] = 0
        table.lines[k:] = 0
        pieces, begins, stops, whose = table.everything()
        rest = (pieces, begins, stops, whose, want.robot, want.aparts, self.settings.bin_s)
        take_rows(table.spots[n : n + 2], ends, *rest)
        take_rows(table.lines[k : k + len(rows)], rows, *rest)

    def _plan(
        self, want: Wanted, table: Timetable, points: Floats, lines: Ints, leaves: Floats, reaches: Floats,
        ends_in: set[int],
    ) -> Plan:  # fmt: skip
        """Corners cut, long lines divided, and what it takes of the floor."""
        r, own = self.roadmap, len(self.roadmap.ends)
        known = np.minimum(lines, own - 1)
        lane = np.where(lines < own, r.lane[known], -1)
        limit = np.where(lines < own, r.max_mps[known], np.inf)
        fixed = r.kept | (lane >= 0) | np.isfinite(limit) | np.where(lines < own, r.one_way[known], False)
        cells = r.cells
        kept = cut_corners(
            points, leaves, reaches, fixed, _FARTHEST_M, _SLACK_S, want.free, want.free & cells.airy, cells.x0,
            cells.y0, CELL_M, _FORGIVE_M, cells.solids, want.blocks, *table.everything(), want.robot, want.aparts,
        )  # fmt: skip
        rows: list[tuple[float, float, float, float, int, int, float]] = []
        for a, b in pairwise(kept):
            length = math.hypot(*(points[b] - points[a]))
            if length < _AT_M and len(kept) > 2:  # it stands at a spot, or goes to one
                continue
            parts = max(math.ceil(length / self.settings.pitch_m - 0.25), 1)
            how = self._how(int(lane[a]), points[a], points[b], ends_in)
            lasts = length / parts / min(want.speed_mps, float(limit[a]))
            for m in range(1, parts + 1):
                x, y = (points[a] + (points[b] - points[a]) * (m / parts)).tolist()
                rows.append((x, y, float(leaves[a]) + (m - 1) * lasts, lasts, int(lane[a]), how, float(limit[a])))
        rows[-1] = (*want.goal, *rows[-1][2:])
        return self._finish(want, rows)

    def _finish(self, want: Wanted, rows: list[tuple[float, float, float, float, int, int, float]]) -> Plan:
        """The plan of rows: where a line ends, when it is entered, how long it takes, its lane, how, its limit."""
        columns = list(zip(*rows, strict=True))
        points = np.vstack([[want.x, want.y], np.column_stack(columns[:2])])
        enters, takes = np.array(columns[2]), np.maximum(np.array(columns[3]), 0.01)
        return self._made(want, points, enters, takes, np.array(columns[6]), np.array(columns[4], dtype=np.int32),
                          np.array(columns[5], dtype=np.int32))  # fmt: skip

    def _made(
        self, want: Wanted, points: Floats, enters: Floats, takes: Floats, limits: Floats, lane: Ints, kind: Ints
    ) -> Plan:
        """A plan of these lines, with what it takes of the floor."""
        pieces = np.empty((2 * len(enters) + 1, 4))
        pieces[0::2, :2] = pieces[0::2, 2:] = points
        pieces[1::2, :2], pieces[1::2, 2:] = points[:-1], points[1:]
        return Plan(
            goal=want.goal, points=points, enters=enters, reaches=enters + takes, takes=takes, max_mps=limits,
            lane=lane, kind=kind, pieces=pieces, spots=self.nearby.spots(pieces, want.widest_m),
            lines=self.nearby.lines(pieces, want.widest_m),
        )  # fmt: skip

    def after(self, had: Floats, limits: Floats, plan: Plan, want: Wanted, now_s: float) -> Plan:
        """The plan in fleet time, with the released lines [m, 4] before it that the robot walks now."""
        if not len(had):
            plan.enters, plan.reaches, plan.made_s = plan.enters + now_s, plan.reaches + now_s, now_s
            return plan
        lengths = np.hypot(had[:, 2] - had[:, 0], had[:, 3] - had[:, 1])
        takes = np.maximum(lengths / np.minimum(limits, want.speed_mps), 0.01)
        enters = np.concatenate([[0.0], np.cumsum(takes)[:-1]])
        lane, kind = self._lanes_of(had, plan)
        whole = self._made(
            want, np.vstack([had[:, :2], plan.points]), np.concatenate([enters, plan.enters]) + now_s,
            np.concatenate([takes, plan.takes]), np.concatenate([limits, plan.max_mps]),
            np.concatenate([lane, plan.lane]), np.concatenate([kind, plan.kind]),
        )  # fmt: skip
        whole.released, whole.made_s, whole.refuge = len(had), now_s, plan.refuge
        return whole

    def _lanes_of(self, had: Floats, plan: Plan) -> tuple[Ints, Ints]:
        """In which lane each of the lines is, and how."""
        lane, kind = np.full(len(had), -1, dtype=np.int32), np.full(len(had), STOPS, dtype=np.int32)
        ends_in = set(self.roadmap.lane_at(plan.points[-1:]).tolist()) - {-1}
        for part in (had[:, :2], had[:, 2:], (had[:, :2] + had[:, 2:]) / 2):
            inside = self.roadmap.lane_at(part)
            lane[inside >= 0] = inside[inside >= 0]
        for k in np.flatnonzero(lane >= 0):
            kind[k] = self._how(int(lane[k]), had[k, :2], had[k, 2:], ends_in)
        return lane, kind

    def _how(self, lane: int, a: Floats, b: Floats, ends_in: set[int]) -> int:
        """How a line leads through its lane."""
        if lane < 0 or lane in ends_in:
            return STOPS
        along = int(self.roadmap.lanes[lane].along(a[None], b[None])[0])
        return UP if along > 0 else DOWN if along < 0 else STOPS


_FARTHER_GATES = 1.4

__all__ = ["Finder", "Wanted"]
