"""Records that cross the boundary of a simulated world: commands to a robot's own computer, and what it reports.

Lengths in metres, angles in radians, times in seconds of simulated time since the world began. All records are
frozen msgspec structs and travel as msgpack.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from fleet.model.evidence import Detection, Observation
from fleet.model.robot import Posture, RobotDescription

StatusState = Literal["idle", "running", "done", "blocked", "failed", "cancelled"]


class Primitive(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="kind"):
    """One command to a robot's onboard autonomy; `command_id` makes it execute at most once, for ever."""

    command_id: str
    task_id: str = ""


class Walk(Primitive, frozen=True, kw_only=True, tag="walk"):
    """Walk to a position; keep the heading of arrival when `yaw_rad` is None; the model's speed when none is given.

    With a `team` (here and in `Pick` and `Place`): together with these robots, who walks ahead first; each of them gets
    a primitive of its own, with its own place to stand.
    """

    x_m: float
    y_m: float
    yaw_rad: float | None = None
    speed_mps: float | None = None
    team: tuple[str, ...] = ()


class Pick(Primitive, frozen=True, kw_only=True, tag="pick"):
    """Take the object that is within reach into both hands. Does not walk."""

    object_id: str
    team: tuple[str, ...] = ()


class Place(Primitive, frozen=True, kw_only=True, tag="place"):
    """Put down what is held: on a named place, or on the floor at (x_m, y_m). Within reach; does not walk."""

    place_id: str | None = None
    x_m: float | None = None
    y_m: float | None = None
    team: tuple[str, ...] = ()


class Give(Primitive, frozen=True, kw_only=True, tag="give"):
    """Hand what is held to a person within arm's length."""

    person_id: str


class Look(Primitive, frozen=True, kw_only=True, tag="look"):
    """Turn to a zone, place, object, person or dock and report what is there, in the status and as an observation.

    In a zone the robot looks all around. It fails unless it has seen most of the zone, counting the looks before that
    belong to the same task's command; with `whole=False` it only has to see something of it.
    """

    target_id: str
    whole: bool = True


class Dock(Primitive, frozen=True, kw_only=True, tag="dock"):
    """Walk to a dock and charge there."""

    dock_id: str


class Wait(Primitive, frozen=True, kw_only=True, tag="wait"):
    """Stand where you are for a while."""

    seconds: float


class Kneel(Primitive, frozen=True, kw_only=True, tag="kneel"):
    """Kneel (models that list the skill)."""


class Stand(Primitive, frozen=True, kw_only=True, tag="stand"):
    """Stand up from kneeling."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The way of the walk under way, as the fleet gives it: through `points` in order, in straight lines, and no
    further than the first `released` of them until more are released; the last point is where the walk ends.

    `route` rises with every message for one walk. `max_mps` limits the speed on the way to each point; empty: no limit.
    """

    route: int
    points: tuple[tuple[float, float], ...]
    released: int
    max_mps: tuple[float, ...] = ()


AnyPrimitive = Walk | Pick | Place | Give | Look | Dock | Wait | Kneel | Stand


class PrimitiveStatus(msgspec.Struct, frozen=True):
    """How the latest primitive of a robot is doing, in the robot's own belief (it can be wrong)."""

    command_id: str = ""
    kind: str = ""
    state: StatusState = "idle"
    code: str = ""
    """Why, for programs: `out_of_reach`, `too_heavy`, `not_here`, `path_blocked`, `fallen`, `no_path`, ..."""
    detail: str = ""
    """Why, for people; says what would be right."""
    retriable: bool = False
    started_s: float = 0.0
    ended_s: float | None = None
    detections: tuple[Detection, ...] = ()
    """What a `look` saw."""
    distance_left_m: float | None = None

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


class BodyState(msgspec.Struct, frozen=True):
    """What a robot reports about itself at `time_s`. Of a silent robot the last report stays: look at its age."""

    robot_id: str
    time_s: float
    x_m: float
    y_m: float
    z_m: float
    yaw_rad: float
    vx_mps: float
    vy_mps: float
    yaw_rate_radps: float
    posture: Posture
    stability: float
    """1 upright and at full height .. 0 beyond recovery."""
    battery_fraction: float
    charging: bool
    held: tuple[str, ...]
    """Objects the robot believes to hold."""
    e_stop: bool
    docked_at: str | None
    holding_because: str | None
    """Why the robot holds still; None while it is free to move."""
    health: tuple[str, ...] = ()
    """Self-diagnosis, empty when all is well, e.g. `left_knee_joint: no torque`."""
    joint_positions_rad: tuple[float, ...] = ()
    """In the order of the model's `joint_names`."""
    status: PrimitiveStatus = PrimitiveStatus()
    tired: float = 0.0
    """The share of its speed that hard work has taken from it for now."""
    walking_to: tuple[float, float] | None = None
    """Where its walk under way ends."""
    route: int = 0
    """The `Way` that it walks by; 0: it finds its way itself."""
    route_passed: int = 0
    """How many of that way's points are behind it."""
    awaits_way: bool = False
    """It stands since a while, because no more of its way is released."""


class Effect(msgspec.Struct, frozen=True):
    """Ledger entry: one thing that physically happened because of a command."""

    sequence: int
    time_s: float
    robot_id: str
    kind: Literal["pick", "place", "give", "look", "dock"]
    command_id: str
    task_id: str
    object_id: str | None = None
    target_id: str | None = None
    x_m: float = 0.0
    y_m: float = 0.0


class RobotInfo(msgspec.Struct, frozen=True):
    """What can be known of a robot before it is commanded."""

    description: RobotDescription
    """`host` is empty: a world knows nothing of hosts."""
    dynamic: bool
    """Walks under torque control; otherwise kinematic."""
    reach_m: float
    """Horizontally from the body's axis."""
    hands: int
    primitives: tuple[str, ...]
    """Kinds of primitive this robot supports."""

    @property
    def robot_id(self) -> str:
        return self.description.robot_id


class WorldInfo(msgspec.Struct, frozen=True):
    site_id: str
    site_digest: str
    seed: int
    tick_s: float
    robots: tuple[RobotInfo, ...]


__all__ = [
    "AnyPrimitive",
    "BodyState",
    "Detection",
    "Dock",
    "Effect",
    "Give",
    "Kneel",
    "Look",
    "Observation",
    "Pick",
    "Place",
    "Posture",
    "Primitive",
    "PrimitiveStatus",
    "RobotInfo",
    "Stand",
    "StatusState",
    "Wait",
    "Walk",
    "Way",
    "WorldInfo",
]
