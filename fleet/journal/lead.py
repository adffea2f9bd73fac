"""Who may write: one supervisor holds the lead until a wall time, and every change of hands is a new epoch."""

from __future__ import annotations

import math
import sqlite3

from fleet.journal.database import Database
from fleet.model.errors import InvalidField, StaleEpoch


class Lead:
    """The lead as one process sees it.

    The epoch fences: a holder that slept through its time finds it changed and can write no more. Only the process
    that took the lead can renew it: another one with the same id (the same supervisor restarted, or a second one
    started by mistake) waits until the time is over, like anybody else.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: int | None = None

    def take(self, supervisor_id: str, ttl_s: float, wall_s: float) -> int | None:
        """See `JournalWriter.take_lead`."""
        if not supervisor_id:
            raise InvalidField("supervisor_id", supervisor_id, "a name that is not empty")
        if not (math.isfinite(ttl_s) and ttl_s > 0):
            raise InvalidField("ttl_s", ttl_s, "a number of seconds above 0")
        if not math.isfinite(wall_s):
            raise InvalidField("wall_s", wall_s, "the wall time in seconds")
        with self._database.transaction() as writer:
            epoch, holder, until_s = self._row(writer)
            renewed = holder == supervisor_id and epoch == self._held
            if not renewed:
                if until_s > wall_s:
                    return None
                epoch += 1
            writer.execute(
                "UPDATE lead SET epoch = ?, supervisor_id = ?, until_wall_s = ?", (epoch, supervisor_id, wall_s + ttl_s)
            )
        self._held = epoch
        return epoch

    def give_up(self, supervisor_id: str) -> None:
        """Let the next one in at once. Does nothing for one that does not hold the lead."""
        with self._database.transaction() as writer:
            epoch, holder, _ = self._row(writer)
            if holder == supervisor_id and epoch == self._held:
                writer.execute("UPDATE lead SET supervisor_id = '', until_wall_s = 0")

    def check(self, writer: sqlite3.Connection, epoch: int) -> None:
        """Within a write transaction: raise `StaleEpoch` unless `epoch` is the one that may write."""
        current, holder, _ = self._row(writer)
        if epoch != current:
            raise StaleEpoch(f"epoch {epoch} may not write any more: {holder or 'nobody'} leads with epoch {current}")
        if not holder:
            raise StaleEpoch(f"nobody has the lead (last epoch {current}); take it before writing")

    @staticmethod
    def _row(connection: sqlite3.Connection) -> tuple[int, str, float]:
        row: tuple[int, str, float] = connection.execute(
            "SELECT epoch, supervisor_id, until_wall_s FROM lead"
        ).fetchone()
        return row
