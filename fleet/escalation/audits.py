"""Random audits: a small share of what the fleet decides by itself is shown to a person afterwards."""

from __future__ import annotations

import hashlib

_SPAN = float(1 << 64)


def drawn(ruling_id: str, share: float, salt: str = "") -> bool:
    """Whether a ruling is audited: true for a `share` of all ids, the same for the same id and salt in every process.

    Args:
        share: in [0, 1]; its inverse is the weight of what the audit finds (inverse propensity).
    """
    number = int.from_bytes(hashlib.sha256(f"{salt}|{ruling_id}".encode()).digest()[:8], "big")
    return number / _SPAN < share
