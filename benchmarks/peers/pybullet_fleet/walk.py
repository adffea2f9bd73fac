"""Run by the peer's own Python: robots of pybullet-fleet go to goals; JSON in, one line of JSON out.

In the peer's fastest way: kinematic (no physics), its shared batch controller, collisions checked as by default.
In: {starts: [[x, y], ...], goals: [[x, y], ...], speed_mps, warm_s, seconds}. Out: {cpu_s, moved_m, memory_mb}.
"""

import json
import math
import sys
import time

from pybullet_fleet import AgentSpawnParams, MultiRobotSimulationCore, Pose, SimulationParams
from pybullet_fleet.agent_manager import AgentManager
from pybullet_fleet.robot_models import resolve_model
from pybullet_fleet.types import SpatialHashCellSizeMode

STEP_S = 0.1


def pss_mb():
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


def main():
    task = json.load(sys.stdin)
    sim = MultiRobotSimulationCore(
        SimulationParams(
            target_rtf=0,
            gui=False,
            monitor=False,
            enable_monitor_gui=False,
            physics=False,
            timestep=STEP_S,
            spatial_hash_cell_size_mode=SpatialHashCellSizeMode.CONSTANT,
            spatial_hash_cell_size=2.0,
            log_level="error",
        )
    )
    manager = AgentManager(sim_core=sim, fleet_controller={"type": "batch_omni"})
    body = resolve_model("simple_cube")
    limits = {"type": "omni", "max_linear_vel": task["speed_mps"], "max_linear_accel": 0.5}
    agents = manager.spawn_objects_batch(
        [
            AgentSpawnParams(urdf_path=body, controller=dict(limits), initial_pose=Pose.from_xyz(x, y, 0.1))
            for x, y in task["starts"]
        ]
    )
    sim.initialize_simulation()
    for agent, (x, y) in zip(agents, task["goals"], strict=True):
        agent.set_goal_pose(Pose.from_xyz(x, y, 0.1))
    for _ in range(round(task["warm_s"] / STEP_S)):
        sim.step_once()
    before = [(agent.get_pose().x, agent.get_pose().y) for agent in agents]
    begun = time.process_time()
    for _ in range(round(task["seconds"] / STEP_S)):
        sim.step_once()
    cpu_s = time.process_time() - begun
    moved = sum(math.hypot(a.get_pose().x - x, a.get_pose().y - y) for a, (x, y) in zip(agents, before, strict=True))
    print(json.dumps({"cpu_s": cpu_s, "moved_m": moved, "memory_mb": pss_mb()}))


main()
