"""A humanoid of a simulated world whose base is moved kinematically, with speed and power calibrated from the G1."""

from __future__ import annotations

from robot_adapters.sim.humanoid import SimHumanoid


class SimKinematic(SimHumanoid):
    """Goes exactly where it is told."""

    arrive_within_m = 0.1
    arrive_within_rad = 0.2
