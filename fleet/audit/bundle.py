"""A part of the log in one file, with all that is needed to check it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from fleet.audit.canonical import to_text
from fleet.audit.log import AuditLog
from fleet.audit.notes import Note
from fleet.audit.verify import FORMAT
from fleet.model.errors import InvalidField

_EARLIER = 64  # earlier checkpoints in a bundle, at most


def make_bundle(
    log: AuditLog, note: str, numbers: Iterable[int], size: int, covers: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Entries `numbers` with their proofs and those about keys before them, the checkpoint `note` over `size` entries,
    and earlier checkpoints with the proof that the log only grew since.

    Args:
        covers: the run (first, end) that the bundle claims to have without a gap; its entries are added.
    """
    if covers is not None and not 0 <= covers[0] <= covers[1] <= size:
        raise InvalidField("covers", covers, f"a run within the {size} entries of the checkpoint")
    chosen = {*numbers, *(range(*covers) if covers else ())}
    chosen |= set(log.key_entries(max(chosen, default=0)))
    run = _whole_run(covers, chosen)
    sizes = _spread({s: length for s, length in log.checkpoint_lengths().items() if s < size})
    earlier = [(s, found) for s in sizes if (found := log.checkpoint_of(s)) is not None]
    lines = {(line.name, line.key_hash) for n in (note, *(n for _, n in earlier)) for line in Note.parse(n).lines}
    return {
        "format": FORMAT,
        "checkpoint": note,
        "keys": [v.text() for v in log.signers() if (v.name, v.key_hash) in lines],
        "covers": run,
        "entries": [
            {"number": n, "record": json.loads(log.entry(n)), "proof": _texts(log.inclusion(n, size))}
            for n in sorted(chosen)
        ],
        "earlier": [{"checkpoint": n, "proof": _texts(log.consistency(s, size))} for s, n in earlier],
    }


def _whole_run(covers: tuple[int, int] | None, chosen: set[int]) -> list[int] | None:
    """The run with the entries next to it that are there anyway: a claim is never smaller than it could be, so that one
    that was made smaller shows."""
    if covers is None or covers[0] == covers[1]:
        return None
    first, end = covers
    while first - 1 in chosen:
        first -= 1
    while end in chosen:
        end += 1
    return [first, end]


def _spread(lengths: dict[int, int]) -> list[int]:
    """Of the sizes of many checkpoints the first, the last, those with the longest notes (most signatures), and some in
    between."""
    sizes = sorted(lengths)
    if len(sizes) <= _EARLIER:
        return sizes
    step = (len(sizes) - 1) / (_EARLIER // 2 - 1)
    kept = {sizes[round(i * step)] for i in range(_EARLIER // 2)}
    rest = sorted(set(sizes) - kept, key=lambda s: (-lengths[s], -s))
    kept.update(rest[: _EARLIER - len(kept)])
    return sorted(kept)


def _texts(proof: Sequence[bytes]) -> list[str]:
    return [to_text(hash_) for hash_ in proof]
