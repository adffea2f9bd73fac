"""What the onboard computer needs of a body, whichever way the body moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from fleet.model.robot import Posture
from sim_worlds.crates import Crate
from sim_worlds.profiles import Tier

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Motion:
    """Where a body is and how it moves, in the map frame; m, rad, m/s, rad/s. `z` is the base's height."""

    x: float
    y: float
    z: float
    yaw: float
    vx: float
    vy: float
    yaw_rate: float

    @property
    def speed(self) -> float:
        return math.hypot(self.vx, self.vy)


@dataclass(frozen=True, slots=True)
class Impairment:
    """What is wrong with a body that walks by its joints.

    `factors`: (joint, part of its torque limit that is left); `stuck`: (joint, angle in rad at which it is blocked);
    `lag_s`: how late the policy is told everything: joints, balance, its own last action.
    """

    factors: tuple[tuple[str, float], ...] = ()
    stuck: tuple[tuple[str, float], ...] = ()
    lag_s: float = 0.0


SOUND = Impairment()


class Body(Protocol):
    """A humanoid's body in the physics client."""

    robot_id: str
    tier: Tier
    dynamic: bool
    """It keeps its balance by itself, and can fall."""
    stepped: bool
    """Physics moves it: `control` is called every control period, and `tick` every physics step while it is `awake`."""
    awake: bool
    """Physics has something to do for it now."""
    impairment: Impairment
    held: Crate | None

    @property
    def bullet(self) -> int:
        """Its number as `Physics.first_hits` gives it."""
        ...

    def motion(self) -> Motion: ...

    def posture(self) -> Posture: ...

    def stability(self) -> float:
        """1 upright and at full height .. 0 beyond recovery."""
        ...

    def move(self, vx: float, vy: float, yaw_rate: float) -> None:
        """Wanted velocity in the map frame, kept until the next call. (0, 0, 0) is standing still."""
        ...

    def control(self, dt: float) -> None:
        """Once a control period of 20 ms."""
        ...

    def tick(self) -> None:
        """Once a physics tick, before it."""
        ...

    def joint_power_w(self) -> float:
        """Mechanical power since the last control period."""
        ...

    def joint_positions(self) -> tuple[float, ...]:
        """In rad, in the order of the model's joint names; empty for a body without joints."""
        ...

    def hands(self) -> tuple[Vector, Quaternion]:
        """Where the centre of a held box is."""
        ...

    def grasp(self, crate: Crate) -> None: ...

    def receive(self, crate: Crate) -> None:
        """Go on holding a box that another body of this robot held until now."""
        ...

    def release(self, velocity: Vector = (0.0, 0.0, 0.0)) -> None:
        """Let go of the box, if there is one."""
        ...

    def bear(self, share_kg: float) -> None:
        """Carry so much of a load that it holds together with others, 0 when it does not any more. Bodies of tier T2 do
        not feel it: a robot that was promoted while it carried balances without the load."""
        ...

    def kneel(self, down: bool) -> None: ...

    def impair(self, impairment: Impairment) -> None:
        """From now on, and instead of what was wrong before. Raises `SpecError` where the body has no such joint."""
        ...

    def remove(self) -> None:
        """Take it out of the world; the box in its hands stays where it is."""
        ...

    def snapshot(self) -> dict[str, Any]: ...

    def restore(self, data: dict[str, Any]) -> None: ...


def wrap(angle: float) -> float:
    """The same angle in (-pi, pi]."""
    return math.atan2(math.sin(angle), math.cos(angle))
