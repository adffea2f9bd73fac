"""Where both palms are for given joint angles, and the angles that bring them where they should be.

Angles come from damped least squares with a pull towards a resting pose (Nakamura and Hanafusa 1986; Wampler 1986),
clamped to the joint limits: plain numpy, so that equal inputs give equal bits, and no second body in the physics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim_worlds.errors import SpecError
from sim_worlds.humanoids.urdf import Joint, Urdf

Array = NDArray[np.float64]
_DAMPING = 2e-4
_PULL_ARMS, _PULL_LEGS = 2e-4, 4e-3
"""Towards the rest pose: arms move first, then the body leans and squats."""
_STEP_M, _STEP_RAD = 0.06, 0.3
_TURN_WEIGHT = 0.15  # of 1 rad of the left hand against 1 m of a palm


@dataclass(frozen=True, slots=True)
class _Moved:
    """One moving joint with the fixed joints before it: 4 x 4 from its parent's frame, axis, index of its angle."""

    before: Array
    axis: Array
    index: int


class Reach:
    """The upper body over the feet: squatting, leaning from the hips, waist and arms.

    Angles are a vector `[squat_m, lean_rad, waist and arm joints in rad ...]` in the order of `names`; points are in
    the frame on the floor below the hips, x ahead, y to the left, in m.
    """

    def __init__(
        self,
        urdf: Urdf,
        hands: Sequence[tuple[str, Sequence[float]]],
        base_height_m: float,
        squat_m: float,
        lean_rad: float,
        rest: dict[str, float],
    ) -> None:
        """`hands`: the left and the right one as (link, palm in the link's frame).

        Raises `SpecError` for links and joints that are not in the file.
        """
        chains = [urdf.chain(link) for link, _ in hands]
        moving = {j.name: j for chain in chains for j in chain if j.actuated}
        if strange := sorted(set(rest) - set(moving)):
            raise SpecError(f"{urdf.path}: rest: got {strange[0]!r}, expected one of: {', '.join(moving)}")
        self.joints = tuple(moving.values())
        self.names = ("squat_m", "lean_rad", *moving)
        self.lower = np.array([-squat_m, 0.0, *(j.lower for j in self.joints)])
        self.upper = np.array([0.0, lean_rad, *(j.upper for j in self.joints)])
        self.rest = np.clip(np.array([0.0, 0.0, *(rest.get(n, 0.0) for n in moving)]), self.lower, self.upper)
        self._pull = np.array([_PULL_LEGS * 4, _PULL_LEGS] + [_PULL_ARMS] * len(self.joints))
        self._chains = [_moved(chain, list(moving)) for chain in chains]
        self._palms = [np.array([*palm, 1.0]) for _, palm in hands]
        self.hands = tuple(
            (next(j for j in reversed(chain) if j.actuated).child, (fixed @ palm)[:3])
            for chain, (_, fixed), palm in zip(chains, self._chains, self._palms, strict=True)
        )
        """(last moving link, palm in its frame), left and right: what fixed joints hold is merged into that link."""
        self._height = base_height_m

    def palms(self, angles: Array) -> tuple[Array, Array]:
        """(points [2, 3] in m, left hand's rotation [3, 3])."""
        points, turns, _ = self._forward(angles)
        return points, turns[0]

    def _forward(self, angles: Array) -> tuple[Array, list[Array], Array]:
        """Palms [2, 3], rotations of the hands, Jacobian [9, n]: both palms, then the left hand's turning."""
        jacobian = np.zeros((9, len(angles)))
        base = np.eye(4)
        base[:3, :3] = _turn(np.array([0.0, 1.0, 0.0]), angles[1])
        base[2, 3] = self._height + angles[0]
        points, turns = np.zeros((2, 3)), []
        for hand, (chain, fixed) in enumerate(self._chains):
            frame, axes, origins, indices = base, [base[:3, 1]], [base[:3, 3]], [1]
            for joint in chain:
                frame = frame @ joint.before
                axes.append(frame[:3, :3] @ joint.axis)
                origins.append(frame[:3, 3])
                indices.append(joint.index)
                turned = np.eye(4)
                turned[:3, :3] = _turn(joint.axis, angles[joint.index])
                frame = frame @ turned
            frame = frame @ fixed
            points[hand] = (frame @ self._palms[hand])[:3]
            turns.append(frame[:3, :3])
            along = np.cross(np.array(axes), points[hand] - np.array(origins))
            jacobian[3 * hand : 3 * hand + 3, indices] = along.T
            jacobian[3 * hand + 2, 0] = 1.0
            if hand == 0:
                jacobian[6:9, indices] = np.array(axes).T
        return points, turns, jacobian

    def solve(self, start: Array, palms: Array, level: Array | None = None, most: int = 60) -> tuple[Array, float]:
        """(angles, distance in m of the palm that is farther from its goal).

        Args:
            start: angles to begin with.
            palms: [2, 3], where the palms should be.
            level: rotation [3, 3] that the left hand should keep, None for any.
            most: iterations.
        """
        angles, best = start.copy(), (start.copy(), np.inf)
        weights = np.array([1.0] * 6 + [_TURN_WEIGHT if level is not None else 0.0] * 3) ** 2
        for _ in range(most):
            points, turns, jacobian = self._forward(angles)
            missing = palms - points
            distance = float(np.sqrt((missing**2).sum(axis=1)).max())
            if distance < best[1] - 1e-6:
                best = angles.copy(), distance
            if distance < 1e-3 and level is None:
                break
            turn = _rotation_between(turns[0], level) if level is not None else np.zeros(3)
            error = np.concatenate([np.clip(missing.ravel(), -_STEP_M, _STEP_M), np.clip(turn, -_STEP_RAD, _STEP_RAD)])
            weighted = jacobian.T * weights
            pull = self._pull * (0.1 if distance < 0.02 else 1.0)
            left = weighted @ jacobian + np.diag(_DAMPING + pull)
            angles = angles + self._step(angles, left, weighted @ error + pull * (self.rest - angles))
        return best

    def _step(self, angles: Array, left: Array, right: Array) -> Array:
        """The solution of `left @ step = right` within the limits: who would pass one stops there, the others go on."""
        step, free = np.zeros(len(angles)), np.ones(len(angles), dtype=bool)
        for _ in range(len(angles)):
            rest = right[free] - left[np.ix_(free, ~free)] @ step[~free]
            step[free] = np.linalg.solve(left[np.ix_(free, free)], rest)
            bounded = np.clip(angles + step, self.lower, self.upper) - angles
            passed = free & (np.abs(bounded - step) > 1e-9)
            if not passed.any():
                break
            step[passed], free = bounded[passed], free & ~passed
        return step


def _moved(chain: Sequence[Joint], order: list[str]) -> tuple[list[_Moved], Array]:
    """The moving joints of a chain, and the fixed rest after the last of them."""
    moved, before = [], np.eye(4)
    for joint in chain:
        before = before @ _origin(joint)
        if joint.actuated:
            axis = np.array(joint.axis)
            moved.append(_Moved(before, axis / np.linalg.norm(axis), 2 + order.index(joint.name)))
            before = np.eye(4)
    return moved, before


def _origin(joint: Joint) -> Array:
    frame = np.eye(4)
    roll, pitch, yaw = joint.rpy
    x, y, z = np.eye(3)
    frame[:3, :3] = _turn(z, yaw) @ _turn(y, pitch) @ _turn(x, roll)
    frame[:3, 3] = joint.xyz
    return frame


def _turn(axis: Array, angle: float) -> Array:
    """Rodrigues' rotation about a unit axis."""
    x, y, z = axis
    c, s = np.cos(angle), np.sin(angle)
    d = 1 - c
    return np.array(
        [
            [c + x * x * d, x * y * d - z * s, x * z * d + y * s],
            [y * x * d + z * s, c + y * y * d, y * z * d - x * s],
            [z * x * d - y * s, z * y * d + x * s, c + z * z * d],
        ]
    )


def _rotation_between(now: Array, wanted: Array) -> Array:
    """The small rotation vector (rad) that leads from one orientation to another."""
    skew = wanted @ now.T
    return 0.5 * np.array([skew[2, 1] - skew[1, 2], skew[0, 2] - skew[2, 0], skew[1, 0] - skew[0, 1]])
