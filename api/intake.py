"""From a checked body to a request that is durable, and to what the supervisor made of it."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header
from starlette.responses import Response

from api.auth.identity import User
from api.context import ApiContext, Ctx
from api.problems import FieldError, Problem
from fleet.model.errors import Conflict
from fleet.model.requests import Request, RequestBody
from fleet.supervisor.state import FleetState, RequestNote

_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")
_STATUS = {
    **{"invalid": 422, "not_found": 404, "forbidden": 403},
    **dict.fromkeys(("conflict", "stale", "already_answered", "commit_first"), 409),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A request that is durable, whether it was before, and what came of it (None: not settled yet)."""

    request: Request
    replayed: bool
    note: RequestNote | None


# ---- idempotency keys ---------------------------------------------------------------------------------------

_KEY_HELP = (
    "Any text of your own, new for each new request; the same again when you repeat one. At most 200 characters."
)


def required_key(
    idempotency_key: Annotated[str | None, Header(description=_KEY_HELP, examples=["b1946ac9-2f0d"])] = None,
) -> str:
    """The caller's key. Raises a 422 `Problem` without one."""
    if idempotency_key is None:
        raise _bad_key(None)
    return _checked_key(idempotency_key)


def optional_key(
    idempotency_key: Annotated[str | None, Header(description=_KEY_HELP, examples=["b1946ac9-2f0d"])] = None,
) -> str:
    """The caller's key, or a fresh one."""
    return fresh_key() if idempotency_key is None else _checked_key(idempotency_key)


def _checked_key(key: str) -> str:
    if not good_key(key):
        raise _bad_key(key)
    return key


def _bad_key(key: str | None) -> Problem:
    expected = "1 to 200 visible ASCII characters, new for each new request"
    error = FieldError("header Idempotency-Key", key, expected)
    return Problem(422, "invalid", f"header Idempotency-Key: got {key!r}, expected {expected}", errors=[error])


def good_key(key: str) -> bool:
    """Whether it can be used."""
    return _KEY.match(key) is not None


def fresh_key() -> str:
    """A key for a call that came without one: it cannot be repeated, and is on record all the same."""
    return "auto-" + secrets.token_hex(12)


RequiredKey = Annotated[str, Depends(required_key)]
OptionalKey = Annotated[str, Depends(optional_key)]


# ---- putting ------------------------------------------------------------------------------------------------


async def submit(
    context: ApiContext,
    user: User,
    key: str,
    make: Callable[[float], RequestBody],
    check: Callable[[RequestBody, FleetState], None] | None = None,
) -> Put:
    """Make the request at fleet time now, check it against the state, put it durably, wait for the supervisor.

    A repeated call is made at the time of the first one, and is not checked again: what it asked for may since have
    come true or passed, and it is the same request all the same.
    """
    request, replayed = await _put(context, user, key, make, check)
    note = await context.projection.settled(request.request_id, context.settings.settle_within_s)
    return Put(request=request, replayed=replayed, note=note)


async def _put(
    context: ApiContext,
    user: User,
    key: str,
    make: Callable[[float], RequestBody],
    check: Callable[[RequestBody, FleetState], None] | None,
) -> tuple[Request, bool]:
    first = await in_time(context, context.store.find_key, user.name, key)
    if first is None:
        now_s = context.clock.now_s()
        body = make(now_s)
        if check is not None:
            await current(context)
            check(body, context.state)
        try:
            request, new = await in_time(context, context.store.put, user.name, user.role, key, body, now_s)
            return request, not new
        except Conflict:
            # The same call came twice at once, and the other one was first.
            first = await in_time(context, context.store.find_key, user.name, key)
            if first is None:
                raise
    return await _again(context, user, key, make, first), True


async def _again(
    context: ApiContext, user: User, key: str, make: Callable[[float], RequestBody], first: Request
) -> Request:
    try:
        body = make(first.received_at_s)
        request: Request
        request, _ = await in_time(context, context.store.put, user.name, user.role, key, body, first.received_at_s)
    except Conflict as error:
        detail = f"key {key!r} was used for request {first.request_id}, which asked for something else; use a new key"
        raise Problem(409, "key_reused", detail, request_id=first.request_id) from error
    return request


async def in_time(context: ApiContext, call: Callable[..., Any], *arguments: object) -> Any:
    """A call of the store, with an end. Raises a 503 `Problem` when it takes too long; what was asked may then still
    become durable, which is why repeating needs the same key."""
    try:
        return await asyncio.wait_for(context.in_thread(call, *arguments), context.settings.store_within_s)
    except asyncio.TimeoutError as error:
        detail = f"the store did not answer within {context.settings.store_within_s:g} s; repeat with the same key"
        raise Problem(503, "unavailable", detail, headers={"Retry-After": "1"}) from error


async def current(context: ApiContext) -> None:
    """Wait a moment for the past to be read; raises a 503 `Problem` while what is known here is not how things are."""
    end = asyncio.get_running_loop().time() + context.settings.settle_within_s
    while not context.projection.caught_up and not context.projection.problem:
        if asyncio.get_running_loop().time() > end:
            detail = f"still reading the journal, at record {context.projection.seq}; try again"
            raise Problem(503, "unavailable", detail, headers={"Retry-After": "1"})
        await asyncio.sleep(context.settings.poll_s)
    if context.projection.problem:
        raise Problem(503, "unavailable", f"the journal cannot be followed: {context.projection.problem}")


async def up_to_date(context: Ctx) -> None:
    """A dependency of routes that look: nobody is shown the past as if it were now."""
    await current(context)


UpToDate = Depends(up_to_date)


# ---- answering ----------------------------------------------------------------------------------------------


def request_view(request: Request, note: RequestNote | None) -> dict[str, Any]:
    """A request as people see it."""
    state = "pending" if note is None else "accepted" if note.accepted else "refused"
    return {
        "request_id": request.request_id,
        "number": request.number,
        "kind": type(request.body).__name__,
        "actor": request.actor,
        "role": request.role.value,
        "received_at_s": request.received_at_s,
        "idempotency_key": request.idempotency_key,
        "state": state,
        "problem": note.problem if note else "",
        "field": note.field if note else "",
        "detail": note.detail if note else "",
    }


def answer(
    put: Put, content: Callable[[], dict[str, Any]], *, status: int = 200, location: str | None = None
) -> Response:
    """The answer to a call that put a request: done, refused, or 202 with the place to ask later."""
    headers = {"Idempotency-Replayed": "true"} if put.replayed else {}
    view = request_view(put.request, put.note)
    if put.note is None:
        headers |= {"Location": f"/v1/requests/{put.request.request_id}", "Retry-After": "1"}
        return as_json({"request": view}, 202, headers)
    if not put.note.accepted:
        raise _refused(put.request, put.note, headers)
    if location is not None:
        headers["Location"] = location
    return as_json({"request": view, **content()}, status, headers)


def as_json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Records, dicts and lists as JSON; numbers that are not finite become null."""
    return Response(msgspec.json.encode(content), status, headers, "application/json")


def _refused(request: Request, note: RequestNote, headers: dict[str, str]) -> Problem:
    status = _STATUS.get(note.problem, 409)
    code = note.problem if note.problem in _STATUS else "conflict"
    errors = [FieldError(note.field, None, note.detail)] if note.field else []
    return Problem(status, code, note.detail, errors=errors, headers=headers, request_id=request.request_id)
