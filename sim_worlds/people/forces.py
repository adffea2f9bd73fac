"""How people keep apart: the social force model, in numba. Plain arrays in and out; no randomness.

Helbing & Molnar 1995 ("Social force model for pedestrian dynamics", Phys. Rev. E 51) gave the form: a driving term
towards the wanted velocity, and repulsion from people and walls. The interaction term is the one that Moussaid et al.
2009 ("Experimental study of the behavioural mechanisms underlying self-organization in human crowds", Proc. R. Soc. B
276) fitted to people who evaded each other in a laboratory corridor, with the parameters that they give.

No fastmath, no threads: the same inputs give the same bits.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]

RELAXATION_S = 0.54
_A, _GAMMA, _N_SLOW, _N_SIDE, _LAMBDA = 4.5, 0.35, 3.0, 2.0, 2.0
_BIAS_RAD = 0.005
"""Who meets head on passes on the right; without it, perfect symmetry would never resolve."""
_WALL_A, _WALL_B = 3.0, 0.1
_MODEL_APART_M = 0.5
"""The model's distances are between centres of bodies of 0.25 m; larger bodies are felt that much earlier."""
_ROBOT_SPACE_M = 0.2
"""People keep that much further from machines than from people."""
_REACH_M = 5.0
_HASTE = 1.3
"""Nobody walks faster than this times their wanted speed, however they are pushed."""
_PUSH_ROUNDS = 4


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def clearance_at(
    clearance: Floats, x0: float, y0: float, cell: float, x: float, y: float
) -> tuple[float, float, float]:
    """Distance to what is solid at (x, y), bilinear between cell centres, and its gradient; (m, -, -)."""
    u = min(max((x - x0) / cell - 0.5, 0.0), clearance.shape[0] - 1.001)
    v = min(max((y - y0) / cell - 0.5, 0.0), clearance.shape[1] - 1.001)
    i, j = int(u), int(v)
    s, t = u - i, v - j
    a, b = clearance[i, j], clearance[i + 1, j]
    c, d = clearance[i, j + 1], clearance[i + 1, j + 1]
    value = a * (1 - s) * (1 - t) + b * s * (1 - t) + c * (1 - s) * t + d * s * t
    gx = ((b - a) * (1 - t) + (d - c) * t) / cell
    gy = ((c - a) * (1 - s) + (d - b) * s) / cell
    return value, gx, gy


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _interaction(dx: float, dy: float, dvx: float, dvy: float, apart: float) -> tuple[float, float]:
    """Acceleration of i from j in m/s2; (dx, dy) from i to j, (dvx, dvy) = v_i - v_j, `apart` as in the model."""
    distance = math.hypot(dx, dy)
    ex, ey = dx / distance, dy / distance
    ix, iy = _LAMBDA * dvx + ex, _LAMBDA * dvy + ey
    strength = math.hypot(ix, iy)
    if strength < 1e-9:
        return -_WALL_A * ex, -_WALL_A * ey
    tx, ty = ix / strength, iy / strength
    turn = math.atan2(tx * ey - ty * ex, tx * ex + ty * ey)
    reach = _GAMMA * strength
    theta = turn + reach * _BIAS_RAD
    push = _A * math.exp(-apart / reach)
    slow = push * math.exp(-((_N_SLOW * reach * theta) ** 2))
    side = push * math.exp(-((_N_SIDE * reach * theta) ** 2))
    sign = 1.0 if theta > 0 else -1.0
    # Shoulders: the fitted term lets people brush past each other, so bodies repel at arm's breadth as walls do.
    near = _WALL_A * math.exp(-max(apart - _MODEL_APART_M, 0.0) / _WALL_B)
    # Sideways: away from the side on which the other is, seen along the direction of interaction.
    return -slow * tx + sign * side * ty - near * ex, -slow * ty - sign * side * tx - near * ey


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _acceleration(
    i: int,
    at: Floats,
    v: Floats,
    radius: Floats,
    wanted: Floats,
    heeds: bool,
    robots: Floats,
    clearance: Floats,
    x0: float,
    y0: float,
    cell: float,
) -> tuple[float, float]:
    ax = (wanted[i, 0] - v[i, 0]) / RELAXATION_S
    ay = (wanted[i, 1] - v[i, 1]) / RELAXATION_S
    for j in range(at.shape[0]):
        dx, dy = at[j, 0] - at[i, 0], at[j, 1] - at[i, 1]
        if j == i or abs(dx) > _REACH_M or abs(dy) > _REACH_M or dx * dx + dy * dy < 1e-12:
            continue
        apart = max(math.hypot(dx, dy) - radius[i] - radius[j] + _MODEL_APART_M, 0.0)
        fx, fy = _interaction(dx, dy, v[i, 0] - v[j, 0], v[i, 1] - v[j, 1], apart)
        ax, ay = ax + fx, ay + fy
    if heeds:
        for j in range(robots.shape[0]):
            dx, dy = robots[j, 0] - at[i, 0], robots[j, 1] - at[i, 1]
            if abs(dx) > _REACH_M or abs(dy) > _REACH_M or dx * dx + dy * dy < 1e-12:
                continue
            apart = max(math.hypot(dx, dy) - radius[i] - robots[j, 4] - _ROBOT_SPACE_M + _MODEL_APART_M, 0.0)
            fx, fy = _interaction(dx, dy, v[i, 0] - robots[j, 2], v[i, 1] - robots[j, 3], apart)
            ax, ay = ax + fx, ay + fy
    room, gx, gy = clearance_at(clearance, x0, y0, cell, at[i, 0], at[i, 1])
    steep = math.hypot(gx, gy)
    if room < 1.0 and steep > 1e-6:
        push = _WALL_A * math.exp(-(room - radius[i]) / _WALL_B) if room > radius[i] else _WALL_A
        ax, ay = ax + push * gx / steep, ay + push * gy / steep
    return ax, ay


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _push_apart(
    at: Floats,
    radius: Floats,
    moving: Bools,
    heeds: Bools,
    robots: Floats,
    clearance: Floats,
    x0: float,
    y0: float,
    cell: float,
) -> None:
    """Bodies do not overlap: those who walk make room, half each when both do."""
    n = at.shape[0]
    for _ in range(_PUSH_ROUNDS):
        for i in range(n):
            if not moving[i]:
                continue
            for j in range(n):
                if j == i or (j < i and moving[j]):
                    continue
                dx, dy = at[i, 0] - at[j, 0], at[i, 1] - at[j, 1]
                apart = math.hypot(dx, dy)
                lap = radius[i] + radius[j] - apart
                if lap <= 0:
                    continue
                ux, uy = (dx / apart, dy / apart) if apart > 1e-9 else (1.0, 0.0)
                share = 0.5 if moving[j] else 1.0
                at[i, 0] += ux * lap * share
                at[i, 1] += uy * lap * share
                if moving[j]:
                    at[j, 0] -= ux * lap * share
                    at[j, 1] -= uy * lap * share
            if heeds[i]:
                for j in range(robots.shape[0]):
                    dx, dy = at[i, 0] - robots[j, 0], at[i, 1] - robots[j, 1]
                    apart = math.hypot(dx, dy)
                    lap = radius[i] + robots[j, 4] - apart
                    if lap > 0 and apart > 1e-9:
                        at[i, 0] += dx / apart * lap
                        at[i, 1] += dy / apart * lap
            room, gx, gy = clearance_at(clearance, x0, y0, cell, at[i, 0], at[i, 1])
            steep = math.hypot(gx, gy)
            # In a gap narrower than the person the two walls' gradients cancel: they squeeze through the middle.
            if room < radius[i] and steep > 0.2:
                at[i, 0] += gx / steep * (radius[i] - room)
                at[i, 1] += gy / steep * (radius[i] - room)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _settle(at: Floats, v: Floats, before: Floats, most: float, dt: float) -> None:
    """Who was held back by bodies or walls did not walk, whatever they wanted; nobody is pushed further than `most`."""
    dx, dy = at[0] - before[0], at[1] - before[1]
    gone = math.hypot(dx, dy)
    if gone > most:
        at[0], at[1] = before[0] + dx * most / gone, before[1] + dy * most / gone
        dx, dy = at[0] - before[0], at[1] - before[1]
    v[0], v[1] = dx / dt, dy / dt


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def advance(
    at: Floats,
    v: Floats,
    radius: Floats,
    wanted: Floats,
    speed: Floats,
    moving: Bools,
    heeds: Bools,
    robots: Floats,
    clearance: Floats,
    x0: float,
    y0: float,
    cell: float,
    dt: float,
    steps: int,
) -> None:
    """Move `at` and `v` on by `steps` of `dt` s, in place.

    Shapes: at, v, wanted (n, 2) in m and m/s; radius, speed (wanted) (n,); moving, heeds (n,): who walks now, and who
    gives way to robots; robots (m, 5): x, y, vx, vy, radius. `clearance` as in `Grid`, its corner at (x0, y0).
    """
    n = at.shape[0]
    pull = np.zeros((n, 2))
    before = np.zeros((n, 2))
    for _ in range(steps):
        for i in range(n):
            if moving[i]:
                pull[i, 0], pull[i, 1] = _acceleration(
                    i, at, v, radius, wanted, heeds[i], robots, clearance, x0, y0, cell
                )
        for i in range(n):
            if not moving[i]:
                v[i, 0] = v[i, 1] = 0.0
                continue
            v[i, 0] += pull[i, 0] * dt
            v[i, 1] += pull[i, 1] * dt
            fast = math.hypot(v[i, 0], v[i, 1])
            most = _HASTE * speed[i]
            if fast > most:
                v[i, 0], v[i, 1] = v[i, 0] * most / fast, v[i, 1] * most / fast
            before[i, 0], before[i, 1] = at[i, 0], at[i, 1]
            at[i, 0] += v[i, 0] * dt
            at[i, 1] += v[i, 1] * dt
        _push_apart(at, radius, moving, heeds, robots, clearance, x0, y0, cell)
        for i in range(n):
            if moving[i]:
                _settle(at[i], v[i], before[i], _HASTE * speed[i] * dt, dt)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def look_ahead(
    following: Ints,
    clearance: Floats,
    x0: float,
    y0: float,
    cell: float,
    start: int,
    x: float,
    y: float,
    margin: float,
    far: int,
) -> tuple[float, float, bool]:
    """The furthest point of the way, at most `far` cells on, that can be walked to in a straight line.

    `following` and `start` as in `grid.Route`. The flag is False where there is no way on (the goal, or cut off).
    """
    columns = clearance.shape[1]
    best = start
    here = start
    found = False
    for ahead in range(1, far + 1):
        here = following[here]
        if here < 0:
            break
        found = True
        if ahead % 4 and following[here] >= 0 and ahead < far:
            continue
        px = x0 + (here // columns + 0.5) * cell
        py = y0 + (here % columns + 0.5) * cell
        steps = max(int(math.hypot(px - x, py - y) / cell), 1)
        clear = True
        for k in range(1, steps + 1):
            i = min(max(int((x + (px - x) * k / steps - x0) / cell), 0), clearance.shape[0] - 1)
            j = min(max(int((y + (py - y) * k / steps - y0) / cell), 0), columns - 1)
            if clearance[i, j] <= margin:
                clear = False
                break
        if not clear:
            break
        best = here
    if found and best == start:
        best = following[start]
    return x0 + (best // columns + 0.5) * cell, y0 + (best % columns + 0.5) * cell, found


__all__ = ["Bools", "Floats", "Ints", "advance", "clearance_at", "look_ahead"]
