"""Events about robots, what they report and who may command them, and about what is seen."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event, input_event
from fleet.model.evidence import Observation
from fleet.model.robot import RobotDescription, RobotState


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
class ObservationMade:
    """Evidence that says something new about an object or bears on an open claim."""

    observation: Observation


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
