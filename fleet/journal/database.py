"""The SQLite file under the journal: opening it, refusing what is not ours, transactions, errors in our words."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fleet.journal.errors import NotAJournal, StoreBusy
from fleet.model.errors import JournalCorrupt, NotFound, Unsupported

APPLICATION_ID = 0x48465431  # "HFT1"
SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE events(
    seq INTEGER PRIMARY KEY, batch INTEGER NOT NULL, at_s REAL NOT NULL, epoch INTEGER NOT NULL,
    kind TEXT NOT NULL, schema INTEGER NOT NULL, body TEXT NOT NULL, checksum TEXT NOT NULL);
CREATE TABLE batches(batch INTEGER PRIMARY KEY, records INTEGER NOT NULL, checksum TEXT NOT NULL);
CREATE TABLE head(only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL);
CREATE TABLE lead(
    only INTEGER PRIMARY KEY CHECK (only = 1), epoch INTEGER NOT NULL, supervisor_id TEXT NOT NULL,
    until_wall_s REAL NOT NULL);
CREATE TABLE requests(
    number INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, actor TEXT NOT NULL,
    role TEXT NOT NULL, received_at_s REAL NOT NULL, idempotency_key TEXT NOT NULL,
    body TEXT NOT NULL, body_digest TEXT NOT NULL, UNIQUE (actor, idempotency_key));
CREATE TABLE snapshots(
    seq INTEGER PRIMARY KEY, checksum TEXT NOT NULL, shape TEXT NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE cuts(cut INTEGER PRIMARY KEY, after_seq INTEGER NOT NULL, records INTEGER NOT NULL, because TEXT NOT NULL);
CREATE TABLE cut_records(
    cut INTEGER NOT NULL, seq, batch, at_s, epoch, kind, schema, body, checksum);
INSERT INTO head VALUES (1, 0);
INSERT INTO lead VALUES (1, 0, '', 0);
"""


class Database:
    """One file, two connections: the writer's waits for the disk, the reader's never waits for the writer's.

    May be used from several threads; each call takes its connection for itself while it lasts.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        read_only: bool = False,
        busy_timeout_s: float = 5.0,
        durable: bool = True,
        checkpoints: bool = True,
    ) -> None:
        """Open the file, or make it (unless `read_only`).

        Args:
            durable: a commit is on the disk before it is acknowledged; without, it only survives this process.
            checkpoints: move the -wal file's pages into the file itself now and then, within a commit. Turn it off
                where a `Checkpointer` does it: a commit that has to do it takes many times as long.

        Raises:
            NotFound: the folder (or, read only, the file) does not exist.
            NotAJournal: the file is something else or newer than this program.
            StoreBusy: the file is locked or cannot be written.
        """
        self.path = Path(path)
        self.read_only = read_only
        if not self.path.parent.is_dir():
            raise NotFound("folder", str(self.path.parent))
        if read_only and not self.path.is_file():
            raise NotFound("journal", str(self.path))
        self._timeout_s, self._durable, self._checkpoints = busy_timeout_s, durable, checkpoints
        self._read_lock, self._write_lock = threading.RLock(), threading.RLock()
        with self.errors():
            if not read_only and not self.path.exists():
                _make(self.path)
            self._writer = self._reader = self._connect()
            try:
                self._refuse_others()
            except BaseException:
                self._writer.close()
                raise
            if not read_only:
                self._reader = self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self.path, "ro" if self.read_only else "rw", self._timeout_s)
        # FULL: a commit is on the disk before it is acknowledged. NORMAL would lose the last ones at a power cut.
        connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'OFF'}")
        if not self._checkpoints:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection

    def _refuse_others(self) -> None:
        application, version = (
            self._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        if application != APPLICATION_ID:
            raise NotAJournal(f"{self.path}: this SQLite file is not a fleet journal (application id {application:#x})")
        if version > SCHEMA_VERSION:
            raise NotAJournal(
                f"{self.path}: written by a newer version of this program (file format {version}, "
                f"this one knows up to {SCHEMA_VERSION}); use that version or newer"
            )

    def query(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT, as of the last commit."""
        with self._read_lock, self.errors():
            return self._reader.execute(statement, values).fetchall()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Several SELECTs that see one and the same state of the file."""
        with self._read_lock, self.errors():
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Exclusive writing: durable when the block has ended, undone when it raised."""
        if self.read_only:
            raise Unsupported(f"{self.path} was opened for reading only")
        with self._write_lock, self.errors():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def errors(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if str(error).startswith("no such"):  # a table or column of ours has gone
                raise JournalCorrupt(f"{self.path}: {error}; restore the file from a copy") from error
            raise StoreBusy(f"{self.path}: {error}") from error
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
            raise  # our own mistake, for example a call after close()
        except sqlite3.DatabaseError as error:
            if "not a database" in str(error):
                raise NotAJournal(f"{self.path}: this is not an SQLite file") from error
            raise JournalCorrupt(f"{self.path}: {error}; restore the file from a copy") from error

    def close(self) -> None:
        """Let go of the file. Closing twice is no error."""
        with self._write_lock, self._read_lock:
            self._writer.close()
            self._reader.close()


def connect(path: Path, mode: str, timeout_s: float) -> sqlite3.Connection:
    """A connection in autocommit mode; `mode` is ro, rw or rwc."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    # Damaged text must come back as it is, for the checksum to tell, and not as SQLite's own complaint.
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    return connection


def _make(path: Path) -> None:
    """Make a whole file aside, then give it its name: several processes may start at once, and any may be killed."""
    folder = tempfile.mkdtemp(prefix=".journal-", dir=path.parent)
    try:
        fresh = Path(folder) / "fresh"
        connection = connect(fresh, "rwc", 5.0)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_TABLES)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.close()  # moves everything from the -wal file into the file itself
        with contextlib.suppress(FileExistsError):  # another process was faster: its file is as good
            os.link(fresh, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreBusy(f"{path}: cannot make the file: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
