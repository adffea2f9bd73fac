"""The walking policy's inner loops: joint torques, and what stands between the matrix products."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Singles = NDArray[np.float32]
_EPS = np.float32(1e-5)
_ONE = np.float32(1)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def joint_torques(
    kp: Doubles, kd: Doubles, target: Doubles, q: Doubles, dq: Doubles, limits: Doubles, torques: Doubles
) -> float:
    """kp (target - q) - kd dq within +-limits, into `torques` (N m); returns the sum of |torque x speed| in W."""
    power = 0.0
    for i in range(len(torques)):
        torque = kp[i] * (target[i] - q[i]) - kd[i] * dq[i]
        torques[i] = min(max(torque, -limits[i]), limits[i])
        power += abs(torques[i] * dq[i])
    return power


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def normalise_and_gate(x: Singles, gain: Singles, shift: Singles) -> None:
    """Layer normalisation (Ba et al. 2016), then SiLU, x / (1 + exp(-x)); in place."""
    size = np.float32(len(x))
    mean = np.float32(0)
    for i in range(len(x)):
        mean += x[i]
    mean /= size
    variance = np.float32(0)
    for i in range(len(x)):
        variance += (x[i] - mean) * (x[i] - mean)
    scale = _ONE / np.float32(math.sqrt(variance / size + _EPS))
    for i in range(len(x)):
        y = (x[i] - mean) * scale * gain[i] + shift[i]
        x[i] = y / (_ONE + np.float32(math.exp(-y)))
