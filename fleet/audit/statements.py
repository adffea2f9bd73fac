"""What keys sign besides checkpoints: an operator's answer, the registration of a key, the rotation of the server's.

A statement is a flat object in RFC 8785; all its values are text, so that a browser makes the same bytes with
`JSON.stringify` over sorted keys. Who checks needs nothing but this and the public key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from fleet.audit.canonical import canonical, from_text
from fleet.audit.notes import signature_holds

ANSWER = "humanoid-fleet-answer/1"
REGISTRATION = "humanoid-fleet-key-registration/1"
ROTATION = "humanoid-fleet-key-rotation/1"
GENESIS = "0" * 64
KEY_KINDS = frozenset(
    {"log.opened", "key.registered", "key.revoked", "server_key.rotated", "server_key.lost"}
)  # entries that say which keys are good
_ANSWER_FIELDS = ("escalation_id", "option_id", "previews_digest", "reason", "shown_digest")


def key_id(public: bytes) -> str:
    """An operator key's id: the first 16 hex digits of SHA-256 over its 32 bytes."""
    return hashlib.sha256(public).hexdigest()[:16]


def answer_statement(operator: str, answer: Mapping[str, Any]) -> bytes:
    """What an operator's key signs: `answer` has `escalation_id`, `option_id`, `reason`,
    `shown_digest` and `previews_digest` (empty where there were none)."""
    return canonical({"format": ANSWER, "operator": operator, **{f: str(answer.get(f, "")) for f in _ANSWER_FIELDS}})


def registration_statement(operator: str, public: str, vouched_by: str = "") -> bytes:
    """What proves that a key is held by who registers it, or (with `vouched_by`, the id of an earlier key) that the
    holder of the earlier key says so. `public` is base64."""
    return canonical({"format": REGISTRATION, "operator": operator, "public": public, "vouched_by": vouched_by})


def rotation_statement(origin: str, old: str, new: str, entry: int) -> bytes:
    """What the server's old and new key sign when one takes the other's place, as entry number `entry`."""
    return canonical({"format": ROTATION, "origin": origin, "old": old, "new": new, "entry": str(entry)})


def holds(public: object, statement: bytes, signature: object) -> bool:
    """Whether the signature (base64) is that of the public key (base64) over the statement."""
    try:
        return signature_holds(from_text(public, 32), statement, from_text(signature, 64))
    except ValueError:
        return False


def next_head(head: str, record: Mapping[str, Any]) -> str:
    """The key chain after a record about keys: SHA-256(head before || newline || the record). Every record names the
    head before it, so that no registration or revocation can be left out unseen."""
    return hashlib.sha256(head.encode() + b"\n" + canonical(record)).hexdigest()
