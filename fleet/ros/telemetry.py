"""Live robot states for eyes: the newest of every robot, with its age. Nothing is decided on them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from humanoid_fleet_msgs.msg import RobotStates, SupervisorHeartbeat, TrafficReport

from fleet.model.errors import InvalidField
from fleet.model.robot import RobotState
from fleet.ros import convert, names
from fleet.ros.spin import RosSession
from fleet.supervisor.state import EPOCH_STRIDE
from fleet.traffic.seen import TrafficSeen, read_report

_log = logging.getLogger(__name__)


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
        self._traffic: tuple[bool, dict[str, Any], float] | None = None
        session.node.create_subscription(RobotStates, names.ROBOT_STATES, self._on_states, names.stream())
        session.node.create_subscription(
            SupervisorHeartbeat, names.SUPERVISOR_HEARTBEAT, self._on_heartbeat, names.heartbeat()
        )

        session.node.create_subscription(TrafficReport, names.TRAFFIC, self._on_traffic, names.latched())

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

    def traffic(self) -> TrafficSeen | None:
        """What traffic said last, None before it said anything."""
        with self._lock:
            if self._traffic is None:
                return None
            enabled, report, at_s = self._traffic
        return TrafficSeen(enabled=enabled, report=report, age_s=time.monotonic() - at_s)

    def _on_traffic(self, message: TrafficReport) -> None:
        try:
            report = read_report(message.report_json)
        except InvalidField as error:
            _log.error("report on traffic ignored: %s", error)
            return
        with self._lock:
            self._traffic = message.enabled, report, time.monotonic()

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
