"""What can be set about an adapter host."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.errors import InvalidField

_RANGES = {
    "tick_hz": (5.0, 200.0),
    "states_hz": (1.0, 50.0),
    "all_states_hz": (2.0, 50.0),
    "clock_hz": (1.0, 200.0),
    "supervisor_timeout_s": (0.2, 60.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """Settings of one host process.

    `tick_hz` is how often robots are polled, `states_hz` how often changed states are told at most, `all_states_hz`
    how often all are told at least. With `robot_topics` each robot also has the standard topics that ROS tools know.
    """

    host: str
    namespace: str = ""
    tick_hz: float = 20.0
    states_hz: float = 10.0
    all_states_hz: float = 2.0
    serve_clock: bool = False
    clock_hz: float = 20.0
    supervisor_timeout_s: float = 2.0
    robot_topics: bool = False
    executor: str = "single_threaded"

    def __post_init__(self) -> None:
        for name, (lowest, highest) in _RANGES.items():
            value = getattr(self, name)
            if not lowest <= value <= highest:
                raise InvalidField(name, value, f"from {lowest:g} to {highest:g}")
