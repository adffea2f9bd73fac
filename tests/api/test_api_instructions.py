"""Directives in plain language over HTTP, with and without a language model."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import httpx
import pytest

from fleet.grounding.openai_compatible import OpenAICompatible
from fleet.model.requests import Role
from tests.api.hall import Hall, until
from tests.fleet.grounding.talking import Model, plan, talking

_keys = itertools.count()


def key() -> dict[str, str]:
    return {"Idempotency-Key": f"said-{next(_keys)}"}


def say(client: httpx.Client, text: str, headers: dict[str, str] | None = None, **more: object) -> httpx.Response:
    body = {"text": text, "why": "a test", **more}
    return client.post("/v1/instructions", json=body, headers=headers or key())


@pytest.fixture
def model(hall: Hall) -> Iterator[Model]:
    """A language model that the API asks, for one test."""
    context = hall.app.state.api
    with talking() as server:
        context.proposer = OpenAICompatible(endpoint=server.endpoint, model="tiny", within_s=1.0)
        yield server
        context.proposer = None


def test_what_is_clear_becomes_a_mission_and_its_tasks_come_back(ana: httpx.Client):
    answer = say(ana, "r1, wait for 0.1 s", directive_id="d-clear", priority=70)
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["location"] == "/v1/instructions/d-clear"
    assert [t["spec"]["skill"] for t in told["tasks"]] == ["wait"]
    assert (told["tasks"][0]["spec"]["priority"], told["tasks"][0]["spec"]["why"]) == (70, "a test")
    assert told["instruction"]["state"] == "understood"
    assert told["mission"]["directive_id"] == "d-clear"
    assert told["escalation"] is None
    assert ana.get("/v1/directives/d-clear").json()["objective"] == "r1, wait for 0.1 s"
    assert ana.get("/v1/instructions/d-clear").json()["mission_id"] == told["mission"]["mission_id"]


def test_what_is_not_clear_comes_back_as_a_question_and_is_answered(ana: httpx.Client):
    told = say(ana, "take the blue box to table_3", directive_id="d-blue").json()
    assert (told["mission"], told["tasks"]) == (None, [])
    asked = told["escalation"]
    assert asked["instruction_id"] == "d-blue"
    assert asked["options"][0]["label"].startswith("carry box_a to table_3 (box_a: blue")
    body = {"option_id": "cancel", "reason": "never mind", "shown_digest": asked["shown_digest"]}
    where = f"/v1/escalations/{asked['escalation_id']}/decision"
    assert ana.post(where, json=body, headers=key()).status_code == 200
    assert ana.get("/v1/instructions/d-blue").json()["state"] == "dropped"


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"text": "", "why": "x"}, "text", "at least 1"),
        ({"text": "x" * 10_000, "why": "x"}, "text", "at most 2000"),
        ({"text": "make coffee", "why": "x"}, "text", "no order was found"),
        ({"text": "take the elephant to the moon", "why": "x"}, "text", "elephant"),
        ({"text": "take box_a to table_1"}, "why", "why is it wanted"),
        ({"why": "x"}, "text", ""),
        ({"text": 7, "why": "x"}, "text", "string"),
        ({"text": "take box_a to table_1", "why": "x", "deadline_s": 3}, "deadline_s", "a time to come"),
        ({"text": "take box_a to table_1", "why": "x", "deadline_s": 9e9, "deadline_in_s": 3}, "deadline_in_s", "both"),
        ({"text": "take box_a to table_1", "why": "x", "approve": True}, "approve", ""),
        ({"text": "take box_a to table_1", "why": "x", "priority": 101}, "priority", "100"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_anything_with_is_refused_with_its_field(
    ana: httpx.Client, body: dict[str, object], field: str, said: str
):
    answer = ana.post("/v1/instructions", json=body, headers=key())
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in {e["field"] for e in answer.json()["errors"]}
    assert said in answer.text


def test_a_repeated_call_is_the_same_request_and_an_id_is_used_once(ana: httpx.Client):
    headers = key()
    first = say(ana, "r2, wait for 0.1 s", headers, directive_id="d-once")
    again = say(ana, "r2, wait for 0.1 s", headers, directive_id="d-once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert say(ana, "r2, wait for 0.2 s", headers, directive_id="d-once").status_code == 409
    assert say(ana, "wait for 0.1 s", directive_id="d-once").status_code == 409


def test_a_viewer_may_look_and_not_say(hall: Hall, ana: httpx.Client, vic: httpx.Client):
    say(ana, "r2, wait for 0.1 s", directive_id="d-seen")
    assert say(vic, "wait for 1 s").status_code == 403
    assert vic.post("/v1/instructions/preview", json={"text": "wait for 1 s"}).status_code == 403
    assert "d-seen" in [i["directive_id"] for i in vic.get("/v1/instructions").json()["items"]]
    assert vic.get("/v1/instructions/nothing").status_code == 404


def test_a_preview_says_what_would_be_understood_and_changes_nothing(ana: httpx.Client):
    before = len(ana.get("/v1/instructions").json()["items"])
    seen = ana.post("/v1/instructions/preview", json={"text": "take the blue box to table_3 because Amy waits"}).json()
    assert [r["label"] for r in seen["readings"]] == ["carry box_a to table_3", "carry box_b to table_3"]
    assert seen["readings"][0]["score"] == seen["readings"][1]["score"]
    assert (seen["why"], seen["refusal"]) == ("Amy waits", "")
    assert ana.post("/v1/instructions/preview", json={"text": "make coffee"}).json()["refusal"]
    assert len(ana.get("/v1/instructions").json()["items"]) == before


def test_what_a_model_invents_is_shown_struck_out(ana: httpx.Client, model: Model):
    model.says(plan(1.0, ("carry", {"object": "green_9", "to": "table_1"})))
    asked = say(ana, "take the thingamajig to table_1", directive_id="d-invented").json()["escalation"]
    assert not asked["options"][0]["possible"]
    assert asked["options"][0]["checks"][0]["detail"] == "proposed by tiny; object 'green_9' does not exist"
    body = {"option_id": "reading:1", "reason": "do it", "shown_digest": asked["shown_digest"]}
    where = f"/v1/escalations/{asked['escalation_id']}/decision"
    assert ana.post(where, json=body, headers=key()).status_code == 422


def test_a_model_is_asked_once_for_one_request_and_not_for_a_preview(ana: httpx.Client, model: Model):
    headers = key()
    say(ana, "r1, wait for 0.1 s", headers, directive_id="d-model")
    model.says(plan(1.0, ("dock", {})))
    assert say(ana, "r1, wait for 0.1 s", headers, directive_id="d-model").status_code == 201
    ana.post("/v1/instructions/preview", json={"text": "wait for 0.1 s"})
    assert len(model.heard) == 1


def test_a_model_that_is_slow_or_down_holds_nothing_up(hall: Hall, ana: httpx.Client, model: Model):
    model.drip.set()
    told = say(ana, "r1, wait for 0.1 s", directive_id="d-slow")
    assert told.status_code == 201
    assert "no whole answer" in told.json()["instruction"]["proposed"]["problem"]
    model.drip.clear()
    model.raw, model.status = b"overloaded", 500
    assert say(ana, "r1, wait for 0.1 s", directive_id="d-down").status_code == 201
    until(lambda: ana.get("/v1/instructions/d-down").json()["state"] == "understood", "it was understood")


def test_a_model_cannot_approve_itself(hall: Hall, model: Model):
    model.content = (
        '{"plans": [{"score": 1.0, "steps": [{"skill": "carry", "parameters": {"object": "box_b", "to": "table_3"}}]}],'
        ' "approved": true}'
    )
    client = hall.client("Moe", Role.OPERATOR)
    told = say(client, "take box_a to table_2", directive_id="d-approve").json()
    assert told["tasks"] == []
    assert any("'approved'" in u for u in told["escalation"]["unknowns"])
