"""Every route asks for a role, and no other site acts with a visitor's cookie."""

from __future__ import annotations

import re

import httpx
import pytest

from api.auth.identity import COOKIE, RequireRole
from fleet.model.requests import Role
from tests.api.hall import Hall

PASSWORD = "correct horse battery"

# ---- roles on every route -----------------------------------------------------------------------------------

PUBLIC = {("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/v1/login"), ("GET", "/v1/openapi.json")}
ANY_METHOD_OF_NOTHING = "/v1/{path:path}"
# A witness looks and changes nothing: its signature under a checkpoint speaks for itself, or is refused.
VIEWERS_MAY = {("POST", "/v1/logout"), ("PUT", "/v1/me/password"), ("POST", "/v1/audit/cosignatures")}


def roles_of(dependant) -> list[Role]:
    found = [dependant.call.role] if isinstance(dependant.call, RequireRole) else []
    return found + [role for inner in dependant.dependencies for role in roles_of(inner)]


def routes_of(app) -> list[tuple[str, str, list[Role]]]:
    """Every route below /v1 and beside it (the console's own pages are its own matter), with the roles it asks for."""
    found = []
    for route in walk(app.routes):
        path = getattr(route, "path", "")
        if path == ANY_METHOD_OF_NOTHING:
            continue
        methods = getattr(route, "methods", None) or {"WEBSOCKET"}
        dependant = getattr(route, "dependant", None)
        for method in methods - {"HEAD"}:
            found.append((method, path, roles_of(dependant) if dependant else []))
    return found


def walk(routes):
    for route in routes:
        inner = getattr(route, "routes", None)
        if inner and not hasattr(route, "dependant"):
            yield from walk(inner)
        else:
            yield route


def test_every_route_asks_for_a_role_except_the_few_that_are_public(hall: Hall):
    routes = routes_of(hall.app)
    assert len(routes) > 35, "the walk found the routes"
    without = {(method, path) for method, path, roles in routes if not roles}
    assert without == PUBLIC


def test_viewers_change_nothing(hall: Hall):
    for method, path, roles in routes_of(hall.app):
        if method not in ("GET", "WEBSOCKET") and (method, path) not in PUBLIC | VIEWERS_MAY:
            assert Role.OPERATOR in roles or Role.ADMIN in roles, f"{method} {path} lets viewers in"


def test_every_route_really_refuses_strangers_and_viewers(hall: Hall, vic: httpx.Client):
    stranger = hall.stranger()
    for method, path, roles in routes_of(hall.app):
        if (method, path) in PUBLIC or method == "WEBSOCKET":
            continue
        url = re.sub(r"\{[^}]*\}", "x", path)  # something in place of every part that varies
        answer = stranger.request(method, url)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), f"{method} {path}"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        if Role.VIEWER not in roles:
            answer = vic.request(method, url)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), f"{method} {path}"
    assert hall.stop_line.told == [], "nobody of those could stop a robot"


def test_a_made_up_token_is_no_login(hall: Hall):
    client = hall.stranger()
    for header in ("Bearer made-up", "Bearer", "Basic QTpC", "bearer " + "x" * 5000):
        assert client.get("/v1/me", headers={"Authorization": header}).status_code == 401


# ---- other sites --------------------------------------------------------------------------------------------


@pytest.fixture
def browser(hall: Hall) -> httpx.Client:
    """Somebody with the cookie and without the token."""
    client = hall.stranger()
    client.cookies.set(COOKIE, hall.token("Ana", Role.OPERATOR))
    return client


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_a_foreign_page_may_not_act_with_the_cookie(hall: Hall, browser: httpx.Client, headers: dict[str, str]):
    before = list(hall.stop_line.told)
    for path in ("/v1/hold-all", "/v1/logout", "/v1/robots/r1/hold"):
        answer = browser.post(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert hall.stop_line.told == before


def test_the_own_page_may_act_with_the_cookie(hall: Hall, browser: httpx.Client):
    task = {"skill": "wait", "parameters": {"seconds": 0}, "why": "x"}
    for i, headers in enumerate(({"Origin": hall.url}, {"Sec-Fetch-Site": "same-origin"})):
        answer = browser.post("/v1/tasks", json=task, headers={**headers, "Idempotency-Key": f"own-{i}"})
        assert answer.status_code == 201


def test_a_foreign_page_may_not_log_its_visitor_in(hall: Hall):
    answer = hall.stranger().post(
        "/v1/login", json={"name": "Eve", "password": PASSWORD}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_no_page_may_frame_ours_and_nothing_is_kept(ana: httpx.Client):
    for path in ("/v1/me", "/v1/nothing", "/healthz"):
        headers = ana.get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers.get("cache-control", "no-store") == "no-store"


def test_a_name_that_is_made_to_point_here_is_not_served(hall: Hall, ana: httpx.Client):
    answer = ana.get("/v1/me", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    for host in (f"localhost:{hall.server.port}", "127.0.0.1", "[::1]:80"):
        assert ana.get("/v1/me", headers={"Host": host}).status_code == 200
