"""Who takes which spots and lines of the roadmap when, from now to the horizon."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.kernels.taken import lay, near_each, put_in, take_out
from fleet.traffic.pieces import Pieces
from fleet.traffic.plans import Plan, Taken
from fleet.traffic.roadmap import Roadmap
from fleet.traffic.settings import TrafficSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_BUCKET_M = 1.0
MORE = 24
"""Rows for spots and lines that only one search knows: where it starts and ends, and how it gets on the roadmap."""


class Nearby:
    """What of the roadmap is near a piece of floor."""

    def __init__(self, roadmap: Roadmap) -> None:
        self._lines = roadmap.lines
        self._spots = np.hstack([roadmap.xy, roadmap.xy])
        low = roadmap.xy.min(axis=0) - 1.0
        self._corner = low.astype(np.float64)
        self._shape = (np.ceil((roadmap.xy.max(axis=0) + 1.0 - low) / _BUCKET_M) + 1).astype(np.int32)
        self._line_buckets = self._buckets((self._lines[:, :2] + self._lines[:, 2:]) / 2)
        self._spot_buckets = self._buckets(roadmap.xy)
        self._longest = float(roadmap.lengths.max()) if len(roadmap.lengths) else 0.0

    def _buckets(self, points: Floats) -> tuple[Ints, Ints]:
        i, j = np.floor((points - self._corner) / _BUCKET_M).astype(np.int64).T
        bucket = i * self._shape[1] + j
        order = np.argsort(bucket, kind="stable").astype(np.int32)
        return np.searchsorted(bucket[order], np.arange(int(self._shape.prod()) + 1)).astype(np.int32), order

    def lines(self, pieces: Floats, apart: float) -> Taken:
        return Taken(*near_each(pieces, apart, self._lines, *self._line_buckets, self._shape, self._corner, _BUCKET_M,
                                self._longest))  # fmt: skip

    def spots(self, pieces: Floats, apart: float) -> Taken:
        return Taken(*near_each(pieces, apart, self._spots, *self._spot_buckets, self._shape, self._corner, _BUCKET_M,
                                0.0))  # fmt: skip


class Timetable:
    """What all robots take, from `begin` on. The last `MORE` rows of either table are scratch."""

    def __init__(self, roadmap: Roadmap, settings: TrafficSettings) -> None:
        self.roadmap, self.settings = roadmap, settings
        self.bins = math.ceil(settings.horizon_s / settings.bin_s)
        self.spots = np.zeros((len(roadmap.xy) + MORE, self.bins), dtype=np.int16)
        self.lines = np.zeros((len(roadmap.ends) + MORE, self.bins), dtype=np.int16)
        self.lanes = np.zeros((len(roadmap.lanes), 3, self.bins), dtype=np.int16)
        self._in_lane = [_rows_of(roadmap, n) for n in range(len(roadmap.lanes))]
        self.parts: dict[int, tuple[Floats, Floats, Floats]] = {}
        self._marks: dict[int, tuple[Taken, Taken, list[tuple[int, int, int, int]]]] = {}
        self._stands: dict[int, object] = {}
        self._pieces = Pieces()

    def keep(self, robots: Collection[int]) -> None:
        """Take out all but those that stand, of these: how they take the floor does not change with time."""
        gone = [r for r in self.parts if r not in self._stands or r not in robots]
        if 2 * len(gone) > len(self.parts):  # to begin anew is less work, and who stands is put in again
            self._clear()
        for robot in gone:
            self.remove(robot)

    def _clear(self) -> None:
        for table in (self.spots, self.lines, self.lanes):
            table[:] = 0
        for known in (self.parts, self._marks, self._stands):
            known.clear()
        self._pieces = Pieces()

    def stands(self, robot: int, how: object) -> bool:
        """Whether it is here as standing like that (see `add`). It counts as put in last."""
        if self._stands.get(robot) != how:
            return False
        self.parts[robot] = self.parts.pop(robot)
        return True

    def add(self, robot: int, pieces: Floats, begins: Floats, ends: Floats, spots: Taken, lines: Taken,
            lanes: list[tuple[int, int, float, float]], stands: object = None) -> None:  # fmt: skip
        """`robot` takes the pieces [p, 4] from `begins` to `ends` (s from now), and lanes (lane, how, from, to).
        `stands` names where, how wide and for how long, if that is all there is to it."""
        self.parts[robot] = pieces, begins, ends
        if stands is not None:
            self._stands[robot] = stands
        last, bin_s = self.bins - 1, self.settings.bin_s
        spans = [(n, how, max(int(a / bin_s), 0), min(int(b / bin_s), last)) for n, how, a, b in lanes if b >= 0]
        self._marks[robot] = spots, lines, spans
        rows, times, whose, count = self._pieces.room(len(pieces))
        count = put_in(
            self.spots, self.lines, spots.firsts, spots.ids, lines.firsts, lines.ids, pieces, begins, ends, bin_s,
            robot, rows, times, whose, count,
        )  # fmt: skip
        self._pieces.added(robot, count)
        self._count_lanes(spans, 1)

    def remove(self, robot: int) -> None:
        if robot in self._marks:
            spots, lines, lanes = self._marks.pop(robot)
            _, begins, ends = self.parts.pop(robot)
            take_out(
                self.spots, self.lines, spots.firsts, spots.ids, lines.firsts, lines.ids, begins, ends,
                self.settings.bin_s,
            )  # fmt: skip
            self._count_lanes(lanes, -1)
            self._stands.pop(robot, None)
            self._pieces.remove(robot)

    def _count_lanes(self, lanes: list[tuple[int, int, int, int]], sign: int) -> None:
        for n, how, first, last in lanes:
            self.lanes[n, how, first : last + 1] += sign

    def close_lanes(self, ends_in: set[int], but: int, sign: int) -> None:
        """Count what lanes are taken by others on their lines, for a robot whose way ends in those of `ends_in`. Lane
        `but`, which it is in already, is left out."""
        for n in np.flatnonzero(self.lanes.any(axis=(1, 2))).tolist() if len(self.lanes) else ():
            if n != but:
                rows, along = self._in_lane[n]
                lay(self.lines, rows, along, self.lanes[n], n in ends_in, sign)

    def everything(self) -> tuple[Floats, Floats, Floats, Ints]:
        """All pieces [p, 4] with when they begin and end (s from now), and whose they are. See `Pieces.all`."""
        return self._pieces.all()


def _rows_of(roadmap: Roadmap, lane: int) -> tuple[Ints, Ints]:
    """The lines of a lane, and how each leads: along its direction, against it, or across."""
    rows = np.flatnonzero(roadmap.lane == lane).astype(np.int32)
    return rows, roadmap.lane_along[rows].astype(np.int32)


def lane_spans(plan: Plan, now_s: float) -> list[tuple[int, int, float, float]]:
    """From when to when the rest of a plan is in which lanes, and how; s from now."""
    spans: list[tuple[int, int, float, float]] = []
    for k, n in plan.in_lanes:
        if k < plan.next:
            continue
        how = int(plan.kind[k])
        begin = 0.0 if k == plan.next else float(plan.enters[k]) - now_s
        end = float(plan.reaches[k]) - now_s
        if spans and spans[-1][:2] == (n, how) and k > 0 and plan.lane[k - 1] == n:
            spans[-1] = (n, how, spans[-1][2], end)
        else:
            spans.append((n, how, begin, end))
    return spans


__all__ = ["MORE", "Nearby", "Timetable", "lane_spans"]
