"""The checksum chain. Each record's checksum covers the one before it and everything the record says.

Anybody can recompute it without this program: SHA-256, in hex, of these lines joined by a newline: the checksum of
the record before (64 zeros for the first), seq, batch, at_s (shortest decimal form), epoch, kind, schema, body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table `events`, as stored. Fields of a damaged row may hold anything."""

    seq: int
    batch: int
    at_s: float
    epoch: int
    kind: str
    schema: int
    body: str
    checksum: str

    def expected_checksum(self, before: str) -> str:
        """What the checksum must be after a record with checksum `before`."""
        return link(before, self.seq, self.batch, self.at_s, self.epoch, self.kind, self.schema, self.body)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row of the table `batches`: closes a batch with the number of its records and the last one's checksum."""

    batch: int
    records: int
    checksum: str


def link(before: str, seq: int, batch: int, at_s: float, epoch: int, kind: str, schema: int, body: str) -> str:
    """The checksum of a record."""
    lines = (before, str(seq), str(batch), repr(at_s), str(epoch), kind, str(schema), body)
    return hashlib.sha256("\n".join(map(str, lines)).encode("utf-8", "surrogateescape")).hexdigest()


def broken_row(rows: Iterable[Row], before_seq: int, before: str) -> tuple[int, str] | None:
    """The first row that does not continue the chain after (`before_seq`, `before`): its place and what is wrong."""
    for row in rows:
        if row.seq != before_seq + 1:
            return before_seq + 1, f"it is missing (the next one there is {row.seq})"
        if row.checksum != row.expected_checksum(before):
            return row.seq, "its checksum does not match its content"
        before_seq, before = row.seq, row.checksum
    return None


def in_batches(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows in runs of one batch number."""
    groups: list[list[Row]] = []
    for row in rows:
        if groups and groups[-1][-1].batch == row.batch:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def broken_batch(group: Sequence[Row], closing: BatchRow | None) -> str:
    """What is wrong between a batch's rows and the row that closes it; empty if nothing is."""
    batch = group[-1].batch
    if closing is None:
        return f"batch {batch} was never closed"
    if closing.records != len(group):
        return f"batch {batch} has {len(group)} records and was closed with {closing.records}"
    if closing.checksum != group[-1].checksum:
        return f"batch {batch} was closed with another checksum"
    return ""
