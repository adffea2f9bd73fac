"""The embedded store: journal, lead, requests and snapshots in one SQLite file."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from fleet.journal.base import Check, Record
from fleet.journal.chain import GENESIS, BatchRow, Row, broken_batch, broken_row, in_batches, link
from fleet.journal.codec import CODEC, EventCodec
from fleet.journal.database import Database
from fleet.journal.inbox import Inbox
from fleet.journal.lead import Lead
from fleet.journal.snapshots import Snapshots
from fleet.journal.tail import TornTail, cut, find_torn_tail
from fleet.model.errors import InvalidField, JournalCorrupt
from fleet.model.events import Event
from fleet.model.requests import Request, RequestBody, Role
from fleet.supervisor.state import FleetState

_log = logging.getLogger(__name__)
_COLUMNS = "seq, batch, at_s, epoch, kind, schema, body, checksum"
_PAGE = 2000  # records read at a time when the whole journal is checked


class SqliteStore:
    """`JournalWriter` and `RequestStore` in one file (SQLite, WAL). Any number of processes may have it open; the one
    that holds the lead appends. Must lie on a local disk: WAL does not work over NFS.

    Opening it for writing cuts a torn last write (into the table `cut_records`) and logs that; `verify().cut` tells.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        read_only: bool = False,
        busy_timeout_s: float = 5.0,
        codec: EventCodec = CODEC,
        durable: bool = True,
        checkpoints: bool = True,
    ) -> None:
        """Open the file, or make it.

        Args:
            durable: what was appended is on the disk before anybody is told; without, it only survives this process.
            checkpoints: False where a `Checkpointer` runs beside (see there).

        Raises:
            NotFound: the folder (read only: the file) does not exist.
            NotAJournal: the file is something else, or was written by a newer version.
            JournalCorrupt: a record near the end is damaged, and whole ones follow it.
            StoreBusy: the file is locked, or the disk full or failing.
        """
        self._database = Database(
            path, read_only=read_only, busy_timeout_s=busy_timeout_s, durable=durable, checkpoints=checkpoints
        )
        self._codec = codec
        self._lead = Lead(self._database)
        self._inbox = Inbox(self._database)
        self._snapshots = Snapshots(self._database)
        self._torn: TornTail | None = None
        try:
            self._look_at_the_end()
        except BaseException:
            self.close()
            raise

    def _look_at_the_end(self) -> None:
        with self._database.reading() as reader:
            self._torn = find_torn_tail(reader)
        if self._torn is None or self._database.read_only:
            return
        with self._database.transaction() as writer:
            torn = find_torn_tail(writer)  # again: now nobody else is writing
            if torn is not None:
                cut(writer, torn)
                _log.warning("%s: torn last write, %d records cut: %s", self.path, torn.records, torn.because)
        self._torn = None

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._database.path

    # ---- reading ----

    def head(self) -> int:
        """The last sequence number, 0 for an empty journal."""
        return int(self._database.query("SELECT coalesce(max(seq), 0) FROM events")[0][0])

    def read(self, after: int = 0, limit: int | None = None) -> list[Record]:
        """Records with `seq > after`, in order; each one's checksum has been checked against the one before it.

        Raises:
            InvalidField: `after` or `limit` is negative.
            JournalCorrupt: naming the first record that is damaged or cannot be decoded. Also when `after` lies beyond
                the end: the journal was cut or replaced under a follower, which has to start again from 0.
        """
        if after < 0 or (limit is not None and limit < 0):
            raise InvalidField("after" if after < 0 else "limit", after if after < 0 else limit, "0 or more")
        rows, before = self._rows(after, limit)
        broken = broken_row(rows, after, before)
        if broken:
            raise JournalCorrupt(f"{self.path}: seq {broken[0]}: {broken[1]}")
        return [self._record(row) for row in rows]

    def _rows(self, after: int, limit: int | None) -> tuple[list[Row], str]:
        with self._database.reading() as reader:
            before = GENESIS
            if after:
                found = reader.execute("SELECT checksum FROM events WHERE seq = ?", (after,)).fetchone()
                if found is None:
                    raise JournalCorrupt(f"{self.path}: seq {after} is not there; follow the journal again from 0")
                before = found[0]
            rows = reader.execute(
                f"SELECT {_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, -1 if limit is None else limit),
            ).fetchall()
        return [Row(*values) for values in rows], before

    def _record(self, row: Row) -> Record:
        try:
            event = self._codec.decode(row.kind, row.schema, row.body)
        except JournalCorrupt as error:
            raise JournalCorrupt(f"{self.path}: seq {row.seq}: {error}") from error
        return Record(seq=row.seq, batch=row.batch, at_s=row.at_s, epoch=row.epoch, event=event, checksum=row.checksum)

    def verify(self) -> Check:
        """Read everything, recompute every checksum, count every batch, decode every event."""
        count, checksum, problem = 0, GENESIS, ""
        try:
            head, (cut_before,) = self.head(), self._database.query("SELECT coalesce(sum(records), 0) FROM cuts")[0]
            while not problem and count < head:
                rows, _ = self._rows(count, _PAGE)
                rows = self._whole_batches(rows)
                problem = self._problem(rows, count, checksum)
                if rows and not problem:
                    count, checksum = rows[-1].seq, rows[-1].checksum
            if not problem and self._torn is not None:
                problem = f"torn last write: {self._torn.because}"
        except JournalCorrupt as error:
            return Check(records=count, head=count, checksum=checksum, problem=str(error))
        return Check(records=count, head=head, checksum=checksum, problem=problem, cut=cut_before)

    def _whole_batches(self, rows: list[Row]) -> list[Row]:
        """The page without the batch that it cuts in two, or with the rest of it if it is nothing else."""
        if len(rows) < _PAGE:
            return rows
        groups = in_batches(rows)
        if len(groups) > 1:
            return [row for group in groups[:-1] for row in group]
        more = self._database.query(f"SELECT {_COLUMNS} FROM events WHERE batch = ? ORDER BY seq", (rows[0].batch,))
        return [Row(*values) for values in more]

    def _problem(self, rows: list[Row], before_seq: int, before: str) -> str:
        broken = broken_row(rows, before_seq, before)
        if broken:
            return f"seq {broken[0]}: {broken[1]}"
        if not rows:
            return f"seq {before_seq + 1}: it is missing"
        for group in in_batches(rows):
            closing = self._database.query(
                "SELECT batch, records, checksum FROM batches WHERE batch = ?", (group[0].batch,)
            )
            problem = broken_batch(group, BatchRow(*closing[0]) if closing else None)
            if problem:
                return f"seq {group[-1].seq}: {problem}"
        for row in rows:
            self._record(row)
        return ""

    # ---- writing ----

    def append(self, events: Sequence[Event], at_s: float, epoch: int) -> list[Record]:
        """Write one batch in one durable transaction; no events, no batch. The records hold the events as a replay
        will see them (`fleet.journal.codec.Encoded.event`): fold those.

        Raises:
            StaleEpoch: another supervisor has taken the lead since; nothing was written.
            InvalidField: an event holds what cannot be stored; nothing was written.
            StoreBusy: the file is locked, or the disk full or failing; nothing was written.
        """
        if not math.isfinite(at_s):
            raise InvalidField("at_s", at_s, "the fleet time in seconds")
        at_s = float(at_s)
        encoded = [self._codec.encode(event) for event in events]
        if not encoded:
            return []
        records: list[Record] = []
        with self._database.transaction() as writer:
            self._lead.check(writer, epoch)
            last = writer.execute("SELECT seq, batch, checksum FROM events ORDER BY seq DESC LIMIT 1").fetchone()
            seq, batch, checksum = last or (0, 0, GENESIS)
            batch += 1
            for item in encoded:
                seq += 1
                checksum = link(checksum, seq, batch, at_s, epoch, item.kind, item.schema, item.body)
                row = (seq, batch, at_s, epoch, item.kind, item.schema, item.body, checksum)
                writer.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
                records.append(
                    Record(seq=seq, batch=batch, at_s=at_s, epoch=epoch, event=item.event, checksum=checksum)
                )
            writer.execute("INSERT INTO batches VALUES (?, ?, ?)", (batch, len(encoded), checksum))
            writer.execute("UPDATE head SET seq = ?", (seq,))
        return records

    def take_lead(self, supervisor_id: str, ttl_s: float, wall_s: float) -> int | None:
        """Take or renew the lead. A supervisor that was restarted waits until its former self's time is over."""
        return self._lead.take(supervisor_id, ttl_s, wall_s)

    def give_up_lead(self, supervisor_id: str) -> None:
        """Let the next one in at once."""
        self._lead.give_up(supervisor_id)

    # ---- requests ----

    def put(
        self, actor: str, role: Role, idempotency_key: str, body: RequestBody, received_at_s: float
    ) -> tuple[Request, bool]:
        """Store a request durably; see `RequestStore.put`.

        Raises:
            Conflict: the key was used before with a different body.
            InvalidField: an empty actor or key, a body that is no request or cannot be stored.
        """
        return self._inbox.put(actor, role, idempotency_key, body, received_at_s)

    def after(self, number: int, limit: int = 100) -> list[Request]:
        """Requests with a higher number, in order."""
        return self._inbox.after(number, limit)

    def find(self, request_id: str) -> Request | None:
        """The request with that id."""
        return self._inbox.find(request_id)

    def find_key(self, actor: str, idempotency_key: str) -> Request | None:
        """The request that this actor put with that key."""
        return self._inbox.find_key(actor, idempotency_key)

    # ---- snapshots ----

    def save_snapshot(self, seq: int, state: FleetState) -> None:
        """Store the state after record `seq`; see `fleet.journal.snapshots`."""
        self._snapshots.save(seq, state)

    def load_latest_snapshot(self) -> tuple[int, FleetState] | None:
        """The newest snapshot that can be trusted, with its `seq`, or None."""
        return self._snapshots.load_latest()

    # ---- the end ----

    def close(self) -> None:
        """Let go of the file. Closing twice is no error."""
        self._database.close()

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
