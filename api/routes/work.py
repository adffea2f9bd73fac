"""Directives, missions and tasks: submit and cancel."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api import views
from api.context import ApiContext, Ctx, Operator, User
from api.docs import writes
from api.feasible import check_work
from api.inputs import BanIn, DirectiveIn, MissionIn, OrderIn, PinIn, ReasonIn, SingleTaskIn
from api.intake import OptionalKey, RequiredKey, answer, submit
from api.paging import known
from api.problems import Problem
from api.resolve import Resolver
from api.routes.browse import mission_with_tasks
from fleet.model.requests import CancelMission, CancelTask, RequestBody, SubmitMission
from fleet.model.task_requests import BanRobot, OrderTask, PinTask
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1")


class MissionDone(BaseModel):
    """A mission with its tasks, and the request that made it or changed it."""

    request: views.RequestView
    mission: views.MissionView  # type: ignore[valid-type]
    tasks: list[views.TaskView]  # type: ignore[valid-type]


class DirectiveDone(MissionDone):
    """A directive with its first mission."""

    directive: views.DirectiveView  # type: ignore[valid-type]


class TaskDone(BaseModel):
    """A task with its mission, and the request that made it or changed it."""

    request: views.RequestView
    task: views.TaskView  # type: ignore[valid-type]
    mission: views.MissionView  # type: ignore[valid-type]


# ---- submit -------------------------------------------------------------------------------------------------


@router.post(
    "/directives", tags=["directives"], summary="Give a directive", status_code=201,
    responses=writes(DirectiveDone, status=201),
)  # fmt: skip
async def give_directive(body: DirectiveIn, user: Operator, key: RequiredKey, context: Ctx) -> Response:
    """Say what is wanted and why, with the first mission that carries it out."""

    def make(now_s: float) -> SubmitMission:
        return Resolver(user.name, key, now_s).directive(body)

    def check(request: RequestBody, state: FleetState) -> None:
        assert isinstance(request, SubmitMission)
        _check_new(request, state, "mission.")
        check_work(request, state, context.site, prefix="mission.")

    put = await submit(context, user, key, make, check)
    directive_id = _submitted(put.request.body).mission.directive_id or ""

    def content() -> dict[str, Any]:
        directive = views.directive_view(context.state.directives[directive_id], context.state)
        return {"directive": directive, **mission_with_tasks(context, _submitted(put.request.body).mission.mission_id)}

    return answer(put, content, status=201, location=f"/v1/directives/{directive_id}")


@router.post(
    "/missions", tags=["missions"], summary="Submit a mission", status_code=201,
    responses=writes(MissionDone, status=201),
)  # fmt: skip
async def submit_mission(body: MissionIn, user: Operator, key: RequiredKey, context: Ctx) -> Response:
    """A whole graph of tasks at once: all of it is accepted, or none."""

    def make(now_s: float) -> SubmitMission:
        return Resolver(user.name, key, now_s).mission(body)

    def check(request: RequestBody, state: FleetState) -> None:
        assert isinstance(request, SubmitMission)
        _check_new(request, state, "")
        check_work(request, state, context.site)

    put = await submit(context, user, key, make, check)
    mission_id = _submitted(put.request.body).mission.mission_id
    return answer(
        put, lambda: mission_with_tasks(context, mission_id), status=201, location=f"/v1/missions/{mission_id}"
    )  # fmt: skip


@router.post("/tasks", tags=["tasks"], summary="Submit a task", status_code=201, responses=writes(TaskDone, status=201))
async def submit_task(body: SingleTaskIn, user: Operator, key: RequiredKey, context: Ctx) -> Response:
    """One task: a mission of one."""

    def make(now_s: float) -> SubmitMission:
        return Resolver(user.name, key, now_s).single(body)

    def check(request: RequestBody, state: FleetState) -> None:
        assert isinstance(request, SubmitMission)
        _check_new(request, state, "", single=True)
        check_work(request, state, context.site, single=True)

    put = await submit(context, user, key, make, check)
    task_id = _submitted(put.request.body).mission.tasks[0].task_id

    return answer(put, lambda: _task(context, task_id), status=201, location=f"/v1/tasks/{task_id}")


def _check_new(request: SubmitMission, state: FleetState, prefix: str, *, single: bool = False) -> None:
    """Raises a 409 `Problem` for an id that is taken."""
    taken: list[tuple[str, str]] = []
    if request.directive is not None and request.directive.directive_id in state.directives:
        taken.append(("directive_id", request.directive.directive_id))
    if request.mission.mission_id in state.missions:
        taken.append((f"{prefix}mission_id", request.mission.mission_id))
    for index, task in enumerate(request.mission.tasks):
        if task.task_id in state.tasks:
            taken.append(("task_id" if single else f"{prefix}tasks[{index}].task_id", task.task_id))
    if taken:
        field, value = taken[0]
        raise Problem(409, "conflict", f"{field}: {value!r} is taken; use another id, or none", field=field)


def _submitted(body: RequestBody) -> SubmitMission:
    assert isinstance(body, SubmitMission)
    return body


# ---- cancel -------------------------------------------------------------------------------------------------


@router.post(
    "/missions/{mission_id}/cancel", tags=["missions"], summary="Cancel a mission", responses=writes(MissionDone, 404)
)
async def cancel_mission(
    mission_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx
) -> Response:  # fmt: skip
    """Give up every task of the mission that has not ended. Robots stop what they do for it and stay stable."""

    def check(request: RequestBody, state: FleetState) -> None:
        mission = known(state.missions, mission_id, "mission")
        if mission.state.terminal:
            raise Problem(409, "conflict", f"mission {mission_id} is {mission.state.value} already")

    request = CancelMission(mission_id=mission_id, reason=body.reason)
    put = await submit(context, user, key, lambda _: request, check)
    return answer(put, lambda: mission_with_tasks(context, mission_id))


@router.post("/tasks/{task_id}/cancel", tags=["tasks"], summary="Cancel a task", responses=writes(TaskDone, 404))
async def cancel_task(task_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Give the task up, and what depends on it. The robot stops what it does for it and stays stable."""

    def check(request: RequestBody, state: FleetState) -> None:
        task = known(state.tasks, task_id, "task")
        if task.state.terminal:
            raise Problem(409, "conflict", f"task {task_id} is {task.state.value} already")

    put = await submit(context, user, key, lambda _: CancelTask(task_id=task_id, reason=body.reason), check)
    return answer(put, lambda: _task(context, task_id))


@router.post("/tasks/{task_id}/pin", tags=["tasks"], summary="Say which robot", responses=writes(TaskDone, 404))
async def pin_task(task_id: str, body: PinIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """This robot and no other, or any robot again. Counts at the next plan; who is at it and may not any more gives it
    up, unless the load is in its hands."""
    request = PinTask(task_id=task_id, robot_id=body.robot_id, reason=body.reason)
    return await _change(request, task_id, user, key, context)


@router.post("/tasks/{task_id}/ban", tags=["tasks"], summary="Rule a robot out", responses=writes(TaskDone, 404))
async def ban_robot(task_id: str, body: BanIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Not this robot, or (`banned: false`) this robot again. Counts at the next plan, as for `pin`."""
    request = BanRobot(task_id=task_id, robot_id=body.robot_id, banned=body.banned, reason=body.reason)
    return await _change(request, task_id, user, key, context)


@router.post("/tasks/{task_id}/after", tags=["tasks"], summary="Say what it waits for", responses=writes(TaskDone, 404))
async def order_task(task_id: str, body: OrderIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """These tasks, of whichever mission, and no others; while it has not begun. A circle is refused and named."""
    request = OrderTask(task_id=task_id, after=tuple(body.after), reason=body.reason)
    return await _change(request, task_id, user, key, context)


async def _change(request: RequestBody, task_id: str, user: User, key: str, context: ApiContext) -> Response:
    def check(_request: RequestBody, state: FleetState) -> None:
        task = known(state.tasks, task_id, "task")
        if task.state.terminal:
            raise Problem(409, "conflict", f"task {task_id} is {task.state.value} already")

    put = await submit(context, user, key, lambda _: request, check)
    return answer(put, lambda: _task(context, task_id))


def _task(context: ApiContext, task_id: str) -> dict[str, Any]:
    state = context.state
    task = state.tasks[task_id]
    return {"task": views.task_view(task), "mission": views.mission_view(state.missions[task.mission_id], state)}
