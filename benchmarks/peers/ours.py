"""Run in a process of its own: the same robots, goals and questions as `pybullet_fleet/walk.py`, in a world of ours."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from typing import Any

from benchmarks._harness import resident_mb
from sim_worlds.calibrate import open_floor
from sim_worlds.profiles import RobotSpec
from sim_worlds.records import Walk
from sim_worlds.world import World

MODEL = "tesla_optimus_gen2"


def a_world(starts: list[list[float]], goals: list[list[float]], speed_mps: float, dynamic: int = 0) -> World:
    """Robots of tier T0 (the first `dynamic` of T2) on open floor, all on their way."""
    specs = [
        RobotSpec(
            robot_id=f"r{i:04}",
            model="unitree_g1" if i < dynamic else MODEL,
            tier="T2" if i < dynamic else "T0",
            start=(x, y, 0.0),
        )
        for i, (x, y) in enumerate(starts)
    ]
    world = World(open_floor(), specs, watchdog_s=1e9)
    for spec, (x, y) in zip(specs, goals, strict=True):
        world.start(spec.robot_id, Walk(command_id=spec.robot_id, x_m=x, y_m=y, speed_mps=speed_mps))
    return world


def measured(task: dict[str, Any]) -> dict[str, float]:
    """CPU seconds for `seconds` of simulated time after a warm-up, how far all robots came, and memory."""
    empty = resident_mb(os.getpid())
    world = a_world(task["starts"], task["goals"], task["speed_mps"], task.get("dynamic", 0))
    made = resident_mb(os.getpid())
    world.advance(task["warm_s"])
    before = [r.body.motion() for r in world.computers.values()]
    begun = time.process_time()
    world.advance(task["seconds"])
    cpu_s = time.process_time() - begun
    after = [r.body.motion() for r in world.computers.values()]
    moved = sum(math.hypot(a.x - b.x, a.y - b.y) for a, b in zip(after, before, strict=True))
    fallen = sum(r.fallen for r in world.computers.values())
    return {
        "cpu_s": cpu_s,
        "moved_m": moved,
        "memory_mb": resident_mb(os.getpid()),
        "world_mb": made - empty,
        "fallen": fallen,
    }


if __name__ == "__main__":
    result = json.dumps(measured(json.load(sys.stdin)))
    print(result)
