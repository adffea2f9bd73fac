"""Events: the only thing the journal holds and the only thing state is made of.

Inputs are what the supervisor was told; decisions are what it made of that. Within one batch the inputs come first,
so that `decide(fold(state, inputs), now)` can be run again from a journal and compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fleet.model.commands import CommandUpdate
from fleet.model.escalation_events import (
    EscalationAcknowledged,
    EscalationDecided,
    EscalationMerged,
    EscalationMoved,
    EscalationRaised,
    EscalationReleased,
    RulingMade,
)
from fleet.model.event_registry import EVENT_KINDS, event, input_event, is_input
from fleet.model.evidence import Observation, Verification
from fleet.model.instruction_events import InstructionGiven, InstructionMoved, TaskYields
from fleet.model.key_events import KeyRegistered, KeyRevoked
from fleet.model.learning_events import LevelMoved, UnknownReported
from fleet.model.order_events import (
    StandingOrderChanged,
    StandingOrderHeld,
    StandingOrderMade,
    StandingOrdersWeighed,
)
from fleet.model.oversight_events import (
    CanaryPlanted,
    CanaryRevealed,
    ChoiceCommitted,
    EvidenceLooked,
    OversightSeen,
    QuestionBlinded,
)
from fleet.model.policy_events import PoliciesInForce
from fleet.model.preview_events import OptionsPreviewed
from fleet.model.queue_events import (
    EscalationDelegated,
    EscalationNotified,
    EscalationRouted,
    EscalationShelved,
    EscalationSuppressed,
    EscalationUnshelved,
    EscalationUnsuppressed,
    FloodBegan,
    FloodEnded,
    GroupClosed,
    MaintenanceEnded,
    MaintenanceSet,
    OutageAsked,
    OutageBegan,
    OutageEnded,
    OutageGrew,
)
from fleet.model.requests import Request
from fleet.model.review_events import RulingReviewed
from fleet.model.robot import RobotDescription, RobotState
from fleet.model.tasks import Directive, MissionSpec, MissionState, TaskState
from fleet.model.whereabouts_events import ReportTrusted, RobotSeenElsewhere, RobotSeenInPlace

# ---- inputs -------------------------------------------------------------------------------------------------


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorStarted:
    """A supervisor took the lead with this epoch; commands of older epochs are refused from here on."""

    supervisor_id: str
    epoch: int


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RobotDescribed:
    """A robot (or a new version of its description) became known."""

    description: RobotDescription


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RobotReported:
    """A robot's state changed enough to matter (see `fleet.supervisor.intake`)."""

    state: RobotState


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLost:
    """Nothing was heard of the robot for `silent_s` seconds. It may be perfectly well."""

    robot_id: str
    silent_s: float


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRegained:
    """The robot was heard again."""

    robot_id: str
    silent_s: float


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class CommandReported:
    """A robot's report on a command."""

    update: CommandUpdate


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationMade:
    """Evidence that says something new about an object or bears on an open claim."""

    observation: Observation


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReceived:
    """A person's request was taken up, in the order of its number."""

    request: Request


# ---- decisions ----------------------------------------------------------------------------------------------


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
    """A robot was chosen, and the command that was made for it. `terms` are the allocator's, in seconds of cost."""

    task_id: str
    robot_id: str
    command_id: str
    epoch: int
    parameters: dict[str, Any]
    terms: dict[str, float] = field(default_factory=dict)
    runner_up: str | None = None


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


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSetAside:
    """The robot gets no work (`aside`), or gets work again, and why. `lifted_by` names the person who said so."""

    robot_id: str
    aside: bool
    because: str
    by: str = "supervisor"


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSet:
    """A hold was engaged or released for one robot, or for all (`robot_id` None)."""

    robot_id: str | None
    engaged: bool
    because: str
    by: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseMoved:
    """Who may command the robot from now on; `person` is empty when the supervisor may."""

    robot_id: str
    person: str
    epoch: int
    because: str


@input_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFound:
    """Where an object is now believed to be, read off an observation of the same batch, and on whose word. `place` is
    empty where it lies on the floor."""

    object_id: str
    x: float
    y: float
    z: float
    zone: str
    place: str
    holder: str
    source: str
    observed_at_s: float
    confidence: float


Event: TypeAlias = (
    SupervisorStarted
    | RobotDescribed
    | RobotReported
    | ContactLost
    | ContactRegained
    | CommandReported
    | ObservationMade
    | RequestReceived
    | RequestSettled
    | DirectiveGiven
    | MissionAccepted
    | MissionEnded
    | TaskChanged
    | TaskGrounded
    | TaskProgressed
    | TaskAssigned
    | CommandCancelled
    | ClaimChecked
    | EscalationRaised
    | EscalationMerged
    | EscalationAcknowledged
    | EscalationReleased
    | EscalationDecided
    | EscalationMoved
    | OptionsPreviewed
    | RulingMade
    | RulingReviewed
    | LevelMoved
    | UnknownReported
    | ReportTrusted
    | RobotSeenElsewhere
    | RobotSeenInPlace
    | RobotSetAside
    | HoldSet
    | LeaseMoved
    | ObjectFound
    | EscalationDelegated
    | EscalationNotified
    | EscalationRouted
    | EscalationShelved
    | EscalationSuppressed
    | EscalationUnshelved
    | EscalationUnsuppressed
    | FloodBegan
    | FloodEnded
    | GroupClosed
    | MaintenanceEnded
    | MaintenanceSet
    | OutageAsked
    | OutageBegan
    | OutageEnded
    | OutageGrew
    | KeyRegistered
    | KeyRevoked
    | InstructionGiven
    | InstructionMoved
    | TaskYields
    | StandingOrderChanged
    | StandingOrderHeld
    | StandingOrderMade
    | StandingOrdersWeighed
    | CanaryPlanted
    | CanaryRevealed
    | ChoiceCommitted
    | EvidenceLooked
    | OversightSeen
    | QuestionBlinded
    | PoliciesInForce
)

__all__ = [
    "EVENT_KINDS",
    "CanaryPlanted",
    "CanaryRevealed",
    "ChoiceCommitted",
    "ClaimChecked",
    "CommandCancelled",
    "CommandReported",
    "ContactLost",
    "ContactRegained",
    "DirectiveGiven",
    "EscalationAcknowledged",
    "EscalationDecided",
    "EscalationDelegated",
    "EscalationMerged",
    "EscalationMoved",
    "EscalationNotified",
    "EscalationRaised",
    "EscalationReleased",
    "EscalationRouted",
    "EscalationShelved",
    "EscalationSuppressed",
    "EscalationUnshelved",
    "EscalationUnsuppressed",
    "Event",
    "EvidenceLooked",
    "FloodBegan",
    "FloodEnded",
    "GroupClosed",
    "HoldSet",
    "InstructionGiven",
    "InstructionMoved",
    "KeyRegistered",
    "KeyRevoked",
    "LeaseMoved",
    "LevelMoved",
    "MaintenanceEnded",
    "MaintenanceSet",
    "MissionAccepted",
    "MissionEnded",
    "ObjectFound",
    "ObservationMade",
    "OptionsPreviewed",
    "OutageAsked",
    "OutageBegan",
    "OutageEnded",
    "OutageGrew",
    "OversightSeen",
    "PoliciesInForce",
    "QuestionBlinded",
    "ReportTrusted",
    "RequestReceived",
    "RequestSettled",
    "RobotDescribed",
    "RobotReported",
    "RobotSeenElsewhere",
    "RobotSeenInPlace",
    "RobotSetAside",
    "RulingMade",
    "RulingReviewed",
    "StandingOrderChanged",
    "StandingOrderHeld",
    "StandingOrderMade",
    "StandingOrdersWeighed",
    "SupervisorStarted",
    "TaskAssigned",
    "TaskChanged",
    "TaskGrounded",
    "TaskProgressed",
    "TaskYields",
    "UnknownReported",
    "is_input",
]
