"""The document says what the API does, and the reference is made from it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from api.app import frame
from api.openapi_doc import TARGET, markdown
from fleet.model.requests import Role
from tests.api.hall import Hall, carry, until


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(json.dumps(frame().openapi()))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": document["components"]})


def examples(schema: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every schema inside that has examples, with each of them."""
    if isinstance(schema, dict):
        if isinstance(schema.get("examples"), list):
            for example in schema["examples"]:
                yield schema, example
        for inner in schema.values():
            yield from examples(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from examples(inner)


@pytest.mark.slow
def test_the_document_is_valid(document: dict[str, Any]):
    validate(document)


def test_every_call_says_what_it_does_who_may_and_what_can_go_wrong(document: dict[str, Any]):
    tags = {tag["name"] for tag in document["tags"]}
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert len(operation["tags"]) == 1, where
        assert operation["tags"][0] in tags, where
        if operation["x-role"] == "none":
            assert operation["security"] == [], where
        else:
            assert {"401", "403"} <= set(operation["responses"]), where
        if "{" in path and not path.endswith("{name}"):
            assert "404" in operation["responses"], where
        for status, answer in operation["responses"].items():
            if status >= "400" and path != "/readyz":
                assert list(answer["content"]) == ["application/problem+json"], f"{where} {status}"


def test_every_example_fits_its_schema(document: dict[str, Any]):
    found = 0
    for schema, example in examples(document):
        errors = [error.message for error in validator(document, schema).iter_errors(example)]
        assert not errors, f"{example!r}: {errors}"
        found += 1
    assert found > 40


def test_every_body_has_an_example(document: dict[str, Any]):
    for method, path, operation in operations(document):
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            name = schema.get("$ref", "").rpartition("/")[2]
            whole = document["components"]["schemas"].get(name, schema)
            by_field = all("examples" in field for field in whole["properties"].values())
            assert "examples" in whole or by_field, f"{method} {path}"


def test_creating_needs_the_key_and_acting_takes_one(document: dict[str, Any]):
    wanted = {path: p["required"] for path, p in _keys(document)}
    creating = {"/v1/tasks", "/v1/missions", "/v1/directives", "/v1/instructions", "/v1/orders"}
    assert {path for path, required in wanted.items() if required} == creating
    assert wanted["/v1/escalations/{escalation_id}/decision"] is False


def _keys(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "Idempotency-Key":
                yield path, parameter


def test_what_is_really_answered_fits_the_document(own_hall: Hall, document: dict[str, Any]):
    ana, root = own_hall.client(), own_hall.client("Root", Role.ADMIN)
    ambiguous = carry(task_id="t1", parameters={"object": {"colour": "blue"}, "to": "table_1"})
    mission = {"mission_id": "m1", "title": "T", "why": "w", "tasks": [ambiguous, carry(task_id="t2")]}
    directive = {"directive_id": "d1", "objective": "o", "reason": "r", "mission": mission}
    key = {"Idempotency-Key": "k"}
    answers = [("/v1/directives", ana.post("/v1/directives", json=directive, headers=key))]
    until(lambda: ana.get("/v1/escalations").json()["items"], "a question is raised")
    known = defaultdict(
        lambda: "none", directive_id="d1", mission_id="m1", task_id="t1", robot_id="r1", escalation_id="E1"
    )
    said = {"text": "take the blue box to table_3", "why": "w", "directive_id": "d2"}
    answers.append(("/v1/instructions", ana.post("/v1/instructions", json=said, headers={"Idempotency-Key": "k2"})))
    preview = "/v1/instructions/preview"
    answers.append((preview, ana.post(preview, json={"text": "take the blue box to table_3"})))
    known["request_id"] = answers[0][1].json()["request"]["request_id"]
    for method, path, _ in operations(document):
        if method == "GET" and path != "/v1/users":
            answers.append((path, ana.get(path.format_map(known))))
    answers.append(("/v1/users", root.get("/v1/users")))
    acting: dict[str, Any] = {
        "/v1/escalations/{escalation_id}/acknowledge": None,
        "/v1/tasks/{task_id}/cancel": {"reason": "x"},
        "/v1/missions/{mission_id}/cancel": {"reason": "x"},
        "/v1/robots/{robot_id}/hold": {"reason": "x"},
        "/v1/robots/{robot_id}/release": {"reason": "x"},
        "/v1/hold-all": {"reason": "x"},
        "/v1/release-all": {"reason": "x"},
        "/v1/robots/{robot_id}/lease/take": {"reason": "x"},
        "/v1/robots/{robot_id}/recovered": {"reason": "x"},
        "/v1/escalations/{escalation_id}/decision": {},
    }
    answers += [(path, ana.post(path.format_map(known), json=body)) for path, body in acting.items()]
    checked = {status for path, answer in answers for status in [check(document, path, answer)]}
    assert {200, 201, 409, 422} <= checked


def check(document: dict[str, Any], path: str, answer: httpx.Response) -> int:
    method = answer.request.method.lower()
    described = document["paths"][path][method]["responses"]
    assert str(answer.status_code) in described, f"{method} {path} {answer.status_code}: {answer.text[:500]}"
    content = described[str(answer.status_code)]["content"]
    kind = answer.headers["content-type"]
    assert kind in content, f"{method} {path} {kind}"
    errors = [e.message[:300] for e in validator(document, content[kind]["schema"]).iter_errors(answer.json())]
    assert not errors, f"{method} {path} {answer.status_code}: {errors}"
    return answer.status_code


def test_the_document_is_served(hall: Hall):
    served = hall.stranger().get("/v1/openapi.json").json()
    assert served["paths"].keys() == frame().openapi()["paths"].keys()


def test_the_reference_is_up_to_date():
    assert TARGET.read_text(encoding="utf-8") == markdown(), "run `python -m api.openapi_doc`"
