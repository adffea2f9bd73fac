"""What people ask about the queue: hand on, put aside, work somewhere. Bodies as in `fleet.model.requests`."""

from __future__ import annotations

import msgspec


class DelegateEscalation(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Hand a question on to somebody else, who is told at once. Others may still answer it."""

    escalation_id: str
    to: str
    reason: str


class ShelveEscalation(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put a question aside until then (fleet time, s); at most as long as its policy allows, and never up to its
    deadline: what was granted is in the journal."""

    escalation_id: str
    until_s: float
    reason: str


class UnshelveEscalation(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Fetch a question back that was put aside."""

    escalation_id: str
    reason: str


class SetMaintenance(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody works in a zone, or on robots, from then to then (fleet time, s). With `closed` robots keep out of the
    zone meanwhile."""

    window_id: str
    from_s: float
    to_s: float
    reason: str
    zone: str = ""
    robot_ids: tuple[str, ...] = ()
    closed: bool = False


class EndMaintenance(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The work is done before its time."""

    window_id: str
    reason: str


QUEUE_KINDS = (DelegateEscalation, ShelveEscalation, UnshelveEscalation, SetMaintenance, EndMaintenance)
