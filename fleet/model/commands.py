"""What the supervisor tells robots, and what comes back. Every command carries an id and an epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from fleet.model.evidence import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteSkill:
    """Do one skill. Sending the same `command_id` again must never do it twice: the adapter answers with
    the status it has."""

    command_id: str
    robot_id: str
    task_id: str
    epoch: int
    skill: str
    parameters: dict[str, Any] = field(default_factory=dict)
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCommand:
    """Give up one command; the robot ends stable, what it carries stays in its hands."""

    command_id: str
    robot_id: str
    epoch: int
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRobot:
    """Stop moving and stay stable. Needs no epoch: anyone may stop a robot."""

    robot_id: str
    because: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold:
    """End a hold; the robot goes on with what it was doing."""

    robot_id: str
    epoch: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLease:
    """Tell the robot who may command it from now on; an older epoch is refused from then."""

    robot_id: str
    holder: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRoute:
    """Walk the present walk of `command_id` along `points` (x, y in the map, m), and no further than the first
    `released` of them until more are released; then wait, standing. The last point is where the walk ends.

    `route` rises with every message for one walk; a lower one than it has is refused, the same again changes nothing.
    A walk that begins has none (0), so one that was lost may be numbered on from what the robot reports. Points that
    lie behind the robot may be left out or not: where the new points begin with the last ones it passed and go on to
    the one it walks to, it has passed them already. `max_mps` limits the speed on the way to each point (empty: the
    robot's own limits). Only for robots whose description says `follows_routes`. A robot that hears nothing goes on to
    the last point released and waits there; it never walks beyond. A single point, released, is leave to find its own
    way to the end.
    """

    robot_id: str
    command_id: str
    epoch: int
    route: int
    points: tuple[tuple[float, float], ...]
    released: int
    max_mps: tuple[float, ...] = ()


Command = ExecuteSkill | CancelCommand | HoldRobot | ReleaseHold | GrantLease | FollowRoute


class CommandStatus(str, Enum):
    """A command's life as the adapter reports it. The last four are final."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    BLOCKED = "blocked"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will be reported for the command."""
        return self in _FINAL


_FINAL = frozenset({CommandStatus.DONE, CommandStatus.FAILED, CommandStatus.REJECTED, CommandStatus.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandUpdate:
    """One report on a command. `fraction` in [0, 1]; `claim` only with `DONE`."""

    command_id: str
    robot_id: str
    task_id: str
    epoch: int
    status: CommandStatus
    reason: str = ""
    retriable: bool = True
    phase: str = ""
    fraction: float = 0.0
    claim: Claim | None = None
