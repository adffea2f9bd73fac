"""A Unitree G1 that walks, carries and falls under joint torques."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

from fleet.model.robot import Posture
from sim_worlds.bullet import pb
from sim_worlds.calibration import Calibration, load_calibration
from sim_worlds.crates import Crate
from sim_worlds.errors import SpecError
from sim_worlds.humanoids.base import SOUND, Impairment, Motion, Quaternion, Vector
from sim_worlds.humanoids.g1_urdf import prepared_text, source
from sim_worlds.humanoids.policy import g1_policy
from sim_worlds.humanoids.pool import park, take
from sim_worlds.humanoids.urdf_body import load
from sim_worlds.kernels.torques import joint_torques
from sim_worlds.physics import DYNAMIC, Physics
from sim_worlds.profiles import Tier

_LEG = (-0.312, 0, 0, 0.669, -0.363, 0)
DEFAULT_POSE = np.array([*_LEG, *_LEG, 0, 0, 0, 0.2, 0.2, 0, 0.6, 0, 0, 0, 0.2, -0.2, 0, 0.6, 0, 0, 0])
SPAWN_HEIGHT_M = 0.78
STANDING_HEIGHT_M = 0.74  # the base of a standing or walking G1 is between 0.74 and 0.80 m up
FALLEN_HEIGHT_M = 0.50  # below this the policy was never seen to recover; knees on the floor give about 0.45 m
FALLEN_TILT_RAD = 0.9  # survived pushes stay below 0.6 rad; at 0.9 rad the base is past the feet
CONTROL_S = 0.02  # the policy was trained at 50 Hz
GAIT_PERIOD_S = 1.0
WALKING_SPEED_MPS = 0.06  # of the smoothed base; standing sways with less
_STRONG_N = 400.0  # of each wrist constraint; a 2 kg box under 3 g asks for 60 N
_LOCK_NM = 300.0  # of a blocked joint: more than any motor has
_LIMP = np.zeros(29)
_KIND = "unitree_g1 T2"
_WRISTS = ("left_wrist_yaw_link", "right_wrist_yaw_link")


class WalkingG1:
    """The dynamic body. Falls are physical and final: there is no policy that gets up."""

    tier: Tier = "T2"
    dynamic = True
    stepped = True
    awake = True

    def __init__(
        self, physics: Physics, robot_id: str, x: float, y: float, yaw: float, calibration: Calibration | None = None
    ) -> None:
        self.physics, self.client, self.robot_id = physics, physics.client, robot_id
        self.policy = g1_policy()
        self.calibration = calibration or load_calibration()
        self._load(x, y, yaw)
        self._torques = np.zeros(29)
        self._states: tuple[int, np.ndarray, np.ndarray] | None = None
        """Joint angles and speeds, and of which physics step they are."""
        self.command = np.zeros(3)  # vx, vy in m/s, wz in rad/s, in the body frame, as the policy is commanded
        self.wanted = (0.0, 0.0, 0.0)
        self.phase = np.array([0.0, math.pi])
        self.standing = True
        self.action: np.ndarray = np.zeros(29)
        self.target = DEFAULT_POSE.copy()
        self.power_w = 0.0
        self.fallen = False
        self.impairment = SOUND
        self.limits, self.free = self.effort, np.ones(29)
        self.observations: deque[np.ndarray] = deque(maxlen=1)
        self.smooth = np.zeros(3)
        self.held: Crate | None = None
        self.constraints: list[int] = []

    def _load(self, x: float, y: float, yaw: float) -> None:
        turned = pb.getQuaternionFromEuler([0, 0, yaw])
        spare = take(self.physics, _KIND)
        if spare is None:
            text = prepared_text(self.physics.visual)
            self.bullet: int = load(self.client, source(), text, (x, y, SPAWN_HEIGHT_M), turned)
        else:
            self.bullet = spare
            pb.resetBasePositionAndOrientation(self.bullet, (x, y, SPAWN_HEIGHT_M), turned, physicsClientId=self.client)
        count = pb.getNumJoints(self.bullet, physicsClientId=self.client)
        info = [pb.getJointInfo(self.bullet, j, physicsClientId=self.client) for j in range(count)]
        by_name = {i[1].decode(): i for i in info}
        self.links = {i[12].decode(): i[0] for i in info}
        self.joints = [by_name[n][0] for n in self.policy.joint_names]
        self.effort = np.array([by_name[n][10] for n in self.policy.joint_names])
        if spare is None:
            self._set_dynamics(count)
        self.physics.set_group(self.bullet, DYNAMIC, range(-1, count))
        self.physics.names[self.bullet] = self.robot_id
        pb.setJointMotorControlArray(
            self.bullet, self.joints, pb.VELOCITY_CONTROL, forces=[0] * 29, physicsClientId=self.client
        )
        for joint, angle in zip(self.joints, DEFAULT_POSE, strict=True):
            pb.resetJointState(self.bullet, joint, angle, 0, physicsClientId=self.client)

    def _set_dynamics(self, count: int) -> None:
        # Rotor inertia, which the URDF does not state: without it the robot falls within 1.5 s.
        for joint, extra in zip(self.joints, self.policy.kp / (20 * math.pi) ** 2, strict=True):
            inertia = pb.getDynamicsInfo(self.bullet, joint, physicsClientId=self.client)[2]
            pb.changeDynamics(
                self.bullet, joint, localInertiaDiagonal=[v + extra for v in inertia], physicsClientId=self.client
            )
        for link in range(-1, count):
            pb.changeDynamics(
                self.bullet,
                link,
                linearDamping=0,
                angularDamping=0,
                jointDamping=0,
                lateralFriction=1,
                restitution=0,
                physicsClientId=self.client,
            )

    # State

    def _base(self) -> tuple[Vector, Quaternion]:
        position, rotation = pb.getBasePositionAndOrientation(self.bullet, physicsClientId=self.client)
        return position, rotation

    def motion(self) -> Motion:
        (x, y, z), rotation = self._base()
        vx, vy, wz = self.smooth
        return Motion(x, y, z, pb.getEulerFromQuaternion(rotation)[2], float(vx), float(vy), float(wz))

    def _tilt(self, rotation: Quaternion) -> float:
        """Angle in rad between the body's axis and the vertical."""
        return math.acos(min(max(pb.getMatrixFromQuaternion(rotation)[8], -1.0), 1.0))

    def posture(self) -> Posture:
        if self.fallen:
            return Posture.FALLEN
        moving = math.hypot(self.smooth[0], self.smooth[1]) > WALKING_SPEED_MPS or abs(self.smooth[2]) > 0.1
        return Posture.WALKING if moving else Posture.STANDING

    def stability(self) -> float:
        (_, _, z), rotation = self._base()
        upright = 1 - self._tilt(rotation) / FALLEN_TILT_RAD
        height = (z - FALLEN_HEIGHT_M) / (STANDING_HEIGHT_M - FALLEN_HEIGHT_M)
        return 0.0 if self.fallen else min(max(min(upright, height), 0.0), 1.0)

    def joint_power_w(self) -> float:
        return self.power_w

    def joint_positions(self) -> tuple[float, ...]:
        return tuple(s[0] for s in pb.getJointStates(self.bullet, self.joints, physicsClientId=self.client))

    # Motion

    def launch(self, vx: float, vy: float, yaw_rate: float) -> None:
        """Be under way already, at this velocity (map frame, m/s and rad/s)."""
        pb.resetBaseVelocity(self.bullet, (vx, vy, 0.0), (0.0, 0.0, yaw_rate), physicsClientId=self.client)
        self.smooth[:] = vx, vy, yaw_rate
        self.wanted = (vx, vy, yaw_rate)

    def move(self, vx: float, vy: float, yaw_rate: float) -> None:
        self.wanted = (vx, vy, yaw_rate)

    def _command(self, yaw: float) -> None:
        """The wanted velocity in the body frame, raised by what the policy is known to undershoot."""
        vx, vy, wz = self.wanted
        forward = math.cos(yaw) * vx + math.sin(yaw) * vy
        side = -math.sin(yaw) * vx + math.cos(yaw) * vy
        c = self.calibration
        self.command[:] = (
            _inverse(c.forward_mps, min(max(forward, -0.4), 0.8)),
            _inverse(c.sideways_mps, side),
            _inverse(c.turn_radps, wz),
        )

    def control(self, dt: float) -> None:
        (_, _, z), rotation = self._base()
        linear, spin = pb.getBaseVelocity(self.bullet, physicsClientId=self.client)
        # The base sways with the gait; half a second of smoothing leaves the walking speed.
        self.smooth += (np.array([linear[0], linear[1], spin[2]]) - self.smooth) * min(dt / 0.5, 1)
        if not self.fallen and (z < FALLEN_HEIGHT_M or self._tilt(rotation) > FALLEN_TILT_RAD):
            self.fallen = True
            self.release()
        if not self.fallen:
            self._command(pb.getEulerFromQuaternion(rotation)[2])
            self._policy_step(rotation, spin)

    def _policy_step(self, rotation: Quaternion, spin: Vector) -> None:
        step = 2 * math.pi * CONTROL_S / GAIT_PERIOD_S
        self.phase = np.fmod(self.phase + step + math.pi, 2 * math.pi) - math.pi
        if np.abs(self.command).max() < 0.01:
            self.phase[:], self.standing = math.pi, True
        elif self.standing:
            self.phase, self.standing = np.array([0.0, math.pi]), False
        matrix = np.array(pb.getMatrixFromQuaternion(rotation)).reshape(3, 3)
        q, dq = self._joint_state()
        vx, vy, wz = self.command
        observation = np.concatenate(
            [
                self.action,
                matrix.T @ np.array(spin) * 0.25,
                [wz],
                [vx, vy],
                np.cos(self.phase),
                q - DEFAULT_POSE,
                dq * 0.05,
                matrix.T @ np.array([0, 0, -1.0]),
                np.sin(self.phase),
            ]
        ).astype(np.float32)
        self.observations.append(observation)
        self.action = self.policy(self.observations[0])
        self.target = DEFAULT_POSE + 0.25 * self.action

    def tick(self) -> None:
        q, dq = self._joint_state()
        # Fallen, it goes limp and damped: the vendor's "damp" mode.
        kp = _LIMP if self.fallen else self.policy.kp
        limits = self.limits * self.free
        self.power_w = joint_torques(kp, self.policy.kd, self.target, q, dq, limits, self._torques)
        pb.setJointMotorControlArray(
            self.bullet, self.joints, pb.TORQUE_CONTROL, forces=self._torques.tolist(), physicsClientId=self.client
        )

    def _joint_state(self) -> tuple[np.ndarray, np.ndarray]:
        if self._states is None or self._states[0] != self.physics.steps:
            angles, speeds, _, _ = zip(
                *pb.getJointStates(self.bullet, self.joints, physicsClientId=self.client), strict=True
            )
            self._states = self.physics.steps, np.array(angles), np.array(speeds)
        return self._states[1], self._states[2]

    # Hands

    def hands(self) -> tuple[Vector, Quaternion]:
        left, right = (pb.getLinkState(self.bullet, self.links[w], physicsClientId=self.client)[4] for w in _WRISTS)
        _, rotation = self._base()
        yaw = pb.getEulerFromQuaternion(rotation)[2]
        ahead = 0.14
        centre = (
            (left[0] + right[0]) / 2 + ahead * math.cos(yaw),
            (left[1] + right[1]) / 2 + ahead * math.sin(yaw),
            (left[2] + right[2]) / 2 + 0.03,
        )
        return centre, pb.getQuaternionFromEuler([0, 0, yaw])

    def grasp(self, crate: Crate) -> None:
        position, rotation = self.hands()
        crate.guide(position, rotation)
        crate.let_go()
        crate.may_sleep(False)
        self._touch(crate, False)
        inverse = pb.invertTransform(position, rotation)
        # The left hand keeps the box level, the right one carries its half: two rigid grips would fight each other.
        for name, kind in zip(_WRISTS, (pb.JOINT_FIXED, pb.JOINT_POINT2POINT), strict=True):
            wrist = pb.getLinkState(self.bullet, self.links[name], physicsClientId=self.client)
            # Constraint frames are relative to centres of mass.
            pivot = pb.multiplyTransforms(*pb.invertTransform(wrist[0], wrist[1]), wrist[4], rotation)
            on_box = pb.multiplyTransforms(*inverse, wrist[4], rotation)
            constraint = pb.createConstraint(
                self.bullet,
                self.links[name],
                crate.body,
                -1,
                kind,
                [0, 0, 0],
                pivot[0],
                on_box[0],
                pivot[1],
                on_box[1],
                physicsClientId=self.client,
            )
            pb.changeConstraint(constraint, maxForce=_STRONG_N, physicsClientId=self.client)
            self.constraints.append(constraint)
        self.held, crate.holder = crate, self.robot_id

    def receive(self, crate: Crate) -> None:
        self.grasp(crate)

    def release(self, velocity: Vector = (0.0, 0.0, 0.0)) -> None:
        for constraint in self.constraints:
            pb.removeConstraint(constraint, physicsClientId=self.client)
        self.constraints = []
        if self.held is not None:
            self._touch(self.held, True)
            self.held.may_sleep(True)
            if any(velocity):
                self.held.let_go(velocity)
            self.held.holder, self.held = None, None

    def _touch(self, crate: Crate, on: bool) -> None:
        for link in (-1, *self.links.values()):
            pb.setCollisionFilterPair(self.bullet, crate.body, link, -1, int(on), physicsClientId=self.client)

    def bear(self, share_kg: float) -> None:
        """It does not feel it; see `Body.bear`."""

    def kneel(self, down: bool) -> None:
        raise SpecError("the G1's walking policy cannot kneel")

    def remove(self) -> None:
        """Take it out of the world; the box in its hands stays where it is."""
        for constraint in self.constraints:
            pb.removeConstraint(constraint, physicsClientId=self.client)
        self.constraints = []
        if self.held is not None:
            self.held.guide(*self.held.pose())
            self._touch(self.held, True)
        self.impair(SOUND)
        park(self.physics, _KIND, self.bullet)
        del self.physics.names[self.bullet]

    # Faults and checkpoints

    def impair(self, impairment: Impairment) -> None:
        names = self.policy.joint_names
        for joint, _ in (*impairment.factors, *impairment.stuck):
            if joint not in names:
                raise SpecError(f"joint: got {joint!r}, expected one of: {', '.join(names)}")
        self.limits, self.free = self.effort.copy(), np.ones(29)
        for joint, factor in impairment.factors:
            self.limits[names.index(joint)] *= factor
        for joint, _ in self.impairment.stuck:
            self._motor(names.index(joint), pb.VELOCITY_CONTROL, force=0.0)
        for joint, angle in impairment.stuck:
            self.free[names.index(joint)] = 0.0
            self._motor(names.index(joint), pb.POSITION_CONTROL, targetPosition=angle, force=_LOCK_NM)
        self.observations = deque(self.observations, maxlen=1 + round(impairment.lag_s / CONTROL_S))
        self.impairment = impairment

    def _motor(self, number: int, mode: int, **more: float) -> None:
        pb.setJointMotorControl2(self.bullet, self.joints[number], mode, physicsClientId=self.client, **more)

    def snapshot(self) -> dict[str, Any]:
        position, rotation = self._base()
        return {
            "position": list(position),
            "rotation": list(rotation),
            "joints": list(self.joint_positions()),
            "fallen": self.fallen,
        }

    def restore(self, data: dict[str, Any]) -> None:
        """A fallen robot lies as it lay; one that walked stands upright on its spot, for its momentum is not kept."""
        self.fallen, self._states = bool(data["fallen"]), None
        position, rotation = data["position"], data["rotation"]
        if self.fallen:
            for joint, angle in zip(self.joints, data["joints"], strict=True):
                pb.resetJointState(self.bullet, joint, angle, 0, physicsClientId=self.client)
        else:
            yaw = pb.getEulerFromQuaternion(rotation)[2]
            position, rotation = [position[0], position[1], SPAWN_HEIGHT_M], pb.getQuaternionFromEuler([0, 0, yaw])
        pb.resetBasePositionAndOrientation(self.bullet, position, rotation, physicsClientId=self.client)


def _inverse(table: tuple[tuple[float, float], ...], wanted: float) -> float:
    """The command that gives the wanted velocity; (commanded, measured) pairs, taken as symmetric."""
    if abs(wanted) < 0.02:
        return 0.0
    commanded, measured = zip(*table, strict=True)
    return math.copysign(float(np.interp(abs(wanted), measured, commanded)), wanted)
