"""Follows the journal and appends what people must answer for. Beside the supervisor, never in its way.

Exactly once: the entries of a page of the journal, the place up to which it was read and what is still open are
written in one transaction. Killed at any moment, it goes on from there.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from threading import Event
from typing import Any

from fleet.audit.canonical import to_text
from fleet.audit.casebook import CaseBook
from fleet.audit.keyring import RECORD_FORMAT
from fleet.audit.log import AuditLog, LogDamaged
from fleet.audit.notes import Signer
from fleet.audit.statements import KEY_KINDS, next_head
from fleet.clock import Clock
from fleet.journal.base import JournalReader, Record
from fleet.model.errors import FleetError, JournalCorrupt

_log = logging.getLogger(__name__)
_PAGE = 1000
_KEEP_EVERY, _KEEP_EVERY_S = 5000, 30.0  # after so many journal records, or so long, the place is kept
_JUMP_S = 2.0
GENERATION = 1 << 44  # source numbers of one journal; another journal after it counts on from the next multiple
PROGRESS = "progress"
FIRST = "0" * 64


class JournalChanged(FleetError):
    """The journal is not the one that was followed: it was cut, changed or replaced."""


class AuditWriter:
    """The one writer of a log. Not for use from several threads.

    Args:
        log: open for writing; the caller holds `log.writing()`.
        journal: what is followed.
        signer: the server's key.
        book: makes records of events.
        program: version of the program, on every record.
        checkpoint_every_s: at most so often (steady time) the log is signed while entries come.
    """

    def __init__(
        self,
        log: AuditLog,
        journal: JournalReader,
        signer: Signer,
        book: CaseBook,
        clock: Clock,
        *,
        program: str = "",
        checkpoint_every_s: float = 1.0,
    ) -> None:
        self._log, self._journal, self._signer, self._book, self._clock = log, journal, signer, book, clock
        self._program, self._checkpoint_every_s = program, checkpoint_every_s
        self._generation, self._seq, self._checksum = 0, 0, FIRST
        self._kept_seq, self._kept_s = 0, float("-inf")
        self._check_end()
        self._head = log.key_head()
        self._signed_s = float("-inf")
        self._last: tuple[float, float | None] | None = None  # wall and steady time of the last entry
        self.problem = ""
        self.behind = 0  # journal records not read yet, when last looked at
        self._take_up()

    # ---- where it was -------------------------------------------------------------------------------------------

    def _take_up(self) -> None:
        kept = self._log.meta(PROGRESS)
        if kept is None:
            if self._log.size == 0:
                self._append([(None, self._opened())])
            return
        place = json.loads(kept)
        self._generation, self._seq, self._checksum = place["generation"], place["seq"], place["checksum"]
        self._kept_seq, self._last = self._seq, (place["wall_s"], None)
        self._book.restore(place["open"])
        check_journal(self._log, self._journal, self._generation, self._seq, self._checksum)

    def _check_end(self) -> None:
        """That the newest checkpoint still is what it was: a log that was cut shows at once."""
        newest = self._log.latest_checkpoint()
        if newest is None:
            return
        size, note = newest
        if size > self._log.size:
            raise LogDamaged(f"{self._log.path}: it was cut: {self._log.size} entries, a checkpoint has {size}")
        if f"\n{size}\n{to_text(self._log.root(size))}\n" not in note:
            raise LogDamaged(f"{self._log.path}: the first {size} entries are not those of the checkpoint")

    def _opened(self) -> dict[str, Any]:
        key = self._signer.verifier.text()
        return {"kind": "log.opened", "about": {}, "origin": self._log.origin, "server_key": key}

    # ---- following ----------------------------------------------------------------------------------------------

    def run_once(self) -> int:
        """Read what is new, at most a page of it; returns how many journal records that were.

        Raises:
            JournalChanged, LogDamaged, JournalCorrupt: nobody but a person can mend that.
            LogBusy, StoreBusy: it may work later; nothing is lost.
        """
        try:
            records = self._journal.read(self._seq, _PAGE)
        except JournalCorrupt:
            check_journal(self._log, self._journal, self._generation, self._seq, self._checksum)
            raise
        if records:
            self._take(records)
        if len(records) < _PAGE:
            self.behind = 0
            self._sign_if_due()
        else:
            self.behind = self._journal.head() - self._seq
        return len(records)

    def _take(self, records: list[Record]) -> None:
        made: list[tuple[int | None, dict[str, Any]]] = []
        there = self._log.last_source
        for record in records:
            body = self._book.take(record.event, record.at_s)
            number = self._generation * GENERATION + record.seq
            if body is not None and number > there:  # after a crash some are there already
                source = {"seq": record.seq, "checksum": record.checksum, "batch": record.batch, "epoch": record.epoch}
                made.append((number, {**body, "at_s": record.at_s, "source": source}))
        self._seq, self._checksum = records[-1].seq, records[-1].checksum
        try:
            self._append(made)
        except BaseException:
            # The book has taken in what the log has not: start again from what the log says.
            self._forget()
            raise

    def _forget(self) -> None:
        """Back to the place that was kept, or to the beginning; what is in the log already comes once all the same."""
        kept = self._log.meta(PROGRESS)
        nothing: dict[str, Any] = {"seq": 0, "checksum": FIRST, "open": {n: {} for n in self._book.plain()}}
        place = json.loads(kept) if kept else nothing
        self._seq, self._checksum = place["seq"], place["checksum"]
        self._book.restore(place["open"])
        self._head = self._log.key_head()

    def _append(self, made: list[tuple[int | None, dict[str, Any]]]) -> None:
        wall, steady = self._clock.wall_s(), self._clock.steady_s()
        keep = steady - self._kept_s >= _KEEP_EVERY_S or self._seq - self._kept_seq >= _KEEP_EVERY
        if not made and not keep:
            return
        if made and (jumped := self._jumped(wall, steady)):
            made = [(None, {"kind": "clock.jumped", "about": {}, "by_s": round(jumped, 3)}), *made]
        entries, head = [], self._head
        for source, body in made:
            record = stamped(body, self._log.origin, head, wall, self._program)
            head = next_head(head, record) if record["kind"] in KEY_KINDS else head
            entries.append((source, record))
        self._log.append(entries, {PROGRESS: self._progress(wall)} if keep else None)
        self._head = head
        if keep:
            self._kept_s, self._kept_seq = steady, self._seq
        if made:
            self._last = (wall, steady)

    def _progress(self, wall: float) -> bytes:
        return progress(self._generation, self._seq, self._checksum, wall, self._book)

    def _jumped(self, wall: float, steady: float) -> float:
        """By how much the machine's clock was set since the last entry, in s; 0 for what may be nothing. Over a restart
        only a clock that went back shows."""
        if self._last is None:
            return 0.0
        before, steady_before = self._last
        by = wall - before - (steady - steady_before if steady_before is not None else max(0.0, wall - before))
        return by if abs(by) > _JUMP_S else 0.0

    def _sign_if_due(self) -> None:
        steady = self._clock.steady_s()
        if steady - self._signed_s >= self._checkpoint_every_s:
            self.sign()
            self._signed_s = steady

    def sign(self) -> None:
        """Sign the log as it is, if it has grown since."""
        newest = self._log.latest_checkpoint()
        if newest is None or newest[0] != self._log.size:
            self._log.checkpoint([self._signer])

    def close(self) -> None:
        """Sign what there is and keep the place, so that the next start has nothing to read again."""
        self._kept_s = float("-inf")
        self._append([])
        self.sign()

    def follow(self, ending: Event, poll_s: float = 0.2) -> None:
        """Follow the journal until told to end. `problem` says why it cannot."""
        while not ending.is_set():
            try:
                more = self.run_once() == _PAGE
                self.problem = ""
            except FleetError as error:
                if str(error) != self.problem:
                    _log.error("the accountable record: %s", error)
                self.problem = str(error)
                if not error.retriable:
                    return
                ending.wait(max(1.0, poll_s))
                continue
            if not more:
                ending.wait(poll_s)
        try:
            while self.run_once() == _PAGE:
                pass
            self.close()
        except FleetError as error:
            _log.error("the accountable record, at the end: %s", error)


def check_journal(log: AuditLog, journal: JournalReader, generation: int, seq: int, checksum: str) -> None:
    """Raises `JournalChanged` unless the journal goes on from what was read of it: record `seq` with that checksum, and
    the record of the log's newest entry, which may be further on than the place that was kept."""
    places = {seq: checksum}
    newest = log.newest_sourced()
    if newest is not None and newest[0] // GENERATION == generation:
        source = json.loads(newest[1])["source"]
        places[source["seq"]] = source["checksum"]
    for place, wanted in places.items():
        if place == 0:
            continue
        found = journal.read(place - 1, 1) if journal.head() >= place else []
        if not found:
            raise JournalChanged(_changed(place, wanted, f"it ends at record {journal.head()}"))
        if found[0].checksum != wanted:
            raise JournalChanged(_changed(place, wanted, f"it has checksum {found[0].checksum[:16]}... there"))


def _changed(seq: int, checksum: str, what: str) -> str:
    return (
        f"the journal is not the one that the accountable record has followed to record {seq} with checksum "
        f"{checksum[:16]}...: {what}. Put the right journal back; if it was restored from a copy on purpose, say so "
        "with `fleet audit continue`"
    )


def stamped(body: Mapping[str, Any], origin: str, head: str, wall_s: float, program: str) -> dict[str, Any]:
    """A record as it is logged: `body` with what every record has. `head` is the key chain's."""
    return {
        **body,
        "format": RECORD_FORMAT,
        "log": origin,
        "program": program,
        "written_at": _utc(wall_s),
        "keys": head,
    }


def progress(generation: int, seq: int, checksum: str, wall_s: float, book: CaseBook) -> bytes:
    """What is kept of how far a journal was followed, and of what is open then."""
    kept = {"generation": generation, "seq": seq, "checksum": checksum, "wall_s": wall_s, "open": book.plain()}
    return json.dumps(kept).encode()


def _utc(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
