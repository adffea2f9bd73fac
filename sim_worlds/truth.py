"""Ground truth, for tests and for judging the fleet; nothing outside a test may decide by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim_worlds.faults import FaultState
from sim_worlds.humanoids.base import Vector
from sim_worlds.zones import Breach

if TYPE_CHECKING:
    from sim_worlds.world import World


@dataclass(frozen=True, slots=True)
class BoxTruth:
    position: Vector
    place_id: str | None
    zone_id: str
    holder: str | None


@dataclass(frozen=True, slots=True)
class RobotTruth:
    x: float
    y: float
    yaw: float
    posture: str
    zone_id: str
    carries: str | None


@dataclass(frozen=True, slots=True)
class PersonTruth:
    x: float
    y: float
    yaw: float
    posture: str
    """standing, walking or lying"""
    zone_id: str


@dataclass(frozen=True, slots=True)
class Truth:
    time_s: float
    boxes: dict[str, BoxTruth]
    robots: dict[str, RobotTruth]
    faults: dict[str, FaultState]
    people: dict[str, PersonTruth] = field(default_factory=dict)
    doors: dict[str, float] = field(default_factory=dict)
    """0 shut .. 1 open"""
    breaches: tuple[Breach, ...] = ()


def truth_of(world: World) -> Truth:
    boxes = {}
    for crate in world.crates.values():
        at = crate.pose()[0]
        place = world.site.place_near(at) if crate.holder is None else None
        boxes[crate.id] = BoxTruth(at, place, world.site.zone_at(at[0], at[1]), crate.holder)
    robots = {}
    for robot in world.computers.values():
        m = robot.body.motion()
        carries = next((c.id for c in world.crates.values() if c.held_by(robot.id)), None)
        zone, posture = world.site.zone_at(m.x, m.y), robot.body.posture().value
        robots[robot.id] = RobotTruth(m.x, m.y, m.yaw, posture, zone, carries)
    people = {}
    for name in world.people:
        p = world.people.state(name)
        people[name] = PersonTruth(p.x, p.y, p.yaw, p.posture, world.site.zone_at(p.x, p.y))
    doors = {k: leaf.open_share for k, leaf in world.building.doors.leaves.items()}
    breaches = tuple(world.building.zones.breaches)
    return Truth(world.time_s, boxes, robots, dict(world.faults.states), people, doors, breaches)
