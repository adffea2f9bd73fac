"""The bus contract between the supervisor's runner and the robots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fleet.model.commands import Command, CommandUpdate
from fleet.model.evidence import Observation
from fleet.model.robot import RobotDescription, RobotState
from fleet.traffic.floor import Move, TrafficNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was heard since the last step. `silent_s` says for every known robot how long ago (steady time, s) it was
    last heard; a robot that has never been heard is not in it. `reported_s` says of what time (s) the newest report of
    every robot is that the process has heard, also where that report told nothing new."""

    descriptions: tuple[RobotDescription, ...] = ()
    states: tuple[RobotState, ...] = ()
    updates: tuple[CommandUpdate, ...] = ()
    observations: tuple[Observation, ...] = ()
    silent_s: dict[str, float] = field(default_factory=dict)
    reported_s: dict[str, float] = field(default_factory=dict)
    jams: tuple[TrafficNote, ...] | None = None  # what goes on in traffic now; None where nobody has looked
    room: tuple[Move, ...] = ()  # who should make room


class Bus(Protocol):
    """One end of the link to all adapter hosts."""

    def collect(self) -> Facts:
        """What has come in since the last call, in the order it came. Never blocks."""

    def send(self, commands: Sequence[Command]) -> None:
        """Hand commands over for delivery. Never blocks; what cannot be delivered comes back as an update."""

    def beat(self, supervisor_id: str, epoch: int, head: int) -> None:
        """Tell everybody that this supervisor leads, and how far the journal is. `epoch` is the journal's; the bus
        turns it into the lowest epoch of a robot's command that is still obeyed (see `EPOCH_STRIDE`)."""

    def close(self) -> None:
        """Release everything."""
