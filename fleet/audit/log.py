"""The log's file: entries in canonical JSON, the tree over them, and the checkpoints that were signed. SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from fleet.audit import merkle
from fleet.audit.canonical import canonical
from fleet.audit.notes import Checkpoint, Signer
from fleet.model.errors import FleetError, InvalidField, NotFound

APPLICATION_ID = 0x48464131  # "HFA1"
_TABLES = """
CREATE TABLE entries(number INTEGER PRIMARY KEY, source INTEGER NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE nodes(level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, number))
    WITHOUT ROWID;
CREATE TABLE checkpoints(size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL);
"""


class LogDamaged(FleetError):
    """The log's file does not hold what it held; says where."""


class AuditLog:
    """An append-only log. One process appends; any number reads.

    Args:
        path: the file; made if absent.
        origin: the log's name, in every checkpoint.
    """

    def __init__(self, path: Path, origin: str) -> None:
        if not path.parent.is_dir():
            raise NotFound("folder", str(path.parent))
        self.path, self.origin = path, origin
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise LogDamaged(f"{path}: {error}") from None

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        found = self._db.execute("PRAGMA application_id").fetchone()[0]
        if found == 0 and not self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
            self._db.executescript(f"BEGIN; {_TABLES} PRAGMA application_id = {APPLICATION_ID}; COMMIT;")
        elif found != APPLICATION_ID:
            raise LogDamaged(f"{self.path}: this SQLite file is no audit log (application id {found:#x})")

    @property
    def size(self) -> int:
        """How many entries there are."""
        return int(self._db.execute("SELECT COALESCE(MAX(number) + 1, 0) FROM entries").fetchone()[0])

    @property
    def last_source(self) -> int:
        """The highest source number, e.g. the journal's sequence number up to which the log has come; 0 at first."""
        return int(self._db.execute("SELECT COALESCE(MAX(source), 0) FROM entries").fetchone()[0])

    def append(self, records: Sequence[tuple[int, Mapping[str, Any]]]) -> int:
        """Add (source number, record) pairs, all or none; a source number that is there already is passed over.

        Returns the new size. Raises `InvalidField`: source numbers that do not rise, or a record that is no exact JSON.
        """
        bodies = [(source, canonical(record)) for source, record in records]
        if any(a[0] >= b[0] for a, b in pairwise(bodies)):
            raise InvalidField("records", [s for s, _ in bodies], "source numbers that rise")
        with self._transaction():
            last, number = self.last_source, self.size
            for source, body in bodies:
                if source <= last:
                    continue
                self._db.execute("INSERT INTO entries VALUES (?, ?, ?)", (number, source, body))
                made = merkle.complete_nodes(number, merkle.leaf_hash(body), self._node)
                self._db.executemany("INSERT INTO nodes VALUES (?, ?, ?)", made)
                number += 1
        return number

    def _node(self, level: int, number: int) -> bytes:
        row = self._db.execute("SELECT hash FROM nodes WHERE level = ? AND number = ?", (level, number)).fetchone()
        if row is None:
            raise LogDamaged(f"{self.path}: the tree has no node {number} at level {level}")
        return bytes(row[0])

    def entry(self, number: int) -> bytes:
        """An entry as it was hashed. Raises `NotFound`."""
        row = self._db.execute("SELECT body FROM entries WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise NotFound("entry", str(number))
        return bytes(row[0])

    def entries(self, first: int = 0) -> Iterator[tuple[int, int, bytes]]:
        """(number, source, body) from `first` on."""
        yield from self._db.execute(
            "SELECT number, source, body FROM entries WHERE number >= ? ORDER BY number", (first,)
        )

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` entries; over all of them without."""
        wanted = self.size if size is None else size
        if not 0 <= wanted <= self.size:
            raise NotFound("size", str(wanted))
        return merkle.root(wanted, self._node)

    def inclusion(self, number: int, size: int) -> list[bytes]:
        """The proof that entry `number` is among the first `size`. Raises `NotFound`."""
        if not 0 <= number < size <= self.size:
            raise NotFound("entry", f"{number} of {size}; the log has {self.size}")
        return merkle.inclusion_proof(number, size, self._node)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `new` entries go on from the first `old`. Raises `NotFound`."""
        if not 0 < old <= new <= self.size:
            raise NotFound("sizes", f"{old} and {new}; the log has {self.size}")
        return merkle.consistency_proof(old, new, self._node)

    def checkpoint(self, signers: Sequence[Signer]) -> str:
        """Sign the log as it is now, and keep the note. The same size again gives the note that was made before."""
        size = self.size
        before = self._db.execute("SELECT note FROM checkpoints WHERE size = ? ORDER BY rowid DESC", (size,)).fetchone()
        if before is not None:
            return str(before[0])
        root = self.root(size)
        note = Checkpoint(self.origin, size, root).signed(signers)
        self._db.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (size, root, note))
        return note

    def checkpoints(self) -> list[tuple[int, str]]:
        """(size, note) of all that were signed, oldest first."""
        return [(int(s), str(n)) for s, n in self._db.execute("SELECT size, note FROM checkpoints ORDER BY rowid")]

    def verify(self) -> int:
        """Hash every entry again, and hold the tree and every checkpoint against that. Returns the size.

        Raises:
            LogDamaged: the first thing that is not as it was.
        """
        at = {size: bytes(root) for size, root in self._db.execute("SELECT size, root FROM checkpoints")}
        peaks = _Peaks()
        expected = 0
        for number, _, body in self.entries():
            if number != expected:
                raise LogDamaged(f"{self.path}: entry {expected} is missing")
            leaf = merkle.leaf_hash(body if isinstance(body, bytes) else str(body).encode())
            for level, at_level, hash_ in peaks.add(leaf):
                if hash_ != self._node(level, at_level):
                    what = f"entry {number}" if level == 0 else f"the tree's node {at_level} at level {level}"
                    raise LogDamaged(f"{self.path}: {what} is not what was logged")
            expected += 1
            if expected in at and at[expected] != peaks.root():
                raise LogDamaged(f"{self.path}: the first {expected} entries are not those of the checkpoint")
        if any(size > expected for size in at):
            raise LogDamaged(f"{self.path}: it was cut: {expected} entries, a checkpoint has {max(at)}")
        return expected

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class _Peaks:
    """The root while leaves are added one by one, from nothing but the leaves."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []
        self._count = 0

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Returns the complete subtrees that the leaf finishes: (level, number at that level, hash)."""
        level, number, made = 0, self._count, [(0, self._count, leaf)]
        while self._peaks and self._peaks[-1][0] == level:
            leaf = merkle.node_hash(self._peaks.pop()[1], leaf)
            level, number = level + 1, number // 2
            made.append((level, number, leaf))
        self._peaks.append((level, leaf))
        self._count += 1
        return made

    def root(self) -> bytes:
        if not self._peaks:
            return merkle.EMPTY_ROOT
        found = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            found = merkle.node_hash(peak, found)
        return found
