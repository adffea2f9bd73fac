"""What is known about a robot: what it can do (description) and how it is (state)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from fleet.model.geometry import Pose


class Posture(str, Enum):
    """How the body is. `UNKNOWN` is what a robot that has not been heard reports."""

    STANDING = "standing"
    WALKING = "walking"
    SITTING = "sitting"
    KNEELING = "kneeling"
    LYING = "lying"
    FALLEN = "fallen"
    UNKNOWN = "unknown"


class Health(str, Enum):
    """The robot's own opinion of itself; silence is not health."""

    OK = "ok"
    DEGRADED = "degraded"
    FAULT = "fault"


class OperatingMode(str, Enum):
    """Who drives: the fleet, a person beside the fleet, a person alone, or nobody (service). After VDA 5050."""

    AUTOMATIC = "automatic"
    INTERVENED = "intervened"
    MANUAL = "manual"
    SERVICE = "service"


class FigureStatus(str, Enum):
    """Where a figure on a data sheet comes from."""

    URDF = "urdf"
    """Taken or computed from the robot's description file."""
    MEASURED = "measured"
    """In this simulation; the source says how."""
    REPORTED = "reported"
    """By whom, the source says."""
    DERIVED = "derived"
    """By a rule from another robot's measurements."""
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a robot's profile, with how much it may be trusted."""

    value: float
    unit: str
    status: FigureStatus
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """A skill with its limits: payload in kg, reach in m, speed in m/s, number of hands needed for the load. `team` is
    with how many robots, itself among them, it can do it together at most (1: only alone). `slows` is the share of its
    speed that doing it once takes from the robot, until it has rested or charged (see `RobotState.tired`)."""

    skill: str
    max_payload_kg: float = 0.0
    reach_m: float = 0.0
    speed_mps: float = 0.0
    hands: int = 2
    sensors: tuple[str, ...] = ()
    team: int = 1
    slows: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotDescription:
    """What a robot is; readable before connecting. `host` names the adapter host that serves it."""

    robot_id: str
    model: str
    vendor: str
    host: str = ""
    capabilities: tuple[Capability, ...] = ()
    footprint_radius_m: float = 0.35
    height_m: float = 1.3
    mass_kg: float = 0.0
    payload_kg: float = 0.0
    max_speed_mps: float = 0.5
    battery_wh: float = 500.0
    idle_power_w: float = 40.0
    walk_power_w: float = 100.0
    joint_names: tuple[str, ...] = ()
    figures: dict[str, Figure] = field(default_factory=dict)
    follows_routes: bool = False  # takes `FollowRoute`; one that does not finds its way by itself

    def capability(self, skill: str) -> Capability | None:
        """The capability for `skill`, or None where the robot has not got it."""
        for capability in self.capabilities:  # asked for thousands of times a second: no generator
            if capability.skill == skill:
                return capability
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotState:
    """How a robot is at `observed_at_s` (fleet time, s), as the robot itself reports it.

    `battery_fraction` and `stability` are in [0, 1]; `held` are object ids; `command_id` and `epoch` are of
    the command it is working on; `docked_at` is a dock's place id. `walking_to` (x, y) is where its present walk ends,
    None while it does not walk; `route` is the `FollowRoute` it follows (0: none), `route_passed` how many of its
    points are behind it. `tired` in [0, 1) is the share of its speed that hard work has taken from it for now (warm
    joints), which rest gives back.
    """

    robot_id: str
    observed_at_s: float
    pose: Pose
    posture: Posture = Posture.UNKNOWN
    battery_fraction: float = 1.0
    held: tuple[str, ...] = ()
    stability: float = 1.0
    e_stop: bool = False
    health: Health = Health.OK
    health_detail: str = ""
    mode: OperatingMode = OperatingMode.AUTOMATIC
    docked_at: str | None = None
    holding: bool = False
    hold_because: str = ""
    speed_mps: float = 0.0
    command_id: str | None = None
    epoch: int = 0
    lease_holder: str = ""
    walking_to: tuple[float, float] | None = None
    route: int = 0
    route_passed: int = 0
    awaits_way: bool = False  # it stands since a while because no more of its route is released
    tired: float = 0.0
