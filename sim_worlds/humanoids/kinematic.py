"""A humanoid without leg dynamics: it moves as the calibrated G1 does, scaled to its model, and cannot fall."""

from __future__ import annotations

import math
from typing import Any

import pybullet as pb

from fleet.model.robot import Posture
from sim_worlds.calibration import Calibration
from sim_worlds.crates import Crate
from sim_worlds.errors import SpecError
from sim_worlds.gait import gait_of
from sim_worlds.humanoids.base import SOUND, Impairment, Motion, Quaternion, Vector, wrap
from sim_worlds.physics import KINEMATIC, Physics
from sim_worlds.profiles import RobotModel

KNEEL_S = 2.0
_KNEEL_DROP = 0.28  # of the height


class KinematicHumanoid:
    """Six shapes on a base of mass 0 that is moved every control period."""

    dynamic = False
    impairment = SOUND

    def __init__(
        self,
        physics: Physics,
        robot_id: str,
        model: RobotModel,
        calibration: Calibration,
        x: float,
        y: float,
        yaw: float,
    ) -> None:
        self.physics, self.client, self.robot_id, self.model = physics, physics.client, robot_id, model
        self.x, self.y, self.yaw = x, y, wrap(yaw)
        self.vx = self.vy = self.yaw_rate = 0.0
        self.wanted = (0.0, 0.0, 0.0)
        self.knelt = 0.0  # 0 stands .. 1 kneels
        self.kneeling = False
        self.held: Crate | None = None
        self.speed_limit = model["max_speed_mps"]
        self.gait = gait_of(calibration, self.speed_limit, model["mass_kg"], model["payload_kg"])
        self.bullet = self._shapes()
        physics.names[self.bullet] = robot_id
        physics.set_group(self.bullet, KINEMATIC)

    def _shapes(self) -> int:
        """A body of the model's height: two legs, torso, head, two arms; the base's origin is on the floor."""
        h = self.model["height_m"]
        r, g, b = self.model.colour
        kinds = [pb.GEOM_CAPSULE] * 2 + [pb.GEOM_BOX, pb.GEOM_SPHERE] + [pb.GEOM_CAPSULE] * 2
        radii = [0.045 * h, 0.045 * h, 0.1, 0.07 * h, 0.028 * h, 0.028 * h]
        lengths = [0.38 * h, 0.38 * h, 0.1, 0.1, 0.3 * h, 0.3 * h]
        half = [[0.07 * h, 0.11 * h, 0.17 * h]] * 6
        at = [
            [0, 0.06 * h, 0.24 * h],
            [0, -0.06 * h, 0.24 * h],
            [0, 0, 0.65 * h],
            [0, 0, 0.92 * h],
            [0.09 * h, 0.14 * h, 0.62 * h],
            [0.09 * h, -0.14 * h, 0.62 * h],
        ]
        turn = [[0, 0, 0, 1]] * 4 + [pb.getQuaternionFromEuler([0, -0.7, 0])] * 2
        shape = pb.createCollisionShapeArray(
            shapeTypes=kinds,
            radii=radii,
            lengths=lengths,
            halfExtents=half,
            collisionFramePositions=at,
            collisionFrameOrientations=turn,
            physicsClientId=self.client,
        )
        drawn = -1
        if self.physics.visual:
            drawn = pb.createVisualShapeArray(
                shapeTypes=kinds,
                radii=radii,
                lengths=lengths,
                halfExtents=half,
                visualFramePositions=at,
                visualFrameOrientations=turn,
                rgbaColors=[[r, g, b, 1]] * 6,
                physicsClientId=self.client,
            )
        body: int = pb.createMultiBody(
            0,
            shape,
            drawn,
            [self.x, self.y, 0],
            pb.getQuaternionFromEuler([0, 0, self.yaw]),
            physicsClientId=self.client,
        )
        return body

    # State

    def motion(self) -> Motion:
        height = 0.55 * self.model["height_m"] - self.knelt * _KNEEL_DROP * self.model["height_m"]
        return Motion(self.x, self.y, height, self.yaw, self.vx, self.vy, self.yaw_rate)

    def posture(self) -> Posture:
        if self.knelt > 0.5:
            return Posture.KNEELING
        return Posture.WALKING if math.hypot(self.vx, self.vy) > 0.03 or abs(self.yaw_rate) > 0.1 else Posture.STANDING

    def stability(self) -> float:
        return 1.0

    def joint_power_w(self) -> float:
        return self.gait.joint_power_w(math.hypot(self.vx, self.vy), self.yaw_rate, self.load_kg)

    @property
    def load_kg(self) -> float:
        """What it carries."""
        return self.held.mass_kg if self.held is not None else 0.0

    def joint_positions(self) -> tuple[float, ...]:
        return ()

    # Motion

    def move(self, vx: float, vy: float, yaw_rate: float) -> None:
        self.wanted = (vx, vy, yaw_rate)

    def control(self, dt: float) -> None:
        self.knelt += min(max((1.0 if self.kneeling else 0.0) - self.knelt, -dt / KNEEL_S), dt / KNEEL_S)
        vx, vy, turn = self.wanted if self.knelt < 0.01 else (0.0, 0.0, 0.0)
        speed = math.hypot(vx, vy)
        if speed > self.speed_limit:
            vx, vy = vx * self.speed_limit / speed, vy * self.speed_limit / speed
        dx, dy = vx - self.vx, vy - self.vy
        change = math.hypot(dx, dy)
        slowing = math.hypot(vx, vy) < math.hypot(self.vx, self.vy)
        most = (self.gait.braking_mps2(self.load_kg) if slowing else self.gait.acceleration_mps2) * dt
        share = 1.0 if change <= most else most / change
        self.vx, self.vy = self.vx + dx * share, self.vy + dy * share
        self.yaw_rate = min(max(turn, -self.gait.turn_rate_radps), self.gait.turn_rate_radps)
        self.x, self.y = self.x + self.vx * dt, self.y + self.vy * dt
        self.yaw = wrap(self.yaw + self.yaw_rate * dt)
        self.show()

    def show(self) -> None:
        """Move the shapes, and the box in the hands, to where the body is."""
        pb.resetBasePositionAndOrientation(
            self.bullet,
            [self.x, self.y, -self.knelt * _KNEEL_DROP * self.model["height_m"]],
            pb.getQuaternionFromEuler([0, 0, self.yaw]),
            physicsClientId=self.client,
        )
        if self.held is not None:
            self.held.guide(*self.hands())

    def tick(self) -> None:
        """Nothing between control periods."""

    # Hands

    def hands(self) -> tuple[Vector, Quaternion]:
        ahead, up = 0.3, 0.58 * self.model["height_m"] - self.knelt * _KNEEL_DROP * self.model["height_m"]
        return (
            (self.x + ahead * math.cos(self.yaw), self.y + ahead * math.sin(self.yaw), up),
            pb.getQuaternionFromEuler([0, 0, self.yaw]),
        )

    def grasp(self, crate: Crate) -> None:
        self.held, crate.holder = crate, self.robot_id
        crate.guide(*self.hands())

    def release(self, velocity: Vector = (0.0, 0.0, 0.0)) -> None:
        if self.held is not None:
            self.held.let_go(velocity)
            self.held.holder, self.held = None, None

    def kneel(self, down: bool) -> None:
        self.kneeling = down

    # Faults and checkpoints

    def impair(self, impairment: Impairment) -> None:
        if impairment != SOUND:
            raise SpecError(f"joint: got {impairment}, expected a fault without joints: {self.robot_id} is kinematic")

    def snapshot(self) -> dict[str, Any]:
        return {
            "x": self.x,
            "y": self.y,
            "yaw": self.yaw,
            "kneeling": self.kneeling,
            "knelt": self.knelt,
            "vx": self.vx,
            "vy": self.vy,
        }

    def restore(self, data: dict[str, Any]) -> None:
        self.x, self.y, self.yaw = data["x"], data["y"], data["yaw"]
        self.kneeling, self.knelt = data["kneeling"], data["knelt"]
        self.show()
