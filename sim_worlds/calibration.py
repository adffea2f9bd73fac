"""What kinematic bodies take over from the walking G1: measured by `python -m sim_worlds.calibrate`.

A model without a walking policy gets **derived** values, by these rules:

- Commands and loads are looked up at the same share of the model's own limits: half its speed and half its payload are
  half the G1's speed and half the G1's payload.
- Acceleration grows with the model's speed, so that starting takes as long as it takes the G1. Braking is the G1's, so
  that a faster robot needs the square of the speed in distance.
- Joint power grows with the mass, and its walking part with the speed too (work against gravity a step).
- A model for which nobody reports a walking speed gets the G1's at the same Froude number, v^2 / (g h) with the hip
  height h (Alexander 1984, "The gaits of bipedal and quadrupedal animals").
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

CALIBRATION_FILE = Path(__file__).parent / "models" / "calibration_g1.json"
G1_HIP_HEIGHT_M = 0.68
"""Of the hip pitch joints over the floor, in the default pose."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measured quantity over speed and payload; between the rows it is interpolated, beyond them it stays."""

    speeds_mps: tuple[float, ...]
    """That were asked for, rising."""
    payloads_kg: tuple[float, ...]
    """In both hands, rising."""
    values: tuple[tuple[float, ...], ...]
    """A row a speed, a column a payload."""

    def at(self, speed_mps: float, payload_kg: float) -> float:
        over_speed = [float(np.interp(payload_kg, self.payloads_kg, row)) for row in self.values]
        return float(np.interp(speed_mps, self.speeds_mps, over_speed))


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Measurements of the dynamic G1 on flat floor, friction 1."""

    mass_kg: float
    speed_mps: float
    """Steady speed of a robot that walks to a far goal at the model's full speed."""
    acceleration_mps2: float
    """Mean from standing to 90 % of that speed."""
    stop_distance_m: float
    """Walked after the command to stop, from that speed."""
    turn_rate_radps: float
    """Turning on the spot."""
    idle_joint_power_w: float
    walk_joint_power_w: float
    """Sum of |torque x speed| over all joints."""
    forward_mps: tuple[tuple[float, float], ...]
    """(commanded, measured) pairs, rising; the policy undershoots."""
    sideways_mps: tuple[tuple[float, float], ...]
    turn_radps: tuple[tuple[float, float], ...]
    stop_m: Table
    """Walked after the command to stop."""
    power_w: Table
    """Sum of |torque x speed| over all joints; the row of speed 0 is standing."""
    sway_m: Table
    """Greatest distance of the base from the straight line through its way, to one side."""
    time_to_fall_s: dict[str, float | None]
    """From the loss of a joint's torque while walking at 0.5 m/s to a fall; None: it did not fall within 10 s."""

    @property
    def payload_kg(self) -> float:
        """The heaviest load of the tables."""
        return self.power_w.payloads_kg[-1]

    def braking_mps2(self, payload_kg: float = 0.0) -> float:
        """The constant deceleration that stops within the measured distance from full speed."""
        return self.speed_mps**2 / (2 * max(self.stop_m.at(self.speed_mps, payload_kg), 0.02))


@cache
def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The committed measurements. Raises `msgspec.ValidationError` for a damaged file."""
    return msgspec.json.decode(path.read_bytes(), type=Calibration)


def froude_speed_mps(hip_height_m: float, calibration: Calibration) -> float:
    """The speed at which legs of another length walk as the G1's do at its full speed."""
    return calibration.speed_mps * math.sqrt(hip_height_m / G1_HIP_HEIGHT_M)
