"""The end of the journal when it is opened: a torn last write is cut, damage before it is an error.

SQLite undoes an unfinished transaction by itself. This is for what it cannot see: a file that was copied while it was
written, a `-wal` file that was left behind or cut short, rows that were damaged after they were written.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from fleet.journal.chain import GENESIS, BatchRow, Row, broken_batch, broken_row, in_batches
from fleet.model.errors import JournalCorrupt

_WINDOW = 512  # records; what lies before is checked when it is read
_COLUMNS = "seq, batch, at_s, epoch, kind, schema, body, checksum"


@dataclass(frozen=True, slots=True)
class TornTail:
    """What has to go: all rows after `after_seq` and batches after `after_batch`. `records` counts what is lost."""

    after_seq: int
    after_batch: int
    records: int
    because: str


def find_torn_tail(connection: sqlite3.Connection) -> TornTail | None:
    """Look at the last records.

    Raises:
        JournalCorrupt: a record is damaged and whole ones follow it, so it is not a torn last write.
    """
    rows, anchor = _newest(connection)
    closings = {
        values[0]: BatchRow(*values)
        for values in connection.execute(
            "SELECT batch, records, checksum FROM batches ORDER BY batch DESC LIMIT ?", (len(rows) + 1,)
        )
    }
    (head_seq,) = connection.execute("SELECT seq FROM head").fetchone() or (0,)
    return _torn(rows, anchor, closings, head_seq)


def _newest(connection: sqlite3.Connection) -> tuple[list[Row], Row | None]:
    """The last whole batches, at least `_WINDOW` records of them, oldest first; and the record before them."""
    rows: list[Row] = []
    for values in connection.execute(f"SELECT {_COLUMNS} FROM events ORDER BY seq DESC"):
        row = Row(*values)
        if len(rows) >= _WINDOW and row.batch != rows[-1].batch:
            return rows[::-1], row
        rows.append(row)
    return rows[::-1], None


def _torn(rows: list[Row], anchor: Row | None, closings: dict[int, BatchRow], head_seq: int) -> TornTail | None:
    good_seq, good_batch = (anchor.seq, anchor.batch) if anchor else (0, 0)
    before = anchor.checksum if anchor else GENESIS
    last_seq = max(rows[-1].seq if rows else good_seq, head_seq)
    groups = in_batches(rows)
    for index, group in enumerate(groups):
        problem = _problem(group, good_seq, before, closings.get(group[-1].batch), rows)
        if problem:
            _refuse_damage_in_the_middle(problem, groups[index + 1 :], group[-1], closings)
            return TornTail(good_seq, good_batch, max(last_seq - good_seq, 1), problem)
        good_seq, good_batch, before = group[-1].seq, group[-1].batch, group[-1].checksum
    if last_seq > good_seq:
        return TornTail(good_seq, good_batch, last_seq - good_seq, f"the records after {good_seq} are missing")
    if any(batch > good_batch for batch in closings):
        return TornTail(good_seq, good_batch, 1, f"the records of the batches after {good_batch} are missing")
    return None


def _problem(group: list[Row], good_seq: int, before: str, closing: BatchRow | None, rows: list[Row]) -> str:
    problem = broken_batch(group, closing)
    # Where the batch is short because its next record has a damaged batch number, that record is the one to name.
    looked_at = [row for row in rows if row.seq > good_seq] if problem else group
    broken = broken_row(looked_at, good_seq, before)
    if broken and broken[0] <= group[-1].seq + 1:
        return f"seq {broken[0]}: {broken[1]}"
    return f"seq {group[-1].seq}: {problem}" if problem else ""


def _refuse_damage_in_the_middle(
    problem: str, later: list[list[Row]], previous: Row, closings: dict[int, BatchRow]
) -> None:
    for group in later:
        whole = broken_row(group, previous.seq, previous.checksum) is None
        if whole and not broken_batch(group, closings.get(group[-1].batch)):
            raise JournalCorrupt(
                f"{problem}, and whole records follow it (from seq {group[0].seq}): this is not a torn last write; "
                "restore the journal from a copy"
            )
        previous = group[-1]


def cut(connection: sqlite3.Connection, tail: TornTail) -> None:
    """Move the torn tail out of the way, into `cut_records`. The caller holds the write transaction."""
    number = connection.execute("SELECT coalesce(max(cut), 0) + 1 FROM cuts").fetchone()[0]
    connection.execute("INSERT INTO cuts VALUES (?, ?, ?, ?)", (number, tail.after_seq, tail.records, tail.because))
    connection.execute(
        f"INSERT INTO cut_records SELECT ?, {_COLUMNS} FROM events WHERE seq > ?", (number, tail.after_seq)
    )
    connection.execute("DELETE FROM events WHERE seq > ?", (tail.after_seq,))
    connection.execute("DELETE FROM batches WHERE batch > ?", (tail.after_batch,))
    connection.execute("DELETE FROM snapshots WHERE seq > ?", (tail.after_seq,))
    connection.execute("INSERT OR REPLACE INTO head VALUES (1, ?)", (tail.after_seq,))
