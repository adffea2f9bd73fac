"""Fewer poses for the page: straight walks need their ends only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Pose = tuple[float, float, float]
Run = list[int]
"""t, x, y, yaw of the first pose, then the differences to the pose before: centiseconds, cm, cm, 1/100 rad."""

YAW_TOLERANCE_RAD = 0.12


def thinned(times_s: Sequence[float], poses: Sequence[Pose | None], tolerance_m: float) -> list[Run]:
    """The poses that a straight line between their neighbours misses by more than `tolerance_m` or 0.12 rad.

    One run for each time the thing was there without a gap. The swinging-door method: one pass, each kept pose is a
    sampled one, and each left-out pose is within the tolerance of the line. Raises `ValueError` for lengths that
    differ.
    """
    runs: list[Run] = []
    here: list[tuple[float, Pose]] = []
    for t, pose in zip(times_s, poses, strict=True):
        if pose is not None:
            here.append((t, _unwound(pose, here[-1][1][2] if here else pose[2])))
        elif here:
            runs.append(_packed(_kept(here, tolerance_m)))
            here = []
    if here:
        runs.append(_packed(_kept(here, tolerance_m)))
    return runs


def _unwound(pose: Pose, near: float) -> Pose:
    """The pose with its yaw within pi of `near`, so that a line between two yaws turns the short way."""
    turn = math.remainder(pose[2] - near, 2 * math.pi)
    return pose[0], pose[1], near + turn


def _kept(samples: list[tuple[float, Pose]], tolerance_m: float) -> list[tuple[float, Pose]]:
    first = samples[0][1]
    if all(pose == first for _, pose in samples):  # most boxes, most of the time
        return [samples[0], samples[-1]] if len(samples) > 1 else [samples[0]]
    kept = [samples[0]]
    door = _ANY
    for i in range(1, len(samples)):
        t, pose = samples[i]
        if not _through(door, kept[-1], t, pose):
            kept.append(samples[i - 1])
            door = _ANY
        door = _narrowed(door, kept[-1], t, pose, tolerance_m)
    return [*kept, samples[-1]]


Door = tuple[float, float, float, float, float, float]
"""Lowest and highest slope that passes near enough to all samples since the last kept one: of x, y and yaw."""
_ANY: Door = (-math.inf, math.inf) * 3


def _through(door: Door, start: tuple[float, Pose], t: float, pose: Pose) -> bool:
    t0, (x0, y0, a0) = start
    span = t - t0
    if span <= 0:
        raise ValueError(f"times must rise: {t} s after {t0} s")
    return (
        door[0] <= (pose[0] - x0) / span <= door[1]
        and door[2] <= (pose[1] - y0) / span <= door[3]
        and door[4] <= (pose[2] - a0) / span <= door[5]
    )


def _narrowed(door: Door, start: tuple[float, Pose], t: float, pose: Pose, tolerance_m: float) -> Door:
    t0, (x0, y0, a0) = start
    span = t - t0
    dx, dy, da = pose[0] - x0, pose[1] - y0, pose[2] - a0
    return (
        max(door[0], (dx - tolerance_m) / span),
        min(door[1], (dx + tolerance_m) / span),
        max(door[2], (dy - tolerance_m) / span),
        min(door[3], (dy + tolerance_m) / span),
        max(door[4], (da - YAW_TOLERANCE_RAD) / span),
        min(door[5], (da + YAW_TOLERANCE_RAD) / span),
    )


def _packed(kept: list[tuple[float, Pose]]) -> Run:
    whole = [(round(t * 100), round(x * 100), round(y * 100), round(yaw * 100)) for t, (x, y, yaw) in kept]
    packed = list(whole[0])
    for before, after in pairwise(whole):
        packed += [b - a for a, b in zip(before, after, strict=True)]
    return packed
