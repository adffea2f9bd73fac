"""What people ask about their keys. Bodies as in `fleet.model.requests`."""

from __future__ import annotations

import msgspec


class RegisterKey(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put a public key on record as somebody's: one's own, or (admins) another person's.

    From then on that person's answers must be signed with a key of theirs. Fields as in `OperatorKey`.
    """

    operator: str
    public: str
    proof: str
    label: str = ""
    vouched_by: str = ""
    voucher_signature: str = ""


class RevokeKey(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A key was lost, may be known to others, or is no longer used: its signatures count no more from now on."""

    key_id: str
    reason: str


KEY_REQUESTS = (RegisterKey, RevokeKey)
