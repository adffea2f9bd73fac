"""What can be wrong with a journal file as a whole. A damaged record is `fleet.model.errors.JournalCorrupt`."""

from __future__ import annotations

from fleet.model.errors import FleetError


class NotAJournal(FleetError):
    """The file is something else, or was written by a newer version of this program."""


class StoreBusy(FleetError):
    """The file could not be read or written now: locked for too long, disk full, disk failing.

    Nothing was written; the same call may succeed later.
    """

    retriable = True
