"""The pieces of floor that all robots take, in arrays that compiled code reads, while robots come and go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_GONE_S = -np.inf  # when pieces end that belong to nobody any more


class Pieces:
    """Pieces of floor [p, 4] with when each begins and ends (s from now), and whose it is.

    A robot that leaves marks its rows as gone, and one that comes adds rows at the end; gaps are closed now and then.
    So a change costs what the robot has, and not what all others have.
    """

    def __init__(self) -> None:
        self._count = self._gone = 0
        self._where: dict[int, tuple[int, int]] = {}
        self._pieces, self._times, self._whose = np.empty((256, 4)), np.empty((2, 256)), np.empty(256, dtype=np.int32)

    def room(self, more: int) -> tuple[Floats, Floats, Ints, int]:
        """Rows with room for so many more: pieces, begins and ends [2, p], whose, and how many of them are taken."""
        if self._count + more > len(self._whose):
            self._close_gaps(more)
        return self._pieces, self._times, self._whose, self._count

    def added(self, robot: int, count: int) -> None:
        """The rows from the last `room` on, up to `count`, are the robot's now; it has none besides."""
        self._where[robot], self._count = (self._count, count), count

    def remove(self, robot: int) -> None:
        """Take out the pieces of a robot."""
        first, last = self._where.pop(robot)
        if last == self._count:
            self._count = first
        else:
            self._times[1, first:last] = _GONE_S
            self._gone += last - first

    def all(self) -> tuple[Floats, Floats, Floats, Ints]:
        """Everybody's: pieces, begins, ends, whose. What belongs to nobody any more ends at -inf. Views that are good
        until the next change."""
        if 2 * self._gone > self._count:
            self._close_gaps(0)
        n = self._count
        return self._pieces[:n], self._times[0, :n], self._times[1, :n], self._whose[:n]

    def _close_gaps(self, more: int) -> None:
        """Put what is left side by side, with room for `more` rows and as many again."""
        live = np.flatnonzero(self._times[1, : self._count] > _GONE_S)
        before = np.concatenate([[0], np.cumsum(self._times[1, : self._count] > _GONE_S)]).tolist()
        self._where = {robot: (before[first], before[last]) for robot, (first, last) in self._where.items()}
        size = max(2 * (len(live) + more), 256)
        pieces, times, whose = np.empty((size, 4)), np.empty((2, size)), np.empty(size, dtype=np.int32)
        pieces[: len(live)], whose[: len(live)] = self._pieces[live], self._whose[live]
        times[:, : len(live)] = self._times[:, live]
        self._pieces, self._times, self._whose = pieces, times, whose
        self._count, self._gone = len(live), 0


__all__ = ["Pieces"]
