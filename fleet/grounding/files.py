"""Worlds from files, for trying out what an instruction would mean there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fleet.deployment.fields import read, read_yaml, setting
from fleet.grounding.world import Known, Thing

# ruff: noqa: RUF009 - `setting` makes a dataclass field, as dataclasses.field does
FORMAT = "humanoid-fleet-world/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingEntry:
    """One thing of a world file."""

    id: str = setting("its id", is_id=True)
    kind: Literal["object", "place", "zone", "person", "robot"] = setting("what it is")
    names: tuple[str, ...] = setting("other names that it goes by", default=())
    attributes: dict[str, str] = setting("what it has one of, e.g. colour: blue", factory=dict)
    at: str = setting("the id of the place or zone where it is", default="")
    holds: bool = setting("whether something can be put down there (places and zones)", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFile:
    """What there is to talk about."""

    format: Literal["humanoid-fleet-world/1"] = setting("the version of this format")
    things: tuple[ThingEntry, ...] = setting("everything that an instruction may name")


def load_world(path: Path) -> Known:
    """The things of a world file (YAML or JSON).

    Raises:
        FileError: naming file, line, field, value, and what would be right.
    """
    source = read_yaml(path)
    world = read(WorldFile, source)
    known = {entry.id for entry in world.things}
    seen: set[str] = set()
    for i, entry in enumerate(world.things):
        if entry.id in seen:
            source.find(f"things[{i}].id").fail("an id that is used once")
        seen.add(entry.id)
        if entry.at and entry.at not in known:
            source.find(f"things[{i}].at").fail("the id of a thing in this file")
    return Known(
        Thing(thing_id=e.id, kind=e.kind, names=e.names, attributes=e.attributes, at=e.at, holds=e.holds)
        for e in world.things
    )
