"""Instances from dice for the tests of the solver."""

from __future__ import annotations

import numpy as np

from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask, PlanWeights

BATTERY = {"capacity_wh": 200.0, "reserve_wh": 20.0, "walking_w": 600.0, "working_w": 300.0, "standing_w": 120.0}


def from_dice(
    robots: int,
    tasks: int,
    seed: int,
    *,
    team: float = 0.0,
    after: float = 0.0,
    bench: float = 0.0,
    battery: bool = False,
    latest: float = 0.0,
    slows: float = 0.0,
) -> Instance:
    """Robots and tasks on a square floor; the numbers from 0 to 1 say how many of the tasks have which."""
    dice = np.random.default_rng(seed)
    docks = max(1, robots // 3) if battery else 0
    places = dice.uniform(0, 10 * np.sqrt(robots), (robots + 2 * tasks + docks, 2))
    distances = np.abs(places[:, None] - places[None]).sum(-1)
    made, span = [], 90.0 * tasks / robots
    for i in range(robots):
        power = {**BATTERY, "charging_w": 1500.0, "battery_wh": float(dice.uniform(10, 200))} if battery else {}
        made.append(PlanRobot(robot_id=f"r{i}", at=i, speed_mps=float(dice.choice([0.6, 1.0])), **power))
    return Instance(
        robots=tuple(made),
        tasks=tuple(_task(dice, i, robots, span, team, after, bench, latest, slows) for i in range(tasks)),
        distances_m=distances,
        docks=tuple(PlanDock(dock_id=f"d{i}", at=robots + 2 * tasks + i) for i in range(docks)),
        weights=PlanWeights(tardiness=1.0 / robots, waiting=0.01, travel=0.05, energy=0.01, wear=0.02),
    )


def _task(
    dice: np.random.Generator,
    i: int,
    robots: int,
    span: float,
    team: float,
    after: float,
    bench: float,
    latest: float,
    slows: float,
) -> PlanTask:
    able = None
    if dice.random() < 0.6:
        able = tuple(f"r{j}" for j in sorted(dice.permutation(robots)[: max(min(2, robots), robots // 2)].tolist()))
    return PlanTask(
        task_id=f"t{i}",
        stops=(robots + 2 * i, robots + 2 * i + 1)[: int(dice.integers(0, 3))],
        work_s=float(dice.uniform(5, 90)),
        team=2 if robots > 1 and dice.random() < team else 1,
        able=able,
        after=tuple(sorted({f"t{j}" for j in dice.integers(0, i, 2).tolist()})) if i and dice.random() < after else (),
        resources=(f"bench{dice.integers(0, 2)}",) if dice.random() < bench else (),
        earliest_s=float(dice.uniform(0, span / 2)) if dice.random() < 0.3 else 0.0,
        due_s=float(dice.uniform(span / 4, span)) if dice.random() < 0.5 else None,
        due_weight=float(dice.choice([1.0, 3.0])),
        latest_s=float(dice.uniform(span / 2, span * 2)) if dice.random() < latest else None,
        waiting_weight=float(dice.uniform(0, 1)),
        slows=0.2 if dice.random() < slows else 0.0,
        leaves_when_ready=i % 3 == 0 and after > 0.0,
    )
