"""The plan: look."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.context import Ctx, Viewer
from api.docs import reads
from api.intake import UpToDate, as_json
from api.plan_views import PlanView, plan_view

router = APIRouter(prefix="/v1", dependencies=[UpToDate])


@router.get("/plan", tags=["plan"], summary="The plan in force", responses=reads(PlanView))
async def get_plan(_: Viewer, context: Ctx) -> Response:
    """Who does what in which order, with predicted times (a Gantt chart's data), costs and weights, what nobody is to
    do yet and why, and what the last plan changed."""
    return as_json(plan_view(context.state))
