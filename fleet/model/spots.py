"""Spots on the floor that have no name: the supervisor sends robots there itself, to make room for others."""

from __future__ import annotations

import math

from fleet.model.geometry import Pose

_MARK = "@"


def spot_id(x: float, y: float) -> str:
    """How the spot at (x, y) in m is written where a place's id is expected. No place of a site is called so."""
    return f"{_MARK}{x:.2f},{y:.2f}"


def spot_pose(name: str) -> Pose | None:
    """Where to stand for a spot; None for the name of a place."""
    x, comma, y = name.removeprefix(_MARK).partition(",")
    if not name.startswith(_MARK) or not comma:
        return None
    try:
        at = float(x), float(y)
    except ValueError:
        return None
    return Pose(x=at[0], y=at[1]) if all(map(math.isfinite, at)) else None
