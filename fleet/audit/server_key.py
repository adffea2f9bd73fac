"""The key of whoever keeps the log: a file that only its owner can read, made with the log and rotated in the log."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from fleet.audit.canonical import to_text
from fleet.audit.keyring import RECORD_FORMAT
from fleet.audit.log import AuditLog
from fleet.audit.notes import NoteInvalid, Signer, Verifier
from fleet.audit.sealed_key import WrongPassphrase, is_sealed, seal, unseal
from fleet.audit.statements import key_id, rotation_statement
from fleet.model.errors import FleetError, InvalidField

LOG_NAME, KEY_NAME = "audit.sqlite", "audit-key"


class KeyLost(FleetError):
    """The log's key is not there, or is not the one that the log speaks of."""


def open_log(folder: Path, deployment: str, *, durable: bool = True) -> tuple[AuditLog, Signer]:
    """The run directory's log and its key; both are made when neither is there. Nothing is appended.

    Raises:
        KeyLost: one of the two is there without the other, or they do not belong together.
        InvalidField: the key's file can be read by others, or holds no key.
    """
    log_path, key_path = folder / LOG_NAME, folder / KEY_NAME
    if key_path.exists():
        if not log_path.exists():
            raise KeyLost(
                f"{log_path} is gone, but its key {key_path} is there: put the log back from a copy. A new log would "
                "look like a fork of the old one; to begin one all the same, move the key away first"
            )
        return _open_both(log_path, key_path, durable)
    if log_path.exists() and _entries(log_path):
        raise KeyLost(
            f"{key_path}, the key of the log {log_path}, is gone: put it back from a copy, or replace it with "
            "`fleet audit rotate-key --lost` (who checks the record then has to be given the new key by you)"
        )
    for rest in ("", "-wal", "-shm"):  # an empty log, from a start that was interrupted
        log_path.with_name(log_path.name + rest).unlink(missing_ok=True)
    fresh = Signer.generate("x")
    signer = Signer(f"{deployment}.fleet/{key_id(fresh.verifier.public)[:8]}", fresh.private)
    log = AuditLog(log_path, signer.name, durable=durable)
    write_key(key_path, signer)
    return log, signer


def _entries(path: Path) -> int:
    log = AuditLog(path, read_only=True)
    try:
        return log.size
    finally:
        log.close()


def _open_both(log_path: Path, key_path: Path, durable: bool) -> tuple[AuditLog, Signer]:
    log = AuditLog(log_path, durable=durable)
    try:
        return log, load_key(key_path, log)
    except BaseException:
        log.close()
        raise


def load_key(path: Path, log: AuditLog) -> Signer:
    """The log's key. A rotation that was interrupted after it was on record is finished."""
    signer, wanted = read_key(path), current_key(log)
    if wanted is None or signer.verifier == wanted:
        return signer
    new = path.with_name(path.name + ".new")
    if new.exists() and read_key(new).verifier == wanted:
        new.replace(path)
        return read_key(path)
    raise KeyLost(f"{path}: it holds the key {signer.verifier.text()}, the log's key is {wanted.text()}")


def current_key(log: AuditLog) -> Verifier | None:
    """The server's key that the log's last entry about it names; None while there is none."""
    found = None
    for record in log.key_records():
        text = {"log.opened": "server_key"}.get(record["kind"], "new")
        if record["kind"] in ("log.opened", "server_key.rotated", "server_key.lost"):
            found = Verifier.parse(record[text])
    return found


def read_key(path: Path, passphrase: Callable[[Path], str] | None = None) -> Signer:
    """A private key's file.

    Args:
        passphrase: gives the one of that file, if it has one; None where there is nobody to ask for it.

    Raises:
        InvalidField: it cannot be read, or can be read by others, or holds no key, or the passphrase is wrong.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidField("key", str(path), f"a readable file with a private key ({error})") from None
    if mode & 0o077:
        raise InvalidField("key", f"{path} with mode {mode:04o}", "a file that nobody else can read: chmod 600")
    if is_sealed(text) and passphrase is None:
        raise InvalidField("key", f"{path} with a passphrase", "a key without one: nobody is there to type it")
    try:
        return unseal(text, passphrase(path)) if passphrase is not None and is_sealed(text) else Signer.parse(text)
    except WrongPassphrase as error:
        raise InvalidField("passphrase", f"one for {path}", f"the right one: {error}") from None
    except NoteInvalid as error:
        raise InvalidField("key", str(path), str(error)) from None


def write_key(path: Path, signer: Signer, passphrase: str = "") -> None:
    """Write a private key, durably, and at no moment for others to read; behind a passphrase, if there is one.

    Raises:
        InvalidField: there is such a file, or the passphrase is too short.
    """
    try:
        text = seal(signer, passphrase) if passphrase else signer.private_text() + "\n"
    except ValueError as error:
        raise InvalidField("passphrase", f"{len(passphrase)} characters", str(error)) from None
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InvalidField("key", str(path), "a file that is not there yet: a key is never overwritten") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def rotation_record(log: AuditLog, old: Verifier, new: Signer, old_signer: Signer | None) -> dict[str, object]:
    """The entry by which `new` takes the place of `old`; signed by both, or (`old_signer` None: the old one is lost)
    by the new one alone."""
    statement = rotation_statement(log.origin, old.text(), new.verifier.text(), log.size)
    signatures = {"new": to_text(new.sign_bytes(statement))}
    if old_signer is not None:
        signatures["old"] = to_text(old_signer.sign_bytes(statement))
    return {
        "format": RECORD_FORMAT,
        "kind": "server_key.rotated" if old_signer is not None else "server_key.lost",
        "origin": log.origin,
        "old": old.text(),
        "new": new.verifier.text(),
        "signatures": signatures,
        "about": {},
    }
