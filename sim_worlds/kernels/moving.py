"""Tier T0: how moved bodies follow what they are told, and what that takes from the battery."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim_worlds.rows import CURVE, KNELT, TURN, VX, VY, YAW, X, Y

KNEEL_S = 2.0
LEAST_CHARGE_SHARE = 0.05
_STANDS = 0.01
Floats = NDArray[np.float64]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def move(motion: Floats, table: Any, dt: float, periods: int) -> None:
    """`periods` control periods of `dt` s for every row that is moved: speed, place, knees, battery."""
    for i in range(len(table)):
        row = table[i]
        if row.moved:
            for _ in range(periods):
                _move(motion[i], row, dt)
                row.battery_wh = drained(row, joint_power(motion[i], row), dt)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def move_one(motion: Floats, table: Any, i: int, dt: float) -> None:
    """One control period of row i, without its battery."""
    _move(motion[i], table[i], dt)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def drain_one(table: Any, i: int, joints_w: float, dt: float) -> None:
    """What `dt` s take from the battery of row i, whose joints need `joints_w`."""
    table[i].battery_wh = drained(table[i], joints_w, dt)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _move(m: Floats, row: Any, dt: float) -> None:
    bend = (1.0 if row.kneels else 0.0) - m[KNELT]
    m[KNELT] += min(max(bend, -dt / KNEEL_S), dt / KNEEL_S)
    vx, vy, turn = row.told_vx, row.told_vy, row.told_turn
    if m[KNELT] >= _STANDS:
        vx, vy, turn = 0.0, 0.0, 0.0
    speed = math.sqrt(vx * vx + vy * vy)
    if speed > row.top_speed:
        vx, vy, speed = vx * row.top_speed / speed, vy * row.top_speed / speed, row.top_speed
    dx, dy = vx - m[VX], vy - m[VY]
    change = math.sqrt(dx * dx + dy * dy)
    slowing = speed < math.sqrt(m[VX] * m[VX] + m[VY] * m[VY])
    most = (row.braking if slowing else row.acceleration) * dt
    share = 1.0 if change <= most else most / change
    m[VX] += dx * share
    m[VY] += dy * share
    m[TURN] = min(max(turn, -row.top_turn), row.top_turn)
    m[X] += m[VX] * dt
    m[Y] += m[VY] * dt
    if m[TURN] != 0.0:
        yaw = m[YAW] + m[TURN] * dt
        m[YAW] = math.atan2(math.sin(yaw), math.cos(yaw))


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def joint_power(m: Floats, row: Any) -> float:
    """Mechanical power of all joints in W, from the row's curve; turning on the spot at full rate counts as walking at
    half speed (as `gait.Gait.joint_power_w`)."""
    speed = math.sqrt(m[VX] * m[VX] + m[VY] * m[VY]) + 0.5 * row.top_speed * abs(m[TURN]) / row.top_turn
    speed = min(speed, row.top_speed)
    k = 1
    while k < CURVE - 1 and row.power_speeds[k] < speed:
        k += 1
    low, high = row.power_speeds[k - 1], row.power_speeds[k]
    share = min((speed - low) / (high - low), 1.0)
    return row.powers[k - 1] + (row.powers[k] - row.powers[k - 1]) * share  # type: ignore[no-any-return,unused-ignore]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def charging(fraction: float, charge_w: float, taper_from: float) -> float:
    """What the dock gives at this state of charge, in W; as `battery.Batteries.charge_w`."""
    if fraction <= taper_from or taper_from >= 1.0:
        return charge_w
    return charge_w * max((1.0 - fraction) / (1.0 - taper_from), LEAST_CHARGE_SHARE)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def drained(row: Any, joints_w: float, dt: float) -> float:
    """The battery in Wh after `dt` s: what was used, and what the dock gives."""
    used = row.idle_w + joints_w + row.load_w
    if row.docked:
        used -= charging(row.battery_wh / row.capacity_wh, row.charge_w, row.taper_from)
    return min(max(row.battery_wh - used * dt / 3600.0, 0.0), row.capacity_wh)  # type: ignore[no-any-return,unused-ignore]
