"""A part of the log in one file, with all that is needed to check it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from fleet.audit.log import AuditLog
from fleet.audit.verify import FORMAT


def make_bundle(log: AuditLog, note: str, numbers: Sequence[int], size: int) -> dict[str, Any]:
    """Entries `numbers` with their proofs, the checkpoint `note` over `size` entries, and every earlier checkpoint
    with the proof that the log only grew since."""
    earlier = [(s, n) for s, n in log.checkpoints() if 0 < s < size]
    return {
        "format": FORMAT,
        "checkpoint": note,
        "entries": [
            {"number": n, "record": json.loads(log.entry(n)), "proof": _texts(log.inclusion(n, size))} for n in numbers
        ],
        "earlier": [{"checkpoint": n, "proof": _texts(log.consistency(s, size))} for s, n in earlier],
    }


def _texts(proof: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(hash_).decode() for hash_ in proof]
