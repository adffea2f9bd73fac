"""Events about traffic: what was noticed on the floor that people may have to see to."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import input_event
from fleet.model.jams import Jam, Room


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficNoted:
    """Robots cannot go on by themselves, or others than before cannot (same key)."""

    jam: Jam


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficEased:
    """What was noted under this key is over."""

    key: str


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RoomWanted:
    """A robot should make room for others."""

    room: Room


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMade:
    """The robot is in nobody's way any more."""

    robot_id: str


__all__ = ["RoomMade", "RoomWanted", "TrafficEased", "TrafficNoted"]
