"""Events of the queue: routed, told to people, handed on, put aside, silenced, and back again."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event
from fleet.model.queue import EscalationPolicy, MaintenanceWindow, Notice, Outage, Suppressed


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationRouted:
    """A question took its place in the queue: its policy (a copy), its group, where it belongs."""

    escalation_id: str
    policy: EscalationPolicy
    group_id: str
    group_key: str
    zone: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationNotified:
    """People were told of the questions of a group."""

    notice: Notice


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class GroupClosed:
    """No question of the group is open any more."""

    group_id: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationDelegated:
    """Somebody handed a question on to somebody else."""

    escalation_id: str
    to: str
    by: str
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationShelved:
    """Somebody put a question aside until then. Its deadline stays as it is."""

    escalation_id: str
    until_s: float
    by: str
    reason: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationUnshelved:
    """A question that was put aside is back."""

    escalation_id: str
    because: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSuppressed:
    """Nobody is told of the question while its source lasts. It keeps its deadline and its safe default."""

    escalation_id: str
    suppressed: Suppressed


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationUnsuppressed:
    """What silenced the question is over, and it is still true: people are told of it."""

    escalation_id: str
    because: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceSet:
    """A maintenance window stands; one of the same id is replaced."""

    window: MaintenanceWindow


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceEnded:
    """A maintenance window is over: its time has come, or somebody ended it."""

    window_id: str
    by: str
    because: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OutageBegan:
    """Several robots of one place fell silent together."""

    outage: Outage


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OutageGrew:
    """More robots of the same place are silent."""

    outage_id: str
    robot_ids: tuple[str, ...]


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OutageAsked:
    """A person was asked about an outage."""

    outage_id: str
    escalation_id: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OutageEnded:
    """Most of its robots are heard again. `silent` are those that are not."""

    outage_id: str
    because: str
    silent: tuple[str, ...] = ()


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class FloodBegan:
    """More questions in ten minutes than people can bear: they are told once, and grouped harder."""

    questions: int
    because: str


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class FloodEnded:
    """Few questions again."""

    lasted_s: float
    questions: int
