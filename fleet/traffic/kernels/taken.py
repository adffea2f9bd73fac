"""Which spots and lines of the roadmap others take, and when, compiled. Times s from now, lengths m."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.traffic.kernels.lines import line_to_line
from fleet.traffic.lanes import DOWN, STOPS, UP

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Counts = NDArray[np.int16]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def near_each(
    pieces: Floats, apart: float, lines: Floats, bucket_starts: Ints, bucket_items: Ints, shape: Ints, corner: Floats,
    bucket_m: float, longest: float,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Which `lines` (n, 4) come nearer than `apart` to each of the `pieces` (k, 4), in compressed rows.

    The lines are in square buckets by their middles: bucket (i, j) has `bucket_items[bucket_starts[b]:...]` with
    b = i * shape[1] + j. `longest` is the length of the longest line.
    """
    firsts = np.zeros(len(pieces) + 1, dtype=np.int32)
    found = np.empty(64 * len(pieces) + 64, dtype=np.int32)
    count, reach = 0, apart + 0.5 * longest
    for p in range(len(pieces)):
        ax, ay, bx, by = pieces[p]
        i0 = max(math.floor((min(ax, bx) - reach - corner[0]) / bucket_m), 0)
        i1 = min(math.floor((max(ax, bx) + reach - corner[0]) / bucket_m), shape[0] - 1)
        j0 = max(math.floor((min(ay, by) - reach - corner[1]) / bucket_m), 0)
        j1 = min(math.floor((max(ay, by) + reach - corner[1]) / bucket_m), shape[1] - 1)
        for i in range(i0, i1 + 1):
            for j in range(j0, j1 + 1):
                for n in range(bucket_starts[i * shape[1] + j], bucket_starts[i * shape[1] + j + 1]):
                    k = bucket_items[n]
                    cx, cy, dx, dy = lines[k]
                    if max(cx, dx) < min(ax, bx) - apart or min(cx, dx) > max(ax, bx) + apart:
                        continue
                    if max(cy, dy) < min(ay, by) - apart or min(cy, dy) > max(ay, by) + apart:
                        continue
                    if line_to_line(ax, ay, bx, by, cx, cy, dx, dy) < apart:
                        if count == len(found):
                            larger = np.empty(2 * len(found), dtype=np.int32)
                            larger[:count] = found
                            found = larger
                        found[count] = k
                        count += 1
        firsts[p + 1] = count
    return firsts, found[:count].copy()


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def take(table: Counts, firsts: Ints, ids: Ints, begins: Floats, ends: Floats, bin_s: float, sign: int) -> None:
    """Count (or, with `sign` -1, count no longer) row `ids[firsts[p]:firsts[p + 1]]` of the table as taken from
    `begins[p]` to `ends[p]`, in place. Times before now are now; those beyond the last bin are left out."""
    bins = table.shape[1]
    for p in range(len(begins)):
        if ends[p] < 0.0 or begins[p] >= bins * bin_s:
            continue
        b0 = max(int(begins[p] / bin_s), 0)
        b1 = bins - 1 if ends[p] >= bins * bin_s else int(ends[p] / bin_s)
        for n in range(firsts[p], firsts[p + 1]):
            for b in range(b0, b1 + 1):
                table[ids[n], b] += sign


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def put_in(
    spots: Counts, lines: Counts, spot_firsts: Ints, spot_ids: Ints, line_firsts: Ints, line_ids: Ints, pieces: Floats,
    begins: Floats, ends: Floats, bin_s: float, whose: int, rows: Floats, times: Floats, owners: Ints, count: int,
) -> int:  # fmt: skip
    """`take` the spots and lines that pieces come near to, and add those that have not ended to the `count` rows of all
    (see `fleet.traffic.pieces`), which have room for them. Returns how many rows there are then."""
    take(spots, spot_firsts, spot_ids, begins, ends, bin_s, 1)
    take(lines, line_firsts, line_ids, begins, ends, bin_s, 1)
    for p in range(len(begins)):
        if ends[p] >= 0.0:
            rows[count], times[0, count], times[1, count], owners[count] = pieces[p], begins[p], ends[p], whose
            count += 1
    return count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def take_out(
    spots: Counts, lines: Counts, spot_firsts: Ints, spot_ids: Ints, line_firsts: Ints, line_ids: Ints, begins: Floats,
    ends: Floats, bin_s: float,
) -> None:  # fmt: skip
    """Count no longer what `put_in` has counted."""
    take(spots, spot_firsts, spot_ids, begins, ends, bin_s, -1)
    take(lines, line_firsts, line_ids, begins, ends, bin_s, -1)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def spans_of(enters: Floats, reaches: Floats, left: int, released: int, now: float, stays: float) -> Floats:
    """When each piece of a plan begins and ends, from `now` [2, 2 n + 1]: see `Plan.spans`."""
    n = len(enters)
    spans = np.empty((2, 2 * n + 1))
    for k in range(n):
        spans[0, 2 * k + 1], spans[1, 2 * k + 1] = enters[k] - now, reaches[k] - now
        spans[0, 2 * k + 2], spans[1, 2 * k] = reaches[k] - now, enters[k] - now
    spans[0, 0], spans[1, 2 * n] = 0.0, (reaches[n - 1] if n else now) + stays - now
    for p in range(2 * left):
        spans[0, p], spans[1, p] = -2.0, -1.0
    if left < n:
        spans[0, 2 * left] = 0.0
    for k in range(left, released):
        spans[0, 2 * k + 1] = 0.0  # floor that was given is taken from now on
    return spans


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def take_rows(
    table: Counts, rows: Floats, pieces: Floats, begins: Floats, ends: Floats, whose: Ints, not_of: int,
    aparts: Floats, bin_s: float,
) -> None:  # fmt: skip
    """As `take`, for lines that are not in the roadmap: row n of the table is the line `rows[n]` (4), and what comes
    nearer to it than `aparts[whose[p]]` takes it. What belongs to `not_of` is left out."""
    bins = table.shape[1]
    for n in range(len(rows)):
        ax, ay, bx, by = rows[n]
        for p in range(len(pieces)):
            if whose[p] == not_of or ends[p] < 0.0 or begins[p] >= bins * bin_s:
                continue
            cx, cy, dx, dy = pieces[p]
            apart = aparts[whose[p]]
            if max(cx, dx) < min(ax, bx) - apart or min(cx, dx) > max(ax, bx) + apart:
                continue
            if max(cy, dy) < min(ay, by) - apart or min(cy, dy) > max(ay, by) + apart:
                continue
            if line_to_line(ax, ay, bx, by, cx, cy, dx, dy) >= apart:
                continue
            b1 = bins - 1 if ends[p] >= bins * bin_s else int(ends[p] / bin_s)
            for b in range(max(int(begins[p] / bin_s), 0), b1 + 1):
                table[n, b] += 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def lay(table: Counts, rows: Ints, along: Ints, lane: Counts, whole: bool, sign: int) -> None:
    """Count (or, with `sign` -1, count no longer) a lane that others are in on its lines, in place.

    Row `rows[n]` of the table leads through it along its direction (`along[n]` 1), against it (-1) or across (0);
    `lane` [3, bins] are those that stop, go along and go against. Nobody goes against others or past those that stop;
    with `whole`, nobody goes with others either.
    """
    for b in range(table.shape[1]):
        stops, up, down = lane[STOPS, b], lane[UP, b], lane[DOWN, b]
        if stops == 0 and up == 0 and down == 0:
            continue
        for n in range(len(rows)):
            count = stops
            if whole or along[n] > 0:
                count += down
            if whole or along[n] < 0:
                count += up
            table[rows[n], b] += sign * count


__all__ = ["lay", "near_each", "put_in", "spans_of", "take", "take_out", "take_rows"]
