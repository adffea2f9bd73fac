"""Errors as RFC 9457 problem details. Every error the API gives, down to a wrong path, has this shape."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, ValidationException, WebSocketRequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketState

from fleet.model.errors import Conflict, FleetError, InvalidField, LinkDown, NotFound

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

TITLES = {
    "invalid": "A value is not usable",
    "malformed": "The request cannot be read",
    "unauthenticated": "Not logged in",
    "forbidden": "Not allowed",
    "foreign_origin": "The call came from another site",
    "not_found": "No such thing",
    "method_not_allowed": "No such method here",
    "conflict": "It does not fit how things stand now",
    "commit_first": "Say first what you would choose",
    "stale": "The situation has changed since",
    "already_answered": "It was answered already",
    "key_reused": "The idempotency key was used for something else",
    "too_large": "The body is too large",
    "unsupported_media_type": "The body is not JSON",
    "too_many_attempts": "Too many failed attempts",
    "unavailable": "It cannot be done now; try again",
    "stop_line_down": "THE ROBOTS WERE NOT TOLD TO STOP",
    "internal": "An error of the program",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field."""

    field: str
    value: Any
    expected: str


class Problem(Exception):
    """An error to be told to the caller. `code` is short and stable, `detail` is for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = members

    def body(self, instance: str = "") -> dict[str, Any]:
        """The problem as RFC 9457 has it."""
        body: dict[str, Any] = {
            "type": f"urn:humanoid-fleet:problem:{self.code}",
            "title": TITLES.get(self.code, HTTPStatus(self.status).phrase),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if instance:
            body["instance"] = instance
        if self.errors:
            body["errors"] = [{"field": e.field, "value": shown(e.value), "expected": e.expected} for e in self.errors]
        body.update(self.members)
        return body

    def response(self, instance: str = "") -> Response:
        """The problem as an HTTP response."""
        # ASCII only, so that whatever the caller sent (lone surrogates too) can be shown back.
        content = json.dumps(self.body(instance), ensure_ascii=True, allow_nan=False)
        return Response(content, self.status, {"Cache-Control": "no-store", **self.headers}, MEDIA_TYPE)


class FieldErrorView(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["tasks[0].skill"])
    value: Any = Field(examples=["dance"])
    expected: str = Field(examples=["one of carry, dock, hand_over, inspect, pick, place, wait, walk_to"])


class ProblemView(BaseModel):
    """An error, after RFC 9457."""

    type: str = Field(examples=["urn:humanoid-fleet:problem:invalid"])
    title: str = Field(examples=["A value is not usable"])
    status: int = Field(examples=[422])
    code: str = Field(examples=["invalid"])
    detail: str = Field(examples=["tasks[0].skill: got 'dance', expected one of carry, dock, ..."])
    instance: str | None = None
    errors: list[FieldErrorView] | None = None


def shown(value: Any) -> Any:
    """`value` as it can be given back: short, and JSON in every case."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, float)) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else text[:200] + f"... ({len(text)} characters)"


def invalid(field: str, value: Any, expected: str) -> Problem:
    """One field that is not usable, as a 422."""
    return invalid_fields([FieldError(field, value, expected)])


def invalid_fields(errors: Sequence[FieldError]) -> Problem:
    """Several fields that are not usable, as one 422."""
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    detail = f"{first.field}: got {shown(first.value)!r}, expected {first.expected}{more}"
    return Problem(422, "invalid", detail, errors=errors)


def from_fleet_error(error: FleetError) -> Problem:
    """The domain's error in HTTP's terms."""
    if isinstance(error, InvalidField):
        return invalid(error.field, error.value, error.expected)
    if isinstance(error, NotFound):
        return Problem(404, "not_found", str(error))
    if isinstance(error, Conflict):
        return Problem(409, "conflict", str(error))
    if isinstance(error, LinkDown) or error.retriable:
        return Problem(503, "unavailable", str(error), headers={"Retry-After": "1"})
    log.error("unexpected error of the domain: %s", error, exc_info=error)
    return Problem(500, "internal", str(error))


def from_validation(error: ValidationException) -> Problem:
    """pydantic's complaints in our words."""
    complaints = error.errors()
    if complaints and complaints[0].get("type") == "json_invalid":
        reason = complaints[0].get("ctx", {}).get("error", "not JSON")
        return Problem(400, "malformed", f"the body is not JSON: {reason}")
    errors = []
    for complaint in complaints:
        place, *path = complaint["loc"]
        field = _dotted(path) or str(place)
        value = None if complaint["type"] == "missing" else complaint.get("input")
        expected = "a value (it is required)" if complaint["type"] == "missing" else _expected(complaint)
        errors.append(FieldError(field, value, expected))
    return invalid_fields(errors)


def _expected(complaint: dict[str, Any]) -> str:
    if complaint["type"] == "extra_forbidden":
        return "no such field here"
    text = str(complaint["msg"]).removeprefix("Value error, ")
    for prefix in ("Input should be ", "Value should be ", "String should "):
        if text.startswith(prefix):
            return text.removeprefix(prefix)
    return text


def _dotted(path: Sequence[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem, also where a WebSocket is asked for."""

    async def _problem(connection: HTTPConnection, error: Exception) -> Response | None:
        assert isinstance(error, Problem)
        return await _tell(connection, error)

    async def _fleet_error(connection: HTTPConnection, error: Exception) -> Response | None:
        assert isinstance(error, FleetError)
        return await _tell(connection, from_fleet_error(error))

    async def _validation(connection: HTTPConnection, error: Exception) -> Response | None:
        assert isinstance(error, ValidationException)
        return await _tell(connection, from_validation(error))

    async def _http(connection: HTTPConnection, error: Exception) -> Response | None:
        assert isinstance(error, HTTPException)
        return await _tell(connection, _from_http(connection, error))

    async def _unexpected(connection: HTTPConnection, error: Exception) -> Response | None:
        log.error("%s failed", connection.url.path, exc_info=error)
        return await _tell(connection, Problem(500, "internal", "the program failed; its log has the reason"))

    handlers: tuple[tuple[type[Exception], Any], ...] = (
        (Problem, _problem),
        (FleetError, _fleet_error),
        (RequestValidationError, _validation),
        (WebSocketRequestValidationError, _validation),
        (HTTPException, _http),
        (Exception, _unexpected),
    )
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)


def _from_http(connection: HTTPConnection, error: HTTPException) -> Problem:
    code = _HTTP_CODES.get(error.status_code, "malformed" if error.status_code < 500 else "internal")
    detail = str(error.detail)
    if error.status_code == 404:
        detail = f"nothing is at {connection.url.path}"
    if error.status_code == 405:
        method, allowed = connection.scope.get("method", ""), (error.headers or {}).get("Allow", "")
        detail = f"{method} is not possible here; possible: {allowed}"
    return Problem(error.status_code, code, detail, headers=error.headers)


async def _tell(connection: HTTPConnection, problem: Problem) -> Response | None:
    response = problem.response(connection.url.path)
    if not isinstance(connection, WebSocket):
        return response
    await deny(connection, problem, response)
    return None


async def deny(websocket: WebSocket, problem: Problem, response: Response) -> None:
    """Refuse a WebSocket: as an HTTP answer before it was accepted, where the server can, else by closing it."""
    before = websocket.application_state is WebSocketState.CONNECTING
    if before and "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(response)
    elif websocket.application_state is not WebSocketState.DISCONNECTED:
        await websocket.close(4000 + problem.status, problem.detail[:120])
