"""The direct line to the robots for stopping them: needs no supervisor, no store, and waits for nothing."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Any

from humanoid_fleet_msgs.msg import HoldAll, RobotStates
from humanoid_fleet_msgs.srv import Hold
from rclpy.client import Client
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.task import Future

from fleet.model.errors import LinkDown, NotFound
from fleet.ros import convert, names
from fleet.ros.spin import RosSession

_log = logging.getLogger(__name__)
_RETRY_S = 1.0
_GIVE_UP_S = 30.0


@dataclass(slots=True)
class _Wish:
    """What one robot was last told, until its host has said yes."""

    request: Hold.Request
    host: str
    since_s: float
    asked_s: float = float("-inf")
    answer: Future[Any] | None = None


class HoldLine:
    """What the API uses to stop robots. Every call returns at once; whether a robot holds shows in its state.

    A hold of one robot is repeated until its host has taken it, for 30 s at most.
    """

    def __init__(self, session: RosSession) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._host_of: dict[str, str] = {}
        self._clients: dict[str, Client] = {}
        self._wishes: dict[str, _Wish] = {}
        node = session.node
        self._all = node.create_publisher(HoldAll, names.HOLD_ALL, names.latched())
        node.create_subscription(RobotStates, names.ROBOT_STATES, self._on_states, names.stream())
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        node.create_timer(_RETRY_S / 4, self._repeat, clock=steady)

    @property
    def listeners(self) -> int:
        """How many hosts this line has found. Who is found later hears the newest message then."""
        found: int = self._all.get_subscription_count()
        return found

    def hold_all(self, because: str, by: str) -> None:
        """Every robot of every host stops moving and stays stable, also those that join later. Raises `LinkDown`."""
        self._publish(True, because, by)

    def release_all(self, because: str, by: str) -> None:
        """End the hold of `hold_all`; holds with other causes stay. Raises `LinkDown`."""
        self._publish(False, because, by)

    def hold(self, robot_id: str, because: str, by: str) -> None:
        """One robot stops moving and stays stable. Raises `NotFound` for one never heard of, `LinkDown`."""
        self._wish(robot_id, True, because, by)

    def release(self, robot_id: str, because: str, by: str) -> None:
        """End the hold of `hold`; holds with other causes stay. Raises `NotFound`, `LinkDown`."""
        self._wish(robot_id, False, because, by)

    def _publish(self, active: bool, because: str, by: str) -> None:
        if not self._session.is_open:
            raise LinkDown("the ROS session is closed: robots cannot be told")
        # Wall time: several API processes may publish, and the newest message counts.
        stamp = convert.time_to_msg(time.time(), "stamp")
        request_id = str(uuid.uuid4())
        self._all.publish(HoldAll(request_id=request_id, active=active, because=because, by=by, stamp=stamp))

    def _wish(self, robot_id: str, engage: bool, because: str, by: str) -> None:
        with self._lock:
            host = self._host_of.get(robot_id)
            if host is None:
                raise NotFound("robot heard of", robot_id, ", ".join(sorted(self._host_of)) or "none yet")
            request = Hold.Request(robot_id=robot_id, because=because, by=by, epoch=0, engage=engage)
            self._wishes[robot_id] = _Wish(request, host, time.monotonic())
        self._session.post(self._repeat)

    def _on_states(self, message: RobotStates) -> None:
        with self._lock:
            for one in message.robots:
                self._host_of[one.robot_id] = message.host
        if message.host not in self._clients:  # made now, so that it is connected before it is needed
            service = names.below_host(message.host, "hold")
            self._clients[message.host] = self._session.node.create_client(Hold, service, qos_profile=names.service())

    def _repeat(self) -> None:
        """Ask again for what has not been answered. On the session's thread."""
        now_s = time.monotonic()
        with self._lock:
            waiting = list(self._wishes.items())
        for robot_id, wish in waiting:
            if now_s - wish.since_s > _GIVE_UP_S:
                _log.error("hold line: host %s did not answer for %s within %g s", wish.host, robot_id, _GIVE_UP_S)
                self._settle(robot_id, wish)
            elif now_s - wish.asked_s >= _RETRY_S:
                self._ask(robot_id, wish, now_s)

    def _ask(self, robot_id: str, wish: _Wish, now_s: float) -> None:
        client = self._clients[wish.host]
        if wish.answer is not None:
            client.remove_pending_request(wish.answer)  # rclpy keeps unanswered ones for ever
        wish.asked_s = now_s
        wish.answer = client.call_async(wish.request)
        wish.answer.add_done_callback(lambda future: self._answered(future, robot_id, wish))

    def _answered(self, future: Future[Any], robot_id: str, wish: _Wish) -> None:
        answer = future.result()
        if answer is not None and not answer.accepted:
            _log.error("hold line: %s: %s", robot_id, answer.reason)
        self._settle(robot_id, wish)

    def _settle(self, robot_id: str, wish: _Wish) -> None:
        with self._lock:
            if self._wishes.get(robot_id) is wish:
                del self._wishes[robot_id]
