"""Work that tires: whoever has carried something walks more slowly until it has rested. Warm joints, in one number.

With t the share of the speed that is lost: each load taken up takes `slows` times the load over the payload of what is
left, so that t stays below 1; with nothing in its hands a robot recovers, t' = -t / `rest_s`, at a dock four times as
fast. That is a first-order model of a motor's temperature (one thermal time constant), not a measurement of any robot.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from sim_worlds.conditions import WearSpec
from sim_worlds.kernels.walking import THINK_S

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.onboard.traffic import Mover
    from sim_worlds.world import World

_AT_A_DOCK = 4.0
_LEAST = 1e-3  # less than that is none


class Wear:
    """How tired the robots of one world are. A part of the world."""

    name = "wear"

    def __init__(self, spec: WearSpec, robots: int) -> None:
        self.spec = spec
        self.tired = np.zeros(robots)
        self._carried: list[str] = [""] * robots

    @property
    def active(self) -> bool:
        """Whether anybody tires at all."""
        return self.spec.slows > 0.0

    def think(self, world: World) -> None:
        if not self.active:
            return
        for row, robot in enumerate(world.onboard):
            load = robot.believes_to_hold
            carries = load.id if load is not None else ""
            if carries and carries != self._carried[row]:
                self.tired[row] += (1.0 - self.tired[row]) * self.spec.slows * _share(world, robot)
            elif not carries and self.tired[row] > 0.0:
                faster = _AT_A_DOCK if robot.docked_at is not None else 1.0
                rested = self.tired[row] * math.exp(-THINK_S * faster / self.spec.rest_s)
                self.tired[row] = rested if rested >= _LEAST else 0.0
            self._carried[row] = carries

    def slow(self, world: World) -> None:
        """Who is tired walks more slowly. After the walks' wishes are known, before anybody moves."""
        if self.active and self.tired.any():
            table = world.rows.columns
            left = np.where(table["walks"], 1.0 - self.tired, 1.0)
            table["wish_vx"] *= left
            table["wish_vy"] *= left

    def of(self, row: int) -> float:
        """The share of its speed that the robot lacks now, as it reports it."""
        return round(float(self.tired[row]), 3)

    # A part of the world

    def movers(self) -> Iterable[Mover]:
        return ()

    def digest(self) -> bytes:
        return self.tired.tobytes() if self.active else b""

    def snapshot(self) -> dict[str, Any]:
        return {"tired": self.tired.tolist(), "carried": list(self._carried)}

    def restore(self, data: dict[str, Any]) -> None:
        self.tired[:], self._carried = data["tired"], list(data["carried"])


def _share(world: World, robot: Computer) -> float:
    """What it bears, as a share of the most that it may."""
    load, most_kg = robot.believes_to_hold, robot.info.description.payload_kg
    if load is None or most_kg <= 0.0:
        return 0.0
    return min((world.teamwork.share_kg(robot.id) or load.mass_kg) / most_kg, 1.0)


__all__ = ["Wear"]
