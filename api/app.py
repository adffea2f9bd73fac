"""The application: every part put together, nothing decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI

from api import problems
from api.auth import routes as auth_routes
from api.auth.users import UserStore
from api.context import ApiContext, Store
from api.guard import Guard
from api.openapi import DESCRIPTION, TAGS, describe
from api.ports import Explains, StopLine, Telemetry
from api.projection import Projection
from api.routes import (
    audit,
    browse,
    catalogue,
    closures,
    escalations,
    events,
    explanations,
    health,
    holding,
    instructions,
    keys,
    nothing,
    orders,
    people,
    plan,
    queue,
    reviews,
    robots,
    traffic,
    work,
)
from api.settings import ApiSettings
from api.stopping import hold_again
from fleet.audit.keeper import AuditKeeper
from fleet.clock import Clock
from fleet.grounding.proposer import Proposer
from fleet.model.site import SiteMap


def create_app(
    settings: ApiSettings,
    store: Store,
    projection: Projection,
    stop_line: StopLine,
    telemetry: Telemetry,
    clock: Clock,
    *,
    site: SiteMap,
    users: UserStore | None = None,
    proposer: Proposer | None = None,
    audit: AuditKeeper | None = None,
    explains: Explains | None = None,
) -> FastAPI:
    """The API over these parts. Its lifespan starts and stops the projection; the parts' own ends are the caller's.

    `request.state.user` is the `api.auth.identity.User` who is logged in, or None. `app.state.api` is the
    `ApiContext`, which pages beside the API may use to look (`context.state`, `context.telemetry`).
    """
    users = users or UserStore(
        settings.auth_path, clock, session_s=settings.session_s, invitation_s=settings.invitation_s
    )
    context = ApiContext(
        settings=settings,
        store=store,
        projection=projection,
        stop_line=stop_line,
        telemetry=telemetry,
        clock=clock,
        site=site,
        users=users,
        proposer=proposer,
        audit=audit,
        explains=explains,
    )

    app = frame(context)
    app.state.api = context
    app.add_middleware(Guard, settings=settings, users=users)
    return app


def frame(context: ApiContext | None = None) -> FastAPI:
    """The routes and the errors of the app, without its parts: enough to describe it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        assert context is not None, "a frame alone cannot serve"
        await context.projection.start()
        context.follow(hold_again(context))
        try:
            yield
        finally:
            await context.projection.stop()
            await context.close()

    app = FastAPI(
        title="Humanoid fleet",
        version=_version(),
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        openapi_tags=TAGS,
        # The interactive pages of FastAPI fetch their scripts from the network; a site may have none.
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    for module in (
        health,
        auth_routes,
        work,
        instructions,
        browse,
        plan,
        traffic,
        closures,
        explanations,
        robots,
        holding,
        escalations,
        queue,
        reviews,
        orders,
        people,
        audit,
        keys,
        catalogue,
        events,
    ):
        # Flat, not by include_router: newer FastAPI hides what was included, and `nothing` (and the test that every
        # route asks for a role) look at all routes.
        app.router.routes.extend(module.router.routes)
    app.router.routes.extend(nothing.router.routes)  # last: what nothing else took
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app


def _version() -> str:
    try:
        return version("humanoid-fleet")
    except PackageNotFoundError:
        return "0"
