"""`fleet.bus.base.Bus` over ROS 2: fleet-level topics in, one action and some services a host out."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from humanoid_fleet_msgs.msg import FollowRoute as FollowRouteMsg
from humanoid_fleet_msgs.msg import Observation as ObservationMsg
from humanoid_fleet_msgs.msg import RobotDescription as DescriptionMsg
from humanoid_fleet_msgs.msg import RobotStates, SupervisorHeartbeat, TrafficReport
from rclpy.clock import Clock
from rclpy.clock_type import ClockType

from fleet.bus.base import Facts
from fleet.model.commands import Command, CommandUpdate, FollowRoute
from fleet.model.errors import FleetError
from fleet.model.evidence import Observation
from fleet.model.robot import RobotDescription, RobotState
from fleet.ros import convert, names, routes
from fleet.ros.host_link import HostLink
from fleet.ros.spin import RosSession
from fleet.supervisor.state import EPOCH_STRIDE

_log = logging.getLogger(__name__)
_TICK_S = 0.25
_KEPT = 20_000
"""Facts kept for a runner that does not collect them; beyond that the oldest are dropped, and that is logged."""


class RosBus:
    """One supervisor's end of the link to all hosts. Its methods may be called from any one thread; none blocks.

    Commands go to whichever host has said that it serves the robot, and wait until one has.

    Args:
        session: where to live; it is closed by `close`.
        steady_s: reads steady time.
    """

    def __init__(self, session: RosSession, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._session, self._steady_s = session, steady_s
        self._lock = threading.Lock()
        self._descriptions: deque[RobotDescription] = deque(maxlen=_KEPT)
        self._states: deque[RobotState] = deque(maxlen=_KEPT)
        self._updates: deque[CommandUpdate] = deque()
        self._observations: deque[Observation] = deque(maxlen=_KEPT)
        self._known: dict[str, RobotDescription] = {}
        self._observed_at_s: dict[str, float] = {}
        self._heard_at_s: dict[str, float] = {}
        self._links: dict[str, HostLink] = {}
        self._host_of: dict[str, str] = {}
        self._unrouted: list[Command] = []
        node = session.node
        self._routes = node.create_publisher(FollowRouteMsg, names.ROUTES, names.stream(1000))
        self._traffic = node.create_publisher(TrafficReport, names.TRAFFIC, names.latched())
        self._beat = node.create_publisher(SupervisorHeartbeat, names.SUPERVISOR_HEARTBEAT, names.heartbeat())
        node.create_subscription(DescriptionMsg, names.ROBOT_DESCRIPTIONS, self._on_description, names.latched(1000))
        node.create_subscription(RobotStates, names.ROBOT_STATES, self._on_states, names.stream())
        node.create_subscription(ObservationMsg, names.OBSERVATIONS, self._on_observation, names.stream(1000))
        node.create_timer(_TICK_S, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))

    # ---- the contract, on the caller's thread -------------------------------------------------------------

    def collect(self) -> Facts:
        """What has come in since the last call, in the order it came."""
        now_s = self._steady_s()
        with self._lock:
            facts = Facts(
                descriptions=tuple(self._descriptions),
                states=tuple(self._states),
                updates=tuple(self._updates),
                observations=tuple(self._observations),
                silent_s={robot_id: max(0.0, now_s - at) for robot_id, at in self._heard_at_s.items()},
            )
            for waiting in (self._descriptions, self._states, self._updates, self._observations):
                waiting.clear()
        return facts

    def send(self, commands: Sequence[Command]) -> None:
        """Hand commands over. What a host refuses comes back as an update; what has no answer is sent again."""
        for command in commands:
            if isinstance(command, FollowRoute):  # for whichever host serves the robot; a newer one follows soon
                self._routes.publish(routes.route_to_msg(command))
        ordered = [c for c in commands if not isinstance(c, FollowRoute)]
        if ordered:
            self._session.post(lambda: self._route(ordered))

    def show_traffic(self, report: str, *, enabled: bool) -> None:
        """Tell eyes what goes on in traffic; `report` is JSON, see `TrafficReport`."""
        stamp = convert.time_to_msg(max(0.0, self._session.node.get_clock().now().nanoseconds * 1e-9), "stamp")
        self._traffic.publish(TrafficReport(stamp=stamp, enabled=enabled, report_json=report))

    def beat(self, supervisor_id: str, epoch: int, head: int) -> None:
        """Tell the hosts that this supervisor leads. `epoch` is the journal's; robots' epochs are `EPOCH_STRIDE` times
        that and more, and in the message is the lowest that is still obeyed."""
        stamp = convert.time_to_msg(max(0.0, self._session.node.get_clock().now().nanoseconds * 1e-9), "stamp")
        self._beat.publish(
            SupervisorHeartbeat(
                supervisor_id=supervisor_id, epoch=epoch * EPOCH_STRIDE, stamp=stamp, journal_seq=max(0, head)
            )
        )

    def close(self) -> None:
        """Leave the graph."""
        self._session.close()

    # ---- on the session's thread --------------------------------------------------------------------------

    def _route(self, commands: Sequence[Command]) -> None:
        for command in commands:
            host = self._host_of.get(command.robot_id)
            if host is None:
                self._unrouted.append(command)
                continue
            try:
                self._links[host].send(command)
            except FleetError:
                _log.exception("cannot be sent: %s", command)

    def _tick(self) -> None:
        for link in self._links.values():
            link.tick()

    def _serves(self, host: str, robot_id: str) -> None:
        """Note which host serves a robot, and send what waited for that."""
        if host not in self._links:
            self._links[host] = HostLink(self._session.node, host, self._steady_s, self._report)
        if self._host_of.get(robot_id) == host:
            return
        self._host_of[robot_id] = host
        waiting = [c for c in self._unrouted if c.robot_id == robot_id]
        self._unrouted = [c for c in self._unrouted if c.robot_id != robot_id]
        self._route(waiting)

    def _report(self, update: CommandUpdate) -> None:
        with self._lock:
            self._updates.append(update)

    def _on_description(self, message: DescriptionMsg) -> None:
        try:
            known = convert.description_from_msg(message)
            names.check_host_name(known.host)
        except FleetError as error:
            _log.error("description of %s ignored: %s", message.robot_id, error)
            return
        if self._known.get(known.robot_id) != known:
            self._known[known.robot_id] = known
            with self._lock:
                self._descriptions.append(known)
        self._serves(known.host, known.robot_id)

    def _on_states(self, message: RobotStates) -> None:
        now_s = self._steady_s()
        active: dict[str, str] = {}
        for one in message.robots:
            if one.robot_id not in self._known:
                continue  # its description comes first; this state will be followed by others
            state = convert.state_from_msg(one)
            self._serves(message.host, state.robot_id)
            # "Different", not "later": a simulated world that was restarted may be somewhat back in time.
            if not one.link_ok or self._observed_at_s.get(state.robot_id) == state.observed_at_s:
                continue
            self._observed_at_s[state.robot_id] = state.observed_at_s
            active[state.robot_id] = state.command_id or ""
            with self._lock:
                self._heard_at_s[state.robot_id] = now_s
                self._states.append(state)
        link = self._links.get(message.host)
        if link is not None:
            link.heard(message.boot_id, active)

    def _on_observation(self, message: ObservationMsg) -> None:
        try:
            seen = convert.observation_from_msg(message)
        except FleetError as error:
            _log.error("observation %s of %s ignored: %s", message.observation_id, message.source, error)
            return
        with self._lock:
            self._observations.append(seen)
