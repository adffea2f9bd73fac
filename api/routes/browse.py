"""Directives, missions and tasks: look."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api import views
from api.context import ApiContext, Ctx, Viewer
from api.docs import reads
from api.intake import UpToDate, as_json
from api.paging import Cursor, Limit, Newest, known, page
from fleet.model.tasks import MissionState, Task, TaskState

router = APIRouter(prefix="/v1", dependencies=[UpToDate])


class MissionWithTasks(BaseModel):
    """A mission with its tasks."""

    mission: views.MissionView  # type: ignore[valid-type]
    tasks: list[views.TaskView]  # type: ignore[valid-type]


@router.get("/directives", tags=["directives"], summary="List directives", responses=reads(views.DirectivePage, 422))
async def list_directives(
    _: Viewer, context: Ctx, cursor: Cursor = None, limit: Limit = 100, newest: Newest = False
) -> Response:
    """What was wanted, by whom and why."""
    state = context.state
    return as_json(
        page(
            state.directives,
            lambda _: True,
            lambda d: views.directive_view(d, state),
            cursor=cursor,
            limit=limit,
            newest=newest,
        )
    )


@router.get(
    "/directives/{directive_id}", tags=["directives"], summary="One directive",
    responses=reads(views.DirectiveView, 404),
)  # fmt: skip
async def get_directive(directive_id: str, _: Viewer, context: Ctx) -> Response:
    """One directive with the missions that carry it out."""
    state = context.state
    return as_json(views.directive_view(known(state.directives, directive_id, "directive"), state))


@router.get("/missions", tags=["missions"], summary="List missions", responses=reads(views.MissionPage, 422))
async def list_missions(
    _: Viewer,
    context: Ctx,
    state: Annotated[list[MissionState] | None, Query()] = None,
    directive_id: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
    newest: Newest = False,
) -> Response:
    """Missions, with the number of their tasks by state."""
    fleet = context.state
    kept = set(state or ())
    return as_json(
        page(
            fleet.missions,
            lambda m: (not kept or m.state in kept) and directive_id in (None, m.directive_id),
            lambda m: views.mission_view(m, fleet),
            cursor=cursor,
            limit=limit,
            newest=newest,
        )
    )


@router.get("/missions/{mission_id}", tags=["missions"], summary="One mission", responses=reads(MissionWithTasks, 404))
async def get_mission(mission_id: str, _: Viewer, context: Ctx) -> Response:
    """A mission with all its tasks."""
    known(context.state.missions, mission_id, "mission")
    return as_json(mission_with_tasks(context, mission_id))


@router.get("/tasks", tags=["tasks"], summary="List tasks", responses=reads(views.TaskPage, 422))
async def list_tasks(
    _: Viewer,
    context: Ctx,
    state: Annotated[list[TaskState] | None, Query(description="any of these")] = None,
    mission_id: str | None = None,
    robot_id: str | None = None,
    skill: str | None = None,
    late: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
    newest: Newest = False,
) -> Response:
    """Tasks that fit every filter, in the order they were asked for."""
    kept = set(state or ())

    def keep(task: Task) -> bool:
        return (
            (not kept or task.state in kept)
            and mission_id in (None, task.mission_id)
            and robot_id in (None, task.robot_id)
            and skill in (None, task.spec.skill)
            and late in (None, task.late)
        )

    return as_json(page(context.state.tasks, keep, views.task_view, cursor=cursor, limit=limit, newest=newest))


@router.get("/tasks/{task_id}", tags=["tasks"], summary="One task", responses=reads(views.TaskView, 404))
async def get_task(task_id: str, _: Viewer, context: Ctx) -> Response:
    """One task as it stands, with why."""
    return as_json(views.task_view(known(context.state.tasks, task_id, "task")))


def mission_with_tasks(context: ApiContext, mission_id: str) -> dict[str, Any]:
    """See `MissionWithTasks`."""
    state = context.state
    mission = state.missions[mission_id]
    tasks = [views.task_view(state.tasks[task_id]) for task_id in mission.task_ids]
    return {"mission": views.mission_view(mission, state), "tasks": tasks}
