"""The world's process: nothing but the simulation, no ROS, no threads. `python -m fleet.cli.run_world`.

Writes the deployment's robots and faults in the formats of `sim_worlds` and hands over to `sim_worlds.process`.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import yaml

from fleet.cli.live_faults import live_faults
from fleet.cli.process import Start, run_process
from fleet.cli.site import site_path
from fleet.cli.world import WorldParts, world_parts
from sim_worlds import process
from sim_worlds.faults import FaultSpec, to_plain
from sim_worlds.profiles import RobotSpec

HEARTBEAT_GAP_S = 1.0  # of steady time, after which a robot that nobody commands holds by itself


def arguments(start: Start) -> list[str]:
    """The command line of `sim_worlds.process` for this deployment. Raises `InvalidField`."""
    plan, paths = start.deployment, start.paths
    parts = world_parts(plan)
    own = live_faults(parts.faults, parts.seed).world
    assert plan.world is not None
    folder = paths.world_folder
    folder.mkdir(parents=True, exist_ok=True)
    robots, faults = _write(folder, parts, own)
    # The robots' watchdogs run on simulated time: in a fast world the same real gap is more of it.
    watchdog_s = HEARTBEAT_GAP_S * max(1.0, plan.world.rate)
    return [
        *("--site", str(site_path(plan))),
        *("--robots", str(robots)),
        *("--faults", str(faults)),
        *("--socket", str(paths.world_socket)),
        *("--seed", str(plan.world.seed)),
        *("--rate", str(plan.world.rate)),
        *("--checkpoint", str(folder / "checkpoint.msgpack")),
        *("--watchdog", str(watchdog_s)),
        *(("--people", plan.world.people) if plan.world.people is not None else ()),
        *(("--conditions", plan.world.conditions) if plan.world.conditions is not None else ()),
    ]


def _write(folder: Path, parts: WorldParts, own: tuple[FaultSpec, ...]) -> tuple[Path, Path]:
    robots, faults = folder / "robots.yaml", folder / "faults.yaml"
    robots.write_text(yaml.safe_dump({"robots": [_robot(r) for r in parts.robots]}), encoding="utf-8")
    faults.write_text(yaml.safe_dump({"faults": [to_plain(f) for f in own]}), encoding="utf-8")
    return robots, faults


def _robot(spec: RobotSpec) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": spec.robot_id,
        "model": spec.model,
        "body": spec.body,
        "battery_fraction": spec.battery_fraction,
    }
    if spec.dock is not None:
        plain["dock"] = spec.dock
    if spec.start is not None:
        x, y, yaw = spec.start
        plain["start"] = {"x": x, "y": y, "yaw_deg": math.degrees(yaw)}
    return plain


def main() -> int:
    """The process's entry point."""
    found: list[str] = []
    code = run_process("The simulated world of a deployment.", lambda start: found.extend(arguments(start)))
    return code or process.main(found)


if __name__ == "__main__":
    sys.exit(main())
