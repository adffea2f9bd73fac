# ruff: noqa: RUF009 - `setting` makes a dataclass field, as dataclasses.field does
"""What a deployment file says. `docs/reference/deployment-file.md` is generated from the fields below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from fleet.allocation.plan_settings import AllocationSettings
from fleet.deployment.fields import setting
from fleet.deployment.preview_settings import PreviewSettings
from fleet.escalation.gate.settings import GateSettings
from fleet.model.escalation import Shift
from fleet.supervisor.settings import SupervisorSettings
from fleet.traffic.settings import TrafficSettings

FORMAT = "humanoid-fleet-deployment/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSettings:
    """Who answers for what happens by default while the shift lasts."""

    accountable: str = setting("the person who answers for safe defaults")
    role: str = setting("that person's role", default="operator")

    def to_shift(self) -> Shift:
        """The same as the domain's record."""
        return Shift(accountable=self.accountable, role=self.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhenSettings:
    """A condition; all that is given must hold."""

    robot: str | None = setting("the robot that is watched, if not the fault's own", default=None, is_id=True)
    carrying: bool | None = setting("whether it carries something", default=None)
    in_zone: str | None = setting("the zone that it is in", default=None, is_id=True)
    doing: str | None = setting("the kind of primitive that it executes, e.g. walk", default=None, is_id=True)
    fallen: bool | None = setting("whether it lies on the floor", default=None)
    battery_below: float | None = setting("its battery holds less than this share", default=None, low=0, high=1)
    task: str | None = setting("a task id, together with task_state (scenarios)", default=None, is_id=True)
    task_state: str | None = setting("the supervisor's state of that task", default=None, is_id=True)
    after: str | None = setting("id of another fault that has begun", default=None, is_id=True)
    after_over: str | None = setting("id of another fault that has been over", default=None, is_id=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSettings:
    """Something that goes wrong in the world: at a time, or when a condition is first met. Which fields a kind needs
    and takes, what it does and how it ends: [faults](faults.md)."""

    id: str = setting("the fault's id, unique in the deployment", is_id=True)
    kind: str = setting("torque_loss, false_claim, silent, ...", is_id=True)
    robot: str | None = setting("the robot that it happens to", default=None, is_id=True)
    robots: tuple[str, ...] = setting("the robots that it happens to", default=(), is_id=True)
    at_s: float | None = setting("simulated time of its start", default=None, unit="s", low=0, high=1e6)
    when: WhenSettings | None = setting("the condition for its start, instead of at_s", default=None)
    delay_s: tuple[float, ...] = setting(
        "[least, most]: a delay between the two is drawn from the seed", default=(0.0, 0.0), unit="s", low=0, high=1e6
    )
    duration_s: float | None = setting("how long it lasts", default=None, unit="s", low=0.1, high=1e6)
    until: WhenSettings | None = setting("the condition on which it ends, if that comes first", default=None)
    every_s: float | None = setting("comes again so long after it began", default=None, unit="s", low=0.1, high=1e6)
    times: int | None = setting("how often it comes, with every_s", default=None, low=1, high=1e6)
    joint: str | None = setting("a joint of the robot's model", default=None, is_id=True)
    fraction: float | None = setting("what is left of the battery", default=None, low=0, high=1)
    factor: float | None = setting("what is left of the torque limits", default=None, low=0, high=1)
    lag_s: tuple[float, ...] | None = setting("[least, most] of a delay", default=None, unit="s", low=0, high=60)
    offset_m: tuple[float, ...] | None = setting("[x, y] in the map frame", default=None, unit="m")
    turn_rad: float | None = setting("counter-clockwise", default=None, unit="rad", low=-10, high=10)
    shift_s: float | None = setting("how far the clock is ahead", default=None, unit="s", low=-3600, high=3600)
    camera: str | None = setting("the camera that sees wrongly", default=None, is_id=True)
    object: str | None = setting("the box that is seen wrongly", default=None, is_id=True)
    seen_at: str | None = setting("the place at which it is reported", default=None, is_id=True)
    seen_as: dict[str, str] | None = setting("attributes it is reported with", default=None)
    unseen: bool | None = setting("true: it is not reported", default=None)
    at_m: tuple[float, ...] | None = setting("[x, y] of an obstacle's middle", default=None, unit="m")
    radius_m: float | None = setting("of an obstacle", default=None, unit="m", low=0.1, high=3)
    door: str | None = setting("a door of the site", default=None, is_id=True)
    probability: float | None = setting("share of messages that it hits", default=None, low=0, high=1)
    direction: str | None = setting("both, to_robots or from_robots", default=None, is_id=True)
    process: str | None = setting("supervisor, host or world", default=None, is_id=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionSettings:
    """Which robots walk by their joints (tier T2) for a while, unasked; models without a policy never do."""

    near_incident_m: float = setting(
        "so near to somebody who lies on the floor", default=3.0, unit="m", low=0.0, high=100.0
    )
    quiet_s: float = setting("moved again so long after the last reason", default=10.0, unit="s", low=0.5, high=3600.0)
    at_most: int = setting("robots at the same time", default=4, low=0, high=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSettings:
    """The simulated world."""

    seed: int = setting("seed of everything random in the world", default=0, low=0, high=2**31 - 1)
    rate: float = setting("simulated seconds for each second", default=1.0, low=0.05, high=100.0)
    faults: tuple[FaultSettings, ...] = setting("what goes wrong, and when", default=())
    people: str | None = setting("a file of [people who walk](people-and-conditions.md), from this file", default=None)
    conditions: str | None = setting(
        "a file of [sensing, localisation, batteries and manners](people-and-conditions.md), from this file",
        default=None,
    )
    promotion: PromotionSettings | None = setting(
        "robots are promoted to tier T2 near an incident; without it only by faults of their joints", default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSettings:
    """One robot of a host."""

    id: str = setting("the robot's id, unique in the deployment", is_id=True)
    model: str = setting("the model, e.g. unitree_g1", is_id=True)
    adapter: str = setting("the adapter's name in the registry (entry points humanoid_fleet.adapters)", is_id=True)
    start: str | None = setting("where it starts in a simulated world: a dock or station", default=None, is_id=True)
    body: Literal["dynamic", "kinematic"] = setting(
        "in a simulated world: walks by its joints and can fall, or is moved", default="kinematic"
    )
    tier: Literal["T0", "T1", "T2"] | None = setting(
        "in a simulated world, instead of body: moved, moved with a physical upper body, or walking by its joints",
        default=None,
    )
    battery: float = setting("battery at the start of a simulated world", default=1.0, low=0.0, high=1.0)
    options: dict[str, Any] = setting("options of the adapter", factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """One adapter host: a process that serves one or more robots."""

    name: str = setting("the host's name, unique in the deployment", is_id=True)
    robots: tuple[RobotSettings, ...] = setting("the robots it serves, at least one")
    standard_topics: bool = setting(
        "publish joint_states, battery_state and the like for each robot, for ROS tools", default=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Where the API and the console listen."""

    host: str = setting("the address to listen at", default="127.0.0.1")
    port: int = setting("the port to listen at", default=8080, low=1, high=65535)
    allow_remote: bool = setting("allow an address that other machines can reach", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """The accountable record, kept in the run directory: `audit.sqlite`, and its key `audit-key`."""

    witnesses: tuple[str, ...] = setting(
        "public keys (name+hash+key) of outside witnesses whose signatures are kept", default=()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RosSettings:
    """The ROS 2 graph."""

    domain_id: int = setting("the ROS domain (ROS_DOMAIN_ID)", default=0, low=0, high=101)
    discovery: Literal["localhost", "subnet"] = setting(
        "how far nodes look for each other (ROS_AUTOMATIC_DISCOVERY_RANGE)", default="localhost"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Everything that `fleet up` starts. Paths are absolute once it was loaded."""

    format: Literal["humanoid-fleet-deployment/1"] = setting("the version of this format: " + FORMAT)
    name: str = setting("the deployment's name", is_id=True)
    site: str = setting("a site that comes with sim_worlds (ward), or the path of a site file, from this file")
    run_directory: str = setting("where journal, logs and sockets go; a relative one is from where `fleet` is called")
    shift: ShiftSettings = setting("who answers for safe defaults")
    hosts: tuple[HostSettings, ...] = setting("the adapter hosts, at least one")
    clock: Literal["sim", "system"] = setting("sim: time comes from the world; system: from the machine", default="sim")
    world: WorldSettings | None = setting("the simulated world; without one the robots are real", default=None)
    supervisor: SupervisorSettings = setting("the supervisor's settings", factory=SupervisorSettings)
    gate: GateSettings = setting("when the fleet decides by itself, and when it asks", factory=GateSettings)
    allocation: AllocationSettings = setting("how work is planned, what counts how much", factory=AllocationSettings)
    oversight: str | None = setting(
        "a file of [who is asked](oversight-file.md), from this file; without it everybody with the role operator",
        default=None,
    )
    traffic: TrafficSettings = setting("how robots are kept out of each other's way", factory=TrafficSettings)
    policies: tuple[str, ...] = setting(
        "files of [policies](../how-to/policies.md), or folders of them, from this file; the package's own always hold",
        default=(),
    )
    previews: PreviewSettings | None = setting(
        "options of open questions are tried ahead in copies of the simulated world; without it they are not",
        default=None,
    )
    api: ApiSettings = setting("the API's address", factory=ApiSettings)
    ros: RosSettings = setting("the ROS 2 graph", factory=RosSettings)
    audit: AuditSettings = setting("the accountable record", factory=AuditSettings)

    def robots(self) -> tuple[RobotSettings, ...]:
        """All robots, in file order."""
        return tuple(robot for host in self.hosts for robot in host.robots)

    def host(self, name: str) -> HostSettings | None:
        """The host of that name."""
        return next((h for h in self.hosts if h.name == name), None)
