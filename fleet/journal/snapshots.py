"""Snapshots spare a restart the replay from the first record. They are never needed: a doubtful one is ignored."""

from __future__ import annotations

import hashlib
import logging
from functools import cache
from pathlib import Path

import msgspec

from fleet.journal.database import Database
from fleet.model.errors import InvalidField
from fleet.supervisor import fold
from fleet.supervisor.state import FleetState

_log = logging.getLogger(__name__)


class Snapshots:
    """The table `snapshots`. Each is bound to the record it was made after (by checksum), to its content (by digest),
    and to the shape of `FleetState` and the text of the fold, so that a changed program replays from the start."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, seq: int, state: FleetState, keep: int = 3) -> None:
        """Store the state after record `seq`, and drop all but the `keep` newest.

        Raises:
            InvalidField: there is no such record.
        """
        # In the order things came in: the journal's canonical JSON sorts keys and would lose it.
        text = msgspec.json.encode(state).decode()
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self._database.transaction() as writer:
            found = writer.execute("SELECT checksum FROM events WHERE seq = ?", (seq,)).fetchone()
            if found is None:
                raise InvalidField("seq", seq, "the number of a record in the journal")
            writer.execute(
                "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)",
                (seq, found[0], program(), digest, text),
            )
            writer.execute(
                "DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)", (keep,)
            )

    def load_latest(self) -> tuple[int, FleetState] | None:
        """The newest snapshot that can be trusted and its `seq`, or None: then replay from the start."""
        rows = self._database.query(
            "SELECT s.seq, s.checksum, s.shape, s.digest, s.state, e.checksum FROM snapshots s "
            "LEFT JOIN events e ON e.seq = s.seq ORDER BY s.seq DESC"
        )
        for seq, checksum, shape, digest, text, record_checksum in rows:
            problem = ""
            if shape != program():
                problem = "it was made by another version of this program"
            elif checksum != record_checksum:
                problem = "it does not belong to the record of that number"
            elif hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest() != digest:
                problem = "its digest does not match its content"
            if not problem:
                return seq, msgspec.json.decode(text, type=FleetState)
            _log.warning("snapshot at record %d ignored: %s", seq, problem)
        return None


@cache
def program() -> str:
    """A digest of everything that makes a state what it is: the records' shapes, and how events are folded."""
    schema = msgspec.json.encode(msgspec.json.schema(FleetState), order="sorted")
    return hashlib.sha256(schema + Path(fold.__file__).read_bytes()).hexdigest()
