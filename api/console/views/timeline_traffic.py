"""What goes on in traffic, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.model import events as ev

Line = tuple[str, str, str]


def _noted(event: Any) -> Line:
    return "robot", "notice", f"{', '.join(event.jam.robots) or 'Somebody'} cannot go on: {event.jam.because}"


def _eased(event: Any) -> Line:
    return "robot", "minor", f"What kept robots from going on is over ({event.key})"


def _room_wanted(event: Any) -> Line:
    return "robot", "minor", f"{event.room.robot_id} is to make room: {event.room.because}"


def _room_made(event: Any) -> Line:
    return "robot", "minor", f"{event.robot_id} is in nobody's way any more"


_BY_NAME: dict[str, Callable[[Any], Line]] = {
    "TrafficNoted": _noted,
    "TrafficEased": _eased,
    "RoomWanted": _room_wanted,
    "RoomMade": _room_made,
}
SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.EVENT_KINDS[name]: say for name, say in _BY_NAME.items() if name in ev.EVENT_KINDS
}
