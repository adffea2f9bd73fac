"""An adapter host on ROS 2: puts `robot_adapters.host_core` on the wire."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from humanoid_fleet_msgs.msg import FollowRoute as FollowRouteMsg
from humanoid_fleet_msgs.msg import HoldAll, RobotDescription, RobotStates, SupervisorHeartbeat
from humanoid_fleet_msgs.msg import Observation as ObservationMsg
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.context import Context
from rosgraph_msgs.msg import Clock as ClockMsg

from fleet.model.errors import FleetError, LinkDown
from fleet.model.evidence import Observation
from fleet.model.robot import RobotState
from fleet.ros import convert, names, routes
from robot_adapters.base import HumanoidAdapter, Rejected
from robot_adapters.host_core import HostCore
from robot_adapters.ros.changes import diagnosis, differs
from robot_adapters.ros.goals import Goals
from robot_adapters.ros.robot_node import RobotNode
from robot_adapters.ros.services import Services
from robot_adapters.ros.settings import HostSettings
from robot_adapters.slot import Slot

Sensors = Callable[[], Sequence[Observation]]


class AdapterHost:
    """The host's node, one managed node for each robot, and everything between them and the core.

    Keeps nothing on disk: after a restart the robots and the worlds say what happened. `boot_id` is new each time, so
    that others notice.

    Args:
        adapters: one for each robot.
        context: an initialised rclpy context.
        observations: reads what site sensors saw since the last call; None where there are none.
        world_time_s: fleet time of the simulated world; None: ROS time.
    """

    def __init__(
        self,
        adapters: Sequence[HumanoidAdapter],
        settings: HostSettings,
        context: Context,
        *,
        observations: Sensors | None = None,
        world_time_s: Callable[[], float] | None = None,
    ) -> None:
        names.check_host_name(settings.host)
        self.settings = settings
        self.boot_id = uuid.uuid4().hex
        self.lock = threading.RLock()
        self.core = HostCore(adapters, time.monotonic, supervisor_timeout_s=settings.supervisor_timeout_s)
        self.node = rclpy.create_node(settings.host, context=context, namespace=settings.namespace)
        self._observations, self._world_time_s = observations, world_time_s
        self._told: dict[str, RobotState] = {}
        self._told_s = self._told_all_s = float("-inf")
        self._seq = 0
        self._site_problem = ""
        self._ways: dict[str, FollowRouteMsg] = {}
        self._make_ends()
        self.robots = [self._robot_node(robot_id, context) for robot_id in self.core.slots]
        self.bring_up()
        self._make_timers()

    def _robot_node(self, robot_id: str, context: Context) -> RobotNode:
        namespace, topics = self.node.get_namespace(), self.settings.robot_topics
        return RobotNode(self.core, robot_id, self.lock, context=context, namespace=namespace, topics=topics)

    def _make_ends(self) -> None:
        node, host = self.node, self.settings.host
        self._states = node.create_publisher(RobotStates, names.ROBOT_STATES, names.stream())
        self._seen = node.create_publisher(ObservationMsg, names.OBSERVATIONS, names.stream(1000))
        self._diagnostics = node.create_publisher(DiagnosticArray, names.DIAGNOSTICS, 10)
        self._clock = node.create_publisher(ClockMsg, names.CLOCK, 10) if self.settings.serve_clock else None
        depth = max(1, len(self.core.slots))
        self._descriptions = node.create_publisher(RobotDescription, names.ROBOT_DESCRIPTIONS, names.latched(depth))
        for slot in self.core.slots.values():
            self._descriptions.publish(convert.description_to_msg(slot.adapter.describe()))
        node.create_subscription(HoldAll, names.HOLD_ALL, self._on_hold_all, names.latched(10))
        heartbeat = names.SUPERVISOR_HEARTBEAT
        node.create_subscription(SupervisorHeartbeat, heartbeat, self._on_heartbeat, names.heartbeat())
        node.create_subscription(FollowRouteMsg, names.ROUTES, self._on_route, names.stream(1000))
        self._goals = Goals(node, host, self.core, self.now_s)
        self._services = Services(node, host, self.core, self.lock, self.boot_id, self.now_s, time.monotonic)

    def _make_timers(self) -> None:
        steady = Clock(clock_type=ClockType.STEADY_TIME)  # robots are looked after also while simulated time stands
        self.node.create_timer(1.0 / self.settings.tick_hz, self.tick, clock=steady)
        self.node.create_timer(1.0, self._each_second, clock=steady)
        if self._clock is not None:
            self.node.create_timer(1.0 / self.settings.clock_hz, self._tell_time, clock=steady)

    def now_s(self) -> float:
        """Fleet time."""
        if self._world_time_s is not None:
            try:
                return self._world_time_s()
            except Exception as error:
                if not getattr(error, "retriable", False):
                    raise
        return max(0.0, float(self.node.get_clock().now().nanoseconds) * 1e-9)

    def bring_up(self) -> None:
        """Configure and activate the robots' nodes; those whose robot does not answer are tried again each second."""
        for robot in self.robots:
            robot.bring_up()

    def tick(self) -> None:
        """One round of the core, and everybody told what is new."""
        with self.lock:
            self._follow()
            news = self.core.tick()
            self._goals.tell(news.updates)
            self._tell_states()
            for seen in (*news.observations, *self._site_readings()):
                self._tell_observation(seen)

    def close(self) -> None:
        """Let all robots go; each holds by itself."""
        with self.lock:
            for slot in self.core.slots.values():
                slot.disconnect()
        for robot in self.robots:
            robot.destroy_node()
        self.node.destroy_node()

    # ---- out ----------------------------------------------------------------------------------------------

    def _tell_states(self) -> None:
        now_s, heard = time.monotonic(), [s for s in self.core.slots.values() if s.last is not None]
        complete = now_s - self._told_all_s >= 1.0 / self.settings.all_states_hz
        if complete:
            chosen = heard
        elif now_s - self._told_s >= 1.0 / self.settings.states_hz:
            chosen = [s for s in heard if s.last and differs(s.last, self._told.get(s.robot_id))]
        else:
            return
        if not chosen and not complete:
            return
        self._told_s = now_s
        self._told_all_s = now_s if complete else self._told_all_s
        self._seq += 1
        message = RobotStates(host=self.settings.host, boot_id=self.boot_id, seq=self._seq, complete=complete)
        message.header.stamp = convert.time_to_msg(self.now_s())
        message.header.frame_id = convert.MAP_FRAME
        message.robots = [self._state_message(slot, now_s) for slot in chosen]
        self._told |= {s.robot_id: s.last for s in chosen if s.last is not None}
        self._states.publish(message)

    def _state_message(self, slot: Slot, now_s: float) -> object:
        assert slot.last is not None
        until_s = 0.0 if slot.lease is None else max(0.0, self.now_s() + slot.lease.until_s - now_s)
        return convert.state_to_msg(
            slot.last, link_ok=slot.connected and slot.link_ok, highest_epoch=slot.floor, lease_until_s=until_s
        )

    def _site_readings(self) -> Sequence[Observation]:
        if self._observations is None:
            return ()
        try:
            readings = self._observations()
        except Exception as error:
            if not (isinstance(error, LinkDown) or getattr(error, "retriable", False)):
                raise
            self._site_problem = str(error)
            return ()
        self._site_problem = ""
        return readings

    def _tell_observation(self, seen: Observation) -> None:
        try:
            self._seen.publish(convert.observation_to_msg(seen))
        except FleetError as error:
            self.node.get_logger().error(f"observation {seen.observation_id} of {seen.source} not sent: {error}")

    def _tell_time(self) -> None:
        if self._clock is not None and self._world_time_s is not None:
            self._clock.publish(ClockMsg(clock=convert.time_to_msg(self.now_s())))

    def _each_second(self) -> None:
        self.bring_up()
        message = DiagnosticArray()
        message.header.stamp = convert.time_to_msg(self.now_s())
        with self.lock:
            message.status = [
                diagnosis(self.settings.host, self.core.slot(r.robot_id), r.label, r.failure) for r in self.robots
            ]
            message.status.append(self._own_diagnosis())
            for robot in self.robots:
                robot.publish_topics()
        self._diagnostics.publish(message)

    def _own_diagnosis(self) -> DiagnosticStatus:
        level, text = DiagnosticStatus.OK, "ok"
        if not self.core.supervised:
            level, text = DiagnosticStatus.WARN, "no supervisor is heard; all robots hold"
        if self._site_problem:
            level, text = DiagnosticStatus.ERROR, f"site sensors: {self._site_problem}"
        host = self.settings.host
        return DiagnosticStatus(level=level, name=f"{host}: host", message=text, hardware_id=host)

    # ---- in -----------------------------------------------------------------------------------------------

    def _on_hold_all(self, message: HoldAll) -> None:
        with self.lock:
            stamp_s = convert.time_from_msg(message.stamp)
            taken = self.core.hold_all(message.active, message.because, message.by, stamp_s)
        word = "holds" if message.active else "no longer holds"
        if taken:
            self.node.get_logger().warning(f"the fleet {word} (by {message.by}): {message.because}")

    def _on_route(self, message: FollowRouteMsg) -> None:
        """Kept until the next tick. Only the newest of a robot counts: handing one over waits for an answer, and a busy
        host that handed over all of them would lead its robots by routes that are out of date."""
        if message.robot_id not in self.core.slots:
            return
        with self.lock:
            waiting = self._ways.get(message.robot_id)
            if waiting is None or message.epoch >= waiting.epoch:
                self._ways[message.robot_id] = message

    def _follow(self) -> None:
        """Hand over what came. One that came too late is refused; the next one follows what the robot says."""
        ways, self._ways = self._ways, {}
        for message in ways.values():
            try:
                self.core.follow(routes.route_from_msg(message))
            except Rejected as no:
                self.node.get_logger().debug(f"route {message.route} of {message.robot_id}: {no}")
            except FleetError as error:
                self.node.get_logger().warning(f"route {message.route} of {message.robot_id}: {error}")

    def _on_heartbeat(self, message: SupervisorHeartbeat) -> None:
        with self.lock:
            self.core.supervisor_heartbeat(message.epoch)
