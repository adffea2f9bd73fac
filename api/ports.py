"""What the API needs from outside and does not know how to do itself. `fleet.ros` has the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fleet.model.robot import RobotState
from fleet.supervisor.state import FleetState
from fleet.traffic.seen import TrafficSeen


class StopLine(Protocol):
    """The direct line to the robots for stopping them. No call ever blocks or waits for an answer: whether a robot
    holds shows in its state. Needs neither the store nor the supervisor. Called from the event loop's thread.

    A line that cannot hand the message over raises `LinkDown`; `hold` and `release` of a robot that was never heard
    of raise `NotFound`.
    """

    def hold_all(self, because: str, by: str) -> None:
        """Every robot of every host stops moving and stays stable, also those that join later."""

    def release_all(self, because: str, by: str) -> None:
        """End the hold of `hold_all`. Holds with other causes stay."""

    def hold(self, robot_id: str, because: str, by: str) -> None:
        """One robot stops moving and stays stable."""

    def release(self, robot_id: str, because: str, by: str) -> None:
        """End the hold of `hold` for one robot. Holds with other causes stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A robot's last known state, and how long ago it was observed (s of steady time). Age is shown, never hidden."""

    state: RobotState
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderSeen:
    """The supervisor that leads, by its heartbeat, and how long ago that was heard (s of steady time)."""

    supervisor_id: str
    epoch: int
    age_s: float


class Telemetry(Protocol):
    """Live robot states, past the journal, for eyes only: nothing is decided on them. Never blocks."""

    def robots(self) -> Mapping[str, Heard]:
        """The newest state of every robot heard of, by robot id."""

    def leader(self) -> LeaderSeen | None:
        """The supervisor last heard of, or None."""

    def traffic(self) -> TrafficSeen | None:
        """What traffic said last, or None before it said anything."""


class Explains(Protocol):
    """Says why a task has the robot it has; `fleet.supervisor.why.Explainer` does. Slow: called in a thread."""

    def why(self, state: FleetState, now_s: float, task_id: str, robots: Sequence[str] | None = None) -> dict[str, Any]:
        """Why, as data. Raises `NotFound` for what is not there, `Conflict` where there is nothing to explain."""
