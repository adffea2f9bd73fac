"""An adapter host's process: its robots' adapters behind ROS. `python -m fleet.cli.run_host`."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from fleet.cli.process import Start, run_process
from fleet.deployment.readiness import announce
from fleet.deployment.records import HostSettings as Plan
from fleet.deployment.records import RobotSettings
from fleet.model.errors import FleetError, InvalidField, NotFound
from robot_adapters.base import HumanoidAdapter
from robot_adapters.registry import adapter_class
from robot_adapters.ros.run import run_host
from robot_adapters.ros.settings import HostSettings
from robot_adapters.scripted import ScriptedHumanoid, scripted_description
from robot_adapters.sim.feed import SensorFeed
from robot_adapters.sim.humanoid import SimHumanoid
from sim_worlds import records as primitives
from sim_worlds.errors import WorldUnreachable
from sim_worlds.remote import RemoteWorld

_log = logging.getLogger("host")


def serve(start: Start) -> None:
    """Serve this host's robots until told to end."""
    plan = start.deployment.host(start.host)
    if plan is None:
        raise NotFound("host", start.host, ", ".join(h.name for h in start.deployment.hosts))
    ready: Callable[[object], None] = lambda _: announce(start.paths.ready(start.name))  # noqa: E731
    if start.deployment.world is None:
        adapters = [_real(robot, plan) for robot in plan.robots]
        run_host(adapters, _settings(plan, serve_clock=False), stop=start.ending, ready=ready)
        return
    link = _link(start)
    if link is None:
        return
    try:
        feed = SensorFeed(link, [robot.id for robot in plan.robots])
        adapters = [_simulated(robot, plan, link, feed) for robot in plan.robots]
        first = plan is start.deployment.hosts[0]  # there is one /clock, and one who tells what site cameras see
        run_host(
            adapters,
            _settings(plan, serve_clock=first),
            observations=feed.of_site if first else None,
            world_time_s=link.time_s,
            stop=start.ending,
            ready=ready,
        )
    finally:
        link.close()


def _settings(plan: Plan, *, serve_clock: bool) -> HostSettings:
    return HostSettings(host=plan.name, serve_clock=serve_clock, robot_topics=plan.standard_topics)


def _link(start: Start) -> RemoteWorld | None:
    """The way into the world, once there is one; None when told to end before."""
    while not start.ending.is_set():
        try:
            return RemoteWorld(start.paths.world_socket, connect_timeout_s=2.0)
        except WorldUnreachable as error:
            _log.warning("waiting for the world: %s", error)
    return None


def _simulated(robot: RobotSettings, plan: Plan, link: RemoteWorld, feed: SensorFeed) -> HumanoidAdapter:
    kind: Any = adapter_class(robot.adapter)
    if not issubclass(kind, SimHumanoid):
        raise InvalidField(f"robot {robot.id}: adapter", robot.adapter, "an adapter of simulated humanoids: sim_...")
    adapter: HumanoidAdapter = kind(link, robot.id, primitives, feed=feed, host=plan.name, **robot.options)
    return adapter


def _real(robot: RobotSettings, plan: Plan) -> HumanoidAdapter:
    """An adapter of a robot that is not in a simulated world.

    Other packages' adapters offer `from_deployment(robot_id=, model=, host=, options=)` for this.
    """
    kind: Any = adapter_class(robot.adapter)
    where = f"robot {robot.id}: adapter"
    if issubclass(kind, SimHumanoid):
        raise InvalidField(where, robot.adapter, "an adapter of a real robot, or a deployment with a world")
    if issubclass(kind, ScriptedHumanoid):
        return ScriptedHumanoid(scripted_description(robot.id, plan.name), time.time)
    make = getattr(kind, "from_deployment", None)
    if make is None:
        raise InvalidField(where, robot.adapter, f"an adapter with a class method from_deployment; {kind} has none")
    try:
        adapter = make(robot_id=robot.id, model=robot.model, host=plan.name, options=robot.options)
    except (TypeError, ValueError) as error:
        raise InvalidField(f"robot {robot.id}: options", robot.options, str(error)) from error
    if not isinstance(adapter, HumanoidAdapter):
        raise FleetError(f"{where}: from_deployment of {robot.adapter} gave {adapter!r} and no HumanoidAdapter")
    return adapter


def main() -> int:
    """The process's entry point."""
    return run_process("One adapter host of a deployment.", serve)


if __name__ == "__main__":
    sys.exit(main())
