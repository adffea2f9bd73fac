"""A ROS context of our own, one node, and the thread that runs its callbacks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.executors import Executor, ExternalShutdownException, ShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

from fleet.model.errors import InvalidField, LinkDown

_log = logging.getLogger(__name__)
EXECUTORS = ("single_threaded", "events")


def make_executor(kind: str, context: Context) -> Executor:
    """An executor by name. `events` costs about a third of the CPU; in rclpy 9.1.2 its own `spin` hangs, so that it is
    only ever driven with `spin_once` (see `spin_some`).

    Raises:
        InvalidField: no such executor.
    """
    if kind == "single_threaded":
        return SingleThreadedExecutor(context=context)
    if kind == "events":
        from rclpy.experimental import EventsExecutor

        return EventsExecutor(context=context)
    raise InvalidField("executor", kind, "one of " + ", ".join(EXECUTORS))


def spin_some(executor: Executor, timeout_s: float = 0.2) -> bool:
    """Run what is due, wait at most `timeout_s` for it. False once the context is shut down.

    A callback that raises is logged and does not end the spinning: one bad message must not make a process deaf.
    """
    try:
        executor.spin_once(timeout_sec=timeout_s)
    except (ExternalShutdownException, ShutdownException):
        return False
    except Exception:
        _log.exception("a ROS callback raised")
    return executor.context.ok()


class RosSession:
    """One process's place in the ROS graph. Close it; it does not close itself.

    Signals stay with the program (uvicorn, typer), the context is not rclpy's global one, so that several sessions can
    live in one process. Callbacks run on the session's thread; `post` brings other work there.

    Args:
        name: of the node.
        namespace: everything relative goes below it.
        use_sim_time: follow `/clock`.
        executor: see `make_executor`.
        domain_id: None takes ROS_DOMAIN_ID.
        arguments: what stands for the command line; None takes the real one (for `--ros-args`).
    """

    def __init__(
        self,
        name: str,
        *,
        namespace: str = "",
        use_sim_time: bool = False,
        executor: str = "single_threaded",
        domain_id: int | None = None,
        arguments: Sequence[str] | None = None,
    ) -> None:
        if executor not in EXECUTORS:
            raise InvalidField("executor", executor, "one of " + ", ".join(EXECUTORS))
        self.context = Context()
        args = None if arguments is None else list(arguments)
        rclpy.init(args=args, context=self.context, domain_id=domain_id, signal_handler_options=SignalHandlerOptions.NO)
        self.node: Node = rclpy.create_node(
            name,
            context=self.context,
            namespace=namespace,
            parameter_overrides=[Parameter("use_sim_time", value=use_sim_time)],
        )
        self._executor = make_executor(executor, self.context)
        self._executor.add_node(self.node)
        self._closing = False
        self._thread = threading.Thread(target=self._spin, name=f"ros-{name}", daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return not self._closing and bool(self.context.ok())

    def post(self, work: Callable[[], Any]) -> None:
        """Run `work` on the session's thread, soon. Raises `LinkDown` once the session is closed."""
        if not self.is_open:
            raise LinkDown("the ROS session is closed")
        self._executor.create_task(lambda: _logged(work))

    def close(self) -> None:
        """Stop the thread, leave the graph. May be called again."""
        if self._closing:
            return
        self._closing = True
        if self.context.ok():
            self._executor.wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=5.0)
        self._executor.remove_node(self.node)
        self.node.destroy_node()
        self._executor.shutdown(timeout_sec=1.0)
        rclpy.try_shutdown(context=self.context)

    def _spin(self) -> None:
        while not self._closing and spin_some(self._executor):
            pass


def _logged(work: Callable[[], Any]) -> None:
    try:
        work()
    except Exception:
        _log.exception("work on the ROS thread raised")
