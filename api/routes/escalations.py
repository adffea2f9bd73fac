"""Questions to people, and their answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api import views
from api.auth.identity import User
from api.context import ApiContext, Ctx, Operator, Viewer
from api.docs import reads, writes
from api.inputs import DecisionIn
from api.intake import OptionalKey, UpToDate, answer, as_json, submit
from api.kept_back import escalation_for
from api.paging import Cursor, Limit, Newest, known, page
from api.problems import FieldError, Problem, invalid
from fleet.escalation.refusal import Refusal
from fleet.model.escalation import Cause, Escalation, EscalationState
from fleet.model.requests import AcknowledgeEscalation, AnswerEscalation, RequestBody
from fleet.oversight.people.blind import hidden_from
from fleet.supervisor.keys import check_signature
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1/escalations", tags=["escalations"], dependencies=[UpToDate])


class EscalationDone(BaseModel):
    """An escalation, and the request that changed it."""

    request: views.RequestView
    escalation: views.EscalationView  # type: ignore[valid-type]


@router.get("", summary="List questions", responses=reads(views.EscalationPage, 422))
async def list_escalations(
    user: Viewer,
    context: Ctx,
    state: Annotated[list[EscalationState] | None, Query(description="any of these")] = None,
    open: Annotated[bool | None, Query(description="those that still wait for an answer, or those that do not")] = None,
    cause: Cause | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
    newest: Newest = False,
) -> Response:
    """Questions that fit every filter, in the order they were raised."""
    kept = set(state or ())

    def keep(e: Escalation) -> bool:
        return (not kept or e.state in kept) and open in (None, e.open) and cause in (None, e.cause)

    listed = page(
        context.state.escalations,
        keep,
        lambda e: escalation_for(e, context.state, user.name),
        cursor=cursor,
        limit=limit,
        newest=newest,
    )  # fmt: skip
    return as_json(listed)


@router.get("/{escalation_id}", summary="One question", responses=reads(views.EscalationView, 404))
async def get_escalation(escalation_id: str, user: Viewer, context: Ctx) -> Response:
    """One question with its options, evidence, deadline and safe default, and the decision once there is one."""
    asked = known(context.state.escalations, escalation_id, "escalation")
    return as_json(escalation_for(asked, context.state, user.name))


@router.post("/{escalation_id}/acknowledge", summary="Say that you look at it", responses=writes(EscalationDone, 404))
async def acknowledge(escalation_id: str, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """It is yours for a while; others see that. Without a decision it becomes everybody's again."""

    def check(_: RequestBody, state: FleetState) -> None:
        check_open(known(state.escalations, escalation_id, "escalation"))

    request = AcknowledgeEscalation(escalation_id=escalation_id)
    put = await submit(context, user, key, lambda _: request, check)
    return answer(put, lambda: _shown(context, escalation_id, user))


@router.post("/{escalation_id}/decision", summary="Decide", responses=writes(EscalationDone, 404))
async def decide(escalation_id: str, body: DecisionIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Your answer, on record under your name. It is taken once, only from the options, and only for the situation
    that you were shown: 409 `stale` when that has changed since, 409 `already_answered` when somebody was faster."""

    def check(_: RequestBody, state: FleetState) -> None:
        asked = known(state.escalations, escalation_id, "escalation")
        _check_answer(asked, body)
        if hidden_from(state.oversight, asked, user.name):
            detail = "this question was drawn: say first what you would choose (POST .../commit), then answer"
            raise Problem(409, "commit_first", detail)
        _check_signature(state, user.name, request)

    request = AnswerEscalation(
        escalation_id=escalation_id,
        option_id=body.option_id,
        reason=body.reason,
        shown_digest=body.shown_digest,
        previews_digest=body.previews_digest,
        key_id=body.key_id,
        signature=body.signature,
    )
    put = await submit(context, user, key, lambda _: request, check)
    return answer(put, lambda: _shown(context, escalation_id, user))


def _shown(context: ApiContext, escalation_id: str, user: User) -> dict[str, Any]:
    return {"escalation": escalation_for(context.state.escalations[escalation_id], context.state, user.name)}


def check_open(escalation: Escalation) -> None:
    """Raises a 409 `Problem` for a question that was answered, or that the world has overtaken."""
    if escalation.open:
        return
    if escalation.decision is not None:
        d = escalation.decision
        detail = f"it was answered already: {d.option_id!r} by {d.operator} ({d.how.value})"
        raise Problem(409, "already_answered", detail)
    then = f"; {escalation.replaced_by} has taken its place" if escalation.replaced_by else ""
    detail = f"the situation has changed and it is no longer asked ({escalation.state.value}){then}"
    raise Problem(409, "stale", detail, replaced_by=escalation.replaced_by)


def _check_signature(state: FleetState, actor: str, request: AnswerEscalation) -> None:
    try:
        check_signature(state, actor, request)
    except Refusal as refusal:
        error = FieldError(refusal.field, getattr(request, refusal.field, None), refusal.detail)
        raise Problem(403, refusal.problem, refusal.detail, errors=[error]) from None


def _check_answer(escalation: Escalation, body: DecisionIn) -> None:
    check_open(escalation)
    if body.shown_digest != escalation.shown_digest:
        detail = "the question has changed since you were shown it; look at it again, then answer"
        raise Problem(409, "stale", detail, shown_digest=escalation.shown_digest)
    if body.previews_digest and body.previews_digest not in escalation.preview_digests:
        newest = repr(escalation.previews_digest) if escalation.previews_digest else "none, there are no previews yet"
        raise invalid("previews_digest", body.previews_digest, f"one that this question had; the newest is {newest}")
    option = escalation.option(body.option_id)
    if option is None:
        options = ", ".join(o.option_id for o in escalation.options)
        raise invalid("option_id", body.option_id, f"one of: {options}")
    if not option.possible:
        failing = "; ".join(f"{c.name}: {c.detail}" for c in option.checks if not c.ok)
        raise invalid("option_id", body.option_id, f"an option that is possible; this one is not: {failing}")
