"""What goes on in traffic, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.console.views.words import span
from fleet.model import events as ev
from fleet.model.closure_requests import CloseWay, OpenWay

Line = tuple[str, str, str]


def _noted(event: Any) -> Line:
    return "robot", "notice", f"{', '.join(event.jam.robots) or 'Somebody'} cannot go on: {event.jam.because}"


def _eased(event: Any) -> Line:
    return "robot", "minor", f"What kept robots from going on is over ({event.key})"


def _room_wanted(event: Any) -> Line:
    return "robot", "minor", f"{event.room.robot_id} is to make room: {event.room.because}"


def _room_made(event: Any) -> Line:
    return "robot", "minor", f"{event.robot_id} is in nobody's way any more"


def _closed(event: Any) -> Line:
    it = event.closure
    until = f" for {span(it.until_s - it.since_s)}" if it.until_s is not None else ""
    return "person", "notice", f"{it.by} closed {it.what} to robots{until}: {it.reason}"


def _opened(event: Any) -> Line:
    return "person", "", f"{event.what} is open to robots again{f' ({event.by})' if event.by else ''}: {event.because}"


def _people(event: Any) -> Line:
    return "robot", "minor", f"{event.source} saw somebody in {event.zone}"


_BY_NAME: dict[str, Callable[[Any], Line]] = {
    "TrafficNoted": _noted,
    "TrafficEased": _eased,
    "RoomWanted": _room_wanted,
    "RoomMade": _room_made,
    "PeopleSeen": _people,
    "WayClosed": _closed,
    "WayOpened": _opened,
}
SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.EVENT_KINDS[name]: say for name, say in _BY_NAME.items() if name in ev.EVENT_KINDS
}


def wish(body: object) -> str:
    """What a person asked of the building's ways, after their name; empty for anything else."""
    match body:
        case CloseWay(what=what, reason=reason):
            return f"closed {what} to robots: {reason}"
        case OpenWay(what=what, reason=reason):
            return f"opened {what} to robots: {reason}"
    return ""
