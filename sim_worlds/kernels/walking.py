"""What walking robots wish of their legs, thought by thought; their computers are woken only when there is a decision.

Robots walk by where they believe to be, so their error (`off_*`) is added to where they are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim_worlds.kernels.floor import BLOCKED_WAY_M, cell_of, clear, nearest_free
from sim_worlds.kernels.pointers import as_pointer, carray
from sim_worlds.rows import EVENT_ARRIVED, EVENT_NO_WAY, EVENT_NONE, EVENT_STUCK, KNELT, YAW, X, Y

THINK_S = 0.1
SIDESTEP_AFTER_S = 2.0
_PROGRESS_M, _CLOSE_M, _CLOSE_S = 0.25, 0.3, 8.0
_CREEP_MPS = 0.12
_STRAIGHT_M, _STRAIGHT_LOOK_M = 3.0, 4.0
_AHEAD_CELLS = (24, 14, 7, 3)
_POST_M, _RETURN_MPS, _STEP_ASIDE_MPS = 0.3, 0.3, 0.08
PASSED_M, PASSED_DYNAMIC_M = 0.2, 0.18
"""So near to a point of its way a robot has passed it; one that walks by its joints turns late and sways."""
ASIDE_M, NEARBY_M = 0.25, 0.8
"""Who is that near to the line to the next point, and beyond the point before (not far from it), has passed it."""
_LOOK_M, _ASIDE_RAD = 0.35, 0.6
"""Legs that sway aim so far ahead on their line, and look along it while they walk within that angle of it. Measured
with walking G1s: half of that look-ahead keeps them no nearer to their lines and costs a tenth of their speed."""
_TURN_GAIN, _MAX_TURN_RADPS = 2.5, 0.9
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
Addresses = NDArray[np.uint64]
WAY_UNKNOWN, WAY_GOES_ON, WAY_MARKED = -1, 0, 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def wrapped(angle: float) -> float:
    """The same angle in (-pi, pi]."""
    return math.atan2(math.sin(angle), math.cos(angle))


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def can_walk(row: Any) -> bool:
    """Whether its walk goes on: nothing holds it, it is up, and has power."""
    return row.walks and not row.holding and not row.fallen and row.battery_wh > 0.0  # type: ignore[no-any-return,unused-ignore]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def follow_straight(
    motion: Floats,
    table: Any,
    clearance: Floats,
    x0: float,
    y0: float,
    cell: float,
    radius: float,
    first: int,
    last: int,
) -> None:
    """Rows first..last-1 that walk in a straight line to their goal."""
    for i in range(first, last):
        row = table[i]
        if not can_walk(row) or row.routed:
            continue
        x, y = motion[i, X] + row.off_x, motion[i, Y] + row.off_y
        dx, dy = row.goal_x - x, row.goal_y - y
        left = math.sqrt(dx * dx + dy * dy)
        if _there(motion[i], row, x, y, left):
            continue
        share = min(_STRAIGHT_LOOK_M / left, 1.0) if left > 0 else 1.0
        if not clear(clearance, x0, y0, cell, x, y, x + dx * share, y + dy * share, radius):
            row.event = EVENT_NO_WAY
            continue
        tx, ty = _on_the_line(row, x, y)
        _wish_towards(row, x, y, tx, ty, left)
        _look_along_the_line(row)
        _watch_progress(row, left)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _on_the_line(row: Any, x: float, y: float) -> tuple[float, float]:
    """Where to walk now: to the goal; one that walks by its joints sways, so it walks to a point of the line a little
    ahead, which brings it back to the line."""
    dx, dy = row.goal_x - row.from_x, row.goal_y - row.from_y
    length = math.sqrt(dx * dx + dy * dy)
    if not row.dynamic or math.isnan(length) or length < 1e-6:
        return row.goal_x, row.goal_y
    along = ((x - row.from_x) * dx + (y - row.from_y) * dy) / length
    share = min(max(along, 0.0) + _LOOK_M, length) / length
    return row.from_x + dx * share, row.from_y + dy * share


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _look_along_the_line(row: Any) -> None:
    """One that walks back to its line by small steps aside keeps looking along it: turning to and fro costs speed."""
    if not row.dynamic or math.isnan(row.from_x) or not math.isnan(row.wish_yaw):
        return
    along = math.atan2(row.goal_y - row.from_y, row.goal_x - row.from_x)
    if abs(wrapped(math.atan2(row.wish_vy, row.wish_vx) - along)) < _ASIDE_RAD:
        row.wish_yaw = along


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def cell_under(motion: Floats, table: Any, i: int, free: Bools, x0: float, y0: float, cell: float) -> int:
    """The free cell (flat index) nearest to where row i believes it is."""
    a, b = cell_of(x0, y0, cell, free.shape, motion[i, X] + table[i].off_x, motion[i, Y] + table[i].off_y)
    return nearest_free(free, a, b)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def follow_route(
    motion: Floats,
    table: Any,
    i: int,
    start: int,
    distances: Floats,
    following: Ints,
    undisturbed: Floats,
    clearance: Floats,
    free: Bools,
    x0: float,
    y0: float,
    cell: float,
    radius: float,
) -> None:
    """Row i along a route, from cell `start`. `undisturbed` are the distances without what blocks the way."""
    row, m = table[i], motion[i]
    x, y = m[X] + row.off_x, m[Y] + row.off_y
    straight = math.sqrt((row.goal_x - x) ** 2 + (row.goal_y - y) ** 2)
    if not can_walk(row) or _there(m, row, x, y, straight):
        return
    columns = clearance.shape[1]
    left = straight
    if straight >= 0.5:
        left = distances[start // columns, start % columns]
        if left >= BLOCKED_WAY_M:  # no way around: what counts is the way that will be free again
            left = undisturbed[start // columns, start % columns]
        left = max(left, straight)
    tx, ty = row.goal_x, row.goal_y
    if straight >= _STRAIGHT_M or not clear(clearance, x0, y0, cell, x, y, tx, ty, radius):
        tx, ty = _ahead(following, clearance, free, x0, y0, cell, radius, start, x, y, tx, ty)
    _wish_towards(row, x, y, tx, ty, straight)
    _watch_progress(row, left)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _ahead(
    following: Ints,
    clearance: Floats,
    free: Bools,
    x0: float,
    y0: float,
    cell: float,
    radius: float,
    start: int,
    x: float,
    y: float,
    gx: float,
    gy: float,
) -> tuple[float, float]:
    """The furthest point of the way that can be walked to in a straight line."""
    columns = clearance.shape[1]
    way = np.empty(_AHEAD_CELLS[0], dtype=np.int64)
    count, at = 0, start
    for _ in range(_AHEAD_CELLS[0]):
        at = following[at]
        if at < 0:
            break
        way[count] = at
        count += 1
    if count == 0:
        a, b = cell_of(x0, y0, cell, clearance.shape, gx, gy)
        if start == nearest_free(free, a, b):
            return gx, gy
        return x0 + (start // columns + 0.5) * cell, y0 + (start % columns + 0.5) * cell
    for ahead in _AHEAD_CELLS:
        at = way[min(ahead, count) - 1]
        px, py = x0 + (at // columns + 0.5) * cell, y0 + (at % columns + 0.5) * cell
        if clear(clearance, x0, y0, cell, x, y, px, py, radius):
            return px, py
    return x0 + (way[0] // columns + 0.5) * cell, y0 + (way[0] % columns + 0.5) * cell


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _there(m: Floats, row: Any, x: float, y: float, distance: float) -> bool:
    """At the goal: turn to the final heading, and say when it is done. Points on the way are passed."""
    row.event = EVENT_NONE
    if row.guided and _passes(row, x, y, distance):
        row.event = EVENT_ARRIVED
        return True
    if distance >= (row.near_turning if row.turning else row.near):
        return False
    row.wish_vx = row.wish_vy = 0.0
    row.wish_yaw = row.goal_yaw
    row.left = distance
    if math.isnan(row.goal_yaw) or abs(wrapped(row.goal_yaw - m[YAW] - row.off_yaw)) < row.tolerance:
        row.event = EVENT_ARRIVED
    else:
        row.turning = True
    return True


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _passes(row: Any, x: float, y: float, away: float) -> bool:
    """Whether it is at the point of its way, or beyond it on the line to the next one; see `Guide.pass_by`."""
    if math.isnan(row.next_x):
        return False
    if away < (PASSED_DYNAMIC_M if row.dynamic else PASSED_M):
        return True
    lx, ly = row.next_x - row.goal_x, row.next_y - row.goal_y
    dx, dy = x - row.goal_x, y - row.goal_y
    length = math.sqrt(lx * lx + ly * ly)
    if away > NEARBY_M or length < 1e-6:
        return False
    return dx * lx + dy * ly > 0.0 and abs(dx * ly - dy * lx) < ASIDE_M * length


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _wish_towards(row: Any, x: float, y: float, tx: float, ty: float, to_goal: float) -> None:
    dx, dy = tx - x, ty - y
    distance = math.sqrt(dx * dx + dy * dy)
    speed = 0.0 if distance < 1e-3 else min(row.speed, max(to_goal + row.beyond, _CREEP_MPS)) / distance
    row.wish_vx, row.wish_vy = dx * speed, dy * speed
    # Close to the goal it side-steps with its final heading instead of turning to and fro.
    row.wish_yaw = row.goal_yaw if to_goal < _CLOSE_M else np.nan


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _watch_progress(row: Any, left: float) -> None:
    """The last steps are small ones, but they end: a goal too near a wall or a body is never reached."""
    row.left = left
    if left < _CLOSE_M:  # in all: legs that sway in and out of this circle do not begin anew every time
        row.close_s += THINK_S
    waited = row.waited_s
    if left < row.best - _PROGRESS_M or (left < _CLOSE_M and row.close_s < _CLOSE_S):
        row.best, row.waited_s = min(left, row.best), 0.0
    else:
        row.waited_s += THINK_S
    row.pressing = row.waited_s > SIDESTEP_AFTER_S
    if row.pressing or waited > SIDESTEP_AFTER_S:  # also when it goes on after all
        row.event = EVENT_STUCK


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def leads_through(marks: Bools, following: Ints, start: int, cells: int) -> bool:
    """Whether one of the next `cells` of a way, from cell `start`, is marked."""
    flat, at = marks.ravel(), start
    for _ in range(cells + 1):
        if at < 0:
            return False
        if flat[at]:
            return True
        at = following[at]
    return False


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def walk_routes(
    motion: Floats,
    table: Any,
    ways: Addresses,
    said: Ints,
    first: int,
    last: int,
    marks: Bools,
    cells: int,
    clearance: Floats,
    free: Bools,
    x0: float,
    y0: float,
    cell: float,
    radius: float,
) -> None:
    """`follow_route` for the rows first..last-1 that walk along a route whose way from where they believe they are is
    known. `ways` are the addresses of each row's route (see `Rows.ways`); `marks` may be empty: nothing is marked.

    Fills `said`: `WAY_UNKNOWN` where nothing was done, because there is no address or the way is not known from there;
    `WAY_MARKED` where one of the next `cells` of the way is marked and nothing holds the robot; else `WAY_GOES_ON`.
    """
    columns, size = clearance.shape[1], clearance.size
    for i in range(first, last):
        said[i] = WAY_GOES_ON
        if not (table[i].walks and table[i].routed):
            continue
        said[i] = WAY_UNKNOWN
        if ways[i, 0] == 0:
            continue
        start = cell_under(motion, table, i, free, x0, y0, cell)
        left = carray(as_pointer(ways[i, 0]), (clearance.shape[0], columns), np.float64)
        onward = carray(as_pointer(ways[i, 1]), (size,), np.int32)
        known = carray(as_pointer(ways[i, 2]), (size,), np.bool_)
        free_left = carray(as_pointer(ways[i, 3]), (clearance.shape[0], columns), np.float64)
        free_known = carray(as_pointer(ways[i, 4]), (size,), np.bool_)
        if not known[start]:
            continue
        if left[start // columns, start % columns] >= BLOCKED_WAY_M and not free_known[start]:
            continue
        place = x0, y0, cell, radius
        follow_route(motion, table, i, start, left, onward, free_left, clearance, free, *place)
        said[i] = WAY_GOES_ON
        if marks.size > 0 and not table[i].holding and leads_through(marks, onward, start, cells):
            said[i] = WAY_MARKED


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def slow_down(motion: Floats, table: Any, limits: Floats, x0: float, y0: float, cell: float) -> None:
    """Nobody wishes to walk faster than `limits` (m/s for each cell) allow where they believe to be."""
    for i in range(len(table)):
        row = table[i]
        if row.walks:
            a, b = cell_of(x0, y0, cell, limits.shape, motion[i, X] + row.off_x, motion[i, Y] + row.off_y)
            speed = math.sqrt(row.wish_vx * row.wish_vx + row.wish_vy * row.wish_vy)
            if speed > limits[a, b]:
                row.wish_vx *= limits[a, b] / speed
                row.wish_vy *= limits[a, b] / speed


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def notice(motion: Floats, table: Any, now: float, watchdog_s: float) -> None:
    """Mark whose computer has something to decide, and let the idle keep their posts."""
    for i in range(len(table)):
        row = table[i]
        if row.moved:
            row.upright = motion[i, KNELT] <= 0.5
        silent = now - row.heard_s > watchdog_s and not row.holding
        empty = row.battery_wh <= 0.0 and (row.busy or row.wish_vx != 0.0 or row.wish_vy != 0.0)
        works = row.busy and not row.holding and (not row.walks or row.event == EVENT_ARRIVED)
        if silent or empty or works or (row.fallen and row.busy) or not row.moved:
            row.attend = True
        if not row.busy and not row.holding and not row.fallen and row.battery_wh > 0.0 and not silent:
            _keep_post(motion[i], row)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def is_idle(row: Any) -> bool:
    """Free to step aside for others: nothing to do, upright, not at a dock, not held."""
    return not (row.busy or row.docked or row.holding) and row.battery_wh > 0.0 and row.upright  # type: ignore[no-any-return,unused-ignore]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _keep_post(m: Floats, row: Any) -> None:
    """Where an idle robot stands when its last primitive ended is its post; it comes back after giving way."""
    x, y = m[X] + row.off_x, m[Y] + row.off_y
    if not row.posted:
        row.posted = True
        row.post_x, row.post_y, row.post_yaw = x, y, m[YAW] + row.off_yaw
    dx, dy = row.post_x - x, row.post_y - y
    away = math.sqrt(dx * dx + dy * dy)
    row.wish_vx = row.wish_vy = 0.0
    row.wish_yaw = np.nan
    row.returning = is_idle(row) and away >= (_POST_M / 3 if row.returning else _POST_M)
    if row.returning:
        row.wish_vx, row.wish_vy = dx / away * _RETURN_MPS, dy / away * _RETURN_MPS
        row.wish_yaw = row.post_yaw


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def tell_bodies(motion: Floats, table: Any, allowed: Floats) -> None:
    """Turn allowed velocities [n, 2] into what the bodies are told; face where they go, or as is wished."""
    for i in range(len(table)):
        row, yaw = table[i], motion[i, YAW]
        vx, vy = allowed[i, 0], allowed[i, 1]
        speed = math.sqrt(vx * vx + vy * vy)
        still = row.wish_vx == 0.0 and row.wish_vy == 0.0 and math.isnan(row.wish_yaw)
        idle = is_idle(row)
        if idle and still and speed < _STEP_ASIDE_MPS:
            vx = vy = speed = 0.0
        heading = row.wish_yaw - row.off_yaw
        if math.isnan(heading) and speed > 0.1 and not idle:
            heading = math.atan2(vy, vx)
        turn = 0.0
        if not math.isnan(heading):
            error = wrapped(heading - yaw)
            if abs(error) > 0.03:
                turn = min(max(_TURN_GAIN * error, -_MAX_TURN_RADPS), _MAX_TURN_RADPS)
            # Humanoids walk forwards: the more the body looks elsewhere, the slower.
            pace = max(math.cos(wrapped(math.atan2(vy, vx) - yaw)), 0.35) if speed > 0.0 else 1.0
            vx, vy = vx * pace, vy * pace
        row.told_vx, row.told_vy, row.told_turn = vx, vy, turn
