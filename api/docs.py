"""What the OpenAPI document says of every route's problems."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from api.views import RequestView

_MEANING = {
    400: "The body is not JSON",
    401: "Not logged in, or not with this token, name or password",
    403: "The role does not allow it, or the call comes from another site",
    404: "No such thing",
    409: "It does not fit how things stand: conflict, stale, already_answered, key_reused",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A value is not usable; `errors` says which, and what would be right",
    429: "Too many failed attempts; `Retry-After` says when to try again",
    503: "It cannot be done now; repeat it with the same Idempotency-Key",
}
_READ = (401, 403)
_WRITE = (400, 401, 403, 409, 413, 415, 422, 503)

Responses = dict[int | str, dict[str, Any]]


class Pending(BaseModel):
    """The request is durable, the supervisor has not settled it yet. `GET` the Location to ask what came of it."""

    request: RequestView


def problems(*codes: int) -> Responses:
    """These problems, described."""
    return {
        code: {"description": _MEANING[code], "content": {"application/problem+json": {"schema": _PROBLEM}}}
        for code in codes
    }


def reads(model: type[BaseModel], *codes: int) -> Responses:
    """A route that looks: its answer, and what can be wrong."""
    return {200: {"model": model, "description": "As things stand"}, **problems(*_READ, *codes)}


def writes(model: type[BaseModel], *codes: int, status: int = 200) -> Responses:
    """A route that puts a request: accepted, pending, or what can be wrong."""
    replayed = {"description": "`true` when the call was made before", "schema": {"type": "string"}}
    location = {"description": "where to ask what came of it", "schema": {"type": "string"}}
    return {
        status: {"model": model, "description": "Accepted", "headers": {"Idempotency-Replayed": replayed}},
        202: {"model": Pending, "description": "Durable, not settled yet", "headers": {"Location": location}},
        **problems(*sorted({*_WRITE, *codes})),
    }


_PROBLEM = {"$ref": "#/components/schemas/ProblemView"}
