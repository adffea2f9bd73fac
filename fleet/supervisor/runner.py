"""Runs the pure step against a real journal, bus and clock, as long as this process holds the lead."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, runtime_checkable

from fleet.bus.base import Bus, Facts
from fleet.clock import Clock
from fleet.journal.base import JournalWriter, Record, RequestStore
from fleet.model.errors import StaleEpoch
from fleet.model.events import SupervisorStarted
from fleet.supervisor.context import Context
from fleet.supervisor.fold import replay
from fleet.supervisor.state import FleetState
from fleet.supervisor.step import Step, step
from fleet.supervisor.traffic_desk import TrafficDesk, with_traffic
from fleet.traffic.seen import report_of

_log = logging.getLogger(__name__)
_SHOWN_EVERY_S = 0.5


class Store(JournalWriter, RequestStore, Protocol):
    """Journal and inbox in one, with snapshots: what `fleet.journal.sqlite.SqliteStore` is."""

    def save_snapshot(self, seq: int, state: FleetState) -> None:
        """Keep the state as it was after `seq`."""

    def load_latest_snapshot(self) -> tuple[int, FleetState] | None:
        """The newest snapshot that checks out, with the sequence number it stands for."""


@runtime_checkable
class ShowsTraffic(Protocol):
    """A bus that brings what traffic says before eyes."""

    def show_traffic(self, report: str, *, enabled: bool) -> None:
        """`report` as in `fleet.traffic.seen.report_of`."""


class Runner:
    """One supervisor process. Call `run_once` often; it never blocks for longer than a write to disk takes.

    Args:
        lead_ttl_s: how long the lead outlives this process if it dies (wall time).
        idle_period_s: how often to look at time alone when nothing was heard (steady time).
        snapshot_every: events between snapshots; a restart replays at most that many.
        beat_period_s: how often robots are told that a leader is there (steady time).
        traffic: directs robots on the floor; without it each finds its own way.
    """

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        context: Context,
        supervisor_id: str,
        lead_ttl_s: float = 2.0,
        idle_period_s: float = 0.1,
        snapshot_every: int = 2000,
        beat_period_s: float = 0.5,
        on_lead: Callable[[bool], None] = lambda _leads: None,
        traffic: TrafficDesk | None = None,
    ) -> None:
        self._store, self._bus, self._clock, self._context = store, bus, clock, context
        self._supervisor_id = supervisor_id
        self._lead_ttl_s, self._idle_period_s = lead_ttl_s, idle_period_s
        self._snapshot_every, self._beat_period_s = snapshot_every, beat_period_s
        self._on_lead, self._traffic = on_lead, traffic
        self._epoch: int | None = None
        self._started: SupervisorStarted | None = None
        self._state = FleetState()
        self._head = 0
        self._snapshot_at = 0
        self._listening_since_s = clock.steady_s()
        self._reported_s: dict[str, float] = {}
        self._lead_checked_s = self._beaten_s = self._stepped_s = self._shown_s = float("-inf")

    @property
    def leads(self) -> bool:
        """Whether this supervisor is the one that commands."""
        return self._epoch is not None

    @property
    def traffic(self) -> TrafficDesk | None:
        """What directs robots on the floor, if anything does."""
        return self._traffic

    @property
    def state(self) -> FleetState:
        """The state after the last step; empty while standing by."""
        return self._state

    def run_once(self) -> Step | None:
        """Keep the lead, then take a step if there is something to do. Returns the step that was taken, if any."""
        if not self._keep_lead():
            self._bus.collect()  # so that nothing piles up; the leader hears it too
            return None
        self._beat()
        facts = self._listen()
        requests = tuple(self._store.after(self._state.requests_taken))
        steady = self._clock.steady_s()
        if self._traffic is not None:
            facts = with_traffic(facts, self._traffic.directions)
        quiet = not (facts.descriptions or facts.states or facts.updates or facts.observations or requests)
        if quiet and self._started is None and steady - self._stepped_s < self._idle_period_s:
            return None  # nobody has moved, so nothing in traffic has changed either
        self._stepped_s = steady
        taken = step(self._state, facts, self._clock.now_s(), self._context, requests=requests, started=self._started)
        if not self._write(taken):
            return None
        self._bus.send(taken.commands)
        self._direct(facts)
        return taken

    def _direct(self, facts: Facts) -> None:
        """Tell robots which way to walk, and how far."""
        if self._traffic is not None:
            steady = self._clock.steady_s()
            self._traffic.hear(facts, steady)
            orders = self._traffic.direct(self._state, self._clock.now_s(), steady)
            if orders:
                self._bus.send(orders)
            if isinstance(self._bus, ShowsTraffic) and steady - self._shown_s >= _SHOWN_EVERY_S:
                self._shown_s = steady
                enabled = self._context.traffic.enabled
                self._bus.show_traffic(report_of(self._traffic.directions), enabled=enabled)

    def _listen(self) -> Facts:
        """What the bus heard. A robot that this process has never heard has been silent since it began to listen."""
        facts = self._bus.collect()
        self._reported_s.update((report.robot_id, report.observed_at_s) for report in facts.states)
        since = self._clock.steady_s() - self._listening_since_s
        unheard = {robot_id: since for robot_id in self._state.robots if robot_id not in facts.silent_s}
        return replace(facts, silent_s={**facts.silent_s, **unheard}, reported_s=self._reported_s)

    def _write(self, taken: Step) -> bool:
        """Make the step durable. Only after that may anybody be told of it."""
        if not taken.events:
            return True
        assert self._epoch is not None
        try:
            records = self._store.append(taken.events, taken.state.now_s, self._epoch)
        except StaleEpoch as error:
            _log.warning("%s lost the lead: %s", self._supervisor_id, error)
            self._stand_by()
            return False
        self._state, self._head, self._started = self._after(taken, records), records[-1].seq, None
        if self._head - self._snapshot_at >= self._snapshot_every:
            self._store.save_snapshot(self._head, self._state)
            self._snapshot_at = self._head
        return True

    def _after(self, taken: Step, records: list[Record]) -> FleetState:
        """The state that what was written gives, and not what was meant to be: the same as a replay's. Where the very
        events of the step were written, and when it was taken, the step has folded them already."""
        pairs = zip(records, taken.events, strict=True)
        same = all(record.event is event and record.at_s == taken.state.now_s for record, event in pairs)
        return taken.state if same else replay(records, self._state)

    def _keep_lead(self) -> bool:
        """Take or renew the lead, a few times within its life."""
        steady = self._clock.steady_s()
        if steady - self._lead_checked_s < self._lead_ttl_s / 4:
            return self._epoch is not None
        self._lead_checked_s = steady
        epoch = self._store.take_lead(self._supervisor_id, self._lead_ttl_s, self._clock.wall_s())
        if epoch is None:
            if self._epoch is not None:
                _log.warning("%s lost the lead to another supervisor", self._supervisor_id)
                self._stand_by()
            return False
        if epoch != self._epoch:
            self._take_over(epoch)
        return True

    def _take_over(self, epoch: int) -> None:
        """Become the leader: the state is what the journal says, whoever wrote it."""
        snapshot = self._store.load_latest_snapshot()
        seq, state = snapshot if snapshot is not None else (0, FleetState())
        records = self._store.read(after=seq)
        self._state = replay(records, state)
        self._head = records[-1].seq if records else seq
        self._snapshot_at = seq
        self._epoch = epoch
        self._started = SupervisorStarted(supervisor_id=self._supervisor_id, epoch=epoch)
        _log.info("%s leads with epoch %d from record %d", self._supervisor_id, epoch, self._head)
        self._on_lead(True)

    def _stand_by(self) -> None:
        self._epoch, self._started, self._state = None, None, FleetState()
        self._on_lead(False)

    def _beat(self) -> None:
        steady = self._clock.steady_s()
        if self._epoch is not None and steady - self._beaten_s >= self._beat_period_s:
            self._beaten_s = steady
            self._bus.beat(self._supervisor_id, self._epoch, self._head)

    def close(self) -> None:
        """Give up the lead, so that another can take it at once, and close the bus."""
        if self._epoch is not None:
            self._store.give_up_lead(self._supervisor_id)
            self._stand_by()
        self._bus.close()
