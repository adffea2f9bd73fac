"""What a simulated humanoid's adapter needs of its world: structural types, so that no simulator is imported.

`sim_worlds.link.WorldLink` fits it, and so would a vendor's SDK client. Lengths in m, angles in rad, times in s of
simulated time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from fleet.model.errors import LinkDown
from fleet.model.evidence import Detection, Observation
from fleet.model.robot import RobotDescription

T = TypeVar("T")


class Status(Protocol):
    """How a primitive is doing, in the robot's own belief. `state`: idle, running, done, blocked, failed, cancelled."""

    @property
    def command_id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def retriable(self) -> bool: ...
    @property
    def detections(self) -> tuple[Detection, ...]: ...
    @property
    def distance_left_m(self) -> float | None: ...


class Body(Protocol):
    """What a robot reports about itself at `time_s`."""

    @property
    def time_s(self) -> float: ...
    @property
    def x_m(self) -> float: ...
    @property
    def y_m(self) -> float: ...
    @property
    def z_m(self) -> float: ...
    @property
    def yaw_rad(self) -> float: ...
    @property
    def vx_mps(self) -> float: ...
    @property
    def vy_mps(self) -> float: ...
    @property
    def posture(self) -> str: ...
    @property
    def stability(self) -> float: ...
    @property
    def battery_fraction(self) -> float: ...
    @property
    def held(self) -> tuple[str, ...]: ...
    @property
    def e_stop(self) -> bool: ...
    @property
    def docked_at(self) -> str | None: ...
    @property
    def holding_because(self) -> str | None: ...
    @property
    def health(self) -> tuple[str, ...]: ...
    @property
    def walking_to(self) -> tuple[float, float] | None: ...
    @property
    def route(self) -> int: ...
    @property
    def route_passed(self) -> int: ...
    @property
    def awaits_way(self) -> bool: ...
    @property
    def joint_positions_rad(self) -> tuple[float, ...]: ...
    @property
    def tired(self) -> float: ...


class Info(Protocol):
    """What is known of a robot before it is commanded."""

    @property
    def description(self) -> RobotDescription: ...
    @property
    def reach_m(self) -> float: ...
    @property
    def primitives(self) -> tuple[str, ...]: ...


class World(Protocol):
    """A world's robots, described."""

    @property
    def robots(self) -> Sequence[Info]: ...


class Link(Protocol):
    """The way into a world. See `sim_worlds.link.WorldLink` for what each method promises."""

    def describe(self) -> Any: ...
    def time_s(self) -> float: ...
    def start(self, robot_id: str, primitive: Any) -> Any: ...
    def follow(self, robot_id: str, way: Any) -> None: ...
    def cancel(self, robot_id: str, because: str) -> Any: ...
    def status(self, robot_id: str) -> Any: ...
    def outcome(self, command_id: str) -> Any: ...
    def body_state(self, robot_id: str) -> Any: ...
    def heartbeat(self, robot_id: str) -> None: ...
    def hold(self, robot_id: str, because: str) -> None: ...
    def resume(self, robot_id: str) -> None: ...
    def release_e_stop(self, robot_id: str) -> None: ...
    def drain_observations(self) -> tuple[Observation, ...]: ...


class Primitives(Protocol):
    """Makes primitives, as the module `sim_worlds.records` does: from `command_id`, `task_id` and their own fields."""

    @property
    def Walk(self) -> Callable[..., Any]: ...  # noqa: N802  (the names of the records)
    @property
    def Way(self) -> Callable[..., Any]: ...  # noqa: N802
    @property
    def Pick(self) -> Callable[..., Any]: ...  # noqa: N802
    @property
    def Place(self) -> Callable[..., Any]: ...  # noqa: N802
    @property
    def Give(self) -> Callable[..., Any]: ...  # noqa: N802
    @property
    def Look(self) -> Callable[..., Any]: ...  # noqa: N802
    @property
    def Dock(self) -> Callable[..., Any]: ...  # noqa: N802
    @property
    def Wait(self) -> Callable[..., Any]: ...  # noqa: N802
    @property
    def Stand(self) -> Callable[..., Any]: ...  # noqa: N802


class Refusal(Exception):
    """The world did not take a primitive; `code` is for programs (see `WorldLink.start`)."""

    def __init__(self, code: str, detail: str, retriable: bool) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retriable = code, detail, retriable


def calling(function: Callable[..., T], *arguments: Any) -> T:
    """Call a link, with its errors in our words.

    Raises:
        Refusal: the world said no; its error has a `code`.
        LinkDown: the robot or the world cannot be reached now; its error is `retriable` and has no code.
    """
    try:
        return function(*arguments)
    except Exception as error:
        code = getattr(error, "code", None)
        if isinstance(code, str):
            raise Refusal(code, str(error), bool(getattr(error, "retriable", False))) from error
        if getattr(error, "retriable", False):
            raise LinkDown(str(error)) from error
        raise
