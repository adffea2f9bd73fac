"""The bodies that people send. Strict: an unknown field is an error, not something to be passed over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from fleet.model.tasks import MOST_IN_A_TEAM

_DEEPEST = 4

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Resource = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Parameters as JSON can hold them and a journal can keep them."""
    _check_plain(value, "parameters", 0)
    return value


def _check_plain(value: Any, where: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"at most {_DEEPEST} levels of nesting at {where}")
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_plain(key, where, depth + 1)
            _check_plain(item, f"{where}.{key}", depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_plain(item, where, depth + 1)
    elif isinstance(value, str):
        if len(value) > 1000 or any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError(f"text of at most 1000 characters, valid Unicode, at {where}")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"a finite number at {where}")
    elif isinstance(value, int) and abs(value) >= 2**53:
        raise ValueError(f"a number that JSON readers keep exact at {where}")


class Body(BaseModel):
    """What all bodies have in common."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class RecoveryIn(Body):
    """How far the recovery ladder goes by itself."""

    retries: int = Field(1, ge=0, le=20)
    replans: int = Field(1, ge=0, le=20)
    reassignments: int = Field(2, ge=0, le=50)
    ask_human: bool = True


class NeedsIn(Body):
    """What the task asks of a robot beyond the skill."""

    payload_kg: float | None = Field(None, ge=0, le=1000, description="looked up from the object when left out")
    hands: int = Field(0, ge=0, le=2)
    models: list[Id] = Field(default_factory=list, max_length=50, description="only robots of these models")
    not_robots: list[Id] = Field(default_factory=list, max_length=1000, description="none of these robots")
    reach_m: float = Field(0.0, ge=0, le=10, description="of the arm with the skill, m")
    speed_mps: float = Field(0.0, ge=0, le=20, description="at least so fast")
    sensors: list[Id] = Field(default_factory=list, max_length=20, description="all of these, by the robot's own names")


class Timed(Body):
    """When: each either in fleet time or counted from now, not both."""

    earliest_start_s: float | None = Field(None, ge=0, description="fleet time, s")
    earliest_start_in_s: float | None = Field(None, ge=0, le=1e8, description="s from now")
    deadline_s: float | None = Field(None, description="fleet time, s")
    deadline_in_s: float | None = Field(None, le=1e8, description="s from now")


class TaskIn(Timed):
    """One unit of work for one robot."""

    task_id: Id | None = Field(None, description="made from the idempotency key when left out")
    skill: str = Field(max_length=64)
    parameters: Annotated[dict[str, Any], AfterValidator(_plain)] = Field(default_factory=dict)
    why: Text = Field("", description="the mission's `why` when left out")
    needs: NeedsIn = Field(default_factory=NeedsIn)
    depends_on: list[Id] = Field(
        default_factory=list, max_length=100, description="tasks of this mission, or ones that were submitted before"
    )
    hard_deadline: bool = Field(False, description="ending after the deadline must not be: it is then not begun")
    priority: int = Field(50, ge=0, le=100, description="0 whenever, 100 now")
    robot_id: Id | None = Field(None, description="this robot and no other")
    team: int = Field(
        1, ge=1, le=MOST_IN_A_TEAM, description="robots that do it together (skill carry): each bears its share"
    )
    resources: list[Resource] = Field(
        default_factory=list, max_length=20, description="what it has to itself while under way: a bench, any name"
    )
    recovery: RecoveryIn = Field(default_factory=RecoveryIn)


_CARRY = {
    "task_id": "bring_gloves",
    "skill": "carry",
    "parameters": {"object": {"kind": "box", "colour": "yellow"}, "to": "table_2"},
    "deadline_in_s": 600,
    "priority": 60,
}
_INSPECT = {"skill": "inspect", "parameters": {"target": "corridor"}, "depends_on": ["bring_gloves"]}


class SingleTaskIn(TaskIn):
    """A task by itself: a mission of one."""

    why: Reason
    directive_id: Id | None = None
    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_CARRY, "why": "ward 2 has run out of gloves", "task_id": "bring_box_7"}]}
    )


class MissionIn(Body):
    """A graph of tasks."""

    mission_id: Id | None = Field(None, description="made from the idempotency key when left out")
    title: Reason
    why: Reason
    directive_id: Id | None = Field(None, description="a directive that was given before")
    tasks: list[TaskIn] = Field(min_length=1, max_length=500)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Morning delivery",
                    "why": "ward 2 has run out of gloves",
                    "tasks": [_CARRY, _INSPECT],
                }
            ]
        }
    )


class DirectiveIn(Body):
    """What is wanted and why, with the first mission that carries it out; later missions name the directive."""

    directive_id: Id | None = Field(None, description="made from the idempotency key when left out")
    objective: Reason
    reason: Reason
    limits: list[Reason] = Field(default_factory=list, max_length=50)
    authority: Text = Field("", description="on whose authority, when not your own")
    expires_at_s: float | None = Field(None, description="fleet time, s")
    expires_in_s: float | None = Field(None, le=1e9, description="s from now")
    mission: MissionIn
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "objective": "Wards are stocked before the morning round",
                    "reason": "the night delivery failed",
                    "limits": ["nobody enters the isolation room"],
                    "expires_in_s": 14400,
                    "mission": {
                        "title": "Morning delivery",
                        "why": "ward 2 has run out of gloves",
                        "tasks": [_CARRY],
                    },
                }
            ]
        }
    )


class ReasonIn(Body):
    """Why. It is kept with your name."""

    reason: Reason
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the visitor has left"}]})


class PinIn(Body):
    """Which robot and no other shall do the task; none: any robot may again."""

    robot_id: Id | None = Field(description="a robot's id, or null")
    reason: Reason
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"robot_id": "g1_2", "reason": "it stands beside the samples already"}]}
    )


class BanIn(Body):
    """Which robot shall not do the task, or may again."""

    robot_id: Id
    banned: bool = True
    reason: Reason
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"robot_id": "g1_1", "reason": "its left hand was repaired this morning"}]}
    )


class OrderIn(Body):
    """What the task waits for: these tasks, of whichever mission, and no others."""

    after: list[Id] = Field(max_length=100)
    reason: Reason
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"after": ["clear_bench"], "reason": "the bench is not free before"}]}
    )


class ReviewIn(Body):
    """What you found when you looked at a decision that the fleet had made by itself."""

    verdict: Literal["right", "wrong", "cannot_tell"]
    reason: Reason
    instead: Text = Field(
        "", description='with `wrong`: the option that would have been right, or "none of these"; not needed of two'
    )
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"verdict": "wrong", "instead": "blue_2", "reason": "that one is for ward 2"}]}
    )


class DecisionIn(Body):
    """Your answer to a question, for what you were shown and nothing else."""

    option_id: str = Field(max_length=200, description="one of the escalation's options")
    reason: Reason
    shown_digest: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="the escalation's `shown_digest`, as it came with what you saw"
    )
    previews_digest: str = Field(
        "",
        pattern=r"^([0-9a-f]{64})?$",
        description="the escalation's `previews_digest` if previews were on your screen: which of them you had seen",
    )
    key_id: str = Field(
        "", max_length=64, description="your key; needed once you have one on record (see `POST /v1/keys`)"
    )
    signature: str = Field(
        "",
        max_length=200,
        description='its signature (base64) over {"format": "humanoid-fleet-answer/1", "operator", "escalation_id", '
        '"option_id", "reason", "shown_digest", "previews_digest"} in RFC 8785',
    )
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "option_id": "redo_other_robot",
                    "reason": "camera 2 shows the box still on shelf A",
                    "shown_digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                }
            ]
        }
    )


class DelegateIn(Body):
    """Who is to have the question, and why."""

    to: Text = Field(min_length=1, max_length=100, description="the name that they log in with")
    reason: Reason
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "Lea Braun", "reason": "she knows what is in the blue boxes"}]}
    )


class ShelveIn(Body):
    """For how long, and why. Either `for_s` or `until_s`."""

    for_s: float | None = Field(None, gt=0, le=1e6, description="s from now")
    until_s: float | None = Field(None, description="fleet time, s")
    reason: Reason
    model_config = ConfigDict(json_schema_extra={"examples": [{"for_s": 300, "reason": "the round ends at ten"}]})


class CloseIn(Body):
    """What is closed to robots, for how long, and why. `for_s` or `until_s`; neither: until somebody opens it."""

    what: Id = Field(description="the id of a door, lift, zone, area or place of the site")
    for_s: float | None = Field(None, gt=0, le=1e8, description="s from now")
    until_s: float | None = Field(None, description="fleet time, s")
    reason: Reason
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"what": "corridor", "for_s": 900, "reason": "the floor is wet"}]}
    )


class MaintenanceIn(Body):
    """Where somebody works, from when to when. Either `for_s` or `to_s`."""

    window_id: Id
    zone: Id | None = None
    robot_ids: list[Id] = Field(default_factory=list, max_length=1000)
    from_s: float | None = Field(None, description="fleet time, s; now when left out")
    to_s: float | None = Field(None, description="fleet time, s")
    for_s: float | None = Field(None, gt=0, le=1e8, description="s")
    closed: bool = Field(False, description="robots keep out of the zone meanwhile (where traffic is on)")
    reason: Reason
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "window_id": "floor-cleaning",
                    "zone": "corridor",
                    "for_s": 1800,
                    "reason": "the corridor's floor is cleaned; robots will find it blocked",
                }
            ]
        }
    )
