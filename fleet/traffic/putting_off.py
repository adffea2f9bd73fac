"""Plans are late: their times are shifted to what they can still be, in unchanged order."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.gate import Lines
from fleet.traffic.kernels.order import put_off
from fleet.traffic.roadmap import Roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.tracks import Track

Floats = NDArray[np.float64]


def put_off_all(
    tracks: list[Track], stays: list[float], roadmap: Roadmap, settings: TrafficSettings, now_s: float, corner: Floats,
    shape: NDArray[np.int32],
) -> None:  # fmt: skip
    """Shift all plans' times to what they can still be, in unchanged order."""
    rows = Lines(tracks, roadmap)
    if not len(rows.lines):
        return
    ahead = np.concatenate([np.arange(n, e) for n, e in zip(rows.next, rows.firsts[1:], strict=True)])
    order = ahead[np.argsort(rows.planned[ahead], kind="stable")].astype(np.int32)
    takes, lines = rows.takes.copy(), rows.lines.copy()
    for n, t in enumerate(tracks):
        k = rows.next[n]
        if k < rows.firsts[n + 1]:
            whole = math.hypot(lines[k, 2] - lines[k, 0], lines[k, 3] - lines[k, 1])
            left = math.hypot(lines[k, 2] - t.robot.x, lines[k, 3] - t.robot.y)
            takes[k] = max(takes[k] * left / max(whole, 1e-6), 0.01)
            lines[k, :2] = (t.robot.x, t.robot.y)
    radius = np.array([t.robot.radius_m for t in tracks])
    stands = np.array(
        [(t.robot.x, t.robot.y) * 2 + (now_s + s,) for t, s in zip(tracks, stays, strict=True) if t.plan is None]
    ).reshape(-1, 5)
    enters, reaches = put_off(
        order, now_s, takes, lines, rows.whose, rows.next, rows.firsts, rows.planned, radius, settings.margin_m,
        rows.lane, rows.kind, len(roadmap.lanes), corner, shape, stands,
        np.array([n for n, t in enumerate(tracks) if t.plan is None], dtype=np.int32),
    )  # fmt: skip
    for n, t in enumerate(tracks):
        if t.plan is not None:
            t.plan.enters = enters[rows.firsts[n] : rows.firsts[n + 1]]
            t.plan.reaches = reaches[rows.firsts[n] : rows.firsts[n + 1]]


__all__ = ["put_off_all"]
