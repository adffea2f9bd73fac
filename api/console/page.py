"""The console's page: NiceGUI brings the news to the browser; the modules under `static/` draw them."""

from __future__ import annotations

import asyncio
import html
import logging
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from nicegui import app as pages
from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments
from starlette.responses import RedirectResponse, Response

from api.auth.identity import COOKIE, User, user_of
from api.console.feed import Feed, Seen
from api.console.guard import MOUNT, PageGuard
from api.context import ApiContext
from fleet.model.requests import Role

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
STATIC = HERE / "static"
PUSH_S = 0.25  # how often an open page gets the news
CHECK_S = 3.0  # how often an open page's session is looked up again
VIEWS = ("inbox", "floor", "tasks", "timeline", "decisions", "plan")

_mounted: FastAPI | None = None


class ConsoleElement(Element, component=HERE / "components" / "fleet_console.js"):
    """The console in the page. `news` and `olderLines` are methods of the component in the browser."""

    def __init__(self, feed: Feed, user: User, view: str) -> None:
        super().__init__()
        first, self.seen = feed.everything(user.name)
        self._props["plan"] = feed.plan
        self._props["user"] = {"name": user.name, "role": user.role.value, "acts": user.may(Role.OPERATOR)}
        self._props["view"] = view
        self._props["first"] = first


class Visit:
    """One open page: pushes the news while its socket is connected and its session is good."""

    def __init__(self, context: ApiContext, feed: Feed, user: User, token: str, view: str) -> None:
        self._context = context
        self._feed = feed
        self._user = user
        self._token = token
        self._over = False
        self._element = ConsoleElement(feed, user, view)
        self._element.on("older", self._older)
        self._client = ui.context.client
        ui.timer(PUSH_S, self._push)
        ui.timer(CHECK_S, self._check)

    @property
    def seen(self) -> Seen:
        """What this page has been sent."""
        return self._element.seen

    def _push(self) -> None:
        if self._client.has_socket_connection and not self._over:
            self._element.run_method("news", self._feed.news(self.seen))

    async def _check(self) -> None:
        """A session that was ended, or whose role changed, must not go on looking through an open page."""
        user = await self._context.in_thread(self._context.users.session, self._token)
        if user is None or user.role is not self._user.role:
            self._over = True
            self._element.run_method("over")

    async def _older(self, event: GenericEventArguments) -> None:
        before = event.args.get("before") if isinstance(event.args, dict) else None
        if self._over or not isinstance(before, int) or before < 1:
            return
        found, first = await asyncio.to_thread(self._feed.older, before)
        self._element.run_method("olderLines", {"lines": found, "first": first})


def mount_console(app: FastAPI) -> None:
    """Put the console on the app that `api.app.create_app` made, at `/console/`. Call it last, before serving.

    Raises:
        RuntimeError: this process already has a console; NiceGUI has room for one.
    """
    global _mounted
    if _mounted is not None:
        raise RuntimeError("a process can serve one console: mount_console() was already called on another app")
    _mounted = app
    context: ApiContext = app.state.api
    feed = Feed(context.projection, context.telemetry, context.site, context.clock)

    pages.mount("/static", StaticFiles(directory=STATIC), name="console-static")
    pages.add_middleware(PageGuard)
    pages.get("/login", include_in_schema=False)(_login_page)
    for view in VIEWS:
        _add_page(context, feed, view)
    app.get("/", include_in_schema=False)(_to_console)
    app.get("/login", include_in_schema=False)(_to_login)
    ui.run_with(
        app,
        mount_path=MOUNT,
        title=f"{context.site.name} · Humanoid fleet",
        favicon=STATIC / "icon.svg",
        reconnect_timeout=20.0,
        tailwind=False,
        show_welcome_message=False,
    )


def _add_page(context: ApiContext, feed: Feed, view: str) -> None:
    @ui.page("/" if view == "inbox" else f"/{view}")
    def console_page(request: Request) -> None:
        user = user_of(request)
        ui.add_head_html(_HEAD)
        ui.add_body_html(hold_html(user))
        Visit(context, feed, user, request.cookies.get(COOKIE, ""), view)


def _login_page() -> FileResponse:
    return FileResponse(STATIC / "login.html", headers={"Cache-Control": "no-store"})


def _to_console() -> Response:
    return RedirectResponse(f"{MOUNT}/", 303)


def _to_login(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{MOUNT}/login{query}", 303, {"Referrer-Policy": "no-referrer"})


_HEAD = f"""
<link rel="stylesheet" href="{MOUNT}/static/console.css" />
<link rel="stylesheet" href="{MOUNT}/static/floor.css" />
<link rel="stylesheet" href="{MOUNT}/static/decisions.css" />
<link rel="stylesheet" href="{MOUNT}/static/previews.css" />
<link rel="stylesheet" href="{MOUNT}/static/queue.css" />
<link rel="stylesheet" href="{MOUNT}/static/schedule.css" />
<link rel="stylesheet" href="{MOUNT}/static/traffic.css" />
"""


def hold_html(user: User) -> str:
    """The hold corner and band as plain HTML, outside NiceGUI and Vue. People who may not act get the band alone."""
    acts = user.may(Role.OPERATOR)
    button = """
  <button type="button" id="fleet-hold-all" title="Every robot stops moving and stays stable. Alt+H"
          onclick="window.fleetHoldPressed = true">
    <span id="fleet-hold-word">HOLD ALL</span><small>Alt+H</small></button>"""
    release = """
    <button type="button" id="fleet-release">Release…</button>
    <span id="fleet-release-form" hidden>
      <input id="fleet-release-reason" maxlength="500" aria-label="Reason"
             placeholder="Why it is safe to go on (on record)" />
      <button type="button" id="fleet-release-go">Release all</button>
      <button type="button" id="fleet-release-no">Keep holding</button>
    </span>"""
    return f"""
<div id="fleet-hold" data-user="{html.escape(user.name, quote=True)}">{button if acts else ""}
  <div id="fleet-hold-band" role="alert" hidden>
    <span id="fleet-hold-text"></span><span id="fleet-hold-counts"></span>{release if acts else ""}
  </div>
</div>
<script src="{MOUNT}/static/hold.js"></script>
"""
