"""Somebody who commands every robot of a world, in virtual time."""

from __future__ import annotations

from itertools import count

from sim_worlds.errors import LinkDown
from sim_worlds.profiles import RobotSpec
from sim_worlds.records import AnyPrimitive, Pick, Place, PrimitiveStatus, Walk
from sim_worlds.world import World

_SHORT = {"g1": "unitree_g1", "optimus": "tesla_optimus_gen2", "iron": "xpeng_iron", "gr2": "fourier_gr2"}


def robot(name: str, x: float, y: float, yaw: float = 0.0, **more: object) -> RobotSpec:
    """`g1_walking` is dynamic; any other name's beginning is a kinematic model."""
    dynamic = name.endswith("walking")
    return RobotSpec(
        robot_id=name,
        model=_SHORT[name.split("_")[0]],
        body="dynamic" if dynamic else "kinematic",
        start=(x, y, yaw),
        **more,
    )  # type: ignore[arg-type]


class Hands:
    """Commands a world's robots and keeps their links alive."""

    def __init__(self, world: World, first_number: int = 1) -> None:
        self.world = world
        self.numbers = count(first_number)

    def advance(self, seconds: float) -> None:
        """Let time pass, with heartbeats to all robots that can be reached."""
        until = self.world.time_s + seconds
        while self.world.time_s < until - 1e-9:
            self.beat()
            self.world.advance(min(0.5, until - self.world.time_s))

    def beat(self) -> None:
        for name in self.world.computers:
            try:
                self.world.heartbeat(name)
            except LinkDown:
                continue

    def do(self, name: str, kind: type[AnyPrimitive], limit_s: float = 90.0, **fields: object) -> PrimitiveStatus:
        """One primitive, until it ends or `limit_s` has passed."""
        fields.setdefault("command_id", f"c{next(self.numbers)}")
        command = kind(task_id="t1", **fields)  # type: ignore[arg-type]
        self.beat()
        self.world.start(name, command)
        until = self.world.time_s + limit_s
        while not self.world.status(name).ended and self.world.time_s < until:
            self.advance(0.2)
        return self.world.status(name)

    def go(self, name: str, place_id: str) -> PrimitiveStatus:
        """Walk to where a place, or a person, is approached."""
        site = self.world.site
        pose = site.places[place_id].approach if place_id in site.places else site.people[place_id].record.approach
        return self.do(name, Walk, x_m=pose.x, y_m=pose.y, yaw_rad=pose.yaw)

    def fetch(self, name: str, box: str, shelf: str) -> PrimitiveStatus:
        self.go(name, shelf)
        return self.do(name, Pick, object_id=box)

    def deliver(self, name: str, place_id: str) -> PrimitiveStatus:
        self.go(name, place_id)
        return self.do(name, Place, place_id=place_id)
