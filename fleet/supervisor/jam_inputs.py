"""What was noticed in traffic, as inputs: what is new, and what is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.bus.base import Facts
from fleet.model import events as ev
from fleet.model.jams import Jam, Room
from fleet.supervisor.state import FleetState
from fleet.traffic.floor import NoteKind, TrafficNote

ASKED = (NoteKind.PERSON_IN_THE_WAY, NoteKind.OBSTACLE_IN_THE_WAY, NoteKind.NO_WAY)
"""What people can see to; robots that wait for each other sort that out themselves."""


def traffic_inputs(state: FleetState, facts: Facts) -> Iterator[ev.Event]:
    """What is new in traffic, and what is over. Nothing where nobody has looked."""
    if facts.jams is None:
        return
    now = {note.key: note for note in facts.jams if note.kind in ASKED}
    for key, note in now.items():
        known = state.jams.get(key)
        if known is None or not set(note.robots) <= set(known.robots):
            yield ev.TrafficNoted(jam=_jam(note, known.robots if known is not None else ()))
    for key in state.jams:
        if key not in now:
            yield ev.TrafficEased(key=key)
    wanted = {move.robot_id: move for move in facts.room}
    for robot_id, move in wanted.items():
        known_room = state.room.get(robot_id)
        if robot_id in state.robots and (known_room is None or (known_room.x, known_room.y) != (move.x, move.y)):
            yield ev.RoomWanted(room=Room(robot_id=robot_id, x=move.x, y=move.y, because=move.because))
    for robot_id in state.room:
        if robot_id not in wanted:
            yield ev.RoomMade(robot_id=robot_id)


def _jam(note: TrafficNote, before: Iterable[str]) -> Jam:
    x, y = note.at if note.at is not None else (None, None)
    robots = tuple(sorted({*note.robots, *before}))
    return Jam(key=note.key, kind=note.kind.value, robots=robots, because=note.because, since_s=note.since_s, x=x, y=y)
