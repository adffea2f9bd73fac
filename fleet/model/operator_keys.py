"""People's own keys: with one an answer carries its author's signature, not only the word of whoever keeps the log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorKey:
    """An Ed25519 key of a person.

    Args:
        key_id: first 16 hex digits of SHA-256 over the public key's 32 bytes.
        public: the public key, base64.
        label: where it is kept, in the person's words.
        proof: its own signature over `fleet.audit.statements.registration_statement` (base64): somebody holds it.
        vouched_by: id of an earlier key of the same person that signed for it; empty where none had to, or an admin
            registered it. `voucher_signature` is that signature.
        registered_by: who put it on record.
        revoked_at_s: fleet time from which its signatures count no more; None while it is good.
    """

    key_id: str
    operator: str
    public: str
    label: str
    proof: str
    registered_by: str
    registered_at_s: float
    vouched_by: str = ""
    voucher_signature: str = ""
    revoked_at_s: float | None = None
    revoked_by: str = ""
    revoked_because: str = ""

    @property
    def active(self) -> bool:
        """Whether its signatures count."""
        return self.revoked_at_s is None
