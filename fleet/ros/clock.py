"""Time from ROS: the simulator's `/clock` where there is one."""

from __future__ import annotations

import time

from rclpy.node import Node

from fleet.model.errors import LinkDown


class RosClock:
    """`fleet.clock.Clock` on a node's clock. Fleet time is ROS time: 0 until the first `/clock` of a simulation."""

    def __init__(self, node: Node) -> None:
        self._clock = node.get_clock()

    def now_s(self) -> float:
        """ROS time in s."""
        return float(self._clock.now().nanoseconds) * 1e-9

    def steady_s(self) -> float:
        """The operating system's monotonic clock, whatever the simulator does."""
        return time.monotonic()

    def wall_s(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()

    def wait_until_set(self, timeout_s: float) -> float:
        """Wait for the first `/clock` (steady time); returns fleet time. Raises `LinkDown` when none comes."""
        until = time.monotonic() + timeout_s
        while self.now_s() <= 0.0:
            if time.monotonic() > until:
                raise LinkDown(f"no /clock within {timeout_s:g} s: is the simulation's adapter host running?")
            time.sleep(0.02)
        return self.now_s()
