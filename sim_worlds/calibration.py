"""What kinematic bodies take over from the walking G1: measured by `python -m sim_worlds.calibrate`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

CALIBRATION_FILE = Path(__file__).parent / "models" / "calibration_g1.json"


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


@cache
def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The committed measurements. Raises `msgspec.ValidationError` for a damaged file."""
    return msgspec.json.decode(path.read_bytes(), type=Calibration)
