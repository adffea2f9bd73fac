"""Who may see the console's pages, and what the browser may load for them."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.identity import User

MOUNT = "/console"
_OPEN = ("/login", "/static/", "/_nicegui/", "/favicon.ico")

# NiceGUI builds its templates in the browser, which needs eval and inline scripts. Everything comes from this server.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class PageGuard:
    """ASGI middleware on the console alone: pages and their socket only for people who are logged in.

    The API's own guard has put the `User` at `scope["state"]["user"]` before this is reached.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, send to the login page, or close."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path = page_path(scope)
        user = scope.get("state", {}).get("user")
        if not isinstance(user, User) and not path.startswith(_OPEN):
            await self._turn_away(path, scope, receive, send)
            return
        await self._app(scope, receive, _with_headers(send, path) if scope["type"] == "http" else send)

    async def _turn_away(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4401, "reason": "log in first"})
            return
        login = f"{MOUNT}/login?next={quote(MOUNT + path, safe='/')}"
        await RedirectResponse(login, 303, {"Cache-Control": "no-store"})(scope, receive, send)


def page_path(scope: Scope) -> str:
    """The path below the mount, whichever way the server counts the mount in."""
    path: str = scope["path"]
    return path.removeprefix(MOUNT) if path == MOUNT or path.startswith(MOUNT + "/") else path


def _with_headers(send: Send, path: str) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = _POLICY
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            if path.startswith("/static/"):
                headers["Cache-Control"] = "no-cache"  # asked for again each time, answered 304 while unchanged
        await send(message)

    return tell
