"""What goes on in traffic, as far as it concerns people: where robots cannot go on by themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Jam:
    """Something that keeps robots from where they are to go, since `since_s` (fleet time). The same `key` is the same
    thing; `kind` is one of `fleet.traffic.floor.NoteKind`; x, y in m (map frame) where it has a place."""

    key: str
    kind: str
    robots: tuple[str, ...]
    because: str
    since_s: float
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A robot with nothing to do stands in others' way: at (x, y) in m it would be in nobody's."""

    robot_id: str
    x: float
    y: float
    because: str
