"""One robot as a managed node: configure connects, activate takes commands. `/<robot_id>/adapter`."""

from __future__ import annotations

import functools
import threading
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from rclpy.context import Context
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import BatteryState, JointState

from fleet.model.errors import FleetError, Unsupported
from fleet.ros import convert, names
from robot_adapters.host_core import HostCore

S = TypeVar("S", bound="RobotNode")
_Transition = Callable[[Any, LifecycleState], TransitionCallbackReturn]


def _told(step: Callable[[Any], None]) -> _Transition:
    """A transition that says what went wrong: rclpy swallows exceptions in `on_*` without a word."""

    @functools.wraps(step)
    def transition(self: Any, _previous: LifecycleState) -> TransitionCallbackReturn:
        try:
            with self._lock:
                step(self)
        except FleetError as error:
            self.failure = f"{step.__name__}: {error}"
            self.get_logger().warning(self.failure)
            return TransitionCallbackReturn.FAILURE
        except Exception as error:
            self.failure = f"{step.__name__}: {type(error).__name__}: {error}"
            self.get_logger().error(f"{self.failure}\n{traceback.format_exc()}")
            return TransitionCallbackReturn.ERROR
        self.failure = ""
        return TransitionCallbackReturn.SUCCESS

    return transition


class RobotNode(LifecycleNode):
    """The managed node of one robot. `failure` is why the last transition did not come off; diagnostics show it.

    Args:
        lock: held by whoever talks to the core; transitions come on another thread than the host's timers.
        topics: whether to publish the standard topics that ROS tools know.
    """

    def __init__(
        self, core: HostCore, robot_id: str, lock: threading.RLock, *, context: Context, namespace: str, topics: bool
    ) -> None:
        self._core, self.robot_id, self._lock = core, robot_id, lock
        self.failure = ""
        self.wanted = True  # the host brings it up by itself until somebody takes it down
        super().__init__(
            "adapter",
            namespace=f"{namespace.rstrip('/')}/{names.namespace_of(robot_id)}",
            context=context,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self._battery = self.create_publisher(BatteryState, "battery_state", 10) if topics else None
        self._joints = self.create_publisher(JointState, "joint_states", 10) if topics else None

    @property
    def label(self) -> str:
        """The state that the node is in: unconfigured, inactive, active, finalized."""
        return str(self._state_machine.current_state[1])

    def bring_up(self) -> bool:
        """Configure and activate, as far as that is missing. Whether it is active now."""
        if self.wanted and self.label == "unconfigured":
            self.trigger_configure()
        if self.wanted and self.label == "inactive":
            self.trigger_activate()
        return self.label == "active"

    @_told
    def on_configure(self) -> None:
        """Connect to the robot. Moves nothing."""
        self._core.slot(self.robot_id).connect()

    @_told
    def on_activate(self) -> None:
        """From now on it takes commands."""
        self._core.activate(self.robot_id)
        self.wanted = True

    @_told
    def on_deactivate(self) -> None:
        """It holds and takes no commands."""
        self.wanted = False
        self._core.deactivate(self.robot_id)

    @_told
    def on_cleanup(self) -> None:
        """Let the robot go; it holds by itself."""
        self._core.slot(self.robot_id).disconnect()

    @_told
    def on_shutdown(self) -> None:
        """The same, for good."""
        self.wanted = False
        self._core.slot(self.robot_id).disconnect()

    @_told
    def on_error(self) -> None:
        """After a bug in a transition: let go, back to unconfigured."""
        self._core.slot(self.robot_id).disconnect()

    def publish_topics(self) -> None:
        """The standard topics, if they are wanted and the robot was heard."""
        slot = self._core.slot(self.robot_id)
        if self._battery is None or self._joints is None or slot.last is None:
            return
        stamp = convert.time_to_msg(slot.last.observed_at_s)
        battery = BatteryState(percentage=float(slot.last.battery_fraction), present=True)
        battery.header.stamp = stamp
        battery.voltage = battery.current = battery.charge = battery.capacity = float("nan")
        self._battery.publish(battery)
        try:
            positions = list(slot.adapter.joint_positions_rad())
        except (Unsupported, FleetError):
            return
        joints = JointState(name=list(slot.adapter.describe().joint_names)[: len(positions)], position=positions)
        joints.header.stamp = stamp
        joints.header.frame_id = "base_link"
        self._joints.publish(joints)
