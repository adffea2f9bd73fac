"""The journal's records: in pages, and as they come."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api import views
from api.auth.identity import User
from api.context import ApiContext, Ctx, Viewer
from api.docs import reads
from api.guard import SUBPROTOCOL
from api.intake import as_json, in_time
from api.kept_back import event_for
from api.problems import invalid
from fleet.journal.base import JournalReader, Record
from fleet.model.events import EVENT_KINDS

router = APIRouter(prefix="/v1", tags=["events"])

CLOSE_GOING_AWAY = 1001
CLOSE_LOGGED_OUT = 4401
CLOSE_TOO_SLOW = 4408
CLOSE_AHEAD = 4409
CLOSE_BROKEN = 4500
_PAGE = 500

After = Annotated[int, Query(ge=0, le=2**62, description="records with a higher `seq`")]
Kind = Annotated[list[str] | None, Query(description="only these kinds of events")]


class EventPage(BaseModel):
    """Records in order. Ask again with `after=next`; `next` equal to `head` is the end for now."""

    items: list[views.EventView]
    next: int = Field(examples=[4711])
    head: int = Field(examples=[4711])


@router.get("/events", summary="Read the journal", responses=reads(EventPage, 422, 503))
async def list_events(
    user: Viewer,
    context: Ctx,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="records looked at")] = 200,
    kind: Kind = None,
) -> Response:
    """Records after a sequence number. With `kind`, others are passed over (`next` still moves on)."""
    kinds = _kinds(kind)
    records = await in_time(context, _read, context.store, after, limit)
    if records:
        await context.projection.reached(records[-1].seq, context.settings.settle_within_s)
    wanted = [record for record in records if not kinds or type(record.event).__name__ in kinds]
    shown = (event_for(record, context.state, user.name) for record in wanted)
    items = [view for view in shown if view is not None]
    last = records[-1].seq if records else after
    return as_json({"items": items, "next": last, "head": max(last, context.projection.seq)})


def _read(store: JournalReader, after: int, limit: int) -> list[Record]:
    # Beyond its end the journal has no place to read on from.
    return store.read(after, limit) if after < store.head() else []


def _kinds(kind: list[str] | None) -> frozenset[str]:
    for name in kind or ():
        if name not in EVENT_KINDS:
            raise invalid("kind", name, "one of " + ", ".join(sorted(EVENT_KINDS)))
    return frozenset(kind or ())


# ---- as they come -------------------------------------------------------------------------------------------


class _Closed(Exception):
    """The stream has to end, for this reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@router.websocket("/stream")
async def stream(
    websocket: WebSocket, user: Viewer, context: Ctx, after: After | None = None, kind: Kind = None
) -> None:
    """Records from a sequence number on (from now on, without one), and a heartbeat while there are none.

    Messages are JSON objects with a `type`: `hello` (`head`), `event` (as in `GET /v1/events`), `heartbeat` (`head`,
    `now_s`). Close codes: 4401 logged out, 4408 too slow (come back with `after`), 4409 `after` is ahead of the
    journal, 4500 the journal cannot be followed, 1001 the server ends.
    """
    kinds = _kinds(kind)
    offered = websocket.scope.get("subprotocols", [])
    await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
    # Somebody has to read, or a client that goes away is noticed only at the next record.
    reader = asyncio.create_task(_drain(websocket))
    sender = asyncio.create_task(_Stream(websocket, user, context, kinds).run(after))
    context.streams += 1
    try:
        await asyncio.wait({reader, sender}, return_when=asyncio.FIRST_COMPLETED)
        if sender.done():
            sender.result()
    except _Closed as closed:
        await _close(websocket, closed)
    except (WebSocketDisconnect, RuntimeError):
        pass  # the client went away while something was sent
    finally:
        context.streams -= 1
        for task in (reader, sender):
            task.cancel()
        await asyncio.gather(reader, sender, return_exceptions=True)


async def _drain(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _close(websocket: WebSocket, closed: _Closed) -> None:
    if websocket.application_state is not WebSocketState.CONNECTED:
        return
    # To a client that takes no data the goodbye cannot be said either.
    with contextlib.suppress(asyncio.TimeoutError, RuntimeError, WebSocketDisconnect):
        await asyncio.wait_for(websocket.close(closed.code, closed.reason), 1.0)


class _Stream:
    """One client's place in the journal. Nothing is queued for it: what it has not taken is read again."""

    def __init__(self, websocket: WebSocket, user: User, context: ApiContext, kinds: frozenset[str]) -> None:
        self._websocket = websocket
        self._user = user
        self._context = context
        self._kinds = kinds
        self._seq = 0

    async def run(self, after: int | None) -> None:
        """Send for as long as the client takes it. Raises `_Closed`."""
        projection, beat_s = self._context.projection, self._context.settings.heartbeat_s
        head = await in_time(self._context, self._context.store.head)
        self._seq = head if after is None else after
        if self._seq > head:
            raise _Closed(CLOSE_AHEAD, f"after={after} is ahead of the journal, which ends at {head}")
        await self._send({"type": "hello", "head": head, "after": self._seq, "now_s": self._context.clock.now_s()})
        loop = asyncio.get_running_loop()
        next_beat = loop.time() + beat_s
        while True:
            while records := await self._next():
                for record in records:
                    await self._send_record(record)
            if projection.problem:
                raise _Closed(CLOSE_BROKEN, f"the journal cannot be followed: {projection.problem}"[:120])
            if projection.stopped:
                raise _Closed(CLOSE_GOING_AWAY, "the server ends; come back with after=" + str(self._seq))
            await projection.changed(max(0.0, next_beat - loop.time()))
            if loop.time() >= next_beat:
                next_beat = loop.time() + beat_s
                self._check_session()
                await self._send({"type": "heartbeat", "head": projection.seq, "now_s": self._context.clock.now_s()})

    async def _next(self) -> list[Record]:
        kept = self._context.projection.kept_after(self._seq)
        if kept is not None:
            return kept
        records: list[Record] = await in_time(self._context, _read, self._context.store, self._seq, _PAGE)
        return records

    async def _send_record(self, record: Record) -> None:
        if not self._kinds or type(record.event).__name__ in self._kinds:
            view = event_for(record, self._context.state, self._user.name)
            if view is not None:
                await self._send({"type": "event", **view})
        self._seq = record.seq

    async def _send(self, message: dict[str, Any]) -> None:
        text = msgspec.json.encode(message).decode()
        limit_s = self._context.settings.slow_client_s
        try:
            await asyncio.wait_for(self._websocket.send_text(text), limit_s)
        except asyncio.TimeoutError:
            reason = f"no data was taken for {limit_s:g} s; come back with after={self._seq}"
            raise _Closed(CLOSE_TOO_SLOW, reason) from None

    def _check_session(self) -> None:
        user = self._user
        if user.expires_at_s <= self._context.clock.wall_s() or not self._context.users.is_open(user.session_id):
            raise _Closed(CLOSE_LOGGED_OUT, "the session is over; log in and come back with after=" + str(self._seq))
