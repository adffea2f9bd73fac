"""How a model without a walking policy walks: the G1's measured tables, scaled by the rules of `calibration`."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from sim_worlds.calibration import Calibration

Curve = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True, eq=False)
class Gait:
    """Limits and costs of one model; made by `gait_of`. Loads in kg."""

    calibration: Calibration
    speed_mps: float
    mass_kg: float
    payload_kg: float
    acceleration_mps2: float
    turn_rate_radps: float
    _braking: dict[float, float] = field(default_factory=dict)
    _power: dict[float, Curve] = field(default_factory=dict)

    def braking_mps2(self, load_kg: float = 0.0) -> float:
        """Deceleration with this load: the G1's at the same share of the payload."""
        if load_kg not in self._braking:
            self._braking[load_kg] = self.calibration.braking_mps2(self._g1_load(load_kg))
        return self._braking[load_kg]

    def stop_distance_m(self, speed_mps: float, load_kg: float = 0.0) -> float:
        """Way after the command to stop."""
        return speed_mps**2 / (2 * self.braking_mps2(load_kg))

    def joint_power_w(self, speed_mps: float, yaw_rate_radps: float = 0.0, load_kg: float = 0.0) -> float:
        """Mechanical power of all joints. Turning on the spot at full rate counts as walking at half speed."""
        speeds, powers = self.power_curve(load_kg)
        speed = min(speed_mps + 0.5 * self.speed_mps * abs(yaw_rate_radps) / self.turn_rate_radps, self.speed_mps)
        i = min(bisect_right(speeds, speed), len(speeds) - 1)
        share = (speed - speeds[i - 1]) / (speeds[i] - speeds[i - 1])
        return powers[i - 1] + (powers[i] - powers[i - 1]) * min(share, 1.0)

    def power_curve(self, load_kg: float) -> Curve:
        """(speeds in m/s, joint powers in W) with this load, to interpolate between."""
        if load_kg not in self._power:
            table, c = self.calibration.power_w, self.calibration
            scale, heavier, standing = self.speed_mps / c.speed_mps, self.mass_kg / c.mass_kg, c.idle_joint_power_w
            load = self._g1_load(load_kg)
            walking = (max(table.at(v, load) - standing, 0.0) * scale for v in table.speeds_mps)
            self._power[load_kg] = (
                tuple(v * scale for v in table.speeds_mps),
                tuple((standing + w) * heavier for w in walking),
            )
        return self._power[load_kg]

    def _g1_load(self, load_kg: float) -> float:
        return min(load_kg / self.payload_kg, 1.0) * self.calibration.payload_kg


def gait_of(calibration: Calibration, speed_mps: float, mass_kg: float, payload_kg: float) -> Gait:
    """The gait of a model with these figures."""
    acceleration = calibration.acceleration_mps2 * speed_mps / calibration.speed_mps
    return Gait(calibration, speed_mps, mass_kg, payload_kg, acceleration, calibration.turn_rate_radps)
