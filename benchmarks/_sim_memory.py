"""Memory of worlds, each measured in a process of its own. One JSON object out."""

from __future__ import annotations

import argparse
import json

from benchmarks._harness import in_use_mb
from benchmarks._peer import walkers
from benchmarks.peers.ours import a_world
from sim_worlds.errors import Refused
from sim_worlds.profiles import RobotSpec
from sim_worlds.records import Walk
from sim_worlds.site import bundled_site, load_site
from sim_worlds.world import World

_ROUND_S = 90.0


def of_worlds(count: int = 8) -> dict[str, float]:
    """One more world of the ward, with twelve robots of tier T0, in MB."""
    site = load_site(bundled_site())
    specs = [RobotSpec(robot_id=f"r{i}", model="xpeng_iron", dock=f"dock_{i}") for i in range(1, 13)]
    worlds = [World(site, specs)]
    worlds[0].advance(5)
    before = in_use_mb()
    for _ in range(count):
        worlds.append(World(site, specs))
        worlds[-1].advance(5)
    return {"mb": (in_use_mb() - before) / count}


def of_robots(tier: str) -> dict[str, float]:
    """One more robot on open floor, in MB."""
    few, many = (2, 12) if tier == "T2" else (10, 1010)
    sizes = []
    for count in (few, few, many):  # the first one pays for the compiler and for what is loaded once
        task = walkers(count, 0.0)
        world = a_world(task["starts"], task["goals"], 0.6, dynamic=count if tier == "T2" else 0)
        world.advance(1)
        sizes.append(in_use_mb())
        if len(sizes) < 3:
            world.close()
    return {"mb": (sizes[2] - sizes[1]) / (many - few)}


def growth(hours: float) -> dict[str, float]:
    """Four robots walk to and fro in the ward, cameras off, each way a new command."""
    site = load_site(bundled_site())
    specs = [RobotSpec(robot_id=f"r{i}", model="xpeng_iron", dock=f"dock_{i}") for i in range(1, 5)]
    world = World(site, specs, watchdog_s=1e9)
    world.watched = False
    ends = ("corridor_west", "corridor_east")
    commands, sizes = 0, [0.0]
    rounds = round(hours * 3600 / _ROUND_S)
    for k in range(rounds):
        for robot in specs:
            pose = site.places[ends[(k + specs.index(robot)) % 2]].approach
            commands += 1
            try:
                world.start(robot.robot_id, Walk(command_id=f"c{commands}", x_m=pose.x, y_m=pose.y))
            except Refused:  # still under way
                world.cancel(robot.robot_id, "next round")
            world.computer(robot.robot_id).battery_wh = 500.0
        world.advance(_ROUND_S)
        if k == rounds // 10:  # by then all that is loaded or compiled once is there
            sizes[0] = in_use_mb()
    return {"mb": in_use_mb() - sizes[0], "commands": commands, "kept": len(world.outcomes)}


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=["world", "T0", "T2", "growth"])
    p.add_argument("--hours", type=float, default=24.0)
    args = p.parse_args()
    if args.what == "world":
        print(json.dumps(of_worlds()))
    elif args.what == "growth":
        print(json.dumps(growth(args.hours)))
    else:
        print(json.dumps(of_robots(args.what)))


if __name__ == "__main__":
    main()
