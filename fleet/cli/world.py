"""The simulated part of a deployment, in the terms of `sim_worlds`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from fleet.cli.site import BadInput, site_of
from fleet.deployment.records import Deployment, FaultSettings, RobotSettings, WhenSettings
from fleet.model.errors import InvalidField
from fleet.model.site import PlaceKind
from sim_worlds.conditions import IDEAL, Conditions
from sim_worlds.conditions_loader import load_conditions
from sim_worlds.errors import InputError
from sim_worlds.faults import FaultSpec, When, check_faults
from sim_worlds.people import PersonSpec, load_people
from sim_worlds.profiles import RobotSpec, check_specs
from sim_worlds.promotion import PromotionRule
from sim_worlds.site import Site

if TYPE_CHECKING:
    from sim_worlds.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldParts:
    """What a world is made of."""

    site: Site
    robots: tuple[RobotSpec, ...]
    faults: tuple[FaultSpec, ...]
    seed: int
    people: tuple[PersonSpec, ...] = ()
    conditions: Conditions = IDEAL
    promotion: PromotionRule | None = None

    def build(self) -> World:
        """The world, at its beginning."""
        from sim_worlds.world import World  # slow to import: brings Numba and the physics

        return World(
            self.site,
            self.robots,
            self.faults,
            self.seed,
            people=self.people,
            conditions=self.conditions,
            promotion=self.promotion,
        )


def world_parts(deployment: Deployment) -> WorldParts:
    """The deployment's world.

    Raises:
        InvalidField: it has none, or one that cannot be.
    """
    if deployment.world is None:
        raise InvalidField("world", None, "a deployment with a simulated world")
    site = site_of(deployment)
    faults = tuple(_fault(fault) for fault in deployment.world.faults)
    try:
        robots = tuple(_robot(robot, site) for robot in deployment.robots())
        check_specs(robots, site)
        check_faults(faults, robots, site)
        ids = [robot.robot_id for robot in robots]
        settings = deployment.world
        people = load_people(settings.people, site, ids) if settings.people is not None else ()
        conditions = load_conditions(settings.conditions, ids) if settings.conditions is not None else IDEAL
    except InputError as error:
        raise BadInput(str(error)) from error
    rule = settings.promotion
    return WorldParts(
        site=site,
        robots=robots,
        faults=faults,
        seed=settings.seed,
        people=people,
        conditions=conditions,
        promotion=None
        if rule is None
        else PromotionRule(near_incident_m=rule.near_incident_m, quiet_s=rule.quiet_s, at_most=rule.at_most),
    )


def _robot(robot: RobotSettings, site: Site) -> RobotSpec:
    place = site.places.get(robot.start or "")
    if place is None or place.kind is PlaceKind.SLOT:
        known = ", ".join(p.place_id for p in site.places.values() if p.kind is not PlaceKind.SLOT)
        raise InvalidField(f"robot {robot.id}: start", robot.start, f"a dock or station of the site: {known}")
    at_dock = place.kind is PlaceKind.DOCK
    pose = place.approach
    return RobotSpec(
        robot_id=robot.id,
        model=robot.model,
        body=robot.body if robot.tier is None or robot.body == "dynamic" else None,
        tier=robot.tier,
        dock=place.place_id if at_dock else None,
        start=None if at_dock else (pose.x, pose.y, pose.yaw),
        battery_fraction=robot.battery,
    )


def _fault(fault: FaultSettings) -> FaultSpec:
    values = {f.name: getattr(fault, f.name) for f in fields(FaultSpec) if f.name not in ("fault_id", "when", "until")}
    return FaultSpec(fault_id=fault.id, when=_when(fault.when), until=_when(fault.until), **values)


def _when(when: WhenSettings | None) -> When | None:
    return None if when is None else When(**{f.name: getattr(when, f.name) for f in fields(When)})
