"""What people (through the API) ask of the supervisor. Requests are durable before they are acknowledged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fleet.model.tasks import Directive, MissionSpec


class Role(str, Enum):
    """Who may do what: viewers look, operators direct and decide, admins also manage people and deployments."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitMission:
    """Carry out a mission, under a directive that may come with it."""

    mission: MissionSpec
    directive: Directive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTask:
    """Give a task up. What depends on it is cancelled too."""

    task_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMission:
    """Give up every task of a mission that has not ended."""

    mission_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeEscalation:
    """Somebody is looking at it; it is theirs for a while."""

    escalation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerEscalation:
    """The decision. `shown_digest` is the escalation's digest as the person saw it."""

    escalation_id: str
    option_id: str
    reason: str
    shown_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHold:
    """Hold (or release) one robot, or all with `robot_id=None`. The API has already told the robots."""

    robot_id: str | None
    engage: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLease:
    """A person takes a robot over; its task is `intervened`, not lost."""

    robot_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLease:
    """The person hands the robot back to the supervisor."""

    robot_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecovered:
    """A person has seen to a robot that had fallen or failed; it may be assigned again once it says it stands."""

    robot_id: str
    reason: str


RequestBody = (
    SubmitMission
    | CancelTask
    | CancelMission
    | AcknowledgeEscalation
    | AnswerEscalation
    | SetHold
    | TakeLease
    | ReturnLease
    | ReportRecovered
)

REQUEST_KINDS: dict[str, type[RequestBody]] = {
    kind.__name__: kind
    for kind in (
        SubmitMission,
        CancelTask,
        CancelMission,
        AcknowledgeEscalation,
        AnswerEscalation,
        SetHold,
        TakeLease,
        ReturnLease,
        ReportRecovered,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it lies in the store. `number` orders them; `idempotency_key` is unique for one actor."""

    number: int
    request_id: str
    actor: str
    role: Role
    received_at_s: float
    idempotency_key: str
    body: RequestBody


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOutcome:
    """What the supervisor made of a request. `problem` is empty when it was accepted, else a short code:
    `invalid`, `not_found`, `conflict`, `stale`, `already_answered`."""

    request_id: str
    number: int
    accepted: bool
    problem: str = ""
    field: str = ""
    detail: str = ""
