"""The Unitree G1 of a simulated world: 29 joints under torque control, walks dynamically and can fall."""

from __future__ import annotations

from robot_adapters.sim.humanoid import SimHumanoid


class SimG1(SimHumanoid):
    """Stops within 0.04 to 0.12 m (0.40 m after a push), so arrival is judged more generously."""

    arrive_within_m = 0.2
    arrive_within_rad = 0.4
