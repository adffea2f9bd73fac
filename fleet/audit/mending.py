"""What only a person may do to a log: replace the server's key, and go on after another journal took the old one's
place. Each is an entry under that person's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fleet.audit.casebook import CaseBook
from fleet.audit.log import AuditLog
from fleet.audit.notes import Signer
from fleet.audit.server_key import KEY_NAME, LOG_NAME, KeyLost, current_key, load_key, rotation_record, write_key
from fleet.audit.writer import FIRST, PROGRESS, JournalChanged, check_journal, progress, stamped
from fleet.clock import Clock
from fleet.journal.base import JournalReader
from fleet.model.errors import Conflict, InvalidField, NotFound

_PAGE = 1000


def rotate_key(folder: Path, by: str, because: str, clock: Clock, *, lost: bool = False, program: str = "") -> Signer:
    """Give the log in `folder` a new key. Nobody may be writing to it. The new key is on the disk before the log speaks
    of it, so that it cannot be lost half-way.

    Args:
        lost: the old key is not there to sign for the new one; who checks the record has to be given the new one.

    Raises:
        InvalidField: no name or reason.
        KeyLost: the old key is not there, and `lost` was not said; or it is there, and it was.
        Conflict: somebody writes to the log.
    """
    _check(by, because)
    key_path, log = folder / KEY_NAME, existing_log(folder)
    try:
        with log.writing():
            old = current_key(log)
            if old is None:
                raise NotFound("server key", log.origin, "none: the log is empty")
            if lost and key_path.exists():
                raise KeyLost(f"{key_path} is there; without --lost it signs for the new key, which is better")
            if not lost and not key_path.exists():
                raise KeyLost(f"{key_path} is not there to sign for the new key; say --lost if it cannot be found")
            old_signer = None if lost else load_key(key_path, log)
            fresh, new_path = Signer.generate(log.origin), key_path.with_name(key_path.name + ".new")
            new_path.unlink(missing_ok=True)  # of a rotation that never came on record
            write_key(new_path, fresh)
            body = {**rotation_record(log, old, fresh, old_signer), **_person(by, because)}
            log.append([(None, stamped(body, log.origin, log.key_head(), clock.wall_s(), program))])
            new_path.replace(key_path)
            log.checkpoint([fresh])
            return fresh
    finally:
        log.close()


def continue_log(
    folder: Path, journal: JournalReader, book: CaseBook, by: str, because: str, clock: Clock, program: str = ""
) -> int:
    """Go on with a journal that is not the one that was followed (restored from a copy, or a new one): an entry says
    so, and from where. Returns the journal's record number after which it goes on: the last one that both share.

    Raises:
        InvalidField: no name or reason.
        Conflict: somebody writes to the log, or the journal is the one that was followed all along.
    """
    _check(by, because)
    log = existing_log(folder)
    try:
        with log.writing():
            kept = json.loads(log.meta(PROGRESS) or b"{}")
            _check_changed(log, journal, kept)
            seq, checksum = _shared(log, journal)
            for after in range(0, seq, _PAGE):
                for record in journal.read(after, min(_PAGE, seq - after)):
                    book.take(record.event, record.at_s)
            was, now = {f: kept.get(f) for f in ("seq", "checksum")}, {"seq": seq, "checksum": checksum}
            body = {"kind": "journal.replaced", "about": {}, "was": was, "goes_on_after": now, **_person(by, because)}
            wall, generation = clock.wall_s(), kept.get("generation", 0) + 1
            entry = stamped(body, log.origin, log.key_head(), wall, program)
            log.append([(None, entry)], {PROGRESS: progress(generation, seq, checksum, wall, book)})
            return seq
    finally:
        log.close()


def _check_changed(log: AuditLog, journal: JournalReader, kept: dict[str, Any]) -> None:
    try:
        check_journal(log, journal, kept.get("generation", 0), kept.get("seq", 0), kept.get("checksum", FIRST))
    except JournalChanged:
        return
    raise Conflict(f"{log.path}: the journal is the one that was followed; there is nothing to mend")


def _shared(log: AuditLog, journal: JournalReader) -> tuple[int, str]:
    """The last journal record that the log has an entry of and the journal still has as it was."""
    for number in range(log.size - 1, -1, -1):
        record = json.loads(log.entry(number))
        if record["kind"] == "journal.replaced":
            break  # older entries are of yet another journal
        source = record.get("source")
        if source and source["seq"] <= journal.head():
            (there,) = journal.read(source["seq"] - 1, 1)
            if there.checksum == source["checksum"]:
                return int(source["seq"]), str(source["checksum"])
    return 0, FIRST


def existing_log(folder: Path) -> AuditLog:
    """The log of a run directory, for writing. Raises `NotFound`."""
    path = folder / LOG_NAME
    if not path.is_file():
        raise NotFound("audit log", str(path))
    return AuditLog(path)


def _check(by: str, because: str) -> None:
    for name, value in (("by", by), ("because", because)):
        if not value.strip():
            raise InvalidField(name, value, "some words: it is on record")


def _person(by: str, because: str) -> dict[str, Any]:
    return {"accountable": {"name": by, "role": "admin", "because": because}, "by": by, "because": because}
