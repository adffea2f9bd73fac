"""Earliest arrival among others whose times are known, compiled.

Safe interval path planning (Phillips and Likhachev 2011, "SIPP: Safe interval path planning for dynamic environments",
ICRA): a state is a spot and a span of time during which nobody else comes too near to it; from each state every line is
taken at the earliest time at which it is free for as long as walking it takes, once for every span of the next spot.
Times are in s from now; what is taken is known in bins of `bin_s`, and beyond the last bin nothing is.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Counts = NDArray[np.int16]
_SPANS = 4  # of the next spot that are tried from one state over one line


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def times_to(goals: Ints, offsets: Floats, starts: Ints, back: Ints, by: Ints, takes: Floats) -> Floats:
    """Walking time in s from each spot to the nearest of `goals`, `offsets` further on, if nobody is in the way.

    The graph is that of the lines walked backwards, in compressed rows; `takes` is each line's time (inf: closed).
    """
    far = np.full(len(starts) - 1, np.inf)
    heap = [(0.0, np.int64(0)) for _ in range(0)]
    for k in range(len(goals)):
        if offsets[k] < far[goals[k]]:
            far[goals[k]] = offsets[k]
            heappush(heap, (offsets[k], np.int64(goals[k])))
    while heap:
        t, at = heappop(heap)
        if t > far[at]:
            continue
        for k in range(starts[at], starts[at + 1]):
            to, there = back[k], t + takes[by[k]]
            if there < far[to]:
                far[to] = there
                heappush(heap, (there, np.int64(to)))
    return far


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def first_free(taken: Counts, begin: float, takes: float, latest: float, bin_s: float) -> float:
    """The earliest time from `begin` to `latest` at which a line is free for `takes` s; inf if there is none."""
    bins = len(taken)
    t = begin
    while t <= latest:
        last = min(int((t + takes) / bin_s), bins - 1)
        busy = -1
        for b in range(last, int(t / bin_s) - 1, -1):
            if taken[b] > 0:
                busy = b
                break
        if busy < 0:
            return t
        t = (busy + 1) * bin_s
    return np.inf


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def span_end(taken: Counts, begin: int) -> int:
    """The last bin of the span of time in which a spot is free from bin `begin` on; `begin` - 1 if it is not."""
    b = begin
    while b < len(taken) and taken[b] == 0:
        b += 1
    return b - 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def find_way(
    start: int, goal: int, begin_s: float, stay_s: float, bin_s: float, most: int,
    starts: Ints, onward: Ints, by: Ints, more_from: Ints, more_to: Ints,
    takes: Floats, left: Floats, spot_taken: Counts, line_taken: Counts, refuge: NDArray[np.bool_],
) -> tuple[Ints, Ints, Floats, Floats, int]:  # fmt: skip
    """The way by which `goal` is reached first and may be stayed at for `stay_s`.

    `starts`, `onward`, `by` are the graph in compressed rows; `more_from[k]`, `more_to[k]` are further lines that are
    walked one way, numbered after the graph's own (`takes` has both). `left` is the walking time to the goal, `*_taken`
    [spots or lines, bins] how many others are too near. Any spot of `refuge` will do as the goal.

    Returns the spots, the lines between them, when each spot is left and reached, and how many states were looked at;
    no spots when there is no way.
    """
    bins, own = spot_taken.shape[1], len(takes) - len(more_from)
    seen = np.zeros(spot_taken.shape, dtype=np.bool_)
    spot, end = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    came, over = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    at_s, leaves_s = np.empty(most), np.empty(most)
    heap = [(0.0, np.int64(0)) for _ in range(0)]
    count, looked = 1, 0
    spot[0], came[0], over[0], at_s[0], leaves_s[0] = start, -1, -1, begin_s, begin_s
    # Where it stands it stands: what others think of that comes second.
    end[0] = max(span_end(spot_taken[start], min(int(begin_s / bin_s), bins - 1)), min(int(begin_s / bin_s), bins - 1))
    heappush(heap, (begin_s + left[start], np.int64(0)))
    last = -1
    while heap and last < 0:
        _, state = heappop(heap)
        here, g, ends = spot[state], at_s[state], end[state]
        if seen[here, ends]:
            continue
        seen[here, ends] = True
        looked += 1
        until = np.inf if ends >= bins - 1 else (ends + 1) * bin_s
        if here == goal or refuge[here]:
            if until - g >= stay_s:
                last = state
                continue
        if here == goal:
            continue
        own_lines = starts[here + 1] - starts[here] if here < len(starts) - 1 else 0
        for n in range(own_lines + len(more_from)):
            if n < own_lines:
                k = starts[here] + n
                to, line = onward[k], by[k]
            else:
                if more_from[n - own_lines] != here:
                    continue
                to, line = more_to[n - own_lines], own + n - own_lines
            d = takes[line]
            if not (d + left[to] < np.inf):
                continue
            t = g
            for _ in range(_SPANS):
                t = first_free(line_taken[line], t, d, until, bin_s)
                if t == np.inf:
                    break
                first = min(int((t + d) / bin_s), bins - 1)
                # Nothing is known beyond the last bin: who arrives then finds the spot free.
                late = t + d >= bins * bin_s
                stays = bins - 1 if late else span_end(spot_taken[to], first)
                if stays < first:
                    t = (first + 1) * bin_s - d + 1e-6
                    continue
                if not seen[to, stays] and count < most:
                    spot[count], end[count], came[count], over[count] = to, stays, state, line
                    at_s[count], leaves_s[count] = t + d, t
                    heappush(heap, (t + d + left[to], np.int64(count)))
                    count += 1
                if stays >= bins - 1:
                    break
                t = max(t, (stays + 1) * bin_s - d + 1e-6)
    steps = 0
    state = last
    while state >= 0:
        steps += 1
        state = came[state]
    spots, lines = np.empty(steps, dtype=np.int32), np.empty(max(steps - 1, 0), dtype=np.int32)
    left_at, reached = np.empty(max(steps - 1, 0)), np.empty(max(steps - 1, 0))
    state = last
    for n in range(steps - 1, -1, -1):
        spots[n] = spot[state]
        if n > 0:
            lines[n - 1], left_at[n - 1], reached[n - 1] = over[state], leaves_s[state], at_s[state]
        state = came[state]
    return spots, lines, left_at, reached, looked


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def wait_outside(
    spots: Ints, lines: Ints, leaves: Floats, reaches: Floats, narrow: NDArray[np.bool_], least_s: float, bin_s: float,
    spot_taken: Counts, line_taken: Counts,
) -> None:  # fmt: skip
    """Move waits of more than `least_s` at `narrow` spots back to the last spot before that is not, where the timetable
    allows; in place. Arguments as what `find_way` returns."""
    bins = spot_taken.shape[1]
    for i in range(1, len(lines)):
        wait = leaves[i] - reaches[i - 1]
        if wait < least_s or not narrow[spots[i]]:
            continue
        j = i - 1
        while j > 0 and narrow[spots[j]]:
            j -= 1
        if narrow[spots[j]]:
            continue
        fits = True
        for k in range(j, i):
            for b in range(int(leaves[k] / bin_s), min(int((leaves[k] + wait) / bin_s), bins - 1) + 1):
                fits = fits and (k != j or spot_taken[spots[k], b] == 0)
            for b in range(int((leaves[k] + wait) / bin_s), min(int((reaches[k] + wait) / bin_s), bins - 1) + 1):
                fits = fits and line_taken[lines[k], b] == 0
        if fits:
            leaves[j:i] += wait
            reaches[j:i] += wait


__all__ = ["find_way", "first_free", "span_end", "times_to", "wait_outside"]
