"""Playing a scenario in one process and virtual time, and the record of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fleet.cli.previews_in_process import PreviewsInProcess
from fleet.cli.scenario.build import Built
from fleet.cli.scenario.people_at_work import PeopleAtWork
from fleet.cli.scenario.recording import Played, record_of
from fleet.cli.scenario.watch import Watch
from fleet.cli.stack import Stack
from fleet.cli.stack_faults import StackFaults
from fleet.scenario.record import RunRecord
from fleet.supervisor.state import FleetState


@dataclass
class Play:
    """One run. `step` moves everything on by one tick; `play` goes to the end of the scenario."""

    built: Built
    journal: Path
    each_step: Callable[[float], None] = lambda _now_s: None
    _settled_s: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._begun_s, self._begun_cpu_s = time.monotonic(), time.process_time()
        built = self.built
        context = built.context()
        tick_s = built.scenario.spec.tick_s
        self.stack = Stack(built.world(), built.adapters(), context, self.journal, tick_s=tick_s)
        self.watch = Watch(self.stack)
        self.processes = StackFaults(self.stack)
        previews = built.scenario.spec.previews
        self.previews = PreviewsInProcess(self.stack, previews) if previews is not None else None
        self.people = PeopleAtWork(
            self.stack, built.scenario.spec, built.missions, built.seed, context.site, self.watch.happenings
        )

    @property
    def state(self) -> FleetState:
        """The supervisor's state."""
        return self.stack.state

    @property
    def now_s(self) -> float:
        """Fleet time."""
        return self.stack.clock.now_s()

    def step(self) -> None:
        """One tick of everything."""
        self.stack.advance_world()
        for what in self.processes.act():
            self.watch.tell(what)
        self.watch.look()
        self.people.act()
        if self.previews is not None:
            self.previews.act()
        self.stack.supervise()
        self.each_step(self.now_s)

    @property
    def settled(self) -> bool:
        """Whether all that was asked for has ended, and every robot is heard."""
        state = self.state
        if not self.people.done or not self.stack.supervised or state.requests_taken < len(self.people.submitted):
            return False
        tasks = state.tasks.values()
        if any(not i.state.ended for i in state.instructions.values()):
            return False
        return all(t.state.terminal for t in tasks) and all(r.in_contact for r in state.robots.values())

    def play(self) -> bool:
        """Run to the end. Returns whether everything had ended by then."""
        spec = self.built.scenario.spec
        while self.now_s < spec.within_s - 1e-9:
            self.step()
            if spec.ends == "settled" and self._rested(spec.settle_s):
                return True
        return self.settled

    def _rested(self, settle_s: float) -> bool:
        if not self.settled:
            self._settled_s = None
            return False
        if self._settled_s is None:
            self._settled_s = self.now_s
        return self.now_s - self._settled_s >= settle_s - 1e-9

    def record(self, run_id: str, ended: bool, journal_file: str) -> RunRecord:
        """What came of it, as far as it was played."""
        played = Played(
            run_id=run_id,
            ended=ended,
            journal_file=journal_file,
            took_s=time.monotonic() - self._begun_s,
            cpu_s=time.process_time() - self._begun_cpu_s,
            now_s=self.now_s,
        )
        return record_of(self.built, self.stack, self.watch, played)

    def close(self) -> None:
        """Let go of the world and the journal."""
        self.stack.close()
