"""Robots: how they are, and who may command them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api import views
from api.auth.identity import User
from api.context import ApiContext, Ctx, Operator, Viewer
from api.docs import reads, writes
from api.inputs import ReasonIn
from api.intake import OptionalKey, UpToDate, answer, as_json, submit
from api.paging import known
from api.routes.holding import RobotDone
from fleet.model.requests import ReportRecovered, RequestBody, ReturnLease, TakeLease
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1/robots", tags=["robots"], dependencies=[UpToDate])


@router.get("", summary="List the robots", responses=reads(views.RobotList))
async def list_robots(_: Viewer, context: Ctx) -> Response:
    """Every robot, with its last own word (`live`) and how old that is: silence is age, not health."""
    state, live = context.state, context.telemetry.robots()
    items = [views.robot_view(state, robot_id, live.get(robot_id)) for robot_id in state.robots]
    return as_json({"items": items, "hold_all": state.hold_all, "hold_all_by": state.hold_all_by})


@router.get("/{robot_id}", summary="One robot", responses=reads(views.RobotView, 404))
async def get_robot(robot_id: str, _: Viewer, context: Ctx) -> Response:
    """One robot as it stands."""
    return as_json(_robot(context, robot_id))


@router.post("/{robot_id}/lease/take", summary="Take a robot over", responses=writes(RobotDone, 404))
async def take_lease(robot_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """From now on you command the robot and the supervisor does not. Its task is `intervened`, not lost."""
    return await _act(context, user, key, robot_id, TakeLease(robot_id=robot_id, reason=body.reason))


@router.post("/{robot_id}/lease/return", summary="Hand a robot back", responses=writes(RobotDone, 404))
async def return_lease(robot_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """The supervisor may command it again."""
    return await _act(context, user, key, robot_id, ReturnLease(robot_id=robot_id, reason=body.reason))


@router.post("/{robot_id}/recovered", summary="Report a robot recovered", responses=writes(RobotDone, 404))
async def recovered(robot_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """You have seen to a robot that had fallen or failed; it gets work again once it says that it stands."""
    return await _act(context, user, key, robot_id, ReportRecovered(robot_id=robot_id, reason=body.reason))


async def _act(context: ApiContext, user: User, key: str, robot_id: str, request: RequestBody) -> Response:
    def check(_: RequestBody, state: FleetState) -> None:
        known(state.robots, robot_id, "robot")

    put = await submit(context, user, key, lambda _: request, check)
    return answer(put, lambda: {"robot": _robot(context, robot_id)})


def _robot(context: ApiContext, robot_id: str) -> dict[str, Any]:
    known(context.state.robots, robot_id, "robot")
    return views.robot_view(context.state, robot_id, context.telemetry.robots().get(robot_id))
