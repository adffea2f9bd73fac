"""Faults that are outside the world, in a run of the whole fleet in one process: messages, processes, clocks.

The world's faults say what acts; here it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fleet.bus.base import Bus
from fleet.bus.faulty import FaultyBus, MessageFault
from fleet.clock import Clock
from sim_worlds.checkpoint import PERIOD_S
from sim_worlds.faults import KINDS, MESSAGES, FaultSpec

if TYPE_CHECKING:
    from fleet.cli.stack import Stack
    from sim_worlds.world import World

MESSAGE_KINDS = tuple(k.name for k in KINDS.values() if k.where == MESSAGES)


def message_fault(spec: FaultSpec) -> MessageFault:
    """The fault in the bus's terms."""
    kind: Any = spec.kind.removeprefix("messages_")
    direction: Any = spec.direction or "both"
    return MessageFault(
        fault_id=spec.fault_id,
        kind=kind,
        robots=frozenset(spec.robots),
        direction=direction,
        probability=1.0 if spec.probability is None else spec.probability,
        lag_s=spec.lag_s or (0.0, 1.0),
    )


def with_message_faults(bus: Bus, clock: Clock, world: Callable[[], World]) -> Bus:
    """The bus with the faults of messages in it that the world's list has; the bus itself when it has none.

    `world` gives the world that runs now.
    """
    world().faults.serve("messages")
    if not any(f.kind in MESSAGE_KINDS for f in world().faults.specs):
        return bus
    return FaultyBus(
        bus, lambda: [message_fault(f) for f in world().faults.active(*MESSAGE_KINDS)], clock, world().seed
    )


class StackFaults:
    """Kills and starts processes and sets clocks as the world's faults say. `act` once a tick, after the world's."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._told: list[str] = []
        faults = stack.world.faults
        faults.serve("stack", "tasks")
        self._kills = {f.process for f in faults.specs if f.kind == "process_killed"}
        self._saved: dict[str, Any] | None = None
        self._saved_s, self._saved_effects = -PERIOD_S, -1
        self._world_back_s: float | None = None
        if "world" in self._kills:
            self._save()

    def act(self) -> tuple[str, ...]:
        """Make the processes and clocks be as they should be now. Returns what happened: `supervisor_killed`,
        `supervisor_started`, and the same of `host` and `world`."""
        self._told = []
        self._act()
        return tuple(self._told)

    def _act(self) -> None:
        stack = self.stack
        if self._world_back_s is not None:
            self._bring_world_back()
            return
        faults = stack.world.faults
        if not faults.specs:
            return
        if faults.wants_tasks and stack.supervised:
            faults.hear({t.task_id: t.state.value for t in stack.state.tasks.values()})
        stack.supervisor_clock.shift_s = sum(
            f.shift_s or 0.0 for f in faults.active("clock_jump") if f.process == "supervisor"
        )
        killed = faults.active("process_killed")
        dead = {f.process for f in killed}
        self._supervisor("supervisor" in dead)
        self._host("host" in dead)
        if "world" in dead:
            self._kill_world([f for f in killed if f.process == "world"])
        elif "world" in self._kills:
            self._save_if_due()

    def _supervisor(self, dead: bool) -> None:
        if dead and self.stack.supervised:
            self.stack.kill_supervisor()
            self._told.append("supervisor_killed")
        elif not dead and not self.stack.supervised:
            self.stack.start_supervisor()
            self._told.append("supervisor_started")

    def _host(self, dead: bool) -> None:
        if dead and self.stack.hosted:
            self.stack.kill_host()
            self._told.append("host_killed")
        elif not dead and not self.stack.hosted:
            self.stack.start_host()
            self._told.append("host_started")

    # The world: what it says to others is on disk before, as `sim_worlds.server` does it

    def _save_if_due(self) -> None:
        world = self.stack.world
        effects = len(world.ledger) + len(world.outcomes)
        if effects != self._saved_effects or world.time_s - self._saved_s >= PERIOD_S:
            self._save()

    def _save(self) -> None:
        world = self.stack.world
        self._saved, self._saved_s = world.checkpoint(), world.time_s
        self._saved_effects = len(world.ledger) + len(world.outcomes)

    def _kill_world(self, by: list[FaultSpec]) -> None:
        # Unlike the server, which dies at any moment, this one dies at the end of a tick: what happened in the tick
        # has been saved if it was an effect, and is forgotten if it was not.
        self._save_effects()
        states = self.stack.world.faults.states
        self._world_back_s = max(states[f.fault_id].over_s for f in by)
        self.stack.kill_world()
        self._told.append("world_killed")

    def _save_effects(self) -> None:
        world = self.stack.world
        if len(world.ledger) + len(world.outcomes) != self._saved_effects:
            self._save()

    def _bring_world_back(self) -> None:
        assert self._world_back_s is not None
        if self.stack.clock.now_s() < self._world_back_s - 1e-9:
            return
        assert self._saved is not None
        self._world_back_s = None
        self.stack.start_world(self._saved)
        self._told.append("world_started")
        self._save()
