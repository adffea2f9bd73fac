"""The first thing that a ray meets, among boxes and capsules."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BOX, CAPSULE = 16, 8
"""Numbers of a box: middle, half lengths, and its three axes as rows of a rotation matrix; one to spare. Of a capsule:
both ends of its axis, its radius; one to spare. All in m."""


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _into_box(box: Floats, x: float, y: float, z: float, dx: float, dy: float, dz: float, before: float) -> float:
    """The share of the ray's length at which it enters the box; `before` if it does not until then, or began inside."""
    ox, oy, oz = x - box[0], y - box[1], z - box[2]
    enters, leaves = -1.0, before
    for k in range(3):
        a, b, c = box[6 + 3 * k], box[7 + 3 * k], box[8 + 3 * k]
        at, along, half = a * ox + b * oy + c * oz, a * dx + b * dy + c * dz, box[3 + k]
        if abs(along) < 1e-12:
            if abs(at) > half:
                return before
            continue
        low, high = (-half - at) / along, (half - at) / along
        if low > high:
            low, high = high, low
        enters, leaves = max(enters, low), min(leaves, high)
        if enters > leaves:
            return before
    return enters if 0.0 <= enters < before else before


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _into_ball(
    bx: float,
    by: float,
    bz: float,
    radius: float,
    x: float,
    y: float,
    z: float,
    dx: float,
    dy: float,
    dz: float,
    before: float,
) -> float:
    ox, oy, oz = x - bx, y - by, z - bz
    a, b, c = dx * dx + dy * dy + dz * dz, ox * dx + oy * dy + oz * dz, ox * ox + oy * oy + oz * oz - radius * radius
    root = b * b - a * c
    if root < 0.0 or a < 1e-12:
        return before
    enters = (-b - math.sqrt(root)) / a
    return enters if 0.0 <= enters < before else before


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _into_capsule(
    capsule: Floats, x: float, y: float, z: float, dx: float, dy: float, dz: float, before: float
) -> float:
    """As `_into_box`: the wall of its cylinder, then the balls at its ends."""
    ax, ay, az, radius = capsule[0], capsule[1], capsule[2], capsule[6]
    ux, uy, uz = capsule[3] - ax, capsule[4] - ay, capsule[5] - az
    length = ux * ux + uy * uy + uz * uz
    ox, oy, oz = x - ax, y - ay, z - az
    if length > 1e-12:
        ud, uo = ux * dx + uy * dy + uz * dz, ux * ox + uy * oy + uz * oz
        a = length * (dx * dx + dy * dy + dz * dz) - ud * ud
        b = length * (dx * ox + dy * oy + dz * oz) - ud * uo
        c = length * (ox * ox + oy * oy + oz * oz - radius * radius) - uo * uo
        root = b * b - a * c
        if root < 0.0:
            return before  # it passes the endless cylinder, so it passes the balls too
        if a > 1e-12:
            enters = (-b - math.sqrt(root)) / a
            if 0.0 <= enters < before and 0.0 <= uo + enters * ud <= length:
                return enters
    first = _into_ball(ax, ay, az, radius, x, y, z, dx, dy, dz, before)
    return _into_ball(capsule[3], capsule[4], capsule[5], radius, x, y, z, dx, dy, dz, first)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _passes(around: Floats, x: float, y: float, dx: float, dy: float) -> bool:
    """Whether the ray, seen from above, stays out of the circle x, y, radius."""
    ox, oy = around[0] - x, around[1] - y
    flat = dx * dx + dy * dy
    share = 0.0 if flat < 1e-12 else min(max((ox * dx + oy * dy) / flat, 0.0), 1.0)
    ox, oy = ox - share * dx, oy - share * dy
    return bool(ox * ox + oy * oy > around[2] * around[2])


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def first_met(starts: Floats, ends: Floats, around: Floats, spans: Ints, boxes: Floats, capsules: Floats) -> Ints:
    """Which solid each of the rays `starts` [k, 3] to `ends` [k, 3] meets first, -1 for none. Shape [k].

    Solid i is within the upright cylinder `around[i]` (x, y, radius) and made of `boxes[spans[i, 0]:spans[i, 1]]` and
    `capsules[spans[i, 2]:spans[i, 3]]`. Of solids met at the same point the first one counts.
    """
    found = np.full(len(ends), -1, dtype=np.int64)
    for k in range(len(ends)):
        x, y, z = starts[k, 0], starts[k, 1], starts[k, 2]
        dx, dy, dz = ends[k, 0] - x, ends[k, 1] - y, ends[k, 2] - z
        nearest = 1.0 + 1e-9
        for i in range(len(around)):
            if _passes(around[i], x, y, dx, dy):
                continue
            at = nearest
            for n in range(spans[i, 0], spans[i, 1]):
                at = _into_box(boxes[n], x, y, z, dx, dy, dz, at)
            for n in range(spans[i, 2], spans[i, 3]):
                at = _into_capsule(capsules[n], x, y, z, dx, dy, dz, at)
            if at < nearest:
                nearest = at
                found[k] = i
    return found
