"""Whether the process lives, and whether it is of use."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from api.context import ApiContext, Ctx, Viewer
from api.docs import reads
from fleet.model.errors import FleetError
from fleet.webhooks.outbox import HookStatus, Outbox

router = APIRouter(tags=["health"])


class Healthy(BaseModel):
    """The process answers."""

    status: str = Field(examples=["ok"])


class Ready(BaseModel):
    """What is needed for work, and which of it is there. An empty text is good; others say what is wrong."""

    ready: bool
    journal: str = Field(examples=[""])
    projection: str = Field(examples=[""])
    leader: str = Field(examples=["no supervisor has been heard for 7.2 s"])
    seq: int = Field(examples=[4711])
    webhooks: str | None = Field(
        None,
        examples=["webhook pager: 2 dead letters"],
        description="only where one is in trouble; work is taken all the same",
    )


@router.get("/healthz", summary="Is the process alive?", response_model=Healthy)
async def healthz() -> dict[str, str]:
    """Answers as long as the process can answer anything. Needs no login."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="Can work be taken?",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "No"}},
)
async def readyz(context: Ctx) -> Response:
    """200 when the journal can be read, this process is current, and a supervisor leads; 503 with the reasons
    otherwise. Needs no login and tells nothing else."""
    body: dict[str, Any] = {
        "journal": await _journal_problem(context),
        "projection": projection_problem(context),
        "leader": leader_problem(context),
    }
    ready = not any(body.values())
    if problems := [h.problem for h in await webhook_status(context) if h.problem]:
        body["webhooks"] = "; ".join(problems)  # work is taken all the same
    return JSONResponse({"ready": ready, **body, "seq": context.projection.seq}, 200 if ready else 503)


class WebhookView(BaseModel):
    """How a webhook fares. Times are wall time, s since the Unix epoch."""

    hook: str = Field(examples=["pager"])
    seq: int = Field(description="the last journal record that was read for it")
    waiting: int = Field(description="messages that wait")
    oldest_s: float | None
    dead: int = Field(description="messages that were given up")
    delivered: int
    last_delivered_s: float | None
    problem: str = Field(description="empty when nothing is wrong")
    dead_letters: list[dict[str, Any]]


class WebhookList(BaseModel):
    """The webhooks of the deployment."""

    items: list[WebhookView]


@router.get("/v1/webhooks", summary="How webhooks fare", responses=reads(WebhookList))
async def webhooks(_: Viewer, context: Ctx) -> Response:
    """What was delivered, what waits and why, and what was given up (dead letters)."""
    return JSONResponse({"items": await context.in_thread(_webhooks, context.settings.webhooks_path)})


def _webhooks(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.is_file():
        return []
    outbox = Outbox(path, read_only=True)
    try:
        return [
            {
                "hook": h.hook,
                "seq": h.seq,
                "waiting": h.waiting,
                "oldest_s": h.oldest_s,
                "dead": h.dead,
                "delivered": h.delivered,
                "last_delivered_s": h.last_delivered_s,
                "problem": h.problem,
                "dead_letters": outbox.dead_letters(h.hook),
            }
            for h in outbox.status()
        ]
    finally:
        outbox.close()


async def webhook_status(context: ApiContext) -> tuple[HookStatus, ...]:
    """How each webhook fares; none where there are none, or their file cannot be read now."""
    path = context.settings.webhooks_path
    if path is None or not path.is_file():
        return ()
    try:
        return await context.in_thread(_status, path)
    except sqlite3.Error:
        return ()


def _status(path: Path) -> tuple[HookStatus, ...]:
    outbox = Outbox(path, read_only=True)
    try:
        return outbox.status()
    finally:
        outbox.close()


async def _journal_problem(context: ApiContext) -> str:
    try:
        await context.in_thread(context.store.head)
    except (FleetError, sqlite3.Error, OSError) as error:
        return f"cannot be read: {error}"
    return ""


def projection_problem(context: ApiContext) -> str:
    """Why what this process shows is not how things stand; empty when it is."""
    projection = context.projection
    if projection.problem:
        return projection.problem
    age = projection.age_s()
    if not projection.caught_up or age is None:
        return f"still reading the journal; at record {projection.seq}"
    if age > context.settings.current_within_s:
        return f"the journal was last read {age:.1f} s ago"
    return ""


def leader_problem(context: ApiContext) -> str:
    """Why nobody takes up requests now; empty when a supervisor leads."""
    seen = context.telemetry.leader()
    if seen is None:
        return "no supervisor has been heard"
    if seen.age_s > context.settings.leader_within_s:
        return f"no supervisor has been heard for {seen.age_s:.1f} s; the last was {seen.supervisor_id}"
    return ""
