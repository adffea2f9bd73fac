"""Faults of processes in an in-process run, told to the run's record."""

from __future__ import annotations

from fleet.cli.scenario.watch import Watch
from fleet.cli.stack import Stack
from fleet.cli.stack_faults import StackFaults


class Processes:
    """`act` once a tick, after the world's."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._faults = StackFaults(stack)

    def act(self, watch: Watch) -> None:
        """Kill and start what the world's faults say."""
        for what in self._faults.act():
            watch.tell(what)
        watch.world = self.stack.world  # another one when it was killed and came back
