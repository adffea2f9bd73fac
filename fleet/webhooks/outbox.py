"""What is to be delivered, in a file of its own: nothing is lost when a process ends, and nothing waits for it.

One table says how far each webhook has read the journal, one holds the messages that wait, one the dead letters. The
cursor moves in the same transaction that puts the messages: each event is told at least once.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS cursors (hook TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL,
    put_at_s REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, next_at_s REAL NOT NULL, error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS waiting_of ON waiting (hook, id);
CREATE TABLE IF NOT EXISTS dead (
    id INTEGER PRIMARY KEY, hook TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, put_at_s REAL NOT NULL,
    tries INTEGER NOT NULL, error TEXT NOT NULL, died_at_s REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS delivered (hook TEXT PRIMARY KEY, count INTEGER NOT NULL, last_at_s REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS incidents (
    hook TEXT NOT NULL, key TEXT NOT NULL, begun_at_s REAL NOT NULL, severity TEXT NOT NULL, summary TEXT NOT NULL,
    PRIMARY KEY (hook, key)
) STRICT;
CREATE TABLE IF NOT EXISTS unusable (hook TEXT PRIMARY KEY, error TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS members (escalation TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT;
"""
KEPT_DEAD = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that waits. `seq` is the journal record that it comes from."""

    letter_id: int
    hook: str
    seq: int
    body: dict[str, Any]
    put_at_s: float
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HookStatus:
    """How a webhook fares. Times are wall time, s since the Unix epoch; None for what never happened."""

    hook: str
    seq: int
    waiting: int
    oldest_s: float | None
    dead: int
    delivered: int
    last_delivered_s: float | None
    error: str
    unusable: str = ""

    @property
    def problem(self) -> str:
        """What is wrong, in words; empty when nothing is."""
        parts = []
        if self.unusable:
            parts.append(self.unusable)
        if self.dead:
            parts.append(f"{self.dead} dead letters")
        if self.waiting and self.error:
            parts.append(f"{self.waiting} wait: {self.error}")
        return f"webhook {self.hook}: " + "; ".join(parts) if parts else ""


class Outbox:
    """The file. Every call is one short transaction; safe from several threads and processes."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._lock = threading.Lock()
        where = f"file:{path}?mode=ro" if read_only else str(path)
        self._db = sqlite3.connect(
            where, uri=read_only, isolation_level=None, check_same_thread=False, timeout=5.0
        )  # fmt: skip
        if not read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(text, values).fetchall()

    # ---- the journal's side ---------------------------------------------------------------------------------

    def cursor(self, hook: str) -> int | None:
        """The last record that was read for this webhook; None for one that is new."""
        rows = self._rows("SELECT seq FROM cursors WHERE hook = ?", hook)
        return int(rows[0][0]) if rows else None

    def start_at(self, hook: str, seq: int) -> None:
        """A new webhook hears of what comes after `seq`, not of the past."""
        with self.writing() as db:
            db.execute("INSERT OR IGNORE INTO cursors VALUES (?, ?)", (hook, seq))

    # ---- the network's side ---------------------------------------------------------------------------------

    def next_letter(self, hook: str, wall_s: float) -> Letter | None:
        """The oldest letter of a webhook, if it is due: letters are delivered in order."""
        rows = self._rows(
            "SELECT id, hook, seq, body, put_at_s, tries, next_at_s FROM waiting WHERE hook = ? ORDER BY id LIMIT 1",
            hook,
        )
        if not rows or rows[0][6] > wall_s:
            return None
        letter_id, name, seq, body, put_at_s, tries, _ = rows[0]
        return Letter(
            letter_id=letter_id, hook=name, seq=seq, body=json.loads(body), put_at_s=put_at_s, tries=tries
        )  # fmt: skip

    def delivered(self, letter: Letter, wall_s: float) -> None:
        """It was taken."""
        with self.writing() as db:
            db.execute("DELETE FROM waiting WHERE id = ?", (letter.letter_id,))
            db.execute(
                "INSERT INTO delivered VALUES (?, 1, ?) "
                "ON CONFLICT (hook) DO UPDATE SET count = count + 1, last_at_s = ?",
                (letter.hook, wall_s, wall_s),
            )

    def later(self, letter: Letter, next_at_s: float, error: str) -> None:
        """It was not taken and is tried again."""
        with self.writing() as db:
            db.execute(
                "UPDATE waiting SET tries = tries + 1, next_at_s = ?, error = ? WHERE id = ?",
                (next_at_s, error, letter.letter_id),
            )

    def bury(self, letter: Letter, wall_s: float, error: str) -> None:
        """It is not tried any more; people see it in the health of the fleet."""
        with self.writing() as db:
            db.execute("DELETE FROM waiting WHERE id = ?", (letter.letter_id,))
            values = (letter.letter_id, letter.hook, letter.seq, json.dumps(letter.body), letter.put_at_s)
            db.execute(
                "INSERT OR REPLACE INTO dead VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, letter.tries + 1, error, wall_s),
            )
            db.execute("DELETE FROM dead WHERE id NOT IN (SELECT id FROM dead ORDER BY id DESC LIMIT ?)", (KEPT_DEAD,))

    def revive(self, hook: str, wall_s: float) -> int:
        """Try a webhook's dead letters once more, in their order. Returns how many."""
        with self.writing() as db:
            dead = db.execute("SELECT hook, seq, body FROM dead WHERE hook = ? ORDER BY id", (hook,)).fetchall()
            for name, seq, body in dead:
                db.execute(
                    "INSERT INTO waiting (hook, seq, body, put_at_s, next_at_s) VALUES (?, ?, ?, ?, ?)",
                    (name, seq, body, wall_s, wall_s),
                )
            db.execute("DELETE FROM dead WHERE hook = ?", (hook,))
            return len(dead)

    def note_unusable(self, hook: str, error: str) -> None:
        """Why a webhook cannot be used at all (a secret is missing); empty: it can."""
        with self.writing() as db:
            db.execute("DELETE FROM unusable WHERE hook = ?", (hook,))
            if error:
                db.execute("INSERT INTO unusable VALUES (?, ?)", (hook, error))

    # ---- looking --------------------------------------------------------------------------------------------

    def status(self, hooks: Sequence[str] = ()) -> tuple[HookStatus, ...]:
        """How each webhook fares, those in `hooks` and those that have a past."""
        known = [name for (name,) in self._rows("SELECT hook FROM cursors ORDER BY hook")]
        return tuple(self._status(name) for name in dict.fromkeys((*hooks, *known)))

    def _status(self, hook: str) -> HookStatus:
        (count, oldest) = self._rows("SELECT count(*), min(put_at_s) FROM waiting WHERE hook = ?", hook)[0]
        errors = self._rows("SELECT error FROM waiting WHERE hook = ? ORDER BY id LIMIT 1", hook)
        (dead,) = self._rows("SELECT count(*) FROM dead WHERE hook = ?", hook)[0]
        unusable = self._rows("SELECT error FROM unusable WHERE hook = ?", hook)
        done = self._rows("SELECT count, last_at_s FROM delivered WHERE hook = ?", hook)
        return HookStatus(
            hook=hook,
            seq=self.cursor(hook) or 0,
            waiting=count,
            oldest_s=oldest,
            dead=dead,
            delivered=done[0][0] if done else 0,
            last_delivered_s=done[0][1] if done else None,
            error=errors[0][0] if errors else "",
            unusable=unusable[0][0] if unusable else "",
        )

    def dead_letters(self, hook: str, limit: int = 100) -> list[dict[str, Any]]:
        """The newest dead letters: what they were about, and why they were given up."""
        rows = self._rows(
            "SELECT seq, put_at_s, tries, error, died_at_s, body FROM dead WHERE hook = ? ORDER BY id DESC LIMIT ?",
            hook,
            limit,
        )
        return [
            {
                "seq": seq,
                "put_at_s": put_at_s,
                "tries": tries,
                "error": error,
                "died_at_s": died_at_s,
                "key": json.loads(body)["key"],
                "action": json.loads(body)["action"],
            }
            for seq, put_at_s, tries, error, died_at_s, body in rows
        ]
