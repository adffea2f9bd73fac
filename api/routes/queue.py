"""The queue of questions: who was told, handing on, putting aside, maintenance."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api import views
from api.auth.identity import User
from api.context import ApiContext, Ctx, Operator, Viewer
from api.docs import reads, writes
from api.inputs import DelegateIn, MaintenanceIn, ReasonIn, ShelveIn
from api.intake import OptionalKey, UpToDate, answer, as_json, submit
from api.paging import known
from api.problems import Problem, invalid
from api.queue_views import PlaceView, QueueView, place_view, queue_view, sources
from api.routes.escalations import check_open
from fleet.model import queue_requests as qr
from fleet.model.requests import RequestBody, Role
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1", tags=["escalations"], dependencies=[UpToDate])


class PlaceDone(BaseModel):
    """A question's place in the queue, and the request that changed it."""

    request: views.RequestView
    place: PlaceView


class WindowView(BaseModel):
    """A maintenance window: questions about that zone or those robots are silenced and logged while it lasts."""

    window_id: str = Field(examples=["floor-cleaning"])
    zone: str
    robot_ids: list[str]
    from_s: float
    to_s: float
    by: str
    reason: str
    closed: bool = Field(description="robots keep out of the zone meanwhile")
    escalation_ids: list[str] = Field(description="what it silences now")


class WindowList(BaseModel):
    """The maintenance windows that stand or are to come."""

    items: list[WindowView]


class WindowDone(BaseModel):
    """A maintenance window, and the request that made or ended it; null once it has ended."""

    request: views.RequestView
    window: WindowView | None


@router.get("/queue", summary="The queue of questions", responses=reads(QueueView))
async def queue(_: Viewer, context: Ctx) -> Response:
    """Open questions by what it costs to let them wait; those that were put aside; those that are silenced, and by
    what; whether there is a flood."""
    return as_json(queue_view(context.state, context.clock.now_s()))


@router.get("/escalations/{escalation_id}/place", summary="A question's place", responses=reads(PlaceView, 404))
async def place(escalation_id: str, _: Viewer, context: Ctx) -> Response:
    """Its policy as it was copied when it was raised, the tiers that were tried, who was told."""
    return as_json(_place(context, escalation_id))


@router.post("/escalations/{escalation_id}/delegate", summary="Hand a question on", responses=writes(PlaceDone, 404))
async def delegate(
    escalation_id: str, body: DelegateIn, user: Operator, key: OptionalKey, context: Ctx
) -> Response:  # fmt: skip
    """Somebody else is told of it at once. While one person has acknowledged it, only they (or an admin) may."""
    await _check_person(context, body.to)
    request = qr.DelegateEscalation(escalation_id=escalation_id, to=body.to, reason=body.reason)
    return await _act(context, user, key, escalation_id, lambda _: request)


@router.post("/escalations/{escalation_id}/shelve", summary="Put a question aside", responses=writes(PlaceDone, 404))
async def shelve(escalation_id: str, body: ShelveIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """For a while, with a reason. It comes back by itself, at least 30 s before its deadline, which stays as it is; how
    long was granted is in the answer."""

    def make(now_s: float) -> qr.ShelveEscalation:
        until = body.until_s if body.until_s is not None else now_s + (body.for_s or 0.0)
        return qr.ShelveEscalation(escalation_id=escalation_id, until_s=until, reason=body.reason)

    if (body.until_s is None) == (body.for_s is None):
        raise invalid("for_s", body.for_s, "either for_s or until_s")
    return await _act(context, user, key, escalation_id, make)


@router.post("/escalations/{escalation_id}/unshelve", summary="Fetch it back", responses=writes(PlaceDone, 404))
async def unshelve(escalation_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """A question that was put aside is back before its time."""
    request = qr.UnshelveEscalation(escalation_id=escalation_id, reason=body.reason)
    return await _act(context, user, key, escalation_id, lambda _: request)


@router.get("/maintenance", summary="List maintenance windows", responses=reads(WindowList))
async def maintenance(_: Viewer, context: Ctx) -> Response:
    """Those that stand or are to come, each with the questions that it silences."""
    return as_json({"items": [_window(context.state, w) for w in context.state.queue.windows]})


@router.post(
    "/maintenance", summary="Announce maintenance", status_code=201, responses=writes(WindowDone, status=201)
)  # fmt: skip
async def set_maintenance(body: MaintenanceIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Questions about that zone or those robots are silenced from then to then, and logged. Severity high never is."""
    if (body.to_s is None) == (body.for_s is None):
        raise invalid("for_s", body.for_s, "either for_s or to_s")

    def make(now_s: float) -> qr.SetMaintenance:
        begins = body.from_s if body.from_s is not None else now_s
        ends = body.to_s if body.to_s is not None else begins + (body.for_s or 0.0)
        return qr.SetMaintenance(
            window_id=body.window_id,
            zone=body.zone or "",
            robot_ids=tuple(body.robot_ids),
            from_s=begins,
            to_s=ends,
            reason=body.reason,
            closed=body.closed,
        )

    put = await submit(context, user, key, make)
    return answer(put, lambda: {"window": _window_or_none(context.state, body.window_id)}, status=201)


@router.post("/maintenance/{window_id}/end", summary="End maintenance early", responses=writes(WindowDone, 404))
async def end_maintenance(window_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """What was silenced and is still true comes back."""

    def check(_: RequestBody, state: FleetState) -> None:
        known(state.queue.windows, window_id, "maintenance window")

    request = qr.EndMaintenance(window_id=window_id, reason=body.reason)
    put = await submit(context, user, key, lambda _: request, check)
    return answer(put, lambda: {"window": _window_or_none(context.state, window_id)})


async def _act(context: ApiContext, user: User, key: str, escalation_id: str, make: Any) -> Response:
    def check(_: RequestBody, state: FleetState) -> None:
        check_open(known(state.escalations, escalation_id, "escalation"))

    put = await submit(context, user, key, make, check)
    return answer(put, lambda: {"place": _place(context, escalation_id)})


async def _check_person(context: ApiContext, name: str) -> None:
    """Raises a 422 `Problem` where nobody of that name could answer here."""
    accounts = await context.in_thread(context.users.accounts)
    able = [a.name for a in accounts if a.role in (Role.OPERATOR, Role.ADMIN) and not a.disabled]
    if name not in able:
        raise invalid("to", name, "an operator or admin who may log in: " + ", ".join(able))


def _place(context: ApiContext, escalation_id: str) -> dict[str, Any]:
    state = context.state
    asked = known(state.escalations, escalation_id, "escalation")
    entry = state.queue.entries.get(escalation_id)
    if entry is None:
        raise Problem(409, "conflict", f"{escalation_id} was raised before there was a queue, or this very moment")
    return place_view(state, asked, entry, context.clock.now_s())


def _window_or_none(state: FleetState, window_id: str) -> dict[str, Any] | None:
    return _window(state, window_id) if window_id in state.queue.windows else None


def _window(state: FleetState, window_id: str) -> dict[str, Any]:
    window = state.queue.windows[window_id]
    silenced: list[str] = next((s["escalation_ids"] for s in sources(state) if s["source"] == window_id), [])
    return {
        "window_id": window.window_id,
        "zone": window.zone,
        "robot_ids": list(window.robot_ids),
        "from_s": window.from_s,
        "to_s": window.to_s,
        "by": window.by,
        "reason": window.reason,
        "closed": window.closed,
        "escalation_ids": silenced,
    }
