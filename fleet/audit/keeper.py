"""Keeps a deployment's record in a thread of its own, beside the API: written here, read by anybody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from fleet.audit.canonical import to_text
from fleet.audit.casebook import CaseBook
from fleet.audit.log import AuditLog
from fleet.audit.notes import Note, NoteInvalid, Verifier, with_line
from fleet.audit.server_key import LOG_NAME, open_log
from fleet.audit.writer import AuditWriter
from fleet.clock import Clock
from fleet.journal.base import JournalReader
from fleet.model.errors import Conflict, FleetError, InvalidField, LinkDown, NotFound
from fleet.model.escalation import Shift

_log = logging.getLogger(__name__)
_TRY_AGAIN_S, _SELDOM_S = 2.0, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperSettings:
    """What a record is kept with.

    Args:
        folder: the run directory.
        deployment: its name; part of a new log's name.
        shift: who answers for what happens by default; `on_shift` names those who are there at a fleet time.
        witnesses: keys of outside witnesses whose cosignatures are kept.
        program: this program's version.
        poll_s: how often the journal is looked at.
    """

    folder: Path
    deployment: str
    shift: Shift
    on_shift: Callable[[float], Sequence[str]] = lambda _: ()
    witnesses: Sequence[Verifier] = ()
    program: str = ""
    poll_s: float = 0.2


class AuditKeeper:
    """Follows the journal while the `with` block lasts. Where another process keeps this record already, it waits to
    take over. `problem` says why nothing is written; the fleet runs on all the same, and the journal keeps everything.

    Args:
        open_journal: the journal, for this thread alone.
    """

    def __init__(
        self,
        settings: KeeperSettings,
        open_journal: Callable[[], AbstractContextManager[JournalReader]],
        clock: Clock,
    ) -> None:
        self.settings, self._open_journal, self._clock = settings, open_journal, clock
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._writer: AuditWriter | None = None
        self._problem = "it has not begun yet"
        self._reader: AuditLog | None = None
        self._reader_lock = threading.Lock()

    @property
    def problem(self) -> str:
        """Why nothing is written to the record; empty while all is well."""
        writer = self._writer
        return writer.problem if writer is not None and writer.problem else self._problem

    @property
    def behind(self) -> int:
        """Journal records that wait to be read, when last looked at."""
        return self._writer.behind if self._writer is not None else 0

    def __enter__(self) -> AuditKeeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(10.0)
        with self._reader_lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _run(self) -> None:
        wait_s = _TRY_AGAIN_S
        while not self._ending.is_set():
            try:
                self._keep()
            except Conflict as error:
                self._problem, wait_s = str(error), _TRY_AGAIN_S  # somebody else does it: no fault
            except FleetError as error:
                if str(error) != self._problem:
                    _log.error("the accountable record is not kept: %s", error)
                self._problem = str(error)
            except Exception as error:
                _log.exception("the accountable record is not kept")
                self._problem = f"{type(error).__name__}: {error}"
            self._writer = None
            self._ending.wait(wait_s)
            wait_s = min(2 * wait_s, _SELDOM_S)  # what only a person can mend need not be tried often

    def _keep(self) -> None:
        log, signer = open_log(self.settings.folder, self.settings.deployment)
        try:
            with log.writing(), self._open_journal() as journal:
                book = CaseBook(self.settings.shift, self.settings.on_shift)
                writer = AuditWriter(log, journal, signer, book, self._clock, program=self.settings.program)
                writer.sign()
                self._writer, self._problem = writer, ""
                writer.follow(self._ending, self.settings.poll_s)
                self._problem = writer.problem
        finally:
            log.close()

    # ---- looking ------------------------------------------------------------------------------------------------

    @property
    def log(self) -> AuditLog:
        """The record, for reading. Raises `LinkDown` while there is none."""
        with self._reader_lock:
            if self._reader is None:
                try:
                    self._reader = AuditLog(self.settings.folder / LOG_NAME, read_only=True)
                except NotFound:
                    raise LinkDown(f"the accountable record is not there: {self.problem}") from None
            return self._reader

    def add_cosignature(self, note: str) -> str:
        """Take the signature lines of known witnesses from a checkpoint's note to the one that is kept. Returns the
        kept note.

        Raises:
            InvalidField: it is no note, no known witness signed it, or a signature does not hold.
            NotFound: the log has no such checkpoint.
            Conflict: it is another root than the log's: somebody was shown a fork.
        """
        try:
            read = Note.parse(note)
            point = read.checkpoint()
            lines = [(v, line) for v in self.settings.witnesses if (line := read.line_of(v)) is not None]
        except NoteInvalid as error:
            raise InvalidField("note", note[:80], str(error)) from None
        if not lines:
            known = ", ".join(v.name for v in self.settings.witnesses) or "none is configured"
            raise InvalidField("note", note[:80], f"a signature of a known witness ({known})")
        kept = self.log.checkpoint_of(point.size)
        if kept is None or point.origin != self.log.origin:
            raise NotFound("checkpoint", f"of {point.origin} with {point.size} entries")
        if Note.parse(kept).text != read.text:
            raise Conflict(f"the log's root over {point.size} entries is another one: somebody was shown a fork")
        for verifier, line in lines:
            kept = with_line(kept, _line_text(line.name, verifier.key_hash + line.signature))
        writable = AuditLog(self.settings.folder / LOG_NAME)
        try:
            writable.replace_checkpoint(point.size, kept, [v for v, _ in lines])
        finally:
            writable.close()
        return kept


def _line_text(name: str, raw: bytes) -> str:
    return f"\u2014 {name} {to_text(raw)}\n"
