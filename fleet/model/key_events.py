"""Events of people's keys."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event
from fleet.model.operator_keys import OperatorKey


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRegistered:
    """A key is on record as somebody's; their answers must be signed from here on. `role` is that of who did it."""

    key: OperatorKey
    role: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked:
    """A key's signatures count no more."""

    key_id: str
    operator: str
    by: str
    reason: str
