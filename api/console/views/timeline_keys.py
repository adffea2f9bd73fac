"""People's keys in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.model import events as ev

Line = tuple[str, str, str]


def _registered(event: ev.KeyRegistered) -> Line:
    it = event.key
    return "person", "notice", f"{it.registered_by} put key {it.key_id} of {it.operator} on record"


def _revoked(event: ev.KeyRevoked) -> Line:
    return "person", "notice", f"{event.by} revoked key {event.key_id} of {event.operator}: {event.reason}"


SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.KeyRegistered: _registered,
    ev.KeyRevoked: _revoked,
}
