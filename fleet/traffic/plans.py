"""A robot's way over the floor with times, and what it takes of the roadmap."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.floor import Point
from fleet.traffic.kernels.taken import spans_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(slots=True, eq=False)
class Taken:
    """Rows of the roadmap that come too near to something: `ids[firsts[p]:firsts[p + 1]]` belong to piece p."""

    firsts: Ints
    ids: Ints


@dataclass(slots=True, eq=False)
class Plan:
    """A way of n lines from `points[0]` to `points[n]` (x, y). Line k is entered at `enters[k]` and walked to its end
    by `reaches[k]` (fleet time); walking it alone lasts `takes[k]`. It leads through `lane[k]` (-1: none) as `kind[k]`
    says. `next` is the first line that the robot has not left; the first `released` may be walked.

    What it takes of the floor are 2 n + 1 pieces, turn by turn: standing at point k, then walking line k.
    """

    goal: Point
    points: Floats
    enters: Floats
    reaches: Floats
    takes: Floats
    max_mps: Floats
    lane: Ints
    kind: Ints
    pieces: Floats
    spots: Taken
    lines: Taken
    next: int = 0
    released: int = 0
    made_s: float = 0.0
    ways: Floats = field(default_factory=lambda: np.zeros((0, 4)))
    told: tuple[Point, ...] = ()
    refuge: bool = False  # it ends where the robot makes room, not where its walk does
    limited: bool = False  # whether some line has a speed limit
    in_lanes: list[tuple[int, int]] = field(default_factory=list)  # lines that lead through lanes, and which
    speeds: tuple[float, ...] = ()  # what was told of speed limits, where nobody is near

    def __post_init__(self) -> None:
        self.ways = np.hstack([self.points[:-1], self.points[1:]])
        self.limited = bool(np.isfinite(self.max_mps).any())
        self.in_lanes = [(k, int(self.lane[k])) for k in np.flatnonzero(self.lane >= 0).tolist()]
        self.told = tuple((x, y) for x, y in self.points[1:].round(3).tolist())

    def spans(self, now_s: float, stays_s: float) -> tuple[Floats, Floats]:
        """When each piece begins and ends, from `now_s`: [2 n + 1] each. What is behind it ended before now."""
        begins, ends = spans_of(self.enters, self.reaches, self.next, self.released, now_s, stays_s)
        return begins, ends

    def floor_had(self, x: float, y: float) -> Floats:
        """The lines that are released and not yet left, from where the robot is. Shape [m, 4]."""
        had: Floats = self.ways[self.next : self.released].copy()
        if len(had):
            had[0, :2] = (x, y)
        return had


__all__ = ["Plan", "Taken"]
