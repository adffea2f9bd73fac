"""Instances from dice, for benchmarks and tests: the same for the same numbers and seed."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask, PlanWeights
from fleet.model.errors import InvalidField

FEATURES = {
    "latest": "a fifth of the tasks has a hard deadline, some of them hopeless",
    "earliest": "half of the tasks must not start yet",
    "after": "a third of the tasks comes after one or two others",
    "teams": "a fifth of the tasks needs two robots",
    "ready": "half of the tasks are left for only when nothing else is waited for",
    "resources": "a fifth of the tasks needs one of two things to itself",
    "battery": "batteries that must be charged on the way, at a dock for every five robots",
    "slows": "a fifth of the tasks makes its robot slower",
    "pins": "some tasks are pinned to a robot, some bans",
    "present": "there is a plan in force that must not be changed for nothing",
    "holes": "some ways are missing, one way only",
}
MAX_PLACES = 2000  # more than that share places, as on real floors
SPEEDS_MPS = (0.6, 0.8, 1.0, 1.2)  # four models of robots
STRETCH = 1.25  # ways on a floor against straight lines
SKILLS = 4  # robots have one to four of them, a task needs one


def generated(robots: int, tasks: int, *, seed: int = 0, features: Collection[str] = ()) -> Instance:
    """So many robots of mixed speeds and skills, so many pick-up-and-delivery tasks on a floor that grows with them.

    A task has two stops and 20 to 120 s of work; six in ten are due within the time in which the fleet could do
    everything, with weights from 1 to 5. Weights are those of J = makespan + weighted tardiness / robots; with features
    all terms count.

    Raises:
        InvalidField: fewer than one robot, a negative number of tasks, an unknown feature.
    """
    if robots < 1:
        raise InvalidField("robots", robots, "1 or more")
    if tasks < 0:
        raise InvalidField("tasks", tasks, "0 or more")
    for name in features:
        if name not in FEATURES:
            raise InvalidField("features", name, "some of " + ", ".join(FEATURES))
    dice = np.random.default_rng([seed, robots, tasks])
    places = min(MAX_PLACES, 2 * tasks + robots + 2)
    side_m = 20.0 * math.sqrt(robots)
    points = dice.uniform(0.0, side_m, size=(places, 2))
    distances = np.round(STRETCH * np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)), 3)
    fleet = [_robot(dice, number, places) for number in range(robots)]
    skills = [_skills(dice) for _ in range(robots)]
    for skill in range(SKILLS):
        skills[skill % robots].add(skill)  # somebody can do each task
    able = {s: tuple(r.robot_id for r, has in zip(fleet, skills, strict=True) if s in has) for s in range(SKILLS)}
    work_s = tasks * (70.0 + 2 * 0.5 * side_m * STRETCH / 0.9) / robots  # about what all of it takes the fleet
    todo = [_task(dice, number, places, able, work_s) for number in range(tasks)]
    weights = PlanWeights(makespan=1.0, tardiness=1.0 / robots, waiting=0.0)
    instance = Instance(
        robots=tuple(fleet),
        tasks=tuple(todo),
        distances_m=distances,
        weights=weights,
        name=f"{robots}x{tasks}-{'-'.join([*sorted(features), str(seed)])}",
    )
    return _with_features(instance, dice, work_s, set(features)) if features else instance


def _robot(dice: np.random.Generator, number: int, places: int) -> PlanRobot:
    return PlanRobot(
        robot_id=f"r{number:04}",
        at=int(dice.integers(places)),
        free_at_s=float(dice.choice([0.0, 0.0, round(float(dice.uniform(0, 60)), 1)])),
        speed_mps=float(dice.choice(SPEEDS_MPS)),
    )


def _skills(dice: np.random.Generator) -> set[int]:
    return {int(s) for s in dice.choice(SKILLS, size=int(dice.integers(1, SKILLS + 1)), replace=False)}


def _task(
    dice: np.random.Generator, number: int, places: int, able: dict[int, tuple[str, ...]], work_s: float
) -> PlanTask:
    due = dice.random() < 0.6
    return PlanTask(
        task_id=f"t{number:05}",
        stops=tuple(int(s) for s in dice.choice(places, size=2, replace=False)),
        work_s=round(float(dice.uniform(20, 120)), 1),
        able=able[int(dice.integers(SKILLS))],
        due_s=round(float(dice.uniform(60.0, 60.0 + work_s)), 1) if due else None,
        due_weight=float(dice.integers(1, 6)),
    )


# -- features ----------------------------------------------------------------------------------------------------------


def _with_features(instance: Instance, dice: np.random.Generator, work_s: float, features: set[str]) -> Instance:
    tasks = [_featured(t, number, instance, dice, work_s, features) for number, t in enumerate(instance.tasks)]
    weights = PlanWeights(
        makespan=1.0, tardiness=1.0, waiting=0.02, travel=0.1, energy=0.5, wear=0.1, churn=5.0, moved=30.0
    )
    robots, docks, distances = instance.robots, instance.docks, instance.distances_m
    if "battery" in features:
        docks = _docks(dice, len(robots), len(distances))
        robots = tuple(_with_battery(r, dice) for r in robots)
    if "holes" in features and len(distances) > 3:
        distances = _with_holes(distances, dice, {r.at for r in robots} | {d.at for d in docks})
    changed = replace(
        instance, robots=robots, tasks=tuple(tasks), docks=docks, distances_m=distances, weights=weights, now_s=5.0
    )
    return _with_present(changed, dice) if "present" in features else changed


def _featured(
    task: PlanTask, number: int, instance: Instance, dice: np.random.Generator, work_s: float, features: set[str]
) -> PlanTask:
    """The task with what the dice add. They are thrown for all features, so that one does not change another."""
    throws = dice.random(8)
    robot_ids = [r.robot_id for r in instance.robots]
    some = [str(r) for r in dice.choice(robot_ids, size=min(2, len(robot_ids)), replace=False)]
    able = task.able or tuple(robot_ids)
    earlier = [t.task_id for t in instance.tasks[:number]]
    before = sorted({str(t) for t in dice.choice(earlier, size=min(2, number), replace=False)}) if earlier else []
    changes: dict[str, Any] = {"costs_s": {some[0]: round(float(dice.uniform(1, 40)), 1)} if throws[0] < 0.2 else {}}
    if "latest" in features and throws[1] < 0.2:
        changes["latest_s"] = round(float(20.0 + 1.5 * work_s * throws[1] / 0.2), 1)
    if "earliest" in features and throws[2] < 0.5:
        changes["earliest_s"] = round(float(work_s * throws[2]), 1)
    if "after" in features and throws[3] < 0.33:
        changes["after"] = tuple(before[: 1 + (throws[3] < 0.1)])
    if "teams" in features and throws[4] < 0.2 and len(able) > 1:
        changes["team"] = 2
    if "resources" in features and throws[5] < 0.2:
        changes["resources"] = ("bench",) if throws[5] < 0.1 else ("lift", "bench") if throws[5] < 0.12 else ("lift",)
    if "ready" in features:
        changes["leaves_when_ready"] = int(1e6 * throws[0]) % 2 == 0
    if "slows" in features and throws[6] < 0.2:
        changes["slows"] = round(float(throws[6]), 2)
    if "pins" in features and throws[7] < 0.15:
        changes["pinned_to"] = (able[int(1e6 * throws[7]) % len(able)],)
    elif "pins" in features and throws[7] < 0.3 and len(able) > 2:
        changes["banned"] = (able[0],)
    return replace(task, **changes)


def _docks(dice: np.random.Generator, robots: int, places: int) -> tuple[PlanDock, ...]:
    return tuple(
        PlanDock(dock_id=f"d{n:03}", at=int(dice.integers(places)), free_at_s=float(dice.choice([0.0, 50.0])))
        for n in range(max(1, robots // 5))
    )


def _with_battery(robot: PlanRobot, dice: np.random.Generator) -> PlanRobot:
    """Enough for a few tasks; a fifth of the robots is low from the start."""
    share = dice.uniform(0.12, 0.2) if dice.random() < 0.2 else dice.uniform(0.4, 1.0)
    return replace(
        robot,
        battery_wh=round(float(40.0 * share), 2),
        capacity_wh=40.0,
        reserve_wh=5.0,
        walking_w=220.0,
        working_w=180.0,
        standing_w=60.0,
        charging_w=400.0,
        worn_s=round(float(dice.uniform(0, 900)), 1),
    )


def _with_holes(distances: NDArray[np.float64], dice: np.random.Generator, keep: set[int]) -> NDArray[np.float64]:
    """A location that nobody gets to, and one-way streets: a twentieth of the ways is missing."""
    found: NDArray[np.float64] = distances.copy()
    found[dice.random(found.shape) < 0.05] = np.inf
    islands = [p for p in range(len(found)) if p not in keep]
    found[:, islands[:1]] = np.inf
    np.fill_diagonal(found, 0.0)
    return found


def _with_present(instance: Instance, dice: np.random.Generator) -> Instance:
    """A plan in force for the first half of the tasks, somebody on the way to the first of each robot."""
    routes: dict[str, list[str]] = {r.robot_id: [] for r in instance.robots}
    for task in instance.tasks[: len(instance.tasks) // 2]:
        able = task.able or tuple(routes)
        routes[able[int(dice.integers(len(able)))]].append(task.task_id)
    on_the_way = {names[0] for names in list(routes.values())[::2] if names}
    present = {robot: tuple(names) for robot, names in routes.items() if names}
    return replace(instance, present=present, on_the_way=frozenset(on_the_way))
