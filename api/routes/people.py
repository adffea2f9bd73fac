"""How people decide: said before the recommendation is shown, what was looked at, and what is known of oneself."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import views
from api.context import Admin, Ctx, Operator, Viewer
from api.docs import reads, writes
from api.inputs import Body
from api.intake import OptionalKey, UpToDate, answer, as_json, submit
from api.kept_back import escalation_for
from api.paging import known
from api.problems import Problem
from api.routes.escalations import EscalationDone
from fleet.model.oversight_requests import CommitChoice, Looked, ReportLooked, SeeOversight
from fleet.model.wire import to_plain
from fleet.oversight.people.report import PersonReport, of_person, people, shown_until_s
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1", tags=["people"], dependencies=[UpToDate])

PersonView = views.view_model(
    "PersonView",
    PersonReport,
    "How one person decided. `seen_until_s` is up to when they have been shown it themselves.",
    seen_until_s=(float, ...),
)


class PeopleList(BaseModel):
    """Everybody who answers questions, each as far as they have been shown it themselves, or a week ago."""

    items: list[PersonView]  # type: ignore[valid-type]


class CommitIn(Body):
    """What you would choose, before you see what the fleet recommends."""

    option_id: str = Field(max_length=200, description="one of the escalation's options")
    shown_digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="the escalation's `shown_digest`")
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"option_id": "object:blue_2", "shown_digest": "9f86d081884c7d65" * 4}]}
    )


class LookedIn(Body):
    """One piece of evidence, and for how long it was open."""

    ref: str = Field(max_length=200, description="the evidence's `ref`, or `question` for the question itself")
    seconds: float = Field(ge=0, le=86_400)


class LooksIn(Body):
    """What you looked at, as your console measured it since it said so last."""

    looked: list[LookedIn] = Field(min_length=1, max_length=100)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"looked": [{"ref": "question", "seconds": 14.0}, {"ref": "c7", "seconds": 6}]}]
        }
    )


class SeenIn(Body):
    """Up to when you have been shown it: `until_s` of what you were given."""

    until_s: float = Field(ge=0)
    model_config = ConfigDict(json_schema_extra={"examples": [{"until_s": 5310.5}]})


class Noted(BaseModel):
    """The request that noted it."""

    request: views.RequestView


@router.post(
    "/escalations/{escalation_id}/commit",
    summary="Say first what you would choose",
    responses=writes(EscalationDone, 404),
)
async def commit(escalation_id: str, body: CommitIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """For a question that was drawn (`blind`): scores, predictions and their order are shown to you after this, and
    only then can you answer. Your answer may differ; what you said first is kept beside it."""
    known(context.state.escalations, escalation_id, "escalation")
    request = CommitChoice(escalation_id=escalation_id, option_id=body.option_id, shown_digest=body.shown_digest)
    put = await submit(context, user, key, lambda _: request)

    def content() -> dict[str, Any]:
        return {"escalation": escalation_for(context.state.escalations[escalation_id], context.state, user.name)}

    return answer(put, content)


@router.post("/escalations/{escalation_id}/looked", summary="Say what you looked at", responses=writes(Noted, 404))
async def looked(escalation_id: str, body: LooksIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Which evidence you had open and for how long. The console says it by itself; it cannot be longer than the
    question has been there."""
    known(context.state.escalations, escalation_id, "escalation")
    looks = tuple(Looked(ref=look.ref, seconds=look.seconds) for look in body.looked)
    put = await submit(context, user, key, lambda _: ReportLooked(escalation_id=escalation_id, looked=looks))
    return answer(put, dict)


@router.get("/me/oversight", summary="How I decide", responses=reads(PersonView))
async def mine(user: Viewer, context: Ctx) -> Response:
    """What is known of how you decide, before anybody else is shown it."""
    return as_json(_view(context.state, user.name, context.clock.now_s()))


@router.post("/me/oversight/seen", summary="I have seen how I decide", responses=writes(Noted))
async def seen(body: SeenIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Up to that time admins may see it from now on. Without this they see what is a week old."""
    put = await submit(context, user, key, lambda _: SeeOversight(until_s=body.until_s))
    return answer(put, dict)


@router.get("/people/oversight", summary="How people decide", responses=reads(PeopleList))
async def everybody(_: Admin, context: Ctx) -> Response:
    """Everybody who has answered questions, each up to when they have been shown it themselves, or a week ago."""
    state, now_s = context.state, context.clock.now_s()
    return as_json({"items": [_view(state, name, shown_until_s(state, name, now_s)) for name in people(state)]})


@router.get("/people/{name}/oversight", summary="How one person decides", responses=reads(PersonView, 404))
async def one(name: str, _: Admin, context: Ctx) -> Response:
    """One of them."""
    state = context.state
    if name not in people(state):
        raise Problem(
            404, "not_found", f"{name!r} has answered no question; who has: {', '.join(people(state)) or 'nobody'}"
        )
    return as_json(_view(state, name, shown_until_s(state, name, context.clock.now_s())))


def _view(state: FleetState, name: str, until_s: float) -> dict[str, Any]:
    """See `PersonView`."""
    return {**to_plain(of_person(state, name, until_s)), "seen_until_s": state.oversight.seen.get(name, 0.0)}
