"""What is checked before any route is reached: host, size and kind of the body, who is calling, and from which page."""

from __future__ import annotations

import sqlite3

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from api.auth.identity import COOKIE, User
from api.auth.users import UserStore
from api.problems import Problem, deny
from api.settings import ApiSettings, is_loopback

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SUBPROTOCOL = "fleet.v1"
_BEARER_PROTOCOL = "bearer."


def is_stop(path: str) -> bool:
    """Whether the path is one that stops robots: nothing about the form of such a call may be in its way."""
    return path == "/v1/hold-all" or (path.startswith("/v1/robots/") and path.endswith("/hold"))


class Guard:
    """ASGI middleware. Puts the `User` (or None) at `scope["state"]["user"]`; routes and pages decide by it."""

    def __init__(self, app: ASGIApp, settings: ApiSettings, users: UserStore) -> None:
        self._app = app
        self._settings = settings
        self._users = users

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, and hand on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            send = _with_safe_headers(scope, send)
        try:
            receive = self._admit(scope, receive)
        except Problem as problem:
            await _refuse(problem, scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _admit(self, scope: Scope, receive: Receive) -> Receive:
        headers = Headers(scope=scope)
        self._check_host(headers)
        state = scope.setdefault("state", {})
        state["user"] = None
        http = scope["type"] == "http"
        if http and scope["method"] not in SAFE:
            receive = self._check_body(scope, headers, receive)
            self._check_origin(headers)
        elif not http and "authorization" not in headers and not _offers_bearer(headers):
            self._check_origin(headers)
        state["user"] = self._who(scope, headers)
        return receive

    # ---- who ------------------------------------------------------------------------------------------------

    def _who(self, scope: Scope, headers: Headers) -> User | None:
        token, via = _token(headers)
        if not token:
            return None
        try:
            user = self._users.session(token, remembered=is_stop(scope["path"]))
        except sqlite3.Error as error:
            detail = f"the file of users cannot be read now: {error}"
            raise Problem(503, "unavailable", detail, headers={"Retry-After": "1"}) from error
        if user is None:
            return None
        return User(name=user.name, role=user.role, session_id=user.session_id, expires_at_s=user.expires_at_s, via=via)

    # ---- from where -----------------------------------------------------------------------------------------

    def _check_host(self, headers: Headers) -> None:
        """A page of another site that has its name resolve to this machine must not get at a loopback server."""
        host = headers.get("host", "")
        if not is_loopback(self._settings.host) or self._is_ours(host):
            return
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if not is_loopback(name.strip("[]")):
            raise Problem(421, "foreign_origin", f"host {host!r} is not served here; use 127.0.0.1 or localhost")

    def _is_ours(self, host: str) -> bool:
        return any(origin.partition("://")[2] == host for origin in self._settings.origins)

    def _check_origin(self, headers: Headers) -> None:
        """Browsers say from which page a call comes; a foreign page must not act with this page's cookie."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        bearer = headers.get("authorization", "").lower().startswith("bearer ")
        if bearer:
            return
        if origin is not None:
            same = origin in self._settings.origins or origin.partition("://")[2] == headers.get("host", "")
        elif site is not None:
            same = site in ("same-origin", "none")
        else:
            # No browser: those send at least one of the two. A cookie from elsewhere must come with proof.
            same = not _cookie(headers)
        if not same:
            detail = f"a call from {origin or 'an unnamed page'} may not act with this site's cookie"
            raise Problem(403, "foreign_origin", detail)

    # ---- what -----------------------------------------------------------------------------------------------

    def _check_body(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        if not scope["path"].startswith("/v1/"):
            return receive
        limit = self._settings.max_body_bytes
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise Problem(400, "malformed", f"Content-Length: got {length!r}, expected a number of bytes")
        if int(length) > limit:
            raise _too_large(limit)
        has_body = int(length) > 0 or "transfer-encoding" in headers
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
        if has_body and not is_json and not is_stop(scope["path"]):
            detail = f"Content-Type: got {kind or 'none'!r}, expected application/json"
            raise Problem(415, "unsupported_media_type", detail, headers={"Accept": "application/json"})
        return _limited(receive, limit)


def _with_safe_headers(scope: Scope, send: Send) -> Send:
    """No page may frame ours (a click on a hidden HOLD or an option is no decision), guess types, or keep answers."""

    async def safe(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("X-Frame-Options", "DENY")
            if scope["path"].startswith("/v1/"):
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return safe


def _limited(receive: Receive, limit: int) -> Receive:
    """Count what really comes, also when the caller did not say how much it would be."""
    got = 0

    async def counted() -> Message:
        nonlocal got
        message = await receive()
        if message["type"] == "http.request":
            got += len(message.get("body", b""))
            if got > limit:
                # Starlette's own error, because FastAPI lets only that through where it reads the body.
                raise HTTPException(413, _too_large(limit).detail, {"Connection": "close"})
        return message

    return counted


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"the body may have at most {limit} bytes", headers={"Connection": "close"})


def _token(headers: Headers) -> tuple[str, str]:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip(), "bearer"
    for offered in _protocols(headers):
        if offered.startswith(_BEARER_PROTOCOL):
            return offered.removeprefix(_BEARER_PROTOCOL), "bearer"
    return _cookie(headers), "cookie"


def _cookie(headers: Headers) -> str:
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def _protocols(headers: Headers) -> list[str]:
    return [part.strip() for part in headers.get("sec-websocket-protocol", "").split(",")]


def _offers_bearer(headers: Headers) -> bool:
    return any(offered.startswith(_BEARER_PROTOCOL) for offered in _protocols(headers))


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    response = problem.response(scope["path"])
    if scope["type"] == "http":
        await response(scope, receive, send)
    else:
        await deny(WebSocket(scope, receive, send), problem, response)
