"""The first thing that a ray meets, among boxes and capsules."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim_worlds.rows import KNELT, X, Y

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BOX, CAPSULE = 16, 8
"""Numbers of a box: middle, half lengths, and its three axes as rows of a rotation matrix; one to spare. Of a capsule:
both ends of its axis, its radius; one to spare. All in m."""
_SPARE_M = 0.02


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
def _bounds(spans: Ints, boxes: Floats, capsules: Floats) -> Floats:
    """Around each solid, with something to spare: lowest and highest x, y and z. Shape [n, 6]."""
    found = np.empty((len(spans), 6))
    for i in range(len(spans)):
        for k in range(3):
            low, high = np.inf, -np.inf
            for n in range(spans[i, 0], spans[i, 1]):
                box = boxes[n]
                half = abs(box[6 + k]) * box[3] + abs(box[9 + k]) * box[4] + abs(box[12 + k]) * box[5]
                low, high = min(low, box[k] - half), max(high, box[k] + half)
            for n in range(spans[i, 2], spans[i, 3]):
                a, b, radius = capsules[n, k], capsules[n, 3 + k], capsules[n, 6]
                low, high = min(low, min(a, b) - radius), max(high, max(a, b) + radius)
            found[i, 2 * k], found[i, 2 * k + 1] = low - _SPARE_M, high + _SPARE_M
    return found


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _among(starts: Floats, ends: Floats, first: int, bounds: Floats, near: Ints) -> tuple[int, int]:
    """Of the rays that begin where ray `first` does, up to the next one that does not: that next one, and how many
    solids come into the box around them all; their numbers, rising, into `near`."""
    x, y, z = starts[first, 0], starts[first, 1], starts[first, 2]
    x0, x1, y0, y1, z0, z1 = x, x, y, y, z, z
    k = first
    while k < len(ends) and starts[k, 0] == x and starts[k, 1] == y and starts[k, 2] == z:
        x0, x1 = min(x0, ends[k, 0]), max(x1, ends[k, 0])
        y0, y1 = min(y0, ends[k, 1]), max(y1, ends[k, 1])
        z0, z1 = min(z0, ends[k, 2]), max(z1, ends[k, 2])
        k += 1
    count = 0
    for i in range(len(bounds)):
        over = bounds[i, 0] <= x1 and bounds[i, 1] >= x0 and bounds[i, 2] <= y1 and bounds[i, 3] >= y0
        if over and bounds[i, 4] <= z1 and bounds[i, 5] >= z0:
            near[count] = i
            count += 1
    return k, count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _passes(b: Floats, i: int, x: float, y: float, z: float, ix: float, iy: float, iz: float, before: float) -> bool:
    """Whether the ray, of which these are the inverse lengths along each axis, stays out of bounds i until `before` of
    its length (Kay and Kajiya 1986, "Ray tracing complex scenes", SIGGRAPH: slabs)."""
    a0, a1 = (b[i, 0] - x) * ix, (b[i, 1] - x) * ix
    b0, b1 = (b[i, 2] - y) * iy, (b[i, 3] - y) * iy
    c0, c1 = (b[i, 4] - z) * iz, (b[i, 5] - z) * iz
    enters = max(max(min(a0, a1), min(b0, b1)), max(min(c0, c1), 0.0))
    leaves = min(min(max(a0, a1), max(b0, b1)), min(max(c0, c1), before))
    return bool(enters > leaves)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _inverse(length: float) -> float:
    return 1.0 / length if abs(length) > 1e-12 else 1e300


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def first_met(starts: Floats, ends: Floats, spans: Ints, boxes: Floats, capsules: Floats) -> Ints:
    """Which solid each of the rays `starts` [k, 3] to `ends` [k, 3] meets first, -1 for none. Shape [k].

    Solid i is made of `boxes[spans[i, 0]:spans[i, 1]]` and `capsules[spans[i, 2]:spans[i, 3]]`. Of solids met at the
    same point the first one counts. Quickest when rays with the same start follow each other.
    """
    found = np.full(len(ends), -1, dtype=np.int64)
    bounds = _bounds(spans, boxes, capsules)
    near, count, until = np.empty(len(spans), dtype=np.int64), 0, 0
    for k in range(len(ends)):
        if k == until:
            until, count = _among(starts, ends, k, bounds, near)
        x, y, z = starts[k, 0], starts[k, 1], starts[k, 2]
        dx, dy, dz = ends[k, 0] - x, ends[k, 1] - y, ends[k, 2] - z
        ix, iy, iz = _inverse(dx), _inverse(dy), _inverse(dz)
        nearest = 1.0 + 1e-9
        for m in range(count):
            i = near[m]
            if _passes(bounds, i, x, y, z, ix, iy, iz, nearest):
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


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def place_robots(
    motion: Floats,
    turns: Floats,
    heights: Floats,
    limbs: Floats,
    torso: Floats,
    drop: float,
    boxes: Floats,
    capsules: Floats,
) -> None:
    """Fill `boxes` [n, BOX] and `capsules` [n * len(limbs), CAPSULE] with the shapes of moved robots: where `motion`
    has them, of these heights (m), turned by `turns` [n, 2] (cosine and sine), `drop` (of the height) lower on their
    knees. `limbs` and `torso`: shares of the height, see `solids.LIMBS`."""
    for i in range(len(heights)):
        x, y, c, s, h = motion[i, X], motion[i, Y], turns[i, 0], turns[i, 1], heights[i]
        lower = -motion[i, KNELT] * drop * h
        box, ax, ay = boxes[i], torso[0] * h, torso[1] * h
        box[0], box[1], box[2] = x + c * ax - s * ay, y + s * ax + c * ay, torso[2] * h + lower
        box[3], box[4], box[5] = h * torso[3], h * torso[4], h * torso[5]
        box[6], box[7], box[9], box[10], box[14] = c, s, -s, c, 1.0
        for n in range(len(limbs)):
            capsule, limb = capsules[i * len(limbs) + n], limbs[n]
            ay = limb[1] * h
            for k in range(2):
                sign = 2.0 * k - 1.0
                ax = limb[0] * h + sign * limb[3] * h
                capsule[3 * k] = x + c * ax - s * ay
                capsule[3 * k + 1] = y + s * ax + c * ay
                capsule[3 * k + 2] = limb[2] * h + sign * limb[4] * h + lower
            capsule[6] = limb[5] * h
