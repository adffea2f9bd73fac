"""An outside witness: sees that a log only grows, remembers what it saw, and signs for it under its own clock."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fleet.audit.canonical import from_text, to_text
from fleet.audit.merkle import ProofInvalid, verify_consistency
from fleet.audit.notes import Checkpoint, Note, NoteInvalid, Signer, Verifier
from fleet.model.errors import FleetError, InvalidField


class WitnessRefuses(FleetError):
    """The log is not what the witness saw before, or is not signed by its key: it does not sign."""


class LogSource(Protocol):
    """Where a witness looks at a log."""

    def checkpoint(self) -> str:
        """The newest checkpoint's note."""

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the first `new` entries go on from the first `old`."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A cosigned checkpoint, and whether the witness had seen this very one before."""

    note: str
    checkpoint: Checkpoint
    again: bool


class Witness:
    """Signs checkpoints of one log.

    Args:
        signer: the witness's own key, of the kind `COSIGNATURE`.
        log_keys: the log's keys, from a source that is not the log; after a rotation the new one too.
        state: file in which it keeps what it saw last. Without it a fork could not be told.
    """

    def __init__(self, signer: Signer, log_keys: list[Verifier], state: Path) -> None:
        self._signer, self._log_keys, self._state = signer, log_keys, state

    def look(self, source: LogSource, now_s: float) -> Seen:
        """Fetch the newest checkpoint, check that the log has only grown since the last look, and sign it.

        What was seen is on the disk before the signature is handed out.

        Raises:
            WitnessRefuses: no key of the log signed it, the log is shorter, or it is a fork.
            InvalidField: the state's file is damaged.
        """
        text = source.checkpoint()
        point = self._checked(text)
        last = self._last(point.origin)
        if last is not None:
            self._goes_on(source, last, point)
        line = self._signer.line(point.text(), int(now_s))
        self._keep(point)
        again = last is not None and (last.size, last.root) == (point.size, point.root)
        return Seen(f"{text.rstrip()}\n{line}", point, again)

    def _checked(self, text: str) -> Checkpoint:
        try:
            note = Note.parse(text)
            if not any([note.line_of(key) is not None for key in self._log_keys]):
                raise NoteInvalid("no given key of the log has signed it")
            return note.checkpoint()
        except NoteInvalid as error:
            raise WitnessRefuses(f"the log's checkpoint: {error}") from None

    def _goes_on(self, source: LogSource, last: Checkpoint, point: Checkpoint) -> None:
        if point.size < last.size:
            raise WitnessRefuses(f"{point.origin} had {last.size} entries and has {point.size}: it was cut")
        if last.size == 0:
            return
        proof = source.consistency(last.size, point.size) if last.size < point.size else []
        try:
            verify_consistency(last.size, point.size, last.root, point.root, proof)
        except ProofInvalid as error:
            raise WitnessRefuses(f"{point.origin}: {error}") from None

    def _last(self, origin: str) -> Checkpoint | None:
        if not self._state.exists():
            return None
        try:
            kept = json.loads(self._state.read_text(encoding="utf-8"))
            entry = kept.get(origin)
            return Checkpoint(origin, int(entry["size"]), from_text(entry["root"], 32)) if entry else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidField("state", str(self._state), f"a file that this command wrote ({error})") from None

    def _keep(self, point: Checkpoint) -> None:
        kept = json.loads(self._state.read_text(encoding="utf-8")) if self._state.exists() else {}
        kept[point.origin] = {"size": point.size, "root": to_text(point.root)}
        beside = self._state.with_name(f"{self._state.name}.{os.getpid()}.new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(kept, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._state)
