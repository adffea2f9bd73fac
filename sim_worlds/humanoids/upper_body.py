"""Tier T1: the base is moved as in tier T0, waist and arms are physical, and hold a box only by their grip."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim_worlds.bullet import pb
from sim_worlds.calibration import Calibration
from sim_worlds.crates import Crate
from sim_worlds.errors import SpecError
from sim_worlds.humanoids.arms_urdf import BASE_JOINTS, arms_text, reach_of
from sim_worlds.humanoids.base import SOUND, Impairment, Quaternion, Vector
from sim_worlds.humanoids.grip import Grip, palm_goals
from sim_worlds.humanoids.kinematic import KNEEL_DROP, KinematicHumanoid
from sim_worlds.humanoids.pool import park, take
from sim_worlds.humanoids.urdf_body import load
from sim_worlds.physics import KINEMATIC, Physics
from sim_worlds.profiles import RobotModel, Tier
from sim_worlds.rows import Rows

Array = NDArray[np.float64]
_BASE_FORCE = 1e5
_DROWSY_S = 0.5
_GAIN = 0.5  # of the position error a physics step, as PyBullet's position control understands it
_SQUAT_MPS, _LEAN_RADPS = 0.3, 0.5
_CARRY_AHEAD, _CARRY_UP = 0.3, 0.6  # m ahead of the hips for a box of half a length 0.1 m; of the height


class UpperBody(KinematicHumanoid):
    """`angles` is where the motors are told to be, `goal` where they are going: vectors of `Reach.names`."""

    tier: Tier = "T1"
    stepped = True
    drawn = False

    def __init__(
        self,
        physics: Physics,
        robot_id: str,
        model: RobotModel,
        calibration: Calibration,
        x: float,
        y: float,
        yaw: float,
        rows: Rows | None = None,
        row: int = 0,
    ) -> None:
        super().__init__(physics, robot_id, model, calibration, x, y, yaw, rows, row)
        assert model.urdf is not None and model.upper_body is not None
        self.upper, self.reach_model = model.upper_body, reach_of(model.model_id)
        text = arms_text(model.model_id, physics.visual)
        spare = take(physics, self._kind)
        self.arms = spare if spare is not None else load(physics.client, model.urdf.read(), text, fixed=True)
        if spare is not None:
            pb.resetBasePositionAndOrientation(spare, (0, 0, 0), (0, 0, 0, 1), physicsClientId=physics.client)
        count = pb.getNumJoints(self.arms, physicsClientId=self.client)
        info = [pb.getJointInfo(self.arms, j, physicsClientId=self.client) for j in range(count)]
        number = {i[1].decode(): int(i[0]) for i in info}
        links = {i[12].decode(): int(i[0]) for i in info}
        self.base_joints = [number[n] for n in BASE_JOINTS]
        self.joints = [number[j.name] for j in self.reach_model.joints]
        self.effort = [j.effort for j in self.reach_model.joints]
        self.limits = list(self.effort)
        self.grip = Grip(
            physics, self.arms, [(links[n], palm) for n, palm in self.reach_model.hands], self.upper["grip_n"]
        )
        speeds = [_SQUAT_MPS, _LEAN_RADPS, *[self.upper["arm_speed_radps"]] * len(self.joints)]
        self.speeds = np.array(speeds)
        self.angles = self.reach_model.rest.copy()
        self.goal = self.angles.copy()
        self._told: Array | None = None
        self._drive: list[float] = []
        self._rests_at: list[float] = []
        self._turned = 0.0
        self.awake, self._idle_s = True, 0.0
        physics.set_group(self.arms, KINEMATIC, range(-1, count))
        physics.names[self.arms] = robot_id
        self._set_joints()

    @property
    def _kind(self) -> str:
        return f"{self.model.model_id} T1"

    # Where it is

    def _base_goal(self) -> list[float]:
        """Of the five driven joints: x, y, squat and kneeling, yaw without jumps at pi, lean."""
        x, y, yaw, *_, knelt = self._motion.tolist()
        self._turned += math.remainder(yaw - self._turned, math.tau)
        down = self.angles.item(0) - knelt * KNEEL_DROP * self._height
        return [x, y, down, self._turned, self.angles.item(1)]

    def _set_joints(self) -> None:
        """Jump there, at rest."""
        for joint, value in zip(
            [*self.base_joints, *self.joints], [*self._base_goal(), *self.angles[2:].tolist()], strict=True
        ):
            pb.resetJointState(self.arms, joint, value, 0.0, physicsClientId=self.client)
        self._drive, self._told = [], None

    def local(self, points: Array) -> Array:
        """Points [n, 3] of the map in the frame on the floor below the hips."""
        x, y, yaw, *_ = self._motion.tolist()
        c, s = math.cos(yaw), math.sin(yaw)
        result: Array = (points - (x, y, 0.0)) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        return result

    # Every control period

    def control(self, dt: float) -> None:
        """Move the base, drive the arms towards their goal, and feel whether the box slips."""
        super().control(dt)
        most = self.speeds * dt
        if not self.awake and not self.arrived:
            self._wake()
        if not self.awake:
            return
        self.angles = self.angles + np.clip(self.goal - self.angles, -most, most)
        self._drive_base(dt)
        if self._told is None or not np.array_equal(self._told, self.angles):
            self._told = self.angles.copy()
            pb.setJointMotorControlArray(
                self.arms,
                self.joints,
                pb.POSITION_CONTROL,
                targetPositions=self.angles[2:].tolist(),
                forces=self.limits,
                positionGains=[_GAIN] * len(self.joints),
                physicsClientId=self.client,
            )
        if self.held is not None and self.grip.slips(self.held):
            self.release()
        idle = self.held is None and self.arrived and self.impairment == SOUND
        self._idle_s = self._idle_s + dt if idle else 0.0
        if self._idle_s > _DROWSY_S:
            self._sleep()

    # Arms that hold nothing and move nothing cost nothing: physics leaves them out, and they are where they were sent

    def _sleep(self) -> None:
        self.awake = False
        state = pb.ACTIVATION_STATE_ENABLE_SLEEPING | pb.ACTIVATION_STATE_SLEEP
        pb.changeDynamics(self.arms, -1, activationState=state, physicsClientId=self.client)

    def _wake(self) -> None:
        self.awake, self._idle_s = True, 0.0
        self._set_joints()
        state = pb.ACTIVATION_STATE_DISABLE_SLEEPING | pb.ACTIVATION_STATE_WAKE_UP
        pb.changeDynamics(self.arms, -1, activationState=state, physicsClientId=self.client)

    def show(self) -> None:
        """Also the arms, while they are left out."""
        before = self._shown
        super().show()
        if not self.awake and self._shown is not before:
            self._set_joints()

    def _drive_base(self, dt: float) -> None:
        """Give the driven joints the speeds that bring them where the base is now, within this period."""
        goal = self._base_goal()
        at_rest = self._drive and not any(self._drive)
        if at_rest and goal == self._rests_at:
            return
        states = pb.getJointStates(self.arms, self.base_joints, physicsClientId=self.client)
        self._drive = [(g - s[0]) / dt if abs(g - s[0]) > 1e-5 else 0.0 for g, s in zip(goal, states, strict=True)]
        self._rests_at = goal
        pb.setJointMotorControlArray(
            self.arms,
            self.base_joints,
            pb.VELOCITY_CONTROL,
            targetVelocities=self._drive,
            forces=[_BASE_FORCE] * len(self.base_joints),
            physicsClientId=self.client,
        )

    def joint_power_w(self) -> float:
        """The legs' as in tier T0, and what the motors of waist and arms do."""
        return super().joint_power_w() + self._arm_power_w()

    def _arm_power_w(self) -> float:
        if not self.awake or self.arrived:
            return 0.0
        states = pb.getJointStates(self.arms, self.joints, physicsClientId=self.client)
        return float(sum(abs(s[1] * s[3]) for s in states))

    def joint_positions(self) -> tuple[float, ...]:
        """Legs, neck and fingers are rigid here and report 0."""
        if not self.awake:
            self._set_joints()
        states = pb.getJointStates(self.arms, self.joints, physicsClientId=self.client)
        now = {j.name: float(s[0]) for j, s in zip(self.reach_model.joints, states, strict=True)}
        return tuple(now.get(name, 0.0) for name in self.model.joint_names)

    # Hands

    def reach(self, palms: Array, level: Array | None = None, most: int = 60) -> float:
        """Send both palms to these points [2, 3] of the map; how far in m the worse one will be from it.

        `level`: the rotation [3, 3], in the robot's frame, that the left hand keeps.
        """
        self.goal, missing = self.reach_model.solve(self.goal, self.local(palms), level, most)
        return missing

    def rest(self) -> None:
        """Let the arms hang as they do with nothing in the hands."""
        self.goal = self.reach_model.rest.copy()

    @property
    def arrived(self) -> bool:
        """The motors are told to be where they should go."""
        return bool(np.array_equal(self.angles, self.goal))

    def palms(self) -> Array:
        """Where both palms really are in the map, [2, 3]."""
        if not self.awake:
            self._set_joints()
        return self.grip.palms()

    def level(self) -> Array:
        """The left hand's rotation in the robot's frame, as the motors are told."""
        return self.reach_model.palms(self.angles)[1]

    def beside(self, crate: Crate) -> tuple[Array, Array]:
        """(where the palms hold a box [2, 3], away from the box [2, 3]) in the map."""
        return palm_goals(crate, self.yaw)

    def drawn_back(self, palms: Array) -> Array:
        """The same height and width, but as near to the body as the hands rest: over no furniture."""
        x, y, yaw, *_ = self._motion.tolist()
        ahead = np.array([math.cos(yaw), math.sin(yaw), 0.0])
        rest = self.reach_model.palms(self.reach_model.rest)[0][:, 0]
        surplus = (palms - (x, y, 0.0)) @ ahead - rest
        result: Array = palms - np.maximum(surplus, 0.0)[:, None] * ahead
        return result

    def carry_point(self, crate: Crate) -> Vector:
        """Where the middle of a box is carried."""
        x, y, yaw, *_ = self._motion.tolist()
        ahead, up = _CARRY_AHEAD + max(crate.half[0] - 0.1, 0.0), _CARRY_UP * self._height
        return x + ahead * math.cos(yaw), y + ahead * math.sin(yaw), up

    def hands(self) -> tuple[Vector, Quaternion]:
        """Of the box they hold; otherwise where one would be carried."""
        if self.held is not None:
            return self.held.pose()
        return super().hands()

    def grasp(self, crate: Crate) -> None:
        """Take a box that is between the palms. Raises `NotInHands` when it is not: nothing flies into the hands."""
        if not self.awake:
            self._wake()
        if crate.guided:
            crate.let_go()
        self.grip.close(crate, self.yaw)
        crate.may_sleep(False)
        self.held, crate.holder = crate, self.robot_id
        self._feel_load()

    def receive(self, crate: Crate) -> None:
        """The arms and the box are at once where a box is carried."""
        half = self.yaw / 2
        crate.guide(self.carry_point(crate), (0.0, 0.0, math.sin(half), math.cos(half)))
        self.reach(self.beside(crate)[0])
        self.angles = self.goal.copy()
        self._wake()
        self.grasp(crate)

    def release(self, velocity: Vector = (0.0, 0.0, 0.0)) -> None:
        """Open the hands: the box falls, or stands where it was put."""
        self.grip.open()
        if self.held is not None:
            crate, self.held = self.held, None
            crate.holder = None
            if any(velocity):
                crate.let_go(velocity)
            else:
                crate.may_sleep(True)
                self.physics.stirred = True
            self._feel_load()

    # Faults, tiers and checkpoints

    def impair(self, impairment: Impairment) -> None:
        """Joints of waist and arms lose torque or are blocked; legs are moved, and cannot."""
        names = [j.name for j in self.reach_model.joints]
        for joint, _ in (*impairment.factors, *impairment.stuck):
            if joint not in names:
                raise SpecError(f"joint: got {joint!r}, expected one of waist and arms in tier T1: {', '.join(names)}")
        if impairment.lag_s:
            raise SpecError(f"lag_s: got {impairment.lag_s:g}, expected 0 in tier T1: nothing balances there")
        self.limits, self.speeds = list(self.effort), self.speeds.copy()
        self.speeds[2:] = self.upper["arm_speed_radps"]
        for joint, factor in impairment.factors:
            self.limits[names.index(joint)] *= factor
        for joint, angle in impairment.stuck:
            self.angles[2 + names.index(joint)] = angle
            self.speeds[2 + names.index(joint)] = 0.0
        self.impairment = impairment
        self._wake()

    def remove(self) -> None:
        self.release()
        super().remove()
        del self.physics.names[self.arms]
        park(self.physics, self._kind, self.arms)

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "angles": self.angles.tolist(), "goal": self.goal.tolist()}

    def restore(self, data: dict[str, Any]) -> None:
        super().restore(data)
        self.angles, self.goal = np.array(data["angles"]), np.array(data["goal"])
        self._turned = self.yaw
        self._wake()
