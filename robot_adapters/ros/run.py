"""The main loop of an adapter host's process. Which adapters it has is put together in `fleet.cli`."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from fleet.ros.spin import make_executor, spin_some
from robot_adapters.base import HumanoidAdapter
from robot_adapters.ros.host import AdapterHost, Sensors
from robot_adapters.ros.settings import HostSettings

_log = logging.getLogger(__name__)


def run_host(
    adapters: Sequence[HumanoidAdapter],
    settings: HostSettings,
    *,
    observations: Sensors | None = None,
    world_time_s: Callable[[], float] | None = None,
    stop: threading.Event | None = None,
    ready: Callable[[AdapterHost], None] = lambda _host: None,
) -> None:
    """Serve the adapters until SIGINT, SIGTERM or `stop`; then let the robots go, each holds by itself.

    Args:
        observations: reads what site sensors saw since the last call.
        world_time_s: fleet time of a simulated world; with `settings.serve_clock` it is published as `/clock`.
        stop: set it to end; None: only signals do. Signals are handled when called on the main thread.
        ready: called once, when everything is on the graph.
    """
    stop = stop or threading.Event()
    context = Context()
    rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
    host = AdapterHost(adapters, settings, context, observations=observations, world_time_s=world_time_s)
    executor = make_executor(settings.executor, context)
    executor.add_node(host.node)
    # The managed nodes' many services are rarely used; on the main executor each wait would look at all of them.
    lifecycle = SingleThreadedExecutor(context=context)
    for robot in host.robots:
        lifecycle.add_node(robot)

    def transitions() -> None:
        while not stop.is_set() and spin_some(lifecycle):
            pass

    thread = threading.Thread(target=transitions, name="lifecycle", daemon=True)
    with _stopping_on_signals(stop):
        thread.start()
        ready(host)
        _log.info("host %s serves %s", settings.host, ", ".join(host.core.slots) or "no robots")
        while not stop.is_set() and spin_some(executor):
            pass
        stop.set()
        lifecycle.wake()
        thread.join(timeout=5.0)
        host.close()
        rclpy.try_shutdown(context=context)


@contextmanager
def _stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
