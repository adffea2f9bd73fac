"""What there is to work with: skills, the site's map, the time; requests by their id; and the report."""

from __future__ import annotations

import math
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api import views
from api.context import Ctx, Viewer
from api.docs import reads
from api.intake import UpToDate, as_json, in_time, request_view
from api.views import view_model
from fleet.model.errors import NotFound
from fleet.model.site import SiteMap
from fleet.model.skills import SKILLS, Skill
from fleet.report import Report, build_report

router = APIRouter(prefix="/v1")


class ParameterView(BaseModel):
    """One parameter of a skill. Bounds are null where there are none."""

    name: str = Field(examples=["seconds"])
    kind: str = Field(examples=["number"])
    required: bool
    minimum: float | None
    maximum: float | None
    unit: str = Field(examples=["s"])
    help: str


class SkillView(BaseModel):
    """What robots can be told to do, and how many here can."""

    name: str = Field(examples=["wait"])
    help: str
    moves_object: bool
    parameters: list[ParameterView]
    robots: list[str] = Field(description="ids of the robots that have it")


class Skills(BaseModel):
    """All skills."""

    items: list[SkillView]


class ClockView(BaseModel):
    """The times, in s."""

    now_s: float = Field(examples=[1234.5], description="fleet time: what deadlines speak of")
    wall_s: float = Field(examples=[1795422739.8], description="Unix time of this machine")
    journal_s: float = Field(examples=[1234.4], description="fleet time of the newest record")
    seq: int = Field(description="the newest record")


SiteView = view_model("SiteView", SiteMap, "The site's map; m, in the map frame.")
ReportView = view_model("ReportView", Report, "Counts, then a line for each task, robot and question.")


@router.get("/skills", tags=["catalogue"], summary="List the skills", responses=reads(Skills))
async def skills(_: Viewer, context: Ctx) -> Response:
    """Skills with the schema of their parameters; a form can be made from it."""
    robots = context.state.robots
    items = []
    for skill in SKILLS.values():
        able = [robot_id for robot_id, robot in robots.items() if robot.description.capability(skill.name)]
        items.append({**_skill(skill), "robots": able})
    return as_json({"items": items})


def _skill(skill: Skill) -> dict[str, Any]:
    parameters = [
        {
            "name": p.name,
            "kind": p.kind.value,
            "required": p.required,
            "minimum": p.minimum if math.isfinite(p.minimum) else None,
            "maximum": p.maximum if math.isfinite(p.maximum) else None,
            "unit": p.unit,
            "help": p.help,
        }
        for p in skill.parameters
    ]
    return {"name": skill.name, "help": skill.help, "moves_object": skill.moves_object, "parameters": parameters}


@router.get("/site", tags=["catalogue"], summary="The site's map", responses=reads(SiteView))
async def site(_: Viewer, context: Ctx) -> Response:
    """Zones, places, walls, furniture, cameras, people, and the inventory."""
    return as_json(context.site)


@router.get("/clock", tags=["catalogue"], summary="The time", responses=reads(ClockView))
async def clock(_: Viewer, context: Ctx) -> Response:
    """Fleet time now, beside this machine's, and how far this process has read the journal."""
    return as_json(
        {
            "now_s": context.clock.now_s(),
            "wall_s": context.clock.wall_s(),
            "journal_s": context.state.now_s,
            "seq": context.projection.seq,
        }
    )


@router.get(
    "/requests/{request_id}",
    tags=["requests"],
    summary="One request",
    responses=reads(views.RequestView, 404, 503),
    dependencies=[UpToDate],
)
async def get_request(request_id: str, _: Viewer, context: Ctx) -> Response:
    """What became of a request: where a 202 sends you."""
    request = await in_time(context, context.store.find, request_id)
    if request is None:
        raise NotFound("request", request_id)
    return as_json(request_view(request, context.state.requests.get(request_id)))


@router.get(
    "/report", tags=["report"], summary="The report so far", responses=reads(ReportView, 503), dependencies=[UpToDate]
)
async def report(_: Viewer, context: Ctx) -> Response:
    """What was done, late or not; what each robot did; what was asked, who answered what, why and how fast."""
    return as_json(build_report(context.state))
