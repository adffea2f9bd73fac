"""Directives in plain language: say it, see what would be understood, look at what became of it."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api import views
from api.context import ApiContext, Ctx, Operator, Viewer
from api.docs import problems, reads, writes
from api.instruction_views import (
    InstructionIn,
    InstructionView,
    SaidIn,
    UnderstoodView,
    instruction_view,
    understood_view,
)
from api.intake import RequiredKey, UpToDate, answer, as_json, current, in_time, submit
from api.kept_back import escalation_for
from api.paging import Cursor, Limit, Newest, known, page
from api.problems import Problem
from api.routes.browse import mission_with_tasks
from fleet.model.errors import InvalidField
from fleet.model.instructions import GiveInstruction, Proposed
from fleet.model.requests import RequestBody
from fleet.supervisor.readings import Here, known_here
from fleet.supervisor.state import FleetState

router = APIRouter(prefix="/v1", tags=["directives"])
_PROPOSING_S = 70.0  # longer than any proposer's own time-out


class InstructionDone(BaseModel):
    """An instruction and what became of it: a mission with tasks, or a question to a person."""

    request: views.RequestView
    instruction: InstructionView  # type: ignore[valid-type]
    mission: views.MissionView | None  # type: ignore[valid-type]
    tasks: list[views.TaskView]  # type: ignore[valid-type]
    escalation: views.EscalationView | None  # type: ignore[valid-type]


InstructionPage = views.page_model("InstructionPage", InstructionView)


@router.post(
    "/instructions", summary="Give a directive in plain language", status_code=201,
    responses=writes(InstructionDone, status=201),
)  # fmt: skip
async def give_instruction(body: InstructionIn, user: Operator, key: RequiredKey, context: Ctx) -> Response:
    """Say what is wanted and why. The fleet makes tasks of it where it is sure what is meant, and asks a person where
    it is not; what it can do nothing with is refused, with the reason."""
    proposed = await _proposed(context, user.name, key, body)

    def make(now_s: float) -> GiveInstruction:
        return _request(user.name, key, now_s, body, proposed)

    def check(request: RequestBody, state: FleetState) -> None:
        assert isinstance(request, GiveInstruction)
        if request.directive_id in state.directives:
            detail = f"directive_id: {request.directive_id!r} is taken; use another id, or none"
            raise Problem(409, "conflict", detail, field="directive_id")

    put = await submit(context, user, key, make, check)
    assert isinstance(put.request.body, GiveInstruction)
    name = put.request.body.directive_id
    return answer(put, lambda: _done(context, name), status=201, location=f"/v1/instructions/{name}")


@router.post(
    "/instructions/preview", summary="What would be understood",
    responses={200: {"model": UnderstoodView}, **problems(422, 503)},
)  # fmt: skip
async def preview_instruction(body: SaidIn, _: Operator, context: Ctx) -> Response:
    """How these words would be read now, best first. Nothing is changed. No language model is asked."""
    await current(context)
    here = Here(context.state, context.site)
    return as_json(await asyncio.to_thread(understood_view, body.text, here))


@router.get(
    "/instructions", summary="List instructions", dependencies=[UpToDate], responses=reads(InstructionPage, 422)
)
async def list_instructions(
    _: Viewer, context: Ctx, cursor: Cursor = None, limit: Limit = 100, newest: Newest = False
) -> Response:
    """What was said in plain language, by whom and why, and what became of it."""
    found = context.state.instructions
    return as_json(page(found, lambda _: True, instruction_view, cursor=cursor, limit=limit, newest=newest))


@router.get(
    "/instructions/{directive_id}", summary="One instruction", dependencies=[UpToDate],
    responses=reads(InstructionView, 404),
)  # fmt: skip
async def get_instruction(directive_id: str, _: Viewer, context: Ctx) -> Response:
    """One instruction as it stands."""
    return as_json(instruction_view(known(context.state.instructions, directive_id, "instruction")))


async def _proposed(context: ApiContext, actor: str, key: str, body: InstructionIn) -> Proposed | None:
    """What the language model makes of it, if there is one. A repeated call is the same request: it asks nobody."""
    if context.proposer is None:
        return None
    first = await in_time(context, context.store.find_key, actor, key)
    if first is not None:
        return first.body.proposed if isinstance(first.body, GiveInstruction) else None
    await current(context)
    there = known_here(Here(context.state, context.site))
    try:
        call = asyncio.to_thread(context.proposer.propose, body.text, body.why, there)
        return await asyncio.wait_for(call, _PROPOSING_S)
    except asyncio.TimeoutError:
        return Proposed(model="language model", problem=f"no answer within {_PROPOSING_S:g} s")


def _request(actor: str, key: str, now_s: float, body: InstructionIn, proposed: Proposed | None) -> GiveInstruction:
    stem = hashlib.sha256(f"{actor}\n{key}".encode()).hexdigest()[:10]
    return GiveInstruction(
        directive_id=body.directive_id or f"d-{stem}",
        text=body.text.strip(),
        why=body.why,
        limits=tuple(body.limits),
        authority=body.authority,
        priority=body.priority,
        deadline_s=_absolute("deadline", body.deadline_s, body.deadline_in_s, now_s),
        expires_at_s=_absolute("expires", body.expires_at_s, body.expires_in_s, now_s),
        proposed=proposed,
    )


def _absolute(name: str, at_s: float | None, in_s: float | None, now_s: float) -> float | None:
    at_name = "deadline_s" if name == "deadline" else f"{name}_at_s"
    if at_s is not None and in_s is not None:
        raise InvalidField(f"{name}_in_s", in_s, f"either {at_name} or {name}_in_s, not both")
    if at_s is not None and at_s <= now_s:
        raise InvalidField(at_name, at_s, f"a time to come (it is {now_s:.3f} s of fleet time now)")
    return now_s + in_s if in_s is not None else at_s


def _done(context: ApiContext, name: str) -> dict[str, Any]:
    state = context.state
    said = state.instructions[name]
    made = mission_with_tasks(context, said.mission_id) if said.mission_id else {"mission": None, "tasks": []}
    asked = state.escalations.get(said.escalation_id)
    shown = escalation_for(asked, state, "") if asked is not None and asked.open else None
    return {"instruction": instruction_view(said), **made, "escalation": shown}
