"""What people (through the API) ask of the supervisor. Requests are durable before they are acknowledged.

The bodies are tagged structs and not dataclasses: on the wire a body must say which kind it is (`type`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec

from fleet.model.closure_requests import CloseWay, OpenWay
from fleet.model.instructions import GiveInstruction
from fleet.model.key_requests import RegisterKey, RevokeKey
from fleet.model.order_requests import MakeStandingOrder, ReportUserGone, RevokeStandingOrder
from fleet.model.oversight_requests import CommitChoice, ReportLooked, SeeOversight
from fleet.model.prediction import OptionPreview
from fleet.model.queue_requests import (
    DelegateEscalation,
    EndMaintenance,
    SetMaintenance,
    ShelveEscalation,
    UnshelveEscalation,
)
from fleet.model.task_requests import BanRobot, OrderTask, PinTask
from fleet.model.tasks import Directive, MissionSpec


class Role(str, Enum):
    """Who may do what: viewers look, operators direct and decide, admins also manage people and deployments.

    A service is a part of the fleet and no person: it may add what it was made for (`SERVICE_KINDS`), never decide.
    """

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    SERVICE = "service"


class SubmitMission(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Carry out a mission, under a directive that may come with it."""

    mission: MissionSpec
    directive: Directive | None = None


class CancelTask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give a task up. What depends on it is cancelled too."""

    task_id: str
    reason: str


class CancelMission(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give up every task of a mission that has not ended."""

    mission_id: str
    reason: str


class AcknowledgeEscalation(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody is looking at it; it is theirs for a while."""

    escalation_id: str


class AnswerEscalation(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The decision. `shown_digest` is the escalation's digest as the person saw it, `previews_digest` that of the
    previews on their screen (empty: none were)."""

    escalation_id: str
    option_id: str
    reason: str
    shown_digest: str
    previews_digest: str = ""
    key_id: str = ""  # the person's key, and its signature (`fleet.audit.statements.answer_statement`, base64)
    signature: str = ""


class PreviewOptions(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What rollouts of the live world showed of a question's options: one round, in place of the one before.
    `shown_digest` is the question's as it was when they began. From a service, never from a person."""

    escalation_id: str
    shown_digest: str
    previews: tuple[OptionPreview, ...]


class SetHold(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Hold (or release) one robot, or all with `robot_id=None`. The API has already told the robots."""

    robot_id: str | None
    engage: bool
    reason: str


class TakeLease(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person takes a robot over; its task is `intervened`, not lost."""

    robot_id: str
    reason: str


class ReturnLease(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The person hands the robot back to the supervisor."""

    robot_id: str
    reason: str


class ReportRecovered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person has seen to a robot that had fallen or failed; it may be assigned again once it says it stands."""

    robot_id: str
    reason: str


class ReviewRuling(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a person found who looked afterwards at a decision that the fleet had made by itself.

    Args:
        verdict: right, wrong or cannot_tell.
        instead: with `wrong`: the option that would have been right, or "none of these"; may be left out of two.
    """

    ruling_id: str
    verdict: str
    reason: str
    instead: str = ""


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
    | ReviewRuling
    | PreviewOptions
    | DelegateEscalation
    | ShelveEscalation
    | UnshelveEscalation
    | SetMaintenance
    | EndMaintenance
    | GiveInstruction
    | RegisterKey
    | RevokeKey
    | MakeStandingOrder
    | RevokeStandingOrder
    | ReportUserGone
    | CommitChoice
    | ReportLooked
    | SeeOversight
    | PinTask
    | BanRobot
    | OrderTask
    | CloseWay
    | OpenWay
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
        ReviewRuling,
        PreviewOptions,
        DelegateEscalation,
        ShelveEscalation,
        UnshelveEscalation,
        SetMaintenance,
        EndMaintenance,
        GiveInstruction,
        RegisterKey,
        RevokeKey,
        MakeStandingOrder,
        RevokeStandingOrder,
        ReportUserGone,
        CommitChoice,
        ReportLooked,
        SeeOversight,
        PinTask,
        BanRobot,
        OrderTask,
        CloseWay,
        OpenWay,
    )
}
SERVICE_KINDS: tuple[type[RequestBody], ...] = (PreviewOptions,)
"""What services ask, and people do not."""
SERVICE_PREFIX = "service:"
"""How the names of services begin, and those of people do not."""


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
