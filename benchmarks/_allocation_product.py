"""Who does what next, as the supervisor asks it with a site, robots and poses: how long one answer takes, for the
demo's fleet and for larger ones, with distances known and for the first time."""

from __future__ import annotations

import random
import time

from benchmarks._harness import Metric, spread
from fleet.allocation.assignment import OptimalAssignment
from fleet.allocation.problem import Job, Problem
from fleet.model.geometry import Pose
from fleet.model.robot import Capability, Posture, RobotDescription, RobotState
from fleet.model.site import SiteMap
from fleet.supervisor.state import Robot
from fleet.travel import TravelModel
from sim_worlds.site import bundled_site, load_site

SIZES = ((20, 12), (60, 30), (200, 100))  # tasks waiting, robots


def a_problem(site: SiteMap, travel: TravelModel, tasks: int, robots: int, seed: int) -> Problem:
    """Carry tasks between random places, robots anywhere; a third of the loads is too heavy for half of them."""
    dice = random.Random(seed)
    places = list(site.places.values())
    fleet = []
    for number in range(robots):
        capability = Capability(skill="carry", max_payload_kg=dice.choice([2.0, 20.0]), speed_mps=0.6)
        description = RobotDescription(robot_id=f"r{number:03}", model="m", vendor="v", capabilities=(capability,))
        state = RobotState(
            robot_id=description.robot_id,
            observed_at_s=0.0,
            pose=dice.choice(places).approach,
            posture=Posture.STANDING,
            battery_fraction=dice.uniform(0.3, 1.0),
        )
        fleet.append(Robot(description=description, state=state))
    jobs = [
        Job(
            task_id=f"t{number:03}",
            skill="carry",
            stops=(dice.choice(places).approach, dice.choice(places).approach),
            work_s=8.0,
            payload_kg=dice.choice([1.0, 1.0, 12.0]),
            priority=dice.randint(0, 100),
            deadline_s=dice.choice([None, dice.uniform(60, 600)]),
        )
        for number in range(tasks)
    ]
    docks: tuple[Pose, ...] = tuple(place.approach for place in site.docks())
    return Problem(jobs=tuple(jobs), robots=tuple(fleet), docks=docks, travel=travel, now_s=10.0)


def measure(repeats: int) -> dict[str, Metric]:
    """All numbers: `repeats` different problems of each size."""
    site = load_site(bundled_site()).to_map()
    allocator = OptimalAssignment()
    metrics: dict[str, Metric] = {}
    start = time.process_time()
    travel = TravelModel(site)
    metrics["travel_model"] = Metric(value=(time.process_time() - start) * 1e3, unit="ms")
    for tasks, robots in SIZES:
        first: list[float] = []
        again: list[float] = []
        for seed in range(repeats):
            problem = a_problem(site, TravelModel(site) if seed == 0 else travel, tasks, robots, seed)
            for samples in (first, again):
                start = time.process_time()
                allocator.plan(problem)
                samples.append((time.process_time() - start) * 1e3)
        metrics[f"product_{tasks}x{robots}_cold"] = Metric(value=first[0], unit="ms")
        metrics |= spread(f"product_{tasks}x{robots}", again, "ms")
    return metrics
