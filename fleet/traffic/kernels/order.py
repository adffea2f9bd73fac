"""Who goes first where two ways meet, and who may go on, compiled.

An action dependency graph (Hönig et al. 2019, "Persistent and robust execution of MAPF schedules in warehouses", RA-L
4(2)): where two robots' lines come too near to each other, the one whose line is planned earlier goes first, however
late it is. The graph is not kept: the planned times are, and only ever change so that this order stays.

A line is a row of `lines` (n, 4); `whose[k]` is its robot, and robot r's lines are `firsts[r]:firsts[r + 1]`, in the
order it walks them. `lane[k]` is the lane it leads through (-1: none) and `kind[k]` how (see `fleet.traffic.lanes`).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.traffic.kernels.lines import line_to_line, point_to_line

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
FREE, IN_THE_WAY, CLOSED = -1, -2, -3
"""Instead of the robot that one waits for: nobody; something (`blocks`) is in the way; the next line is closed."""


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def meet(a: int, b: int, lines: Floats, lane: Ints, kind: Ints, apart: float, lanes: bool) -> bool:
    """Whether two robots may not be on lines a and b at once; with `lanes`, because of the lane they are in too."""
    if lanes and lane[a] >= 0 and lane[a] == lane[b] and (kind[a] == 0 or kind[a] != kind[b]):
        return True
    ax, ay, bx, by = lines[a]
    cx, cy, dx, dy = lines[b]
    if max(cx, dx) < min(ax, bx) - apart or min(cx, dx) > max(ax, bx) + apart:
        return False
    if max(cy, dy) < min(ay, by) - apart or min(cy, dy) > max(ay, by) + apart:
        return False
    return bool(line_to_line(ax, ay, bx, by, cx, cy, dx, dy) < apart)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def go_on(
    order: Ints, at: Floats, radius: Floats, margin: float, ahead: Floats, lines: Floats, firsts: Ints, next_line: Ints,
    released: Ints, planned: Floats, lane: Ints, kind: Ints, in_lane: Ints, old: Floats, old_of: Ints, blocks: Floats,
    reaches: Floats, closed: Ints,
) -> tuple[Ints, Ints]:  # fmt: skip
    """How many lines each robot has released now, and whom it waits for (a robot's number, or FREE, IN_THE_WAY).

    Robots are asked in `order`. `at` (n, 2) is where each is, `ahead` how much of its way each is given at a time (m);
    `next_line` is the first line that it has not left, of which `released` many, counted from its first line, may be
    walked; `planned` is when each line is to be entered. `old` (m, 4) are lines of routes given up that robots `old_of`
    may still walk. Robot r's middle may not come nearer to the circle `blocks[b]` (x, y) than `reaches[r, b]`.
    `in_lane` is the lane each robot stands in.

    A line is released when it keeps clear of the floor that all others have: where they are, and what is released to
    them; and when nobody who is to pass there before has yet to.
    """
    waits = np.full(len(at), FREE, dtype=np.int32)
    out = released.copy()
    robots = len(at)
    for n in range(len(order)):
        r = order[n]
        while firsts[r] + out[r] < firsts[r + 1]:
            k = firsts[r] + out[r]
            first = next_line[r]
            far = 0.0
            x, y = at[r, 0], at[r, 1]
            for i in range(first, k):
                far += math.hypot(lines[i, 2] - x, lines[i, 3] - y)
                x, y = lines[i, 2], lines[i, 3]
            if far > ahead[r]:
                break
            if closed[k]:
                waits[r] = CLOSED
                break
            by = _blocked(r, k, at, lines, blocks, reaches)
            if by == FREE:
                by = _waits_for(
                    r, k, robots, at, radius, margin, lines, firsts, next_line, out, planned, lane, kind, in_lane,
                    old, old_of,
                )  # fmt: skip
            if by != FREE:
                waits[r] = by
                break
            out[r] += 1
    return out, waits


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _blocked(r: int, k: int, at: Floats, lines: Floats, blocks: Floats, reaches: Floats) -> int:
    """IN_THE_WAY if the line leads into one of the circles; who is in one already may leave it."""
    for b in range(len(blocks)):
        x, y = blocks[b, 0], blocks[b, 1]
        now = math.hypot(at[r, 0] - x, at[r, 1] - y)
        if point_to_line(x, y, lines[k, 0], lines[k, 1], lines[k, 2], lines[k, 3]) < min(reaches[r, b], now - 0.02):
            return IN_THE_WAY
    return FREE


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _waits_for(
    r: int, k: int, robots: int, at: Floats, radius: Floats, margin: float, lines: Floats, firsts: Ints,
    next_line: Ints, released: Ints, planned: Floats, lane: Ints, kind: Ints, in_lane: Ints, old: Floats, old_of: Ints,
) -> int:  # fmt: skip
    """The robot that r waits for before line k, or FREE."""
    ax, ay, bx, by = lines[k]
    # Who is in a lane already is only kept apart: he must get out, whoever else got in.
    asks = lane[k] >= 0 and in_lane[r] != lane[k]
    for o in range(len(old)):
        s = old_of[o]
        apart = radius[r] + radius[s] + margin
        if s != r and line_to_line(ax, ay, bx, by, old[o, 0], old[o, 1], old[o, 2], old[o, 3]) < apart:
            return int(s)
    for s in range(robots):
        if s == r:
            continue
        apart = radius[r] + radius[s] + margin
        now = math.hypot(at[s, 0] - at[r, 0], at[s, 1] - at[r, 1])
        here = min(apart, now - 0.02)
        if point_to_line(at[s, 0], at[s, 1], ax, ay, bx, by) < here:
            return s
        if asks and in_lane[s] == lane[k]:
            through = next_line[s] < firsts[s + 1] and lane[next_line[s]] == lane[k] and kind[next_line[s]] == kind[k]
            if not through or kind[k] == 0:
                return s
        x, y = at[s, 0], at[s, 1]
        for j in range(next_line[s], firsts[s + 1]):
            if j < firsts[s] + released[s]:
                if line_to_line(ax, ay, bx, by, x, y, lines[j, 2], lines[j, 3]) < here:
                    return s
                if asks and lane[j] == lane[k] and meet(k, j, lines, lane, kind, 0.0, True):
                    return s
                x, y = lines[j, 2], lines[j, 3]
                continue
            earlier = planned[j] < planned[k] or (planned[j] == planned[k] and s < r)
            if not earlier:
                break
            if meet(k, j, lines, lane, kind, apart, asks):
                return s
    return FREE


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def put_off(
    order: Ints, now: float, takes: Floats, lines: Floats, whose: Ints, next_line: Ints, firsts: Ints, planned: Floats,
    radius: Floats, margin: float, lane: Ints, kind: Ints, lanes: int, corner: Floats, shape: Ints,
    stands: Floats, stander: Ints,
) -> tuple[Floats, Floats]:  # fmt: skip
    """When each line will be entered and reached its end, if everybody goes on from where he is, in the same order.

    `order` are the lines yet to be left, by planned time; `takes` is how long each is walked (what is left of it).
    `stands` (m, 5: x, y, x, y, until) are robots `stander` that stand somewhere and for how long that is expected.
    """
    size = len(lines)
    lines = np.concatenate((lines, stands[:, :4]))
    whose, lane = np.concatenate((whose, stander)), np.concatenate((lane, np.full(len(stands), -1, dtype=np.int32)))
    kind = np.concatenate((kind, np.zeros(len(stands), dtype=np.int32)))
    enters, reaches = planned.copy(), np.concatenate((planned + takes, stands[:, 4]))
    done = np.zeros(len(lines), dtype=np.bool_)
    head = np.full(shape[0] * shape[1], -1, dtype=np.int32)
    following = np.full(len(lines), -1, dtype=np.int32)
    widest = 2 * radius.max() + margin if len(radius) else margin
    lane_until, lane_kind = np.full((lanes, len(radius)), -np.inf), np.zeros((lanes, len(radius)), dtype=np.int32)
    for k in range(size, len(lines)):
        i, j = int(lines[k, 0] - corner[0]), int(lines[k, 1] - corner[1])
        if 0 <= i < shape[0] and 0 <= j < shape[1]:
            following[k], head[i * shape[1] + j] = head[i * shape[1] + j], k
    for n in range(len(order)):
        k = order[n]
        r = whose[k]
        begin = now if k == next_line[r] else reaches[k - 1]
        mx, my = 0.5 * (lines[k, 0] + lines[k, 2]), 0.5 * (lines[k, 1] + lines[k, 3])
        i, j = int(mx - corner[0]), int(my - corner[1])
        reach = math.ceil(widest + 0.9)
        for u in range(max(i - reach, 0), min(i + reach, shape[0] - 1) + 1):
            for v in range(max(j - reach, 0), min(j + reach, shape[1] - 1) + 1):
                o = head[u * shape[1] + v]
                while o >= 0:
                    s = whose[o]
                    if s != r and meet(k, o, lines, lane, kind, radius[r] + radius[s] + margin, True):
                        last = o + 1 >= firsts[s + 1]
                        leaves = reaches[o] if last or not done[o + 1] else enters[o + 1]
                        begin = max(begin, leaves)
                    o = following[o]
        if lane[k] >= 0:
            for s in range(len(radius)):
                if s != r and (kind[k] == 0 or lane_kind[lane[k], s] != kind[k]):
                    begin = max(begin, lane_until[lane[k], s])
            lane_until[lane[k], r], lane_kind[lane[k], r] = begin + takes[k], kind[k]
        enters[k], reaches[k] = begin, begin + takes[k]
        done[k] = True
        if 0 <= i < shape[0] and 0 <= j < shape[1]:
            following[k], head[i * shape[1] + j] = head[i * shape[1] + j], k
    return enters, reaches[:size]


__all__ = ["CLOSED", "FREE", "IN_THE_WAY", "go_on", "meet", "put_off"]
