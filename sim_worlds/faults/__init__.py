"""Seeded, stateful faults: onset, delay, duration, recovery, repetition. docs/reference/faults.md lists the kinds.

Whoever starts a run passes the seed and the list; the same seed gives the same faults at the same moments.
"""

from sim_worlds.faults.check import FaultProblem, check_faults
from sim_worlds.faults.engine import Episode, Faults, onsets_s
from sim_worlds.faults.kinds import MESSAGES, STACK, WORLD, FaultState, Kind
from sim_worlds.faults.loader import load_faults, read_faults, to_plain
from sim_worlds.faults.registry import KINDS, fields_of, in_world
from sim_worlds.faults.spec import FaultSpec, When

__all__ = [
    "KINDS",
    "MESSAGES",
    "STACK",
    "WORLD",
    "Episode",
    "FaultProblem",
    "FaultSpec",
    "FaultState",
    "Faults",
    "Kind",
    "When",
    "check_faults",
    "fields_of",
    "in_world",
    "load_faults",
    "onsets_s",
    "read_faults",
    "to_plain",
]
