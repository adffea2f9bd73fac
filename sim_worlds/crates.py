"""Boxes as bodies: dynamic while they stand or fall, moved by hands while they are held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sim_worlds.bullet import pb
from sim_worlds.physics import BOX, GUIDED_BOX, Physics
from sim_worlds.site import Box

_COLOURS = {
    "blue": (0.15, 0.35, 0.85, 1),
    "red": (0.8, 0.15, 0.15, 1),
    "pink": (0.95, 0.55, 0.7, 1),
    "yellow": (0.95, 0.8, 0.15, 1),
    "orange": (0.95, 0.5, 0.1, 1),
    "green": (0.2, 0.6, 0.25, 1),
    "violet": (0.5, 0.3, 0.7, 1),
    "white": (0.95, 0.95, 0.95, 1),
    "grey": (0.5, 0.5, 0.5, 1),
    "teal": (0.1, 0.6, 0.6, 1),
    "lime": (0.6, 0.85, 0.2, 1),
}


Pose = tuple[tuple[float, float, float], tuple[float, float, float, float]]


class Carrier(Protocol):
    """A body with hands; see `humanoids.base.Body`."""

    def hands(self) -> Pose: ...


class Crate:
    """One box. `holder` is a robot's or a person's id, or None when it stands free."""

    def __init__(self, physics: Physics, box: Box, at: Sequence[float], turn_rad: float = 0.0) -> None:
        self.physics, self.box = physics, box
        self._holder: str | None = None
        self.partners: tuple[str, ...] = ()
        """Robots that have it in their hands together; see `teamwork`."""
        self.carrier: Carrier | None = None
        """The moved body whose hands it is in: it is where they are."""
        self.changes = 0
        """Counts up whenever it may be somewhere else, or in other hands."""
        self._pose: tuple[int, Pose] | None = None
        self.half = tuple(s / 2 for s in box.size_m)
        colour = _COLOURS.get(box.record.attributes.get("colour", ""), (0.7, 0.55, 0.35, 1))
        self.body = physics.box(
            self.half,
            at,
            pb.getQuaternionFromEuler([0, 0, turn_rad]),
            mass=box.record.mass_kg,
            colour=colour,
            group=BOX,
        )
        physics.names[self.body] = self.id
        pb.changeDynamics(
            self.body, -1, lateralFriction=0.8, rollingFriction=0.002, restitution=0, physicsClientId=physics.client
        )
        self.inertia = pb.getDynamicsInfo(self.body, -1, physicsClientId=physics.client)[2]
        self.may_sleep(True)
        self.guided = False
        self.lifted_from: tuple[tuple[float, ...], tuple[float, ...]] | None = None
        """Where it stood, while it is being lifted: a cancelled lift puts it back."""

    @property
    def id(self) -> str:
        return self.box.record.object_id

    @property
    def mass_kg(self) -> float:
        return self.box.record.mass_kg

    @property
    def holder(self) -> str | None:
        return self._holder

    @holder.setter
    def holder(self, value: str | None) -> None:
        self._holder = value
        self.changes += 1

    def held_by(self, who: str) -> bool:
        """Whether it is in that one's hands, alone or with others."""
        return who == self._holder or who in self.partners

    def pose(self) -> Pose:
        """Position in m and quaternion (x, y, z, w)."""
        if self.carrier is not None:
            return self.carrier.hands()
        if self._pose is None or self._pose[0] != self.physics.steps:
            position, rotation = pb.getBasePositionAndOrientation(self.body, physicsClientId=self.physics.client)
            self._pose = self.physics.steps, (position, rotation)
        return self._pose[1]

    def guide(self, position: Sequence[float], rotation: Sequence[float]) -> None:
        """Move it by hand: it has no mass of its own until `let_go`."""
        self._pose = None
        self.changes += 1
        if not self.guided:
            pb.changeDynamics(self.body, -1, mass=0, physicsClientId=self.physics.client)
            # Or it would push the arms that hold it.
            self.physics.set_group(self.body, GUIDED_BOX)
            self.guided = True
        pb.resetBasePositionAndOrientation(self.body, position, rotation, physicsClientId=self.physics.client)

    def show(self, position: Sequence[float], rotation: Sequence[float]) -> None:
        """Move its shape to the hands it is in."""
        pb.resetBasePositionAndOrientation(self.body, position, rotation, physicsClientId=self.physics.client)

    def may_sleep(self, allowed: bool) -> None:
        """Wake it up; let it fall asleep again when it rests (a tenth of the cost), or keep it awake."""
        state = pb.ACTIVATION_STATE_ENABLE_SLEEPING if allowed else pb.ACTIVATION_STATE_DISABLE_SLEEPING
        pb.changeDynamics(
            self.body,
            -1,
            activationState=state | pb.ACTIVATION_STATE_WAKE_UP,
            sleepThreshold=0.05,
            physicsClientId=self.physics.client,
        )

    def let_go(self, velocity: Sequence[float] = (0, 0, 0)) -> None:
        """Give it its mass back; it stands, falls or flies with `velocity` in m/s."""
        client = self.physics.client
        self.physics.stirred = True
        self.changes += 1
        if self.guided:
            pb.changeDynamics(
                self.body, -1, mass=self.mass_kg, localInertiaDiagonal=self.inertia, physicsClientId=client
            )
            self.physics.set_group(self.body, BOX)
            self.guided = False
        self.may_sleep(True)
        pb.resetBaseVelocity(self.body, velocity, [0, 0, 0], physicsClientId=client)

    def put_back(self) -> None:
        """End a lift that was not finished."""
        if self.lifted_from is not None:
            self.guide(*self.lifted_from)
            self.lifted_from = None
        self.let_go()
        self.holder = None

    def velocity(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        linear, angular = pb.getBaseVelocity(self.body, physicsClientId=self.physics.client)
        return linear, angular
