"""Checking a bundle, offline: needs the bundle, public keys, and the few pages of `merkle` and `notes`."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.audit import merkle
from fleet.audit.canonical import canonical
from fleet.audit.merkle import verify_consistency, verify_inclusion
from fleet.audit.notes import Checkpoint, NoteInvalid, Verifier, open_checkpoint
from fleet.model.errors import InvalidField

FORMAT = "humanoid-fleet-audit-bundle/1"
__all__ = ["FORMAT", "Findings", "verify_bundle", "verify_consistency", "verify_inclusion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a check found. `problems` is empty when everything holds."""

    origin: str = ""
    size: int = 0
    signed_by: tuple[str, ...] = ()
    entries: int = 0
    earlier: int = 0
    problems: tuple[str, ...] = ()


def verify_bundle(bundle: Any, keys: Sequence[Verifier]) -> Findings:
    """Check everything in the bundle against nothing but these public keys. Never raises for what a bundle holds."""
    known = {key.name: key for key in keys}
    try:
        checkpoint, signers = open_checkpoint(_text(bundle, "checkpoint"), known)
        if bundle.get("format") != FORMAT:
            raise InvalidField("format", bundle.get("format"), FORMAT)
        entries, earlier = _list(bundle, "entries"), _list(bundle, "earlier")
    except (NoteInvalid, InvalidField) as error:
        return Findings(problems=(f"checkpoint: {error}",))
    problems = [p for i, e in enumerate(entries) if (p := _entry_problem(e, checkpoint, f"entries[{i}]"))]
    problems += [p for i, e in enumerate(earlier) if (p := _earlier_problem(e, checkpoint, known, f"earlier[{i}]"))]
    numbers = [e.get("number") for e in entries if isinstance(e, Mapping)]
    if len(set(map(str, numbers))) != len(numbers):
        problems.append("entries: a number comes twice")
    return Findings(
        origin=checkpoint.origin,
        size=checkpoint.size,
        signed_by=signers,
        entries=len(entries),
        earlier=len(earlier),
        problems=tuple(problems),
    )


def _entry_problem(entry: Any, checkpoint: Checkpoint, where: str) -> str:
    try:
        number = entry.get("number") if isinstance(entry, Mapping) else None
        if not isinstance(number, int) or isinstance(number, bool):
            raise InvalidField("number", number, "a whole number")
        record = entry.get("record")
        if not isinstance(record, Mapping):
            raise InvalidField("record", record, "an object")
        leaf = merkle.leaf_hash(canonical(record))
        verify_inclusion(leaf, number, checkpoint.size, _hashes(entry), checkpoint.root)
    except (merkle.ProofInvalid, InvalidField) as error:
        return f"{where}: {error}"
    return ""


def _earlier_problem(entry: Any, new: Checkpoint, known: Mapping[str, Verifier], where: str) -> str:
    try:
        old, _ = open_checkpoint(_text(entry, "checkpoint"), known)
        if old.origin != new.origin:
            raise InvalidField("checkpoint", old.origin, f"a checkpoint of {new.origin}")
        verify_consistency(old.size, new.size, old.root, new.root, _hashes(entry))
    except (NoteInvalid, merkle.ProofInvalid, InvalidField) as error:
        return f"{where}: {error}"
    return ""


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(found, str):
        raise InvalidField(name, type(found).__name__, "text")
    return found


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    if not isinstance(found, list):
        raise InvalidField(name, type(found).__name__, "a list")
    return found


def _hashes(entry: Mapping[str, Any]) -> list[bytes]:
    try:
        return [base64.b64decode(text, validate=True) for text in _list(entry, "proof")]
    except (ValueError, TypeError):
        raise InvalidField("proof", entry.get("proof"), "hashes in base64") from None
