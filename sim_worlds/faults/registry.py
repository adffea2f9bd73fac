"""All kinds of faults by name."""

from __future__ import annotations

from sim_worlds.faults import around, body, robot, site
from sim_worlds.faults.kinds import WORLD, Kind
from sim_worlds.faults.spec import COMMON

KINDS: dict[str, Kind] = {k.name: k for k in (*body.KINDS, *robot.KINDS, *site.KINDS, *around.KINDS)}
FAMILIES = {k.family: k for k in KINDS.values() if k.settle is not None}
"""A family -> one of its kinds, whose `settle` speaks for all of it."""


def fields_of(kind: Kind) -> tuple[str, ...]:
    """Every field that a fault of this kind may have."""
    lasting = () if kind.lasts == "once" else ("duration_s", "until")
    return (*COMMON, *lasting, *kind.needs, *kind.takes)


def in_world(kind: str) -> bool:
    """Whether the world alone makes faults of this kind act."""
    return KINDS[kind].where == WORLD
