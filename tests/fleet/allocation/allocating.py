"""Robots, jobs and an empty floor for allocation tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.allocation.problem import Job, Problem
from fleet.model.geometry import Pose
from fleet.model.robot import Capability, Posture, RobotDescription, RobotState
from fleet.supervisor.state import Robot


class Floor:
    """Nothing in the way. `walled` are x coordinates beyond which nobody gets."""

    def __init__(self, walled: float = float("inf")) -> None:
        self._walled = walled

    def distance_m(self, start: Pose, end: Pose) -> float:
        if (start.x > self._walled) != (end.x > self._walled):
            return float("inf")
        return start.distance_to(end)


SKILLS = ("carry", "pick", "place", "walk_to", "dock", "inspect")


def robot(robot_id: str, x: float = 0.0, **changes: Any) -> Robot:
    """A healthy idle robot at (x, 0) that walks 1 m/s; `changes` go to whatever record has the field."""
    capabilities = tuple(Capability(skill=s, max_payload_kg=2.0, speed_mps=1.0) for s in SKILLS)
    description = RobotDescription(
        robot_id=robot_id, model="m1", vendor="v", capabilities=capabilities, battery_wh=100.0, walk_power_w=360.0,
        idle_power_w=36.0,
    )  # fmt: skip
    state = RobotState(robot_id=robot_id, observed_at_s=0.0, pose=Pose(x=x, y=0.0), posture=Posture.STANDING)
    whole = Robot(description=description, state=state)
    for name, value in changes.items():
        if name in RobotDescription.__dataclass_fields__:
            whole = replace(whole, description=replace(whole.description, **{name: value}))
        elif name in Robot.__dataclass_fields__:
            whole = replace(whole, **{name: value})
        else:
            assert whole.state is not None
            whole = replace(whole, state=replace(whole.state, **{name: value}))
    return whole


def job(task_id: str, *stops: float, skill: str = "walk_to", **more: Any) -> Job:
    return Job(task_id=task_id, skill=skill, stops=tuple(Pose(x=x, y=0.0) for x in stops), **more)


def problem(jobs: list[Job], robots: list[Robot], **more: Any) -> Problem:
    defaults: dict[str, Any] = {"docks": (Pose(x=0.0, y=0.0),), "travel": Floor(), "now_s": 100.0}
    return Problem(jobs=tuple(jobs), robots=tuple(robots), **{**defaults, **more})
