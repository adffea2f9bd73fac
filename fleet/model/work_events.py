"""Events about work: what people ask for, what becomes of tasks, and what robots tell and claim about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fleet.model.commands import CommandUpdate
from fleet.model.event_registry import event, input_event
from fleet.model.evidence import Verification
from fleet.model.requests import Request
from fleet.model.tasks import Directive, Member, MissionSpec, MissionState, Stage, TaskState


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class CommandReported:
    """A robot's report on a command."""

    update: CommandUpdate


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReceived:
    """A person's request was taken up, in the order of its number."""

    request: Request


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSettled:
    """What was made of a request: accepted, or refused with a problem code (see `RequestOutcome`)."""

    request_id: str
    number: int
    accepted: bool
    problem: str = ""
    field: str = ""
    detail: str = ""


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveGiven:
    """An operator's directive stands."""

    directive: Directive
    by: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class MissionAccepted:
    """A mission and its tasks are on the books."""

    mission: MissionSpec
    by: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class MissionEnded:
    """All of a mission's tasks have ended."""

    mission_id: str
    state: MissionState
    because: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanged:
    """A task's state changed. Fields that are None stay as they were."""

    task_id: str
    state: TaskState
    because: str
    escalation_id: str | None = None
    count: str | None = None  # the step of the recovery ladder that this takes: retries, replans, reassignments
    exclude_robot: str | None = None
    not_before_s: float | None = None
    forget_robot: bool = False
    reset_ladder: bool = False
    forgive: bool = False  # robots that were excluded from the task may do it again


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGrounded:
    """A task's descriptions were replaced by ids; by whom says whether a person chose."""

    task_id: str
    grounded: dict[str, Any]
    because: str
    by: str = "supervisor"


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProgressed:
    """A robot told how far it is; enough has changed to be worth keeping."""

    task_id: str
    phase: str
    fraction: float


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAssigned:
    """A robot was chosen, and the command that was made for it. `terms` are the allocator's, in seconds of cost. Of a
    team, `robot_id` and the command are those of the member that leads, `members` all of them."""

    task_id: str
    robot_id: str
    command_id: str
    epoch: int
    parameters: dict[str, Any]
    terms: dict[str, float] = field(default_factory=dict)
    runner_up: str | None = None
    members: tuple[Member, ...] = ()
    stage: Stage | None = None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCancelled:
    """The robot was told to give a command up."""

    command_id: str
    robot_id: str
    task_id: str
    because: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimChecked:
    """A claim was held against the evidence."""

    verification: Verification
