"""Follows the journal: the fleet's state as this process knows it, and a place to wait for news."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from fleet.clock import Clock
from fleet.journal.base import JournalReader, Record
from fleet.model.errors import FleetError, JournalCorrupt
from fleet.supervisor.fold import fold
from fleet.supervisor.state import FleetState, RequestNote

log = logging.getLogger(__name__)

_CHUNK = 1000  # records folded at a time; between chunks the event loop is free
_KEPT = 5000  # newest records kept in memory for streams


@runtime_checkable
class KeepsSnapshots(Protocol):
    """A journal that spares its followers the replay from the first record."""

    def load_latest_snapshot(self) -> tuple[int, FleetState] | None:
        """The newest state that checks out, and the number of the record it is the state after."""


class Projection:
    """The fold of the journal, kept current by a background task.

    Everything but the reading (which runs in a thread) happens on the event loop's thread, so `state` and `seq`
    always belong together. A record that cannot be read or folded stops the projection: `problem` says why, and
    what is shown from then on is old.
    """

    def __init__(self, journal: JournalReader, clock: Clock, poll_s: float = 0.02) -> None:
        self.journal = journal
        self.state = FleetState()
        self.seq = 0
        self.problem = ""
        self.stopped = False
        self._clock = clock
        self._poll_s = poll_s
        self._kept: deque[Record] = deque(maxlen=_KEPT)
        self._caught_up = False
        self._reads = 0
        self._read_at_s: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._listeners: list[Callable[[list[Record]], None]] = []

    # ---- life -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to follow. Returns at once; `current` tells when the past has been read."""
        if self._task is None:
            self.stopped = False
            self._task = asyncio.create_task(self._follow(), name="projection")

    async def stop(self) -> None:
        """Stop following; whoever waits waits no longer."""
        self.stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._wake()

    async def _follow(self) -> None:
        while not self.problem:
            try:
                more = await self._read_once()
            except Exception as error:
                # A busy or vanished file may come back; what cannot be decoded or folded will not.
                if _may_pass(error):
                    log.warning("the journal cannot be read now: %s", error)
                    await asyncio.sleep(max(self._poll_s, 0.2))
                    continue
                log.exception("the projection stops at record %d", self.seq)
                self.problem = f"after record {self.seq}: {error}"
                self._wake()
                return
            await asyncio.sleep(0 if more else self._poll_s)

    async def _read_once(self) -> bool:
        """Read and fold what is new. Returns whether there is more to read at once."""
        records, shorter, snapshot = await asyncio.to_thread(self._fetch)
        if shorter:
            log.warning("the journal is shorter than what was read (%d records): starting over", self.seq)
            self.state, self.seq, self._caught_up = FleetState(), 0, False
            self._kept.clear()
            return True
        if snapshot is not None:
            self.seq, self.state = snapshot
            return True
        state = self.state
        for record in records:
            state = fold(state, record)
        if records:
            self.state, self.seq = state, records[-1].seq
            self._kept.extend(records)
        more = len(records) == _CHUNK
        self._read_at_s = self._clock.steady_s()
        # Whoever waits is woken only at the end of what there is: never in the middle of a batch.
        if not more:
            self._caught_up = True
            if records:
                self._wake()
        if records:
            self._tell(records)
        return more

    def _fetch(self) -> tuple[list[Record], bool, tuple[int, FleetState] | None]:
        """In a thread: what is new; whether the journal lost its end (a torn write that was cut, a new file); and at
        the very start the newest snapshot, where the journal has one."""
        if self.seq == 0 and isinstance(self.journal, KeepsSnapshots):
            snapshot = self.journal.load_latest_snapshot()
            if snapshot is not None and snapshot[0] > 0:
                return [], False, snapshot
        try:
            records = self.journal.read(self.seq, _CHUNK)
        except JournalCorrupt:
            if self.journal.head() < self.seq:
                return [], True, None
            raise
        self._reads += 1
        look = not records and self._reads % 50 == 0
        return records, look and self.journal.head() < self.seq, None

    def _tell(self, records: list[Record]) -> None:
        for listener in list(self._listeners):
            try:
                listener(records)
            except Exception:
                log.exception("a listener of the projection failed")

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    # ---- looking --------------------------------------------------------------------------------------------

    @property
    def caught_up(self) -> bool:
        """Whether the past has been read."""
        return self._caught_up

    def age_s(self) -> float | None:
        """Seconds of steady time since the journal was last read without fault; None before the first time."""
        return None if self._read_at_s is None else self._clock.steady_s() - self._read_at_s

    def kept_after(self, seq: int) -> list[Record] | None:
        """Records after `seq` from memory, or None where memory does not go back so far (read the journal then)."""
        if seq >= self.seq:
            return []
        if not self._kept or self._kept[0].seq > seq + 1:
            return None
        return [record for record in self._kept if record.seq > seq]

    def listen(self, listener: Callable[[list[Record]], None]) -> Callable[[], None]:
        """Call `listener` on the event loop with every run of new records. Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # ---- waiting --------------------------------------------------------------------------------------------

    async def changed(self, timeout_s: float) -> bool:
        """Wait for the next news. Returns False when there was none in time, or there will be no more."""
        if self.stopped or self.problem:
            return False
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait_for(future, timeout_s)
        except asyncio.TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return not (self.stopped or self.problem)

    async def reached(self, seq: int, timeout_s: float) -> bool:
        """Wait until record `seq` is in the state. Returns False when it is not in time."""
        return await self._until(lambda: self.seq >= seq, timeout_s)

    async def settled(self, request_id: str, timeout_s: float) -> RequestNote | None:
        """Wait for what the supervisor makes of a request. None when it does not settle it in time."""
        await self._until(lambda: request_id in self.state.requests, timeout_s)
        return self.state.requests.get(request_id)

    async def _until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s
        while not condition():
            left = end - loop.time()
            if left <= 0 or not await self.changed(left):
                return condition()
        return True


def _may_pass(error: Exception) -> bool:
    if isinstance(error, FleetError):
        return error.retriable
    return isinstance(error, (sqlite3.OperationalError, OSError))
