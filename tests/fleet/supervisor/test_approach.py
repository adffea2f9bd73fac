"""Where a robot stands to take something up from the floor."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fleet.allocation.assignment import OptimalAssignment
from fleet.model.geometry import Pose
from fleet.model.robot import Posture, RobotDescription, RobotState
from fleet.model.site import ObjectRecord, SiteMap, Wall
from fleet.supervisor.approach import floor_approach
from fleet.supervisor.context import Context
from fleet.supervisor.draft import Draft
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.state import Believed, FleetState, Robot
from fleet.travel import TravelModel

# Two rooms beside each other, joined by a door at the far end of the wall between them.
SITE = SiteMap(
    site_id="s",
    name="s",
    bounds=(0, 0, 10, 8),
    zones={},
    places={},
    walls=(Wall(ax=5, ay=0, bx=5, by=6),),
    objects={"box": ObjectRecord(object_id="box", kind="box", mass_kg=1, radius_m=0.18)},
)


def robot(robot_id: str, x: float, y: float, posture: Posture = Posture.STANDING) -> Robot:
    description = RobotDescription(robot_id=robot_id, model="m", vendor="v", footprint_radius_m=0.3)
    return Robot(
        description=description,
        state=RobotState(robot_id=robot_id, observed_at_s=0, pose=Pose(x=x, y=y), posture=posture),
    )


def draft(box: tuple[float, float], *robots: Robot) -> Draft:
    believed = Believed(
        object_id="box",
        x=box[0],
        y=box[1],
        z=0.1,
        zone="",
        place="",
        holder="",
        source="c",
        observed_at_s=0,
        confidence=1,
    )
    state = FleetState(robots={r.description.robot_id: r for r in robots}, objects={"box": believed})
    context = Context(site=SITE, settings=SupervisorSettings(), travel=TravelModel(SITE), allocator=OptimalAssignment())
    return Draft(state, 0.0, context)


def approach(made: Draft, robot_id: str = "r") -> Pose:
    pose = floor_approach(made, "box", robot_id)
    assert pose is not None
    return pose


def test_it_is_beside_the_object_facing_it_on_the_near_side() -> None:
    pose = approach(draft((3, 4), robot("r", 1, 4)))
    assert math.hypot(pose.x - 3, pose.y - 4) == pytest.approx(0.53)
    assert pose.x < 3
    assert math.cos(pose.yaw) == pytest.approx(1, abs=0.1)


def test_a_wall_is_not_reached_through() -> None:
    # The robot stands just behind the wall: the straight line to the box goes through it.
    pose = approach(draft((4.6, 2), robot("r", 5.5, 2)))
    assert pose.x < 5 - 0.3


def test_a_robot_that_lies_there_is_not_stood_upon() -> None:
    fallen = robot("down", 2.4, 4, Posture.FALLEN)
    pose = approach(draft((3, 4), robot("r", 1, 4), fallen))
    assert math.hypot(pose.x - 2.4, pose.y - 4) >= 0.68


def test_it_keeps_away_from_walls_where_it_can() -> None:
    pose = approach(draft((4.6, 2), robot("r", 4.6, 6)))
    assert SITE.room_at(pose.x, pose.y) >= 0.48


def test_where_nobody_can_stand_it_is_at_least_on_the_right_side_of_the_wall() -> None:
    around = [robot(f"d{i}", 3 + 0.5 * math.cos(i), 4 + 0.5 * math.sin(i), Posture.FALLEN) for i in range(7)]
    assert approach(draft((3, 4), robot("r", 1, 4), *around)).x < 5
    assert floor_approach(draft((-3, 4), robot("r", 1, 4)), "box", "r") is None  # off the map


def test_there_is_none_for_what_nobody_has_seen_or_a_robot_that_never_reported() -> None:
    made = draft((3, 4), robot("r", 1, 4))
    assert floor_approach(made, "other", "r") is None
    assert floor_approach(made, "box", "nobody") is None
    made.state = replace(made.state, robots={"r": replace(made.state.robots["r"], state=None)})
    assert floor_approach(made, "box", "r") is None
