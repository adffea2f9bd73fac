"""Random audits: what the fleet decided by itself and a person looks at afterwards."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api import views
from api.context import Ctx, Operator, Viewer
from api.docs import reads, writes
from api.inputs import ReviewIn
from api.intake import OptionalKey, UpToDate, answer, as_json, submit
from api.paging import Cursor, Limit, Newest, known, page
from api.problems import Problem, invalid
from fleet.escalation.answers import Refusal
from fleet.escalation.reviews import acceptable
from fleet.model.requests import RequestBody, ReviewRuling
from fleet.model.review import Review, ReviewVerdict
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1/reviews", tags=["escalations"], dependencies=[UpToDate])


class ReviewDone(BaseModel):
    """A review, and the request that closed it."""

    request: views.RequestView
    review: views.ReviewView  # type: ignore[valid-type]


@router.get("", summary="List decisions to look at", responses=reads(views.ReviewPage, 422))
async def list_reviews(
    _: Viewer,
    context: Ctx,
    open: Annotated[bool | None, Query(description="those that nobody has looked at yet, or the others")] = None,
    decision_class: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
    newest: Newest = False,
) -> Response:
    """A random share of what the fleet decided by itself, in the order in which it was decided. Nothing waits for
    these; what you find keeps the gate honest."""

    def keep(r: Review) -> bool:
        return open in (None, r.open) and decision_class in (None, r.ruled.choice.decision_class)

    listed = page(context.state.reviews, keep, views.review_view, cursor=cursor, limit=limit, newest=newest)
    return as_json(listed)


@router.get("/{ruling_id}", summary="One decision to look at", responses=reads(views.ReviewView, 404))
async def get_review(ruling_id: str, _: Viewer, context: Ctx) -> Response:
    """One ruling with its options, scores and conditions, and what was found once somebody looked."""
    return as_json(views.review_view(known(context.state.reviews, ruling_id, "review")))


@router.post("/{ruling_id}", summary="Say whether it was right", responses=writes(ReviewDone, 404))
async def review(ruling_id: str, body: ReviewIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """What you found, on record under your name, once. With `wrong`, say what would have been right where more than
    one other option was there."""

    def check(_: RequestBody, state: FleetState) -> None:
        _check(known(state.reviews, ruling_id, "review"), body)

    request = ReviewRuling(ruling_id=ruling_id, verdict=body.verdict, reason=body.reason, instead=body.instead)
    put = await submit(context, user, key, lambda _: request, check)
    return answer(put, lambda: {"review": views.review_view(context.state.reviews[ruling_id])})


def _check(found: Review, body: ReviewIn) -> None:
    if not found.open:
        raise Problem(409, "already_answered", f"{found.by} has looked at it already: {found.verdict.value}")
    try:
        acceptable(found, ReviewVerdict(body.verdict), body.instead)
    except Refusal as refusal:
        raise invalid("instead", body.instead, refusal.detail.partition("expected ")[2]) from None
