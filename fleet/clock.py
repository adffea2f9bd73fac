"""Time comes from here and nowhere else in `fleet`.

Three times are kept apart: *fleet time* (what deadlines and the journal speak of; the simulator's clock when there is
one), *steady time* (for watchdogs: never jumps), and *wall time* (for people, and for leases between processes).
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Reads the three times, each in seconds."""

    def now_s(self) -> float:
        """Fleet time."""

    def steady_s(self) -> float:
        """Time since some fixed moment; never goes back, does not follow the simulator."""

    def wall_s(self) -> float:
        """Seconds since the Unix epoch."""


class SystemClock:
    """Fleet time is wall time: what a deployment on real robots without ROS time uses."""

    def now_s(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()

    def steady_s(self) -> float:
        """The operating system's monotonic clock."""
        return time.monotonic()

    def wall_s(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()


class ShiftedClock:
    """Another clock whose fleet and wall time are wrong by `shift_s`, as when a machine's clock is set: for tests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.shift_s = 0.0

    def now_s(self) -> float:
        """The other clock's, shifted."""
        return self._clock.now_s() + self.shift_s

    def steady_s(self) -> float:
        """The other clock's: steady time does not jump."""
        return self._clock.steady_s()

    def wall_s(self) -> float:
        """The other clock's, shifted."""
        return self._clock.wall_s() + self.shift_s


class VirtualClock:
    """Time that moves only when told to: all three times are the same. For tests and simulation without ROS."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now_s(self) -> float:
        """The time it was last set to."""
        return self._now_s

    steady_s = now_s
    wall_s = now_s

    def advance(self, seconds: float) -> None:
        """Move on. Raises `ValueError` for a negative step: virtual time never goes back."""
        if seconds < 0:
            raise ValueError(f"cannot advance by {seconds} s: time does not go back")
        self._now_s += seconds
