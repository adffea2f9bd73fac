"""Reviews over HTTP: decisions of the fleet that were drawn, looked at afterwards, once and under a name."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from fleet.model.requests import Role
from tests.api.hall import Hall, until


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A fleet whose every decision is reviewed, and that has just chosen a robot."""
    hall = Hall(tmp_path_factory.mktemp("audited"), supervisor={"audit_share": 1.0})
    hall.start()
    try:
        ana = hall.client("Ana", Role.OPERATOR)
        task = {"skill": "walk_to", "parameters": {"place": "table_1"}, "why": "a test"}
        assert ana.post("/v1/tasks", json=task, headers={"Idempotency-Key": "walk"}).status_code == 201
        until(lambda: ana.get("/v1/reviews").json()["items"], "a review")
        yield hall
    finally:
        hall.stop()


@pytest.fixture
def ana(audited: Hall) -> httpx.Client:
    return audited.client("Ana", Role.OPERATOR)


def test_a_review_is_listed_shown_and_closed_once(audited: Hall, ana: httpx.Client) -> None:
    listed = ana.get("/v1/reviews", params={"open": True}).json()["items"][0]
    ruling_id = listed["ruled"]["ruling_id"]
    assert listed["open"] and listed["ruled"]["ruling"]["act"] and listed["ruled"]["choice"]["options"]
    shown = ana.get(f"/v1/reviews/{ruling_id}").json()
    assert shown["ruled"] == listed["ruled"]
    body = {"verdict": "right", "reason": "I watched it"}
    done = ana.post(f"/v1/reviews/{ruling_id}", json=body)
    assert done.status_code == 200, done.text
    assert (done.json()["review"]["verdict"], done.json()["review"]["by"]) == ("right", "Ana")
    again = ana.post(f"/v1/reviews/{ruling_id}", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")


def test_what_cannot_be_a_review_is_refused(audited: Hall, ana: httpx.Client) -> None:
    vic = audited.client("Vic", Role.VIEWER)
    assert vic.get("/v1/reviews").status_code == 200
    assert vic.post("/v1/reviews/R1", json={"verdict": "right", "reason": "x"}).status_code == 403
    assert ana.post("/v1/reviews/R999", json={"verdict": "right", "reason": "x"}).status_code == 404
    assert ana.get("/v1/reviews/R999").status_code == 404
    for body in ({"verdict": "perhaps", "reason": "x"}, {"verdict": "right"}, {"verdict": "right", "reason": " "}):
        assert ana.post("/v1/reviews/R1", json=body).status_code == 422
