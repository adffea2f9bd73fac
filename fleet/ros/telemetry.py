"""Live robot states for eyes: the newest of every robot, with its age. Nothing is decided on them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from humanoid_fleet_msgs.msg import RobotStates, SupervisorHeartbeat

from fleet.model.robot import RobotState
from fleet.ros import convert, names
from fleet.ros.spin import RosSession
from fleet.supervisor.state import EPOCH_STRIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A robot's last known state, and how long ago (steady time, s) it was last seen to be new."""

    state: RobotState
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderSeen:
    """The supervisor that leads, its epoch in the journal, and how long ago (steady time, s) it was heard."""

    supervisor_id: str
    epoch: int
    age_s: float


class RobotTelemetry:
    """Listens to all hosts and to the leading supervisor. Thread-safe; never blocks."""

    def __init__(self, session: RosSession) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, tuple[RobotState, float]] = {}
        self._leader: tuple[str, int, float] | None = None
        session.node.create_subscription(RobotStates, names.ROBOT_STATES, self._on_states, names.stream())
        session.node.create_subscription(
            SupervisorHeartbeat, names.SUPERVISOR_HEARTBEAT, self._on_heartbeat, names.heartbeat()
        )

    def robots(self) -> Mapping[str, Heard]:
        """The newest state of every robot heard of, by robot id."""
        now_s = time.monotonic()
        with self._lock:
            return {r: Heard(state=state, age_s=now_s - at) for r, (state, at) in sorted(self._states.items())}

    def leader(self) -> LeaderSeen | None:
        """The supervisor last heard of, None before the first."""
        with self._lock:
            if self._leader is None:
                return None
            supervisor_id, epoch, at_s = self._leader
        return LeaderSeen(supervisor_id=supervisor_id, epoch=epoch // EPOCH_STRIDE, age_s=time.monotonic() - at_s)

    def _on_states(self, message: RobotStates) -> None:
        now_s = time.monotonic()
        for one in message.robots:
            state = convert.state_from_msg(one)
            with self._lock:
                known = self._states.get(state.robot_id)
                fresh = known is None or known[0].observed_at_s != state.observed_at_s
                self._states[state.robot_id] = (state, now_s if fresh or known is None else known[1])

    def _on_heartbeat(self, message: SupervisorHeartbeat) -> None:
        with self._lock:
            if self._leader is None or message.epoch >= self._leader[1]:
                self._leader = (message.supervisor_id, message.epoch, time.monotonic())
