"""What is given out: the domain's records as they are, with what can be derived from them beside it.

The models here only describe; what is sent is made by the functions, so that there is one encoding of a record.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from api.ports import Heard
from fleet.journal.base import Record
from fleet.model.escalation import Escalation, Option
from fleet.model.orders import Weighed
from fleet.model.oversight import Canary
from fleet.model.review import Review
from fleet.model.robot import RobotState
from fleet.model.tally import ATTEMPTS, CLAIMS
from fleet.model.tasks import Directive, Mission, Task
from fleet.model.wire import to_plain
from fleet.supervisor.learning import competence_of, honesty_of
from fleet.supervisor.state import FleetState, Robot


def view_model(name: str, record: type, doc: str, /, **more: Any) -> type[BaseModel]:
    """A pydantic model with the fields of a dataclass and some `more`, for the OpenAPI document."""
    assert is_dataclass(record)
    hints = get_type_hints(record)
    members = {f.name: (hints[f.name], ...) for f in fields(record)}
    return create_model(name, __doc__=doc, __config__=ConfigDict(title=name), **{**members, **more})


class RequestView(BaseModel):
    """A request and what the supervisor made of it: `pending`, `accepted`, or `refused` with a `problem` code."""

    request_id: str = Field(examples=["req-5d41402abc4b2a76b971"])
    number: int
    kind: str = Field(examples=["SubmitMission"])
    actor: str = Field(examples=["Ana Ruiz"])
    role: str
    received_at_s: float
    idempotency_key: str
    state: str = Field(examples=["accepted"])
    problem: str
    field: str
    detail: str


TaskView = view_model("TaskView", Task, "A task as it stands.", task_id=(str, ...), late=(bool, ...))
MissionView = view_model(
    "MissionView", Mission, "A mission as it stands; `states` counts its tasks by state.", states=(dict[str, int], ...)
)
DirectiveView = view_model("DirectiveView", Directive, "What an operator wants and why.", mission_ids=(list[str], ...))
OptionView = view_model("OptionView", Option, "A candidate action.", possible=(bool, ...))
EscalationView = view_model(
    "EscalationView",
    Escalation,
    "A question to a person. Send `shown_digest` back with the answer, and `previews_digest` if you showed previews: "
    "they bind the answer to what was shown.",
    options=(list[OptionView], ...),  # type: ignore[valid-type]
    shown_digest=(str, ...),
    previews_digest=(str, ...),
    open=(bool, ...),
    blind=(bool, Field(description="drawn: scores and predictions are kept back until you `commit` to an option")),
    committed=(str | None, Field(description="what you said first that you would choose")),
    canary=(Canary | None, Field(description="it was synthetic; told once it is over")),
    standing_orders=(Weighed | None, Field(description="what came of the standing orders that fit it")),
)
ReviewView = view_model(
    "ReviewView", Review, "A decision of the fleet that was drawn for a look afterwards.", open=(bool, ...)
)


class LiveView(BaseModel):
    """What the robot itself told last, past the journal, and how old that is."""

    state: RobotState
    age_s: float = Field(examples=[0.12], description="s of steady time since it was observed")


class SkillRecordView(BaseModel):
    """What is known of a robot at one skill: whether its word was good, and whether it saw its tasks through."""

    skill: str = Field(examples=["carry"])
    claims_true: int = Field(examples=[12], description="claims of it that others, or a person, found to be true")
    claims_false: int = Field(examples=[1], description="and to be false")
    honesty: float = Field(examples=[0.91], description="mean of the Beta posterior that its next claim is true")
    honesty_low: float = Field(examples=[0.78], description="with 95 % certainty it is at least this")
    attempts_done: int = Field(examples=[12], description="tasks that it saw through")
    attempts_failed: int = Field(examples=[2], description="and that it did not")
    competence: float = Field(
        examples=[0.88], description="mean of the Beta posterior that it sees the next one through"
    )


RobotView = view_model(
    "RobotView",
    Robot,
    "A robot: what it is, what the supervisor knows of it (`state` as journaled), how it is right now (`live`), what "
    "it has shown at each skill (`record`), and what it alone says that it sees (`unknown_things`).",
    robot_id=(str, ...),
    live=(LiveView | None, ...),
    record=(list[SkillRecordView], ...),
    unknown_things=(list[str], ...),
)


class EventView(BaseModel):
    """One journal record."""

    seq: int = Field(examples=[4711])
    batch: int
    at_s: float = Field(description="fleet time, s")
    epoch: int
    kind: str = Field(examples=["TaskChanged"])
    event: dict[str, Any]
    checksum: str


def page_model(name: str, item: type[BaseModel]) -> type[BaseModel]:
    """A page of items, with the cursor of the next one."""
    return create_model(
        name,
        __doc__="A page. Ask again with `cursor=next` for what follows; it is null at the end.",
        items=(list[item], ...),  # type: ignore[valid-type]
        next=(str | None, Field(None, examples=["t-5d41402abc-3"])),
    )


TaskPage = page_model("TaskPage", TaskView)
MissionPage = page_model("MissionPage", MissionView)
DirectivePage = page_model("DirectivePage", DirectiveView)
EscalationPage = page_model("EscalationPage", EscalationView)
ReviewPage = page_model("ReviewPage", ReviewView)


class RobotList(BaseModel):
    """All robots, and whether all of them are held."""

    items: list[RobotView]  # type: ignore[valid-type]
    hold_all: str = Field(description="why all robots are held; empty when they are not")
    hold_all_by: str


def task_view(task: Task) -> dict[str, Any]:
    """See `TaskView`."""
    return {**to_plain(task), "task_id": task.task_id, "late": task.late}


def mission_view(mission: Mission, state: FleetState) -> dict[str, Any]:
    """See `MissionView`."""
    states: dict[str, int] = {}
    for task_id in mission.task_ids:
        name = state.tasks[task_id].state.value
        states[name] = states.get(name, 0) + 1
    return {**to_plain(mission), "states": states}


def directive_view(directive: Directive, state: FleetState) -> dict[str, Any]:
    """See `DirectiveView`."""
    missions = [m.mission_id for m in state.missions.values() if m.directive_id == directive.directive_id]
    return {**to_plain(directive), "mission_ids": missions}


def escalation_view(escalation: Escalation) -> dict[str, Any]:
    """See `EscalationView`."""
    options = [{**to_plain(option), "possible": option.possible} for option in escalation.options]
    derived = {"options": options, "shown_digest": escalation.shown_digest, "open": escalation.open}
    return {**to_plain(escalation), **derived, "previews_digest": escalation.previews_digest}


def review_view(review: Review) -> dict[str, Any]:
    """See `ReviewView`."""
    return {**to_plain(review), "open": review.open}


def robot_view(state: FleetState, robot_id: str, heard: Heard | None) -> dict[str, Any]:
    """See `RobotView`."""
    live = {"state": to_plain(heard.state), "age_s": round(heard.age_s, 3)} if heard else None
    return {
        **to_plain(state.robots[robot_id]),
        "robot_id": robot_id,
        "live": live,
        "record": skill_records(state, robot_id),
        "unknown_things": list(state.unknown.get(robot_id, {})),
    }


def skill_records(state: FleetState, robot_id: str) -> list[dict[str, Any]]:
    """What the robot has shown, one row for each skill of which anything is known. See `SkillRecordView`."""
    skills = {**state.honesty.get(robot_id, {}), **state.competence.get(robot_id, {})}
    rows = []
    for skill in sorted(skills):
        claims, attempts = honesty_of(state, robot_id, skill), competence_of(state, robot_id, skill)
        rows.append(
            {
                "skill": skill,
                "claims_true": claims.right,
                "claims_false": claims.wrong,
                "honesty": round(claims.mean(CLAIMS), 3),
                "honesty_low": round(claims.interval(CLAIMS)[0], 3),
                "attempts_done": attempts.right,
                "attempts_failed": attempts.wrong,
                "competence": round(attempts.mean(ATTEMPTS), 3),
            }
        )
    return rows


def event_view(record: Record) -> dict[str, Any]:
    """See `EventView`."""
    return {
        "seq": record.seq,
        "batch": record.batch,
        "at_s": record.at_s,
        "epoch": record.epoch,
        "kind": type(record.event).__name__,
        "event": to_plain(record.event),
        "checksum": record.checksum,
    }
