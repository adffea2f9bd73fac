"""Parts of the building that are closed to robots: look, close, open again."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api import views
from api.context import Ctx, Operator, Viewer
from api.docs import reads, writes
from api.inputs import CloseIn, ReasonIn
from api.intake import OptionalKey, UpToDate, answer, as_json, submit
from api.paging import known
from api.problems import invalid
from fleet.model.closure_requests import CloseWay, OpenWay
from fleet.model.closures import Closure
from fleet.model.requests import RequestBody
from fleet.model.wire import to_plain
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1", tags=["traffic"], dependencies=[UpToDate])


class ClosureView(BaseModel):
    """Robots do not enter it; who is inside may leave. Times in fleet time, s."""

    what: str = Field(description="the id of a door, lift, zone, area or place", examples=["corridor"])
    by: str
    reason: str
    since_s: float
    until_s: float | None = Field(description="null: until somebody opens it")


class ClosureList(BaseModel):
    """What people have closed to robots."""

    items: list[ClosureView]


class ClosureDone(BaseModel):
    """A closure, and the request that made or ended it; null once it is open again."""

    request: views.RequestView
    closure: ClosureView | None


@router.get("/closures", summary="List what is closed to robots", responses=reads(ClosureList))
async def closures(_: Viewer, context: Ctx) -> Response:
    """By people. What site and robots say of doors besides is in `GET /v1/traffic`."""
    return as_json({"items": [to_plain(c) for c in context.state.closures.values()]})


@router.post("/closures", summary="Close to robots", status_code=201, responses=writes(ClosureDone, status=201))
async def close(body: CloseIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Robots go around it, or wait; where there is no other way, you are asked once what shall become of their work.
    Only where traffic is on: robots that find their own way are not told."""
    if body.for_s is not None and body.until_s is not None:
        raise invalid("for_s", body.for_s, "either for_s or until_s, or neither: until it is opened")

    def make(now_s: float) -> CloseWay:
        until_s = now_s + body.for_s if body.for_s is not None else body.until_s
        return CloseWay(what=body.what, reason=body.reason, until_s=until_s)

    put = await submit(context, user, key, make)
    return answer(put, lambda: _done(context.state, body.what), status=201)


@router.post("/closures/{what}/open", summary="Open to robots again", responses=writes(ClosureDone, 404))
async def open_again(what: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Robots may enter it from now on; who waited for it goes on."""

    def check(_: RequestBody, state: FleetState) -> None:
        known(state.closures, what, "closure of")

    put = await submit(context, user, key, lambda _: OpenWay(what=what, reason=body.reason), check)
    return answer(put, lambda: _done(context.state, what))


def _done(state: FleetState, what: str) -> dict[str, Any]:
    closure: Closure | None = state.closures.get(what)
    return {"closure": to_plain(closure) if closure is not None else None}
