"""How near lines and points on the floor come to each other, compiled. Lengths in m."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def point_to_line(x: float, y: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Distance of a point from the line between a and b."""
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    t = 0.0
    if square > 1e-12:
        t = min(max(((x - ax) * dx + (y - ay) * dy) / square, 0.0), 1.0)
    return math.hypot(x - ax - t * dx, y - ay - t * dy)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def line_to_line(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float) -> float:
    """Distance between the lines ab and cd; 0 where they cross."""
    ab_c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    ab_d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    cd_a = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    cd_b = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    if ab_c * ab_d < 0 and cd_a * cd_b < 0:
        return 0.0
    one = min(point_to_line(ax, ay, cx, cy, dx, dy), point_to_line(bx, by, cx, cy, dx, dy))
    other = min(point_to_line(cx, cy, ax, ay, bx, by), point_to_line(dx, dy, ax, ay, bx, by))
    return min(one, other)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def near_lines(line: Floats, lines: Floats, apart: float) -> Ints:
    """Which rows of `lines` (n, 4: ax, ay, bx, by) come nearer than `apart` to `line` (4)."""
    found = np.empty(len(lines), dtype=np.int32)
    count = 0
    low_x, high_x = min(line[0], line[2]) - apart, max(line[0], line[2]) + apart
    low_y, high_y = min(line[1], line[3]) - apart, max(line[1], line[3]) + apart
    for i in range(len(lines)):
        ax, ay, bx, by = lines[i]
        if max(ax, bx) < low_x or min(ax, bx) > high_x or max(ay, by) < low_y or min(ay, by) > high_y:
            continue
        if line_to_line(line[0], line[1], line[2], line[3], ax, ay, bx, by) < apart:
            found[count] = i
            count += 1
    return found[:count]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def stays_free(
    free: Bools, x0: float, y0: float, cell: float, ax: float, ay: float, bx: float, by: float, forgive_a: float,
    forgive_b: float, solids: Floats,
) -> bool:  # fmt: skip
    """Whether the line ab stays on free cells, sampled at half a cell.

    An end that is itself not on a free cell is forgiven as far as the first one that is, at most `forgive_a` or
    `forgive_b` m, if the line crosses none of the `solids` (n, 4): robots stand, and work, nearer to furniture than
    they walk.
    """
    length = math.hypot(bx - ax, by - ay)
    samples = int(2 * length / cell) + 2
    first, last = samples, -1
    for n in range(samples):
        share = n / (samples - 1)
        i = math.floor((ax + share * (bx - ax) - x0) / cell)
        j = math.floor((ay + share * (by - ay) - y0) / cell)
        inside = i >= 0 and j >= 0 and i < free.shape[0] and j < free.shape[1]
        if inside and free[i, j]:
            if last >= 0 and n > last + 1:
                return False  # what lies between two free stretches is not
            first, last = min(first, n), n
    if last < 0:
        if length > min(forgive_a, forgive_b):
            return False
    else:
        step = length / (samples - 1)
        if first * step > forgive_a or (samples - 1 - last) * step > forgive_b:
            return False
    if first > 0 or last < samples - 1:
        for k in range(len(solids)):
            if line_to_line(ax, ay, bx, by, solids[k, 0], solids[k, 1], solids[k, 2], solids[k, 3]) <= 0.0:
                return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def metres_off(cells: Bools, x0: float, y0: float, cell: float, ax: float, ay: float, bx: float, by: float) -> float:
    """How much of the line ab is not on `cells`, sampled at half a cell."""
    length = math.hypot(bx - ax, by - ay)
    samples, off = int(2 * length / cell) + 2, 0
    for n in range(samples):
        share = n / (samples - 1)
        i = math.floor((ax + share * (bx - ax) - x0) / cell)
        j = math.floor((ay + share * (by - ay) - y0) / cell)
        if i < 0 or j < 0 or i >= cells.shape[0] or j >= cells.shape[1] or not cells[i, j]:
            off += 1
    return length * off / samples


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def progress(ways: Floats, first: int, released: int, x: float, y: float, near: float) -> tuple[int, float]:
    """Of a robot at (x, y): the first of the lines `ways` (n, 4) that it has not left, from `first` on and among the
    `released` ones, and how far it is from the floor they are, m.

    Lines are left in their order: `near` the end or beyond it, or when the robot is well on the next one, which it may
    reach across a corner. A way may lead back over itself, so nothing further is looked at.
    """
    at = first
    while at < released:
        ax, ay, bx, by = ways[at]
        length = max(math.hypot(bx - ax, by - ay), 1e-9)
        along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length
        aside = abs((x - ax) * (by - ay) - (y - ay) * (bx - ax)) / length
        left = math.hypot(bx - x, by - y) < min(near, 0.5 * length) or (along >= length and aside < 0.3)
        if not left and at + 1 < released:
            cx, cy = ways[at + 1, 2], ways[at + 1, 3]
            onward = max(math.hypot(cx - bx, cy - by), 1e-9)
            ahead = ((x - bx) * (cx - bx) + (y - by) * (cy - by)) / onward
            turns_back = (bx - ax) * (cx - bx) + (by - ay) * (cy - by) < -0.1 * length * onward
            left = not turns_back and ahead > 0.25 * onward and point_to_line(x, y, bx, by, cx, cy) < 0.15
        if not left:
            break
        at += 1
    here = ways[0, :2] if at == 0 else ways[at - 1, 2:]
    away = math.hypot(here[0] - x, here[1] - y)
    for k in range(max(at - 1, 0), released):
        away = min(away, point_to_line(x, y, ways[k, 0], ways[k, 1], ways[k, 2], ways[k, 3]))
    return at, away


__all__ = [
    "Bools", "Floats", "Ints", "line_to_line", "metres_off", "near_lines", "point_to_line", "progress", "stays_free",
]  # fmt: skip
