"""Faults of processes in an in-process run: the supervisor is killed, and started again from its journal."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.cli.scenario.watch import Watch
from fleet.cli.stack import Stack


@dataclass
class Processes:
    """`act` once a tick, after the world's."""

    stack: Stack

    def __post_init__(self) -> None:
        self.stack.world.faults.serve("stack", "tasks")

    def act(self, watch: Watch) -> None:
        """Kill and start what the world's faults say."""
        faults = self.stack.world.faults
        if not faults.specs:
            return
        if faults.wants_tasks and self.stack.supervised:
            faults.hear({t.task_id: t.state.value for t in self.stack.state.tasks.values()})
        dead = any(f.process == "supervisor" for f in faults.active("process_killed"))
        if dead and self.stack.supervised:
            self.stack.kill_supervisor()
            watch.tell("supervisor_killed")
        elif not dead and not self.stack.supervised:
            self.stack.start_supervisor()
