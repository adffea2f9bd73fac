"""Giving way among circles on the floor: ORCA with a spatial hash, walls, and a last guard against contact.

ORCA: van den Berg et al. 2011, "Reciprocal n-body collision avoidance". Both sides are assumed to give way by half;
what does not move gives way by nothing, so bodies are inflated and `_guarded` cuts what remains of an approach.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim_worlds.kernels.floor import cell_of
from sim_worlds.kernels.halfplanes import allowed_velocity
from sim_worlds.kernels.walking import is_idle
from sim_worlds.rows import EVENT_AWAITS, VX, VY, X, Y

CX, CY, CVX, CVY, CWX, CWY, CRADIUS, CSPEED = range(8)
"""Columns of a circle: place, velocity, wanted velocity, radius, top speed."""
MOBILE, DYNAMIC, PRESSING = 1, 2, 4
THINK_S = 0.1
MARGIN_M, DYNAMIC_MARGIN_M = 0.05, 0.1
_NEIGHBOURS_M, _MOST_NEIGHBOURS, _HORIZON_S, _WALL_HORIZON_S = 5.0, 12, 3.0, 0.6
_WALL_LINES, _PROBE_M = 5, 0.4
_KEEP_RIGHT_RAD, _KEEP_RIGHT_M = -0.2, 3.5
_HASH_M, _HASH_MOST = 2.5, 512
_FALLEN_RADIUS_M = 0.25
"""Around the middle only: what it carried lies beside it, and others must be able to come near that."""
Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def circles_of(motion: Floats, table: Any, circles: Floats, flags: Bytes) -> None:
    """Fill the first rows of `circles` [m, 8] and `flags` [m] with the robots, as others must avoid them."""
    for i in range(len(table)):
        row = table[i]
        wishes = row.wish_vx != 0.0 or row.wish_vy != 0.0
        waits = row.busy and row.event == EVENT_AWAITS  # for its way: it steps aside where people come too near
        free = is_idle(row) or (not row.holding and not row.fallen and (wishes or waits))
        circles[i, CX], circles[i, CY] = motion[i, X], motion[i, Y]
        circles[i, CVX], circles[i, CVY] = motion[i, VX], motion[i, VY]
        # A wish in the robot's own map, as it comes out in the world.
        c, s = math.cos(-row.off_yaw), math.sin(-row.off_yaw)
        circles[i, CWX] = (row.wish_vx * c - row.wish_vy * s) * row.pace
        circles[i, CWY] = (row.wish_vx * s + row.wish_vy * c) * row.pace
        circles[i, CRADIUS] = _FALLEN_RADIUS_M if row.fallen else row.radius
        circles[i, CSPEED] = row.max_speed
        flags[i] = MOBILE if free else 0
        if row.dynamic and not row.fallen:
            flags[i] |= DYNAMIC
        if row.pressing and free:
            flags[i] |= PRESSING


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def give_way(
    circles: Floats,
    flags: Bytes,
    allowed: Floats,
    clearance: Floats,
    solid_i: NDArray[np.int16],
    solid_j: NDArray[np.int16],
    x0: float,
    y0: float,
    cell: float,
) -> None:
    """Fill `allowed` [m, 2] for the mobile ones of `circles` [m, 8].

    `solid_i`, `solid_j`: for each cell of the floor the nearest solid one.
    """
    starts, order, across, along, hx, hy, size = _hashed(circles)
    near = np.empty(_MOST_NEIGHBOURS, dtype=np.int64)
    far = np.empty(_MOST_NEIGHBOURS)
    lines = np.empty((_WALL_LINES + _MOST_NEIGHBOURS, 4))
    for i in range(len(circles)):
        allowed[i, 0] = allowed[i, 1] = 0.0
        if not flags[i] & MOBILE:
            continue
        count = _neighbours(circles, i, starts, order, across, along, hx, hy, size, near, far)
        wx, wy = _keeping_right(circles, i, near, far, count)
        walls = _wall_lines(circles[i], clearance, solid_i, solid_j, x0, y0, cell, lines)
        total = walls
        for k in range(count):
            total = _add_line(circles, flags, i, near[k], lines, total)
        vx, vy = allowed_velocity(lines, total, walls, circles[i, CSPEED], wx, wy)
        vx, vy = _guarded(circles, flags, i, near, far, count, vx, vy)
        allowed[i, 0], allowed[i, 1] = _off_walls(circles[i], clearance, x0, y0, cell, vx, vy)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _hashed(circles: Floats) -> tuple[Ints, Ints, int, int, float, float, float]:
    """A uniform hash: circles of cell c are order[starts[c]:starts[c + 1]], in rising order."""
    hx, hy = circles[0, CX], circles[0, CY]
    tx, ty = hx, hy
    for i in range(len(circles)):
        hx, tx = min(hx, circles[i, CX]), max(tx, circles[i, CX])
        hy, ty = min(hy, circles[i, CY]), max(ty, circles[i, CY])
    size = max(_HASH_M, max(tx - hx, ty - hy) / _HASH_MOST)
    across, along = int((tx - hx) / size) + 1, int((ty - hy) / size) + 1
    starts = np.zeros(across * along + 1, dtype=np.int32)
    home = np.empty(len(circles), dtype=np.int32)
    for i in range(len(circles)):
        home[i] = int((circles[i, CX] - hx) / size) * along + int((circles[i, CY] - hy) / size)
        starts[home[i] + 1] += 1
    for c in range(across * along):
        starts[c + 1] += starts[c]
    filled = starts[:-1].copy()
    order = np.empty(len(circles), dtype=np.int32)
    for i in range(len(circles)):
        order[filled[home[i]]] = i
        filled[home[i]] += 1
    return starts, order, across, along, hx, hy, size


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _neighbours(
    circles: Floats,
    i: int,
    starts: Ints,
    order: Ints,
    across: int,
    along: int,
    hx: float,
    hy: float,
    size: float,
    near: NDArray[np.int64],
    far: Floats,
) -> int:
    """The nearest others, nearest first, into `near` with their distances in `far`; how many."""
    count = 0
    reach = math.ceil(_NEIGHBOURS_M / size)
    a, b = int((circles[i, CX] - hx) / size), int((circles[i, CY] - hy) / size)
    for ca in range(max(a - reach, 0), min(a + reach + 1, across)):
        low, high = ca * along + max(b - reach, 0), ca * along + min(b + reach + 1, along)
        for k in range(starts[low], starts[high]):
            j = order[k]
            dx, dy = circles[j, CX] - circles[i, CX], circles[j, CY] - circles[i, CY]
            apart = dx * dx + dy * dy
            if j == i or apart >= _NEIGHBOURS_M * _NEIGHBOURS_M:
                continue
            if count == _MOST_NEIGHBOURS and apart >= far[count - 1]:
                continue
            at = min(count, _MOST_NEIGHBOURS - 1)
            while at > 0 and far[at - 1] > apart:
                far[at], near[at] = far[at - 1], near[at - 1]
                at -= 1
            far[at], near[at] = apart, j
            count = min(count + 1, _MOST_NEIGHBOURS)
    for k in range(count):
        far[k] = math.sqrt(far[k])
    return count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _keeping_right(circles: Floats, i: int, near: NDArray[np.int64], far: Floats, count: int) -> tuple[float, float]:
    """The wanted velocity, to the right when somebody comes towards us: perfect symmetry would never resolve."""
    wx, wy = circles[i, CWX], circles[i, CWY]
    speed = math.sqrt(wx * wx + wy * wy)
    if speed < 0.05:
        return wx, wy
    for k in range(count):
        if far[k] > _KEEP_RIGHT_M or far[k] < 1e-6:
            continue
        o = circles[near[k]]
        ahead = ((o[CX] - circles[i, CX]) * wx + (o[CY] - circles[i, CY]) * wy) / (far[k] * speed)
        if ahead > 0.7 and o[CVX] * wx + o[CVY] * wy < -0.02:
            c, s = math.cos(_KEEP_RIGHT_RAD), math.sin(_KEEP_RIGHT_RAD)
            return wx * c - wy * s, wx * s + wy * c
    return wx, wy


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _shown_velocity(circles: Floats, flags: Bytes, i: int) -> tuple[float, float]:
    """Who has waited long is reckoned with where it wants to go, not with its standing still."""
    if flags[i] & PRESSING:
        return circles[i, CWX], circles[i, CWY]
    return circles[i, CVX], circles[i, CVY]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _inflated(circles: Floats, flags: Bytes, i: int) -> float:
    return circles[i, CRADIUS] + (DYNAMIC_MARGIN_M if flags[i] & DYNAMIC else MARGIN_M)  # type: ignore[no-any-return,unused-ignore]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _add_line(circles: Floats, flags: Bytes, i: int, j: int, lines: Floats, total: int) -> int:
    """ORCA's half-plane of i against j: half of the smallest change of velocity that avoids a contact in time."""
    vx, vy = _shown_velocity(circles, flags, i)
    ox, oy = _shown_velocity(circles, flags, j)
    px, py = circles[j, CX] - circles[i, CX], circles[j, CY] - circles[i, CY]
    ux, uy = vx - ox, vy - oy
    apart2 = px * px + py * py
    radius = _inflated(circles, flags, i) + _inflated(circles, flags, j)
    horizon = _HORIZON_S if apart2 > radius * radius else THINK_S
    cx, cy = ux - px / horizon, uy - py / horizon  # from the centre of the cut-off disc
    size = math.sqrt(cx * cx + cy * cy)
    towards = cx * px + cy * py
    if apart2 <= radius * radius or (towards < 0.0 and towards * towards > radius * radius * size * size):
        if size < 1e-9:
            return total
        nx, ny = cx / size, cy / size
        dx, dy = ny, -nx
        change = radius / horizon - size
        mx, my = change * nx, change * ny
    else:
        leg = math.sqrt(apart2 - radius * radius)
        if px * cy - py * cx > 0.0:
            dx, dy = (px * leg - py * radius) / apart2, (px * radius + py * leg) / apart2
        else:
            dx, dy = -(px * leg + py * radius) / apart2, -(py * leg - px * radius) / apart2
        on = ux * dx + uy * dy
        mx, my = on * dx - ux, on * dy - uy
    lines[total, 0], lines[total, 1] = vx + 0.5 * mx, vy + 0.5 * my
    lines[total, 2], lines[total, 3] = dx, dy
    return total + 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _wall_lines(
    circle: Floats,
    clearance: Floats,
    solid_i: NDArray[np.int16],
    solid_j: NDArray[np.int16],
    x0: float,
    y0: float,
    cell: float,
    lines: Floats,
) -> int:
    """Half-planes that keep off the solid cells nearest to here and to four points around."""
    x, y, radius, count = circle[CX], circle[CY], circle[CRADIUS] + MARGIN_M, 0
    i, j = cell_of(x0, y0, cell, clearance.shape, x, y)
    if clearance[i, j] - radius > circle[CSPEED] * _WALL_HORIZON_S + _PROBE_M:
        return 0
    for k in range(_WALL_LINES):
        px = x + (_PROBE_M if k == 1 else -_PROBE_M if k == 2 else 0.0)
        py = y + (_PROBE_M if k == 3 else -_PROBE_M if k == 4 else 0.0)
        i, j = cell_of(x0, y0, cell, clearance.shape, px, py)
        nx, ny = x - (x0 + (solid_i[i, j] + 0.5) * cell), y - (y0 + (solid_j[i, j] + 0.5) * cell)
        apart = math.sqrt(nx * nx + ny * ny)
        if apart < 1e-6:
            continue
        nx, ny = nx / apart, ny / apart
        gap = max(apart - cell / 2 - radius, 0.0) / _WALL_HORIZON_S
        if gap < circle[CSPEED]:
            lines[count, 0], lines[count, 1] = -gap * nx, -gap * ny
            lines[count, 2], lines[count, 3] = ny, -nx
            count += 1
    return count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _guarded(
    circles: Floats,
    flags: Bytes,
    i: int,
    near: NDArray[np.int64],
    far: Floats,
    count: int,
    vx: float,
    vy: float,
) -> tuple[float, float]:
    """Take away what would bring two footprints together within the next moments."""
    for k in range(count):
        j = near[k]
        sway = 0.06 if (flags[i] | flags[j]) & DYNAMIC else 0.02
        gap = far[k] - circles[i, CRADIUS] - circles[j, CRADIUS] - sway
        if gap > 0.5 or far[k] < 1e-6:
            continue
        ux, uy = (circles[j, CX] - circles[i, CX]) / far[k], (circles[j, CY] - circles[i, CY]) / far[k]
        approach = vx * ux + vy * uy
        # Both may come closer at once, so each gets half of the gap within half a second.
        most = gap * (1.0 if flags[j] & MOBILE else 2.0) if gap > 0.0 else max(gap, -0.1)
        if approach > most:
            vx, vy = vx - (approach - most) * ux, vy - (approach - most) * uy
    return vx, vy


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _off_walls(
    circle: Floats, clearance: Floats, x0: float, y0: float, cell: float, vx: float, vy: float
) -> tuple[float, float]:
    """Slide along what does not give way."""
    look = 0.3
    i, j = cell_of(x0, y0, cell, clearance.shape, circle[CX], circle[CY])
    here = clearance[i, j]
    for k in range(3):
        sx, sy = 0.0 if k == 2 else vx, 0.0 if k == 1 else vy
        i, j = cell_of(x0, y0, cell, clearance.shape, circle[CX] + sx * look, circle[CY] + sy * look)
        if clearance[i, j] >= circle[CRADIUS] - 0.02 or clearance[i, j] >= here:
            return sx, sy
    return 0.0, 0.0
