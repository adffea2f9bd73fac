"""Events: the only thing the journal holds and the only thing state is made of.

Inputs are what the supervisor was told; decisions are what it made of that. Within one batch the inputs come first,
so that `decide(fold(state, inputs), now)` can be run again from a journal and compared.
"""

from __future__ import annotations

from typing import TypeAlias

from fleet.model.closure_events import WayClosed, WayOpened
from fleet.model.deadline_events import DeadlineMoved
from fleet.model.escalation_events import (
    EscalationAcknowledged,
    EscalationDecided,
    EscalationMerged,
    EscalationMoved,
    EscalationRaised,
    EscalationReleased,
    RulingMade,
)
from fleet.model.event_registry import EVENT_KINDS, is_input
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
from fleet.model.plan_choice_events import PlanChosen
from fleet.model.plan_events import PlanMade
from fleet.model.policy_events import PoliciesInForce
from fleet.model.presence_events import PeopleSeen
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
from fleet.model.review_events import RulingReviewed
from fleet.model.robot_events import (
    ContactLost,
    ContactRegained,
    HoldSet,
    LeaseMoved,
    ObjectFound,
    ObservationMade,
    RobotDescribed,
    RobotReported,
    RobotSetAside,
    SupervisorStarted,
)
from fleet.model.silence_events import EscalationPostponed
from fleet.model.team_events import TaskOrdered, TaskPinned, TeamAdvanced
from fleet.model.traffic_events import RoomMade, RoomWanted, TrafficEased, TrafficNoted
from fleet.model.whereabouts_events import ReportTrusted, RobotSeenElsewhere, RobotSeenInPlace
from fleet.model.work_events import (
    ClaimChecked,
    CommandCancelled,
    CommandReported,
    DirectiveGiven,
    MissionAccepted,
    MissionEnded,
    RequestReceived,
    RequestSettled,
    TaskAssigned,
    TaskChanged,
    TaskGrounded,
    TaskProgressed,
)

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
    | EscalationPostponed
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
    | TrafficNoted
    | TrafficEased
    | RoomWanted
    | RoomMade
    | WayClosed
    | WayOpened
    | TaskOrdered
    | TaskPinned
    | TeamAdvanced
    | DeadlineMoved
    | PeopleSeen
    | PlanChosen
    | PlanMade
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
    "DeadlineMoved",
    "DirectiveGiven",
    "EscalationAcknowledged",
    "EscalationDecided",
    "EscalationDelegated",
    "EscalationMerged",
    "EscalationMoved",
    "EscalationNotified",
    "EscalationPostponed",
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
    "PeopleSeen",
    "PlanChosen",
    "PlanMade",
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
    "RoomMade",
    "RoomWanted",
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
    "TaskOrdered",
    "TaskPinned",
    "TaskProgressed",
    "TaskYields",
    "TeamAdvanced",
    "TrafficEased",
    "TrafficNoted",
    "UnknownReported",
    "WayClosed",
    "WayOpened",
    "is_input",
]
