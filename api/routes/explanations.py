"""Why a task has the robot it has, why not another, what would change that, and which limit binds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.context import Ctx, Viewer
from api.docs import reads
from api.intake import UpToDate, as_json
from api.problems import Problem

router = APIRouter(prefix="/v1", dependencies=[UpToDate])
_MOST_NAMED = 50


class FlipView(BaseModel):
    """The least change of one kind that would give the robot the task; found and checked by planning again."""

    kind: str = Field(examples=["robot_earlier"])
    subject: str
    amount: float | None
    unit: str
    text: str = Field(examples=["iron_1 would get it if it were free 40 s earlier"])


class AlternativeView(BaseModel):
    """Another robot: what the best plan in which it does the task costs more, term by term, or why there is none."""

    robot_id: str
    team: list[str]
    possible: bool
    because: str
    extra_cost_s: float | None
    difference: dict[str, float]
    ends_s: float | None
    also: list[str] = Field(description="other tasks that another robot would then do")
    undone: list[str] = Field(description="tasks that nobody would do then")
    would_get_it_if: list[FlipView]


class LosesView(BaseModel):
    """What another task would lose: how late it would be, or (null) that it would be left undone."""

    task_id: str
    late_s: float | None


class ReliefView(BaseModel):
    """One limit relaxed alone: whether the task is then in time, and what that costs others."""

    kind: str = Field(examples=["deadline"])
    subject: str
    amount: float | None
    unit: str
    meets: bool
    ends_s: float | None
    buys_s: float | None
    text: str
    others: list[LosesView]


class LimitsView(BaseModel):
    """What keeps the task from being done in time; `binds` are the kinds of limits that suffice alone."""

    met: bool
    sentence: str
    deadline_s: float | None
    hard: bool
    soonest_s: float | None
    binds: list[str]
    reliefs: list[ReliefView]


class HeldBackView(BaseModel):
    """The task waits because something is closed on every way to it. `opens_at_s` is None where nobody knows when;
    `ends_if_open_s` is when the task would end if all of that were opened now."""

    closed: list[str]
    because: str
    opens_at_s: float | None
    ends_if_open_s: float | None


class WhyView(BaseModel):
    """Why a task is where it is in the plan in force. Costs and times in s; `terms` are what the task adds to the
    plan's cost."""

    task_id: str
    state: str
    sentence: str
    robots: list[str]
    now_s: float
    starts_s: float | None
    ends_s: float | None
    late_s: float | None
    left_undone_because: str
    terms: dict[str, float]
    weights: dict[str, float]
    alternatives: list[AlternativeView]
    limits: LimitsView
    held_back: HeldBackView | None


@router.get(
    "/tasks/{task_id}/why", tags=["tasks"], summary="Why this robot, and why not another",
    responses=reads(WhyView, 404, 409, 422, 503),
)  # fmt: skip
async def why(
    task_id: str,
    _: Viewer,
    context: Ctx,
    robot: Annotated[
        list[str] | None,
        Query(max_length=_MOST_NAMED, description="compare with these robots only, each with what would change it"),
    ] = None,
) -> Response:
    """Every difference is one of two plans, and every change was tried by planning again; that takes up to seconds."""
    if context.explains is None:
        raise Problem(503, "unavailable", "this API was started without what it takes to plan")
    state, now_s = context.state, context.clock.now_s()
    told: dict[str, Any] = await context.in_thread(context.explains.why, state, now_s, task_id, robot)
    return as_json(told)
