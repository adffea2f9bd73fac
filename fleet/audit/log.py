"""The log's file: entries in canonical JSON, the tree over them, and the checkpoints that were signed. SQLite."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from fleet.audit import merkle, tiles
from fleet.audit.canonical import NotExact, canonical
from fleet.audit.checking import LogDamaged, check_file
from fleet.audit.notes import Checkpoint, Signer, Verifier
from fleet.audit.statements import GENESIS, KEY_KINDS, next_head
from fleet.model.errors import Conflict, FleetError, InvalidField, NotFound

APPLICATION_ID = 0x48464131  # "HFA1"
_VERSION = 2
_TABLES = f"""
CREATE TABLE entries(number INTEGER PRIMARY KEY, source INTEGER UNIQUE, body BLOB NOT NULL);
CREATE TABLE tiles(place INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
CREATE TABLE checkpoints(size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL);
CREATE INDEX checkpoint_sizes ON checkpoints(size);
CREATE TABLE about(name TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (name, number)) WITHOUT ROWID;
CREATE TABLE signers(text TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {_VERSION};
"""
_KEYS = "keys"  # entries about keys are listed under this name
_LEVEL = 1 << 48  # a tile's place: its level times this, plus its number
_CACHED = 512
__all__ = ["AuditLog", "LogBusy", "LogDamaged"]

Record = tuple[int | None, Mapping[str, Any]]


class LogBusy(FleetError):
    """The file is locked, or the disk is full or failing; nothing was written, and trying again may work."""

    retriable = True


class AuditLog:
    """An append-only log. One process appends, within `writing()`; any number reads. Safe for threads.

    Args:
        path: the file; made if absent, unless `read_only`.
        origin: the log's name, in every checkpoint; empty: as the file says.
        durable: what was appended is on the disk when `append` returns. Without (for simulations and benchmarks) it
            only survives this process.
    """

    def __init__(self, path: Path, origin: str = "", *, read_only: bool = False, durable: bool = True) -> None:
        if not path.parent.is_dir():
            raise NotFound("folder", str(path.parent))
        if read_only and not path.is_file():
            raise NotFound("audit log", str(path))
        self.path, self._read_only = path, read_only
        self._lock = threading.RLock()
        self._tiles: dict[int, bytes] = {}
        uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        self._db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        # Damaged text must come back as it is, for the hashes to tell, and not as SQLite's own complaint.
        self._db.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        try:
            with self._errors():
                self._open(origin, durable)
        except BaseException:
            self._db.close()
            raise

    def _open(self, origin: str, durable: bool) -> None:
        found = self._db.execute("PRAGMA application_id").fetchone()[0]
        empty = not self._db.execute("SELECT 1 FROM sqlite_master").fetchone()
        if not self._read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
            if found == 0 and empty:
                if not origin:
                    raise InvalidField("origin", origin, "a name for the new log")
                self._db.executescript(f"BEGIN; {_TABLES} COMMIT;")
                self.set_meta("origin", origin.encode())
                found = APPLICATION_ID
        if found != APPLICATION_ID:
            raise LogDamaged(f"{self.path}: this SQLite file is no audit log (application id {found:#x})")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version != _VERSION:
            raise LogDamaged(f"{self.path}: its format is number {version}, this program knows {_VERSION}")
        self.origin = (self.meta("origin") or b"").decode()
        if origin and self.origin != origin:
            raise InvalidField("origin", origin, f"{self.origin!r}, as the log in {self.path} is named")

    # ---- looking ------------------------------------------------------------------------------------------------

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock, self._errors():
            return self._db.execute(statement, values).fetchall()

    @property
    def size(self) -> int:
        """How many entries there are."""
        return int(self._rows("SELECT COALESCE(MAX(number) + 1, 0) FROM entries")[0][0])

    @property
    def last_source(self) -> int:
        """The highest source number, e.g. the journal's sequence number up to which the log has come; 0 at first."""
        return int(self._rows("SELECT COALESCE(MAX(source), 0) FROM entries")[0][0])

    def newest_sourced(self) -> tuple[int, bytes] | None:
        """(source number, body) of the entry with the highest source number."""
        rows = self._rows("SELECT source, body FROM entries WHERE source NOT NULL ORDER BY source DESC LIMIT 1")
        return (int(rows[0][0]), _bytes(rows[0][1])) if rows else None

    def entry(self, number: int) -> bytes:
        """An entry as it was hashed. Raises `NotFound`."""
        rows = self._rows("SELECT body FROM entries WHERE number = ?", number)
        if not rows:
            raise NotFound("entry", str(number))
        return _bytes(rows[0][0])

    def entries(self, first: int = 0, page: int = 500) -> Iterator[tuple[int, int | None, bytes]]:
        """(number, source, body) from `first` on, read in pages."""
        while rows := self._rows(
            "SELECT number, source, body FROM entries WHERE number >= ? ORDER BY number LIMIT ?", first, page
        ):
            yield from ((number, source, _bytes(body)) for number, source, body in rows)
            first = rows[-1][0] + 1

    def about(self, name: str) -> list[int]:
        """Numbers of the entries that are about this, e.g. `escalation:E5`."""
        return [int(n) for (n,) in self._rows("SELECT number FROM about WHERE name = ? ORDER BY number", name)]

    def key_entries(self, before: int | None = None) -> list[int]:
        """Numbers of the entries that say which keys are good, below `before`."""
        return [n for n in self.about(_KEYS) if before is None or n < before]

    def key_head(self) -> str:
        """The head of the key chain; see `fleet.audit.statements.next_head`."""
        head = GENESIS
        for record in self.key_records():
            head = next_head(head, record)
        return head

    def key_records(self) -> list[dict[str, Any]]:
        """The entries that say which keys are good. Raises `LogDamaged` where one is gone."""
        try:
            return [json.loads(self.entry(number)) for number in self.key_entries()]
        except NotFound as error:
            raise LogDamaged(f"{self.path}: it was cut: {error}") from None

    def signers(self) -> list[Verifier]:
        """Every key that ever signed a checkpoint here."""
        return [Verifier.parse(text) for (text,) in self._rows("SELECT text FROM signers ORDER BY text")]

    def tile(self, level: int, number: int) -> bytes:
        """A tile's hashes; empty where there is none. Full ones never change and are kept in memory."""
        place = level * _LEVEL + number
        if (kept := self._tiles.get(place)) is not None:
            return kept
        rows = self._rows("SELECT hashes FROM tiles WHERE place = ?", place)
        blob = _bytes(rows[0][0]) if rows else b""
        if len(blob) == tiles.WIDTH * tiles.HASH_BYTES:
            if len(self._tiles) >= _CACHED:
                self._tiles.clear()
            self._tiles[place] = blob
        return blob

    def _node(self, height: int, index: int) -> bytes:
        try:
            return tiles.node(self.tile, height, index)
        except tiles.HashMissing as error:
            raise LogDamaged(f"{self.path}: {error}") from None

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` entries; over all of them without."""
        wanted, have = size, self.size
        wanted = have if wanted is None else wanted
        if not 0 <= wanted <= have:
            raise NotFound("size", str(wanted), f"0 to {have}")
        return merkle.root(wanted, self._node)

    def inclusion(self, number: int, size: int) -> list[bytes]:
        """The proof that entry `number` is among the first `size`. Raises `NotFound`."""
        if not 0 <= number < size <= self.size:
            raise NotFound("entry", f"{number} of {size}", f"the log has {self.size}")
        return merkle.inclusion_proof(number, size, self._node)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `new` entries go on from the first `old`. Raises `NotFound`."""
        if not 0 < old <= new <= self.size:
            raise NotFound("sizes", f"{old} and {new}", f"the log has {self.size}")
        return merkle.consistency_proof(old, new, self._node)

    def checkpoints(self) -> list[tuple[int, str]]:
        """(size, note) of all that were signed, oldest first."""
        return [(int(s), str(n)) for s, n in self._rows("SELECT size, note FROM checkpoints ORDER BY rowid")]

    def checkpoint_lengths(self) -> dict[int, int]:
        """Sizes of all checkpoints, and how long their notes are (more signatures, longer notes), smallest first."""
        found = self._rows("SELECT size, length(note) FROM checkpoints WHERE size > 0 ORDER BY size, rowid")
        return {int(size): int(length) for size, length in found}

    def checkpoint_of(self, size: int) -> str | None:
        """The note over that many entries, if that was ever signed."""
        rows = self._rows("SELECT note FROM checkpoints WHERE size = ? ORDER BY rowid DESC LIMIT 1", size)
        return str(rows[0][0]) if rows else None

    def latest_checkpoint(self) -> tuple[int, str] | None:
        """(size, note) of the newest one."""
        rows = self._rows("SELECT size, note FROM checkpoints ORDER BY rowid DESC LIMIT 1")
        return (int(rows[0][0]), str(rows[0][1])) if rows else None

    def verify(self) -> int:
        """Hash every entry again, and hold the tree and every checkpoint against that. Returns the size.

        Raises:
            LogDamaged: the first thing that is not as it was.
        """
        with self._errors():
            return check_file(self)

    def meta(self, name: str) -> bytes | None:
        """What was kept with `set_meta`, or with `append`."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", name)
        return _bytes(rows[0][0]) if rows else None

    # ---- writing ------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one who appends, while the block lasts. Raises `Conflict` where another process is."""
        lock = self.path.with_name(self.path.name + ".lock")
        with lock.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise Conflict(f"{self.path}: {holder} writes this log already; a log has one writer") from None
            file.truncate(0)
            file.write(f"process {os.getpid()}")
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)

    def append(self, records: Sequence[Record], keep: Mapping[str, bytes] | None = None) -> int:
        """Add (source number, record) pairs, all or none; a source number that is there already is passed over, None
        is for entries that have no source. `keep` goes into `meta` in the same moment.

        Returns the new size. Raises `InvalidField`: source numbers that do not rise, or a record that is no exact JSON;
        `LogBusy`: the disk is full, or the file is locked.
        """
        bodies = [(source, record, _exact(record)) for source, record in records]
        sources = [source for source, _, _ in bodies if source is not None]
        if any(a >= b for a, b in pairwise(sources)):
            raise InvalidField("records", sources, "source numbers that rise")
        with self._transaction():
            last, first = self.last_source, self.size
            new = [row for row in bodies if row[0] is None or row[0] > last]
            names = [(n, first + i) for i, (_, record, _) in enumerate(new) for n in _names(record)]
            self._insert(first, [(source, body) for source, _, body in new])
            self._db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?)", names)
            for name, value in (keep or {}).items():
                self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        return first + len(new)

    def append_bodies(self, bodies: Sequence[bytes]) -> int:
        """Add entries that are in canonical form already, without a source: for logs that are made in bulk. Returns
        the new size."""
        with self._transaction():
            first = self.size
            self._insert(first, [(None, body) for body in bodies])
        return first + len(bodies)

    def _insert(self, first: int, rows: Sequence[tuple[int | None, bytes]]) -> None:
        self._db.executemany(
            "INSERT INTO entries VALUES (?, ?, ?)", [(first + i, source, body) for i, (source, body) in enumerate(rows)]
        )
        leaves = [merkle.leaf_hash(body) for _, body in rows]
        try:
            grown = [(level * _LEVEL + n, blob) for level, n, blob in tiles.grow(self.tile, first, leaves)]
        except tiles.HashMissing as error:
            raise LogDamaged(f"{self.path}: {error}") from None
        self._db.executemany("INSERT OR REPLACE INTO tiles VALUES (?, ?)", grown)

    def set_meta(self, name: str, value: bytes) -> None:
        """Keep something beside the entries; it is not part of what is proved."""
        with self._lock, self._errors():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def checkpoint(self, signers: Sequence[Signer]) -> str:
        """Sign the log as it is now, and keep the note. The same size again gives the note that was made before."""
        size = self.size
        before = self.checkpoint_of(size)
        if before is not None:
            return before
        root = self.root(size)
        note = Checkpoint(self.origin, size, root).signed(signers)
        with self._transaction():
            self._db.execute("INSERT INTO checkpoints VALUES (?, ?, ?)", (size, root, note))
            self._add_signers([s.verifier for s in signers])
        return note

    def replace_checkpoint(self, size: int, note: str, signers: Sequence[Verifier]) -> None:
        """The same checkpoint with more signatures, those of `signers`. Raises `NotFound`."""
        with self._transaction():
            changed = self._db.execute("UPDATE checkpoints SET note = ? WHERE size = ?", (note, size)).rowcount
            if not changed:
                raise NotFound("checkpoint", f"of size {size}")
            self._add_signers(signers)

    def _add_signers(self, signers: Sequence[Verifier]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO signers VALUES (?)", [(v.text(),) for v in signers])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if str(error).startswith("no such"):
                raise LogDamaged(f"{self.path}: {error}") from None
            raise LogBusy(f"{self.path}: {error}") from None
        except sqlite3.ProgrammingError:
            raise  # our own mistake, for example a call after close()
        except sqlite3.DatabaseError as error:
            raise LogDamaged(f"{self.path}: {error}") from None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")


def _exact(record: Mapping[str, Any]) -> bytes:
    try:
        return canonical(record)
    except NotExact as error:
        raise InvalidField("record", str(error), "what JSON can say exactly") from None


def _names(record: Mapping[str, Any]) -> list[str]:
    """Under what the entry can be found: its `about`, {what: id}."""
    about = record.get("about")
    names = [f"{what}:{which}" for what, which in about.items()] if isinstance(about, Mapping) else []
    return [*names, _KEYS] if record.get("kind") in KEY_KINDS else names
