"""Hold and release, one robot or all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api import views
from api.auth.identity import User
from api.context import ApiContext, Ctx, Operator
from api.docs import Responses, problems, writes
from api.inputs import ReasonIn
from api.intake import OptionalKey, Put, answer, fresh_key, good_key, submit
from api.paging import known
from api.stopping import after_recording, release_now, release_when_settled, stop
from fleet.model.requests import RequestBody, SetHold
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1", tags=["hold"])

_BODY_WITHIN_S = 0.25


class Held(BaseModel):
    """The robots were told. `recorded: false` means the store is busy: the record follows by itself."""

    told: bool = Field(examples=[True])
    recorded: bool = Field(examples=[True])
    robot_id: str | None = Field(examples=[None], description="null for all")
    because: str = Field(examples=["smoke in the corridor"])
    by: str = Field(examples=["Ana Ruiz"])


class HoldState(BaseModel):
    """Whether all robots are held, and the request that changed it."""

    request: views.RequestView
    hold_all: str
    hold_all_by: str


class RobotDone(BaseModel):
    """A robot, and the request that changed it."""

    request: views.RequestView
    robot: views.RobotView  # type: ignore[valid-type]


_REASON_BODY: dict[str, Any] = {
    "requestBody": {
        "required": False,
        "description": "Why. A call without a readable reason stops the robots all the same.",
        "content": {"application/json": {"schema": ReasonIn.model_json_schema()}},
    }
}
_STOP: Responses = {
    200: {"model": Held, "description": "The robots were told"},
    **problems(401, 403),
    503: {**problems(503)[503], "description": "THE ROBOTS WERE NOT TOLD: use the button on the robot"},
}


@router.post("/hold-all", summary="Hold all robots", responses=_STOP, openapi_extra=_REASON_BODY)
async def hold_all(request: Request, user: Operator, context: Ctx) -> Response:
    """Every robot stops moving and stays stable (never powered off), at once: the robots are told directly, before
    and without the store and the supervisor. Nothing about the form of the call is in the way."""
    because = await _reason(request) or f"hold all by {user.name}"
    return await stop(
        context, user, _key(request), None, because, lambda: context.stop_line.hold_all(because, user.name)
    )


@router.post(
    "/robots/{robot_id}/hold",
    summary="Hold one robot",
    responses={**_STOP, **problems(404)},
    openapi_extra=_REASON_BODY,
)
async def hold(robot_id: str, request: Request, user: Operator, context: Ctx) -> Response:
    """The same for one robot."""
    because = await _reason(request) or f"hold by {user.name}"
    tell = partial(context.stop_line.hold, robot_id, because, user.name)
    return await stop(context, user, _key(request), robot_id, because, tell)


@router.post("/release-all", summary="Release all robots", responses=writes(HoldState))
async def release_all(body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """End the hold of all robots. Unlike the hold this is on record before the robots are told; robots that are held
    for another reason stay held."""
    tell = partial(context.stop_line.release_all, body.reason, user.name)
    put = await _release(context, user, key, None, body.reason, None, tell)
    return answer(put, lambda: {"hold_all": context.state.hold_all, "hold_all_by": context.state.hold_all_by})


@router.post("/robots/{robot_id}/release", summary="Release one robot", responses=writes(RobotDone, 404))
async def release(robot_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """The same for one robot."""

    def check(_: RequestBody, state: FleetState) -> None:
        known(state.robots, robot_id, "robot")

    tell = partial(context.stop_line.release, robot_id, body.reason, user.name)
    put = await _release(context, user, key, robot_id, body.reason, check, tell)

    def content() -> dict[str, Any]:
        heard = context.telemetry.robots().get(robot_id)
        return {"robot": views.robot_view(context.state, robot_id, heard)}

    return answer(put, content)


async def _release(
    context: ApiContext,
    user: User,
    key: str,
    robot_id: str | None,
    reason: str,
    check: Callable[[RequestBody, FleetState], None] | None,
    tell: Callable[[], None],
) -> Put:
    await after_recording(context)
    holds = context.holds[robot_id]
    request = SetHold(robot_id=robot_id, engage=False, reason=reason)
    put = await submit(context, user, key, lambda _: request, check)

    def still_wanted() -> bool:
        """A release ends the holds from before it; one that came meanwhile (or after the first of two equal calls)
        stands."""
        return context.holds[robot_id] == holds and not _is_held(context.state, robot_id)

    if put.note is None:
        context.follow(release_when_settled(context, put.request.request_id, still_wanted, tell))
    elif put.note.accepted:
        release_now(still_wanted, tell)
    return put


def _is_held(state: FleetState, robot_id: str | None) -> bool:
    return bool(state.hold_all if robot_id is None else state.robots[robot_id].held_because)


async def _reason(request: Request) -> str:
    """The reason from the body, if there is a readable one soon. A stop is never refused for its form."""
    try:
        body = json.loads(await asyncio.wait_for(request.body(), _BODY_WITHIN_S))
        reason = body.get("reason") if isinstance(body, dict) else None
    except (ValueError, RecursionError, asyncio.TimeoutError, ClientDisconnect, HTTPException):
        return ""
    if not isinstance(reason, str):
        return ""
    return reason.encode("utf-8", "replace").decode().strip()[:2000]


def _key(request: Request) -> str:
    """The caller's key where it is a good one."""
    key = request.headers.get("idempotency-key", "")
    return key if good_key(key) else fresh_key()
