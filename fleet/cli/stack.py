"""The whole stack in one process and virtual time: world, adapters, bus, supervisor and journal, tick by tick.

Deterministic: nothing in it reads a wall clock. `fleet sim`, scenarios and the pytest fixtures are made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fleet.bus.base import Bus
from fleet.bus.inprocess import InProcessBus
from fleet.cli.stack_faults import with_message_faults
from fleet.cli.traffic_of import traffic_desk
from fleet.clock import Clock, ShiftedClock, VirtualClock
from fleet.journal.sqlite import SqliteStore
from fleet.model.evidence import Observation
from fleet.model.requests import Request, RequestBody, Role
from fleet.supervisor.context import Context
from fleet.supervisor.runner import Runner
from fleet.supervisor.state import FleetState
from fleet.supervisor.step import Step
from robot_adapters.base import HumanoidAdapter
from robot_adapters.registry import adapter_class
from robot_adapters.sim.feed import SensorFeed
from sim_worlds import records as primitives
from sim_worlds.errors import WorldUnreachable
from sim_worlds.link import LocalWorld
from sim_worlds.world import World

TICK_S = 0.1
Wrap = Callable[[Bus, Clock], Bus]


class StackLink(LocalWorld):
    """The way into the world, which may be away, and another one afterwards."""

    def __init__(self, world: World) -> None:
        self._world, self.down = world, False

    @property
    def world(self) -> World:  # type: ignore[override]
        """The world. Raises `WorldUnreachable` while it is away."""
        if self.down:
            raise WorldUnreachable("the world's process was killed")
        return self._world

    def come_back(self, world: World) -> None:
        """From now on it is this one."""
        self._world, self.down = world, False


class Stack:
    """One fleet in one world. `step` moves everything on by one tick of `tick_s`.

    Args:
        world: at its beginning. The stack closes it.
        adapters: (robot id, adapter's name in the registry), for each robot of the world.
        context: the supervisor's.
        journal: where the journal's file is made (or gone on with).
        wrap_bus: puts something between the supervisor and the robots, e.g. faults of messages.
        tick_s: how often robots report and the supervisor looks; the world's own steps stay as they are.
    """

    def __init__(
        self,
        world: World,
        adapters: Sequence[tuple[str, str]],
        context: Context,
        journal: Path,
        wrap_bus: Wrap = lambda bus, _clock: bus,
        tick_s: float = TICK_S,
    ) -> None:
        self.tick_s = tick_s
        self.world, self.context = world, context
        self.clock = VirtualClock(0.0)
        self.supervisor_clock = ShiftedClock(self.clock)
        self.link = StackLink(world)
        self.store = SqliteStore(journal, durable=False)  # in virtual time nothing outlives a power cut anyway
        self._names = tuple(adapters)
        self.adapters = self._make_adapters()
        self._inner = InProcessBus(self.adapters, self.clock, sensors=[self._site_sensors])
        self.bus = wrap_bus(with_message_faults(self._inner, self.clock, lambda: self.world), self.clock)
        self.starts = 0
        self.hosted = True
        self._runner: Runner | None = None
        self.start_supervisor()

    def _make_adapters(self) -> dict[str, HumanoidAdapter]:
        self._feed = SensorFeed(self.link, [robot_id for robot_id, _ in self._names])
        return {robot_id: self._adapter(robot_id, name) for robot_id, name in self._names}

    def _adapter(self, robot_id: str, name: str) -> HumanoidAdapter:
        make: Any = adapter_class(name)
        adapter: HumanoidAdapter = make(self.link, robot_id, primitives, feed=self._feed, host="rehearsal")
        adapter.connect()
        return adapter

    def _site_sensors(self) -> list[Observation]:
        return self._feed.of_site()

    # The supervisor can be killed and started again

    def start_supervisor(self) -> None:
        """A new supervisor process: it knows what the journal says."""
        self.starts += 1
        name = "rehearsal" if self.starts == 1 else f"rehearsal-{self.starts}"
        self._runner = Runner(
            store=self.store,
            bus=self.bus,
            clock=self.supervisor_clock,
            context=self.context,
            supervisor_id=name,
            traffic=traffic_desk(self.context),
        )

    def kill_supervisor(self) -> None:
        """The supervisor dies on the spot: it gives up nothing, and its lead lasts until it expires."""
        self._runner = None

    @property
    def supervised(self) -> bool:
        """Whether there is a supervisor."""
        return self._runner is not None

    @property
    def runner(self) -> Runner:
        """The supervisor. Raises `RuntimeError` while there is none."""
        if self._runner is None:
            raise RuntimeError("the supervisor was killed and has not been started again")
        return self._runner

    @property
    def state(self) -> FleetState:
        """The supervisor's state; empty while there is no supervisor, or it does not lead."""
        return self._runner.state if self._runner is not None else FleetState()

    # So can the adapter host, and the world

    def kill_host(self) -> None:
        """The adapters are thrown away with all they knew; robots hear nobody and hold by themselves."""
        self.hosted = False
        self._inner.host_dies()

    def start_host(self) -> None:
        """New adapters for the same robots."""
        self.adapters, self.hosted = self._make_adapters(), True
        self._inner.host_is_back(self.adapters)

    def kill_world(self) -> None:
        """The world does not answer any more. What it was can still be looked at."""
        self.link.down = True

    def start_world(self, checkpoint: dict[str, Any]) -> None:
        """A new world from what the killed one had saved. Fleet time went on meanwhile, nothing moved."""
        before = self.world
        tick = round(self.clock.now_s() / before.tick_s)
        self.world = World.restore({**checkpoint, "tick": tick})
        self.world.faults.go_on_from(before.faults)
        self.link.come_back(self.world)
        before.close()

    # Time and requests

    def advance_world(self) -> None:
        """The first half of a tick: what happens in the world. People act after it, `supervise` ends the tick."""
        if not self.link.down:
            self.world.advance(self.tick_s)
        self.clock.advance(self.tick_s)

    def supervise(self) -> Step | None:
        """The second half of a tick: what the supervisor makes of it; None when it had nothing to do."""
        return self._runner.run_once() if self._runner is not None else None

    def step(self) -> Step | None:
        """One tick of everything."""
        self.advance_world()
        return self.supervise()

    def ask(self, actor: str, role: Role, key: str, body: RequestBody) -> Request:
        """Put a person's request into the inbox, as the API does. The same key gives the same request again."""
        return self.store.put(actor, role, key, body, self.clock.now_s())[0]

    def close(self) -> None:
        """Let go of the world and the journal."""
        if self._runner is not None:
            self._runner.close()
        self.world.close()
        self.store.close()
