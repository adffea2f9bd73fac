"""The OpenAPI document: FastAPI's own, with what FastAPI cannot know: roles, ways to log in, problems."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.auth.identity import COOKIE, RANK, RequireRole
from api.docs import Responses, problems
from api.intake import required_key
from api.problems import FieldErrorView, ProblemView
from fleet.model.requests import Role

DESCRIPTION = """
Robots execute; people direct. Work is submitted here, robots are stopped here, and the questions that the fleet may
not answer by itself are answered here, under a person's name.

- Every call needs a login (`POST /v1/login`), as `Authorization: Bearer TOKEN` or with the session cookie. Roles:
  `viewer` looks, `operator` directs and decides, `admin` also manages people.
- A call that changes something is durable before it is acknowledged. Give it an `Idempotency-Key` (those that create
  need one): repeated with the same key and body it happens once, and the answer has `Idempotency-Replayed: true`.
- The supervisor settles each request, mostly within milliseconds; where it takes longer the answer is 202 with the
  place to ask later.
- Times are fleet time in seconds (`GET /v1/clock`); `..._in_s` counts from now.
- Errors are problem details (RFC 9457), with the field, its value and what was expected.
""".strip()

TAGS = [
    {"name": "hold", "description": "Stop robots, and let them go on."},
    {"name": "directives", "description": "What is wanted and why."},
    {"name": "missions", "description": "Graphs of tasks."},
    {"name": "tasks", "description": "Units of work."},
    {"name": "plan", "description": "Who does what in which order, and what it costs."},
    {"name": "traffic", "description": "Which way robots are led, and what keeps them from going on."},
    {"name": "escalations", "description": "Questions to people, and their decisions."},
    {"name": "orders", "description": "Standing orders: decisions that people made in advance."},
    {"name": "audit", "description": "The accountable record: who answered for what, with proofs."},
    {"name": "keys", "description": "People's own keys, with which they sign their answers."},
    {"name": "people", "description": "How people decide; told to themselves first."},
    {"name": "robots", "description": "How robots are, and who may command them."},
    {"name": "requests", "description": "What became of a call."},
    {"name": "events", "description": "The journal, in pages; and as it comes, on the WebSocket `/v1/stream`."},
    {"name": "report", "description": "What was done and asked."},
    {"name": "catalogue", "description": "What there is to work with."},
    {"name": "login", "description": "People, sessions, roles."},
    {"name": "health", "description": "Whether the process lives and is of use. No login needed."},
]


def role_of(dependant: Any) -> Role | None:
    """The role that a route asks for, None for a public one. `dependant` is FastAPI's."""
    found = [dependant.call.role] if isinstance(dependant.call, RequireRole) else []
    found += [role for inner in dependant.dependencies if (role := role_of(inner)) is not None]
    return max(found, key=RANK.__getitem__, default=None)


def describe(app: FastAPI) -> dict[str, Any]:
    """The document; made once, then kept."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    routes = [route for route in app.router.routes if isinstance(route, APIRoute) and route.include_in_schema]
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, tags=app.openapi_tags, routes=routes
    )
    schemas = document["components"]["schemas"]
    for ours in (ProblemView, FieldErrorView):
        schemas.setdefault(ours.__name__, ours.model_json_schema(ref_template="#/components/schemas/{model}"))
    schemas["ProblemView"].pop("$defs", None)
    for theirs in ("HTTPValidationError", "ValidationError"):
        schemas.pop(theirs, None)
    document["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "the token that `POST /v1/login` gives"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "for browsers, same origin only"},
    }
    for route in routes:
        for method in route.methods or ():
            _complete(document["paths"][route.path_format][method.lower()], route)
    app.openapi_schema = document
    return document


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    """What holds for every route: its role, and the problems that come before any route is reached."""
    operation["operationId"] = route.name
    role = role_of(route.dependant)
    operation["x-role"] = role.value if role else "none"
    operation["security"] = [{"bearer": []}, {"cookie": []}] if role else []
    answers = operation["responses"]
    stops = route.name in ("hold_all", "hold")  # nothing about their form is ever refused
    if "HTTPValidationError" in str(answers.get("422")):
        del answers["422"]
        if not stops:
            answers.update(_texts(problems(422)))
    before = (401, 403) if role else ()
    if "requestBody" in operation and not stops:
        before = (400, *before, 413, 415)
    for status, answer in _texts(problems(*before)).items():
        answers.setdefault(status, answer)
    operation["responses"] = {status: answers[status] for status in sorted(answers)}
    for parameter in operation.get("parameters", ()):
        if parameter["name"].lower() == "idempotency-key":
            parameter["name"] = "Idempotency-Key"
            parameter["required"] = _asks_for(route.dependant, required_key)
            parameter["schema"] = {"type": "string", "minLength": 1, "maxLength": 200}


def _texts(answers: Responses) -> dict[str, Any]:
    return {str(status): answer for status, answer in answers.items()}


def _asks_for(dependant: Any, call: object) -> bool:
    return dependant.call is call or any(_asks_for(inner, call) for inner in dependant.dependencies)
