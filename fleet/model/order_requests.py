"""What people ask of standing orders."""

from __future__ import annotations

import msgspec


class MakeStandingOrder(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Decide in advance (see `fleet.model.orders.StandingOrder`). With `from_escalation`, class and option may be left
    empty: they are those of the answered question."""

    order_id: str
    reason: str
    expires_at_s: float
    decision_class: str = ""
    option_id: str = ""
    when: str = "true"
    zones: tuple[str, ...] = ()
    robots: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    epsilon: float = 0.1
    from_escalation: str = ""


class RevokeStandingOrder(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take an order back: its owner, or an admin."""

    order_id: str
    reason: str


class ReportUserGone(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person may not decide any more (shut out, or another role): what they decided in advance ends too."""

    name: str
    reason: str
