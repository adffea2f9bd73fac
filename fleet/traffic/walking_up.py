"""Where a robot waits whose way is closed: as near to what is closed as is useful, and in nobody's way.

It walks up to it, so that it goes on from there as soon as it opens, and so that it is seen by those who closed it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.blocks import Blocks
from fleet.traffic.floor import Point
from fleet.traffic.kernels.lines import near_lines
from fleet.traffic.parking import Parking
from fleet.traffic.reasons import Reasons
from fleet.traffic.search import Finder, Wanted
from fleet.traffic.tracks import Track

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_OFF_M = 0.6  # from the edge of what is closed, or of what lies in the way: room for those who see to it
_WORTH_S = 3.0  # of walking: for less it stays where it is


class WalkingUp:
    """Finds those places. What it found for a robot counts until something else is closed, or it walks elsewhere."""

    def __init__(self, blocks: Blocks, finder: Finder, reasons: Reasons, parking: Parking) -> None:
        self.blocks, self.finder, self.reasons, self.parking = blocks, finder, reasons, parking
        self._found: dict[str, tuple[object, Point | None]] = {}

    def where(self, t: Track, want: Wanted, tracks: list[Track]) -> Point | None:
        """The spot to wait at; None if there is a way, if nothing that is closed is in it, or if where it
        stands is as good."""
        if not self.blocks.areas or self.finder.reachable(want):
            return None
        why = self.blocks.areas, want.goal, t.robot.command_id
        known = self._found.get(t.robot.robot_id)
        if known is not None and known[0] == why:
            return known[1]
        self._found = {t.robot.robot_id: known for t in tracks if (known := self._found.get(t.robot.robot_id))}
        spot = self._nearest(t, want, tracks)
        self._found[t.robot.robot_id] = why, spot
        return spot

    def _nearest(self, t: Track, want: Wanted, tracks: list[Track]) -> Point | None:
        """Of the spots that it gets to now, the one from which it would be at its goal soonest if all were open."""
        here = self.finder.gates(want.x, want.y)
        after = self.finder.seconds_to(self.reasons.all_open(want))
        if not len(here) or not np.isfinite(after[here]).any():
            return None
        there = np.isfinite(self.finder.seconds_to(replace(want, goal=(want.x, want.y))))
        good = there & self.parking.fits & ~self._near_what_is_shut()
        good &= self.parking.free_for(t, tracks)
        good &= after < float(after[here].min()) - _WORTH_S
        if not good.any():
            return None
        x, y = self.finder.roadmap.xy[int(np.where(good, after, np.inf).argmin())].tolist()
        return x, y

    def _near_what_is_shut(self) -> Bools:
        """Which spots are too near to what is closed or lies in the way to wait there."""
        xy = self.finder.roadmap.xy
        as_lines = np.hstack([xy, xy])
        near = np.zeros(len(xy), dtype=np.bool_)
        for name, _ in self.blocks.areas:
            outline = self.blocks.polygon(name)
            for a, b in zip(outline, (*outline[1:], outline[0]), strict=True):
                near[near_lines(np.array([*a, *b]), as_lines, _OFF_M)] = True
        for block in self.blocks.lasting:
            near |= np.hypot(xy[:, 0] - block.x, xy[:, 1] - block.y) < block.reach + _OFF_M
        return near


__all__ = ["WalkingUp"]
