"""What people say of how they decide."""

from __future__ import annotations

import msgspec


class CommitChoice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What I would choose, before I am shown what the fleet recommends."""

    escalation_id: str
    option_id: str
    shown_digest: str


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence (its `ref`, or `question`) and for how long it was open, s."""

    ref: str
    seconds: float


class ReportLooked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What I looked at, as my console measured it."""

    escalation_id: str
    looked: tuple[Looked, ...]


class SeeOversight(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """I have been shown what is known of how I decided, up to that fleet time."""

    until_s: float
