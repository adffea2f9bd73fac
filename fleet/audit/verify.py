"""Checking a bundle, offline: needs the bundle, public keys, and the few pages of this folder it imports.

Imports nothing but the standard library, `cryptography` and `rfc8785`: whoever has to trust it can read all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.audit import merkle
from fleet.audit.canonical import NotExact, canonical, from_text
from fleet.audit.keyring import Keyring
from fleet.audit.merkle import ProofInvalid, verify_consistency, verify_inclusion
from fleet.audit.notes import Checkpoint, Note, NoteInvalid, Verifier

FORMAT = "humanoid-fleet-audit-bundle/1"
MEMBERS = frozenset({"format", "checkpoint", "keys", "covers", "entries", "earlier"})
__all__ = ["FORMAT", "Findings", "parse_bundle", "verify_bundle", "verify_consistency", "verify_inclusion"]


class _Wrong(ValueError):
    """Something in the bundle that cannot be; says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a check found. `problems` is empty when everything holds.

    Args:
        covers: the first entry of the run that the bundle has without a gap, and the one after its last; None where it
            claims no run and is only a selection.
        complete: it has every entry of the log up to its checkpoint.
        witnessed: for each witness among the given keys its name, how many entries it has seen, and when it signed that
            (Unix time, s, by its clock).
        signed_answers: answers of people that carry their own signature; `unsigned_answers` do not.
    """

    origin: str = ""
    size: int = 0
    signed_by: tuple[str, ...] = ()
    witnessed: tuple[tuple[str, int, int], ...] = ()
    entries: int = 0
    earlier: int = 0
    covers: tuple[int, int] | None = None
    complete: bool = False
    signed_answers: int = 0
    unsigned_answers: int = 0
    problems: tuple[str, ...] = ()


def parse_bundle(text: str) -> Any:
    """A bundle's text as JSON. Raises `ValueError`; also where a name comes twice in one object."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise ValueError(f"a name comes twice in one object: {sorted(names)[:8]}")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique)


def verify_bundle(bundle: Any, keys: Sequence[Verifier], witnesses: Sequence[str] = ()) -> Findings:
    """Check everything in the bundle against nothing but these public keys. Never raises for what a bundle holds.

    Args:
        keys: of whoever keeps the log, and of witnesses; from a source other than the bundle.
        witnesses: names of keys that must have signed too: the checkpoint, or an earlier one that has all entries of
            the bundle.
    """
    try:
        note = Note.parse(_text(bundle, "checkpoint"))
        checkpoint = note.checkpoint()
        if bundle.get("format") != FORMAT:
            raise _Wrong(f"format: got {bundle.get('format')!r}, expected {FORMAT}")
        if unknown := set(bundle) - MEMBERS:
            raise _Wrong(f"unknown members: {', '.join(sorted(map(str, unknown)))}")
        entries, earlier = _list(bundle, "entries"), _list(bundle, "earlier")
        named = [Verifier.parse(str(text)) for text in _list(bundle, "keys")]
        covers = _covers(bundle.get("covers"), checkpoint.size)
    except (NoteInvalid, _Wrong) as error:
        return Findings(problems=(f"checkpoint: {error}",))
    ring = Keyring(tuple(keys))
    problems = list(_entries(entries, checkpoint, ring, covers))
    signed_by: tuple[str, ...] = ()
    seen: dict[str, tuple[str, int, int]] = {}
    problems += _earlier(earlier, checkpoint, ring, named, seen)
    try:
        signed_by = _signers(note, checkpoint.size, ring, named, seen)
    except NoteInvalid as error:
        problems.insert(0, f"checkpoint: {error}")
    problems += _unseen(witnesses, signed_by, seen, entries)
    return Findings(
        origin=checkpoint.origin,
        size=checkpoint.size,
        signed_by=signed_by,
        witnessed=tuple(seen.values()),
        entries=len(entries),
        earlier=len(earlier),
        covers=covers,
        complete=covers == (0, checkpoint.size),
        signed_answers=ring.signed,
        unsigned_answers=ring.unsigned,
        problems=tuple(problems),
    )


def _signers(
    note: Note, size: int, ring: Keyring, named: Sequence[Verifier], seen: dict[str, tuple[str, int, int]]
) -> tuple[str, ...]:
    """Names of the trusted keys that signed; what witnesses among them have seen goes into `seen`.

    Every line must hold, also those of keys that are only named in the bundle: they prove nothing, but a line that was
    changed shows.
    """
    trusted = ring.good_for(size)
    everybody = {(v.name, v.key_hash): v for v in (*named, *trusted)}
    signed, witnessed = [], {}
    for line in note.lines:
        verifier = everybody.pop((line.name, line.key_hash), None)
        if verifier is None:
            raise NoteInvalid(f"a line of {line.name!r} comes twice, or of a key that is neither given nor named")
        if not verifier.check(note.text, line.signature):
            raise NoteInvalid(f"the signature of {line.name} does not hold")
        if verifier in trusted:
            signed.append(line.name)
            if (time_s := verifier.time_s(line.signature)) is not None:
                witnessed[line.name] = (line.name, size, time_s)
    if not [name for name in signed if name not in witnessed]:
        raise NoteInvalid("no key that is known here, and good for it, has signed it")
    seen.update(witnessed)
    return tuple(dict.fromkeys(signed))


def _unseen(
    wanted: Sequence[str], signed_by: Sequence[str], seen: Mapping[str, tuple[str, int, int]], entries: Sequence[Any]
) -> Iterator[str]:
    numbers = [e["number"] for e in entries if isinstance(e, Mapping) and _is_number(e.get("number"))]
    needed = max(numbers, default=-1) + 1
    for name in wanted:
        if name in signed_by:
            continue
        if name not in seen:
            yield f"checkpoint: it lacks the signature of {name}"
        elif seen[name][1] < needed:
            yield f"checkpoint: {name} has seen {seen[name][1]} entries, too few for entry {needed - 1}"


def _covers(value: Any, size: int) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or not all(_is_number(v) for v in value):
        raise _Wrong(f"covers: got {value!r}, expected null or [first, end]")
    first, end = value
    if not 0 <= first < end <= size:
        raise _Wrong(f"covers: got {value!r}, expected a run within the {size} entries of the checkpoint, or null")
    return first, end


def _entries(
    entries: Sequence[Any], checkpoint: Checkpoint, ring: Keyring, covers: tuple[int, int] | None
) -> Iterator[str]:
    before, there = -1, set()
    for i, entry in enumerate(entries):
        try:
            number, record = _entry(entry, checkpoint)
        except (ProofInvalid, NotExact, _Wrong) as error:
            yield f"entries[{i}]: {error}"
            continue
        if number <= before:
            yield f"entries[{i}]: number {number} comes after {before}: a number comes twice, or they are out of order"
            continue
        before = number
        there.add(number)
        yield from (f"entries[{i}] (number {number}): {problem}" for problem in ring.take(number, record))
    if covers is not None and (missing := [n for n in range(*covers) if n not in there]):
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield f"entries: number {missing[0]}{more} of {covers[0]} to {covers[1] - 1} is missing"
    if covers is not None and {covers[0] - 1, covers[1]} & there:
        yield f"covers: got {list(covers)}, expected all of the run: its neighbours are in the bundle too"


def _entry(entry: Any, checkpoint: Checkpoint) -> tuple[int, Mapping[str, Any]]:
    if not isinstance(entry, Mapping) or set(entry) != {"number", "record", "proof"}:
        raise _Wrong("expected an object with number, record and proof")
    number, record = entry["number"], entry["record"]
    if not _is_number(number):
        raise _Wrong(f"number: got {number!r}, expected a whole number")
    if not isinstance(record, Mapping):
        raise _Wrong("record: expected an object")
    leaf = merkle.leaf_hash(canonical(record))
    verify_inclusion(leaf, number, checkpoint.size, _hashes(entry), checkpoint.root)
    return number, record


def _earlier(
    earlier: Sequence[Any],
    new: Checkpoint,
    ring: Keyring,
    named: Sequence[Verifier],
    seen: dict[str, tuple[str, int, int]],
) -> Iterator[str]:
    before = 0
    for i, entry in enumerate(earlier):
        try:
            if not isinstance(entry, Mapping) or set(entry) != {"checkpoint", "proof"}:
                raise _Wrong("expected an object with checkpoint and proof")
            note = Note.parse(_text(entry, "checkpoint"))
            old = note.checkpoint()
            if old.origin != new.origin:
                raise _Wrong(f"checkpoint: got one of {old.origin!r}, expected one of {new.origin!r}")
            if old.size <= before:
                raise _Wrong(f"a checkpoint of size {old.size} comes after one of {before}")
            verify_consistency(old.size, new.size, old.root, new.root, _hashes(entry))
            _signers(note, old.size, ring, named, seen)
            before = old.size
        except (NoteInvalid, ProofInvalid, _Wrong) as error:
            yield f"earlier[{i}]: {error}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(found, str):
        raise _Wrong(f"{name}: got {type(found).__name__}, expected text")
    return found


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    if not isinstance(found, list):
        raise _Wrong(f"{name}: got {type(found).__name__}, expected a list")
    return found


def _hashes(entry: Mapping[str, Any]) -> list[bytes]:
    try:
        return [from_text(text, 32) for text in _list(entry, "proof")]
    except ValueError as error:
        raise _Wrong(f"proof: {error}") from None
