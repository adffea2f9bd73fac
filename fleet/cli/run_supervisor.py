"""The supervisor's process: the pure step on the real journal, ROS bus and clock. `python -m fleet.cli.run_supervisor`.

It takes the lead when nobody else has it and stands by otherwise.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.cli.context import context_of
from fleet.cli.live_faults import LiveFaults, live_faults
from fleet.cli.process import Start, run_process
from fleet.cli.traffic_of import traffic_desk
from fleet.cli.world import world_parts
from fleet.clock import ShiftedClock
from fleet.deployment.readiness import announce
from fleet.deployment.records import Deployment
from fleet.deployment.rundir import write_status
from fleet.journal.checkpointer import Checkpointer
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import LinkDown
from fleet.ros.bus import RosBus
from fleet.ros.clock import RosClock
from fleet.ros.spin import RosSession
from fleet.supervisor.runner import Runner

_log = logging.getLogger("supervisor")
PERIOD_S = 0.01
CLOCK_WITHIN_S = 5.0


def supervise(start: Start) -> None:
    """Run until told to end."""
    plan = start.deployment
    context = context_of(plan)
    if isinstance(context.allocator, FleetPlanner):
        context.allocator.warm_up()  # a leader that compiles does not lead meanwhile
    session = RosSession(start.name, use_sim_time=plan.clock == "sim", arguments=start.ros_arguments)
    ros_clock = RosClock(session.node)
    clock, live = ShiftedClock(ros_clock), _faults(plan)
    try:
        _wait_for_time(start, ros_clock)
        with SqliteStore(start.paths.store, checkpoints=False) as store, Checkpointer(start.paths.store):
            bus = live.wrap(RosBus(session), ros_clock, plan.world.seed if plan.world is not None else 0)
            desk = traffic_desk(context)
            runner = Runner(store=store, bus=bus, clock=clock, context=context, supervisor_id=start.name, traffic=desk)
            try:
                _loop(start, runner, store, lambda: live.shift(clock))
            finally:
                runner.close()
    finally:
        session.close()


def _faults(plan: Deployment) -> LiveFaults:
    """Those that act here. Raises `InvalidField` for some that cannot."""
    if plan.world is None:
        return LiveFaults()
    parts = world_parts(plan)
    return live_faults(parts.faults, parts.seed)


def _wait_for_time(start: Start, clock: RosClock) -> None:
    """Deadlines mean nothing before the first `/clock`; a world that is away now will come back."""
    while not start.ending.is_set():
        try:
            clock.wait_until_set(CLOCK_WITHIN_S)
        except LinkDown as error:
            _log.warning("waiting for the time: %s", error)
        else:
            return


def _loop(start: Start, runner: Runner, store: SqliteStore, set_clock: Callable[[], None]) -> None:
    ready = False
    while not start.ending.is_set():
        set_clock()
        runner.run_once()
        if not ready:
            announce(start.paths.ready(start.name))
            ready = True
        start.ending.wait(PERIOD_S)
    if runner.leads:
        # So that anybody can check that the journal alone gives this state.
        left = {"seq": store.head(), "digest": runner.state.digest(), "supervisor": start.name}
        write_status(start.paths.supervisor_state, left)


def main() -> int:
    """The process's entry point."""
    return run_process("The supervisor of a deployment.", supervise)


if __name__ == "__main__":
    sys.exit(main())
