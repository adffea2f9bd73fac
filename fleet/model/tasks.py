"""Directives, missions and tasks, and the tables that say how their states may change."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from fleet.model.robot import Capability


class TaskState(str, Enum):
    """A task's state. `DONE`, `CANCELLED` and `FAILED` absorb."""

    REQUESTED = "requested"  # accepted; waits for earlier tasks or its earliest start
    QUEUED = "queued"  # may be assigned
    ASSIGNED = "assigned"  # a robot was chosen and told, it has not answered yet
    EXECUTING = "executing"
    VERIFYING = "verifying"  # the robot claims it is done; evidence is awaited
    BLOCKED = "blocked"  # cannot go on now, for a stated reason
    ESCALATED = "escalated"  # a person has been asked
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def terminal(self) -> bool:
        """Whether the state absorbs."""
        return not TASK_TRANSITIONS[self]


_T = TaskState
TASK_TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    _T.REQUESTED: frozenset({_T.QUEUED, _T.BLOCKED, _T.ESCALATED, _T.CANCELLED, _T.FAILED}),
    _T.QUEUED: frozenset({_T.ASSIGNED, _T.BLOCKED, _T.ESCALATED, _T.CANCELLED, _T.FAILED}),
    _T.ASSIGNED: frozenset({_T.EXECUTING, _T.QUEUED, _T.BLOCKED, _T.VERIFYING, _T.ESCALATED, _T.CANCELLED, _T.FAILED}),
    _T.EXECUTING: frozenset({_T.VERIFYING, _T.QUEUED, _T.BLOCKED, _T.ESCALATED, _T.CANCELLED, _T.FAILED}),
    _T.VERIFYING: frozenset({_T.DONE, _T.QUEUED, _T.BLOCKED, _T.ESCALATED, _T.CANCELLED, _T.FAILED}),
    _T.BLOCKED: frozenset({_T.EXECUTING, _T.VERIFYING, _T.QUEUED, _T.ESCALATED, _T.CANCELLED, _T.FAILED}),
    _T.ESCALATED: frozenset({_T.EXECUTING, _T.VERIFYING, _T.QUEUED, _T.BLOCKED, _T.DONE, _T.CANCELLED, _T.FAILED}),
    _T.DONE: frozenset(),
    _T.CANCELLED: frozenset(),
    _T.FAILED: frozenset(),
}


class MissionState(str, Enum):
    """A mission's state follows from its tasks'."""

    ACTIVE = "active"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def terminal(self) -> bool:
        """Whether the state absorbs."""
        return not MISSION_TRANSITIONS[self]


MISSION_TRANSITIONS: dict[MissionState, frozenset[MissionState]] = {
    MissionState.ACTIVE: frozenset({MissionState.DONE, MissionState.CANCELLED, MissionState.FAILED}),
    MissionState.DONE: frozenset(),
    MissionState.CANCELLED: frozenset(),
    MissionState.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPolicy:
    """How far the recovery ladder goes by itself: retry, replan, reassign, ask a human, safe abort."""

    retries: int = 1
    replans: int = 1
    reassignments: int = 2
    ask_human: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a task asks of a robot beyond having the skill. A payload of None is looked up from the object; 0 and
    nothing ask for nothing."""

    payload_kg: float | None = None
    hands: int = 0
    models: tuple[str, ...] = ()
    not_robots: tuple[str, ...] = ()  # e.g. the one whose claim is to be checked
    reach_m: float = 0.0
    speed_mps: float = 0.0
    sensors: tuple[str, ...] = ()

    def lacking(self, capability: Capability, max_speed_mps: float) -> str:
        """What of reach, speed and sensors a robot with this capability lacks, in words; empty where nothing."""
        if capability.reach_m < self.reach_m:
            return f"reaches {capability.reach_m:g} m, needed is {self.reach_m:g} m"
        speed_mps = capability.speed_mps or max_speed_mps
        if speed_mps < self.speed_mps:
            return f"walks at {speed_mps:g} m/s, needed is {self.speed_mps:g} m/s"
        missing = [name for name in self.sensors if name not in capability.sensors]
        has = ", ".join(capability.sensors) or "none"
        return f"no sensor {' or '.join(missing)} (it has {has})" if missing else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One unit of work as it was asked for. Times are fleet time in s; `priority` 0 (whenever) to 100 (now)."""

    task_id: str
    skill: str
    parameters: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    needs: Needs = field(default_factory=Needs)
    depends_on: tuple[str, ...] = ()
    earliest_start_s: float = 0.0
    deadline_s: float | None = None
    hard_deadline: bool = False  # ending after the deadline is worth nothing: it is then not given out at all
    priority: int = 50
    robot_id: str | None = None  # pinned by the operator
    team: int = 1  # robots that do it together: they begin together and end together
    resources: tuple[str, ...] = ()  # what it has to itself while it is under way: a bench, a machine, any name
    recovery: RecoveryPolicy = field(default_factory=RecoveryPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """What an operator wants and why. Missions carry it out."""

    directive_id: str
    objective: str
    reason: str
    limits: tuple[str, ...] = ()
    authority: str = ""
    expires_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissionSpec:
    """A mission as it was asked for: a graph of tasks."""

    mission_id: str
    title: str
    tasks: tuple[TaskSpec, ...]
    directive_id: str | None = None
    why: str = ""


MOST_IN_A_TEAM = 4


class Stage(str, Enum):
    """How far a team is. It goes on only when all of its members are through with a stage."""

    GATHER = "gather"  # each walks to its place at the load
    CARRY = "carry"  # they lift it, walk, and put it down, together


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One robot of a team and what it does for the stage under way. `command_id` is empty where it has nothing to do
    for it: it holds its end of the load already. `ready`: it is through with the stage; `claim_id` is its claim that
    the task is done."""

    robot_id: str
    command_id: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    epoch: int = 0
    phase: str = ""
    fraction: float = 0.0
    ready: bool = False
    claim_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it stands. `grounded` are the parameters with every description replaced by an id.

    `command_id` is the command under way (or the last one); `attempt` counts commands sent for the task,
    `retries` and `reassignments` count steps taken on the recovery ladder since a person last decided;
    `blocked_times` counts how often the command under way was blocked. Of a team's task `robot_id` and `command_id` are
    those of the member that leads; `members` are all of them, the one that leads first.
    """

    spec: TaskSpec
    mission_id: str
    state: TaskState
    because: str
    requested_by: str
    requested_at_s: float
    grounded: dict[str, Any] = field(default_factory=dict)
    robot_id: str | None = None
    command_id: str | None = None
    command_parameters: dict[str, Any] = field(default_factory=dict)
    epoch: int = 0
    attempt: int = 0
    retries: int = 0
    replans: int = 0
    reassignments: int = 0
    excluded_robots: tuple[str, ...] = ()
    phase: str = ""
    fraction: float = 0.0
    claim_id: str | None = None
    escalation_id: str | None = None
    intervened_by: str | None = None
    not_before_s: float = 0.0
    assigned_at_s: float | None = None
    started_at_s: float | None = None
    finished_at_s: float | None = None
    changed_at_s: float = 0.0
    heard_at_s: float = 0.0  # when its robot last told how far it is
    blocked_times: int = 0
    members: tuple[Member, ...] = ()
    stage: Stage | None = None

    @property
    def robot_ids(self) -> tuple[str, ...]:
        """Who is at it: the members of a team, or its one robot, or nobody."""
        if self.members:
            return tuple(m.robot_id for m in self.members)
        return (self.robot_id,) if self.robot_id is not None else ()

    def member(self, robot_id: str) -> Member | None:
        """That robot's part in a team, or None."""
        return next((m for m in self.members if m.robot_id == robot_id), None)

    def command_of(self, robot_id: str) -> str | None:
        """The id of the robot's present command for this task; None where it has none."""
        member = self.member(robot_id)
        if member is not None:
            return member.command_id or None
        return self.command_id if robot_id == self.robot_id else None

    @property
    def task_id(self) -> str:
        """The task's id, as in its spec."""
        return self.spec.task_id

    @property
    def late(self) -> bool:
        """Whether it ended after its deadline."""
        deadline, finished = self.spec.deadline_s, self.finished_at_s
        return deadline is not None and finished is not None and finished > deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """A mission as it stands."""

    mission_id: str
    title: str
    why: str
    directive_id: str | None
    task_ids: tuple[str, ...]
    state: MissionState
    requested_by: str
    requested_at_s: float
    finished_at_s: float | None = None
