"""A humanoid without leg dynamics: it moves as the calibrated G1 does, scaled to its model, and cannot fall."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from fleet.model.robot import Posture
from sim_worlds.bullet import pb
from sim_worlds.calibration import Calibration
from sim_worlds.crates import Crate
from sim_worlds.errors import SpecError
from sim_worlds.gait import gait_of
from sim_worlds.humanoids.base import SOUND, Impairment, Motion, Quaternion, Vector, wrap
from sim_worlds.kernels.moving import KNEEL_S, move_one
from sim_worlds.physics import KINEMATIC, Physics, collides_with
from sim_worlds.profiles import RobotModel, Tier
from sim_worlds.rows import KNELT, TURN, VX, VY, YAW, Rows, X, Y, column, motion_column, resampled

__all__ = ["KNEEL_S", "KinematicHumanoid"]
_KNEELING, _WALKING, _STANDING = Posture.KNEELING, Posture.WALKING, Posture.STANDING
KNEEL_DROP = 0.28  # of the height


class Shape(NamedTuple):
    """A part of the body, before it is turned: all as shares of the height. `pitched`: by `ARM_PITCH_RAD`."""

    kind: str
    at: tuple[float, float, float]
    radius: float = 0.0
    length: float = 0.0
    half: tuple[float, float, float] = ()  # type: ignore[assignment]
    pitched: bool = False


ARM_PITCH_RAD = -0.7
SHAPES = (
    Shape("capsule", (0.0, 0.06, 0.24), 0.045, 0.38),
    Shape("capsule", (0.0, -0.06, 0.24), 0.045, 0.38),
    Shape("box", (0.0, 0.0, 0.65), half=(0.07, 0.11, 0.17)),
    Shape("sphere", (0.0, 0.0, 0.92), 0.07),
    Shape("capsule", (0.09, 0.14, 0.62), 0.028, 0.3, pitched=True),
    Shape("capsule", (0.09, -0.14, 0.62), 0.028, 0.3, pitched=True),
)
"""Two legs, torso, head, two arms; the origin is on the floor."""


class KinematicHumanoid:
    """A row of the world's arrays (tier T0), and six shapes of mass 0 that follow it when somebody looks.

    Its place and speed live in `rows` at `row`, where all robots are moved at once; `control` moves this one alone.
    """

    tier: Tier = "T0"
    dynamic = False
    stepped = False
    awake = False
    impairment = SOUND
    drawn = True
    """In pictures its shapes are seen."""

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
        self.physics, self.client, self.robot_id, self.model = physics, physics.client, robot_id, model
        self.rows, self.row = rows if rows is not None else Rows(1), row
        self._motion = self.rows.motion[row]
        self._motion[:] = (x, y, wrap(yaw), 0.0, 0.0, 0.0, 0.0)
        self.held: Crate | None = None
        self._share_kg = 0.0
        self.speed_limit = model["max_speed_mps"]
        self.gait = gait_of(calibration, self.speed_limit, model["mass_kg"], model["payload_kg"])
        self._height: float = model["height_m"]
        self._body: int | None = None
        self._number = physics.number(robot_id) if physics.apart else -1
        self._shown: list[float] = []
        table = self.rows.columns
        table["moved"][row] = not self.stepped
        table["top_speed"][row], table["top_turn"][row] = self.speed_limit, self.gait.turn_rate_radps
        table["acceleration"][row] = self.gait.acceleration_mps2
        self.move(0.0, 0.0, 0.0)
        self._feel_load()
        physics.shown.append(self)
        physics.moves += 1

    x, y, yaw = (motion_column(i) for i in (X, Y, YAW))
    vx, vy, yaw_rate, knelt = (motion_column(i) for i in (VX, VY, TURN, KNELT))
    kneeling = column("kneels")

    @property
    def bullet(self) -> int:
        """The number of its shapes, as `Physics.first_hits` gives it; they are made when first needed."""
        return self._number if self.physics.apart else self._made()

    def _made(self) -> int:
        """The body in the client of shapes."""
        if self._body is None:
            self._body = self._shapes()
            if self.physics.apart:
                self.physics.numbered(self._body, self._number)
            else:
                self.physics.names[self._body] = self.robot_id
            pb.setCollisionFilterGroupMask(
                self._body, -1, KINEMATIC, collides_with(KINEMATIC), physicsClientId=self.physics.shapes
            )
            self._shown = []
        return self._body

    def remove(self) -> None:
        """Take it out of the world; the box in its hands stays where it is."""
        self.physics.shown.remove(self)
        if self.held is not None:
            self.held.carrier = None
            self.held.guide(*self.hands())
        self.physics.forget(self._number, self._body)
        if self._body is not None:
            if not self.physics.apart:
                del self.physics.names[self._body]
            pb.removeBody(self._body, physicsClientId=self.physics.shapes)
            self._body = None

    def _feel_load(self) -> None:
        """What the box in its hands changes: how fast it stops, and what walking costs."""
        table = self.rows.columns
        table["braking"][self.row] = self.gait.braking_mps2(self.load_kg)
        speeds, powers = self.gait.power_curve(self.load_kg)
        table["power_speeds"][self.row] = resampled(speeds)
        table["powers"][self.row] = np.interp(resampled(speeds), speeds, powers)

    def _shapes(self) -> int:
        """A body of the model's height: two legs, torso, head, two arms; the base's origin is on the floor."""
        h = self.model["height_m"]
        r, g, b = self.model.colour
        geometries = {"capsule": pb.GEOM_CAPSULE, "box": pb.GEOM_BOX, "sphere": pb.GEOM_SPHERE}
        kinds = [geometries[s.kind] for s in SHAPES]
        radii = [s.radius * h if s.radius else 0.1 for s in SHAPES]
        lengths = [s.length * h if s.length else 0.1 for s in SHAPES]
        half = [[share * h for share in (s.half or SHAPES[2].half)] for s in SHAPES]
        at = [[share * h for share in s.at] for s in SHAPES]
        turn = [pb.getQuaternionFromEuler([0, ARM_PITCH_RAD, 0]) if s.pitched else [0, 0, 0, 1] for s in SHAPES]
        shape = pb.createCollisionShapeArray(
            shapeTypes=kinds,
            radii=radii,
            lengths=lengths,
            halfExtents=half,
            collisionFramePositions=at,
            collisionFrameOrientations=turn,
            physicsClientId=self.physics.shapes,
        )
        drawn = -1
        if self.physics.visual and self.drawn:
            drawn = pb.createVisualShapeArray(
                shapeTypes=kinds,
                radii=radii,
                lengths=lengths,
                halfExtents=half,
                visualFramePositions=at,
                visualFrameOrientations=turn,
                rgbaColors=[[r, g, b, 1]] * 6,
                physicsClientId=self.physics.shapes,
            )
        body: int = pb.createMultiBody(
            0,
            shape,
            drawn,
            [self.x, self.y, 0],
            pb.getQuaternionFromEuler([0, 0, self.yaw]),
            physicsClientId=self.physics.shapes,
        )
        return body

    # State

    def motion(self) -> Motion:
        x, y, yaw, vx, vy, turn, knelt = self._motion.tolist()
        return Motion(x, y, (0.55 - knelt * KNEEL_DROP) * self._height, yaw, vx, vy, turn)

    def posture(self) -> Posture:
        _, _, _, vx, vy, turn, knelt = self._motion.tolist()
        if knelt > 0.5:
            return _KNEELING
        return _WALKING if math.hypot(vx, vy) > 0.03 or abs(turn) > 0.1 else _STANDING

    def stability(self) -> float:
        return 1.0

    def joint_power_w(self) -> float:
        return self.gait.joint_power_w(math.hypot(self.vx, self.vy), self.yaw_rate, self.load_kg)

    @property
    def load_kg(self) -> float:
        """What it carries, by itself or of a load that others carry with it."""
        return self.held.mass_kg if self.held is not None else self._share_kg

    def joint_positions(self) -> tuple[float, ...]:
        return ()

    # Motion

    def move(self, vx: float, vy: float, yaw_rate: float) -> None:
        table = self.rows.columns
        table["told_vx"][self.row], table["told_vy"][self.row], table["told_turn"][self.row] = vx, vy, yaw_rate

    def control(self, dt: float) -> None:
        """Move this body alone; in a world, all of tier T0 are moved at once instead."""
        move_one(self.rows.motion, self.rows.table, self.row, dt)
        self.physics.moves += 1

    def show(self) -> None:
        """Move the shapes, and the box in the hands, to where the body is."""
        now = self._motion.tolist()
        body = self._made()
        if now == self._shown:
            return
        self._shown = now
        x, y, yaw, *_, knelt = now
        turn = (0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2))
        at = (x, y, -knelt * KNEEL_DROP * self._height)
        pb.resetBasePositionAndOrientation(body, at, turn, physicsClientId=self.physics.shapes)
        if self.held is not None and self.held.carrier is self:
            self.held.show(*self.hands())

    def tick(self) -> None:
        """Nothing between control periods."""

    # Hands

    def hands(self) -> tuple[Vector, Quaternion]:
        x, y, yaw, *_, knelt = self._motion.tolist()
        ahead, up = 0.3, (0.58 - knelt * KNEEL_DROP) * self._height
        return (
            (x + ahead * math.cos(yaw), y + ahead * math.sin(yaw), up),
            (0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)),
        )

    def grasp(self, crate: Crate) -> None:
        self.held, crate.holder = crate, self.robot_id
        crate.guide(*self.hands())
        crate.carrier = self
        self._shown = []
        self._feel_load()

    def receive(self, crate: Crate) -> None:
        self.grasp(crate)

    def release(self, velocity: Vector = (0.0, 0.0, 0.0)) -> None:
        if self.held is not None:
            self.held.guide(*self.hands())
            self.held.carrier = None
            self.held.let_go(velocity)
            self.held.holder, self.held = None, None
            self._feel_load()

    def bear(self, share_kg: float) -> None:
        """Carry so much of a load that it holds together with others."""
        self._share_kg = share_kg
        self._feel_load()

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
        self.physics.moves += 1
