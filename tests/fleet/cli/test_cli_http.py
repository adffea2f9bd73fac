from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from fleet.cli.http import ApiProblem, FleetClient
from fleet.model.errors import LinkDown


class FakeTime:
    """Steady time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def steady(self) -> float:
        return self.now


def client(answer: Callable[[httpx.Request], httpx.Response], patience_s: float = 0.0) -> FleetClient:
    time = FakeTime()
    return FleetClient(
        "http://x/",
        "secret",
        patience_s=patience_s,
        sleep=time.sleep,
        steady=time.steady,
        transport=httpx.MockTransport(answer),
    )


def test_a_post_has_a_key_and_the_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"ok": 1})

    assert client(answer).post("/v1/tasks", {"skill": "dock"}, key="k") == {"ok": 1}
    assert seen[0].headers["Idempotency-Key"] == "k"
    assert seen[0].headers["Authorization"] == "Bearer secret"
    assert json.loads(seen[0].content) == {"skill": "dock"}


def test_a_refusal_has_the_apis_reason() -> None:
    problem = {"code": "stale", "detail": "the question has changed", "status": 409}
    with pytest.raises(ApiProblem, match=r"the question has changed \(409 stale\)") as caught:
        client(lambda _: httpx.Response(409, json=problem)).post("/v1/x")
    assert caught.value.code == "stale"
    assert not caught.value.bad_input


def test_an_answer_that_is_not_json_is_still_an_error_for_people() -> None:
    with pytest.raises(ApiProblem, match=r"<html>oops \(500"):
        client(lambda _: httpx.Response(500, text="<html>oops")).get("/v1/x")


def test_a_call_is_repeated_with_the_same_key_while_the_api_is_away() -> None:
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            raise httpx.ConnectError("refused")
        if len(keys) == 2:
            return httpx.Response(503, json={"detail": "starting"})
        return httpx.Response(201, json={"done": True})

    assert client(answer, patience_s=10).post("/v1/tasks", {}) == {"done": True}
    assert len(set(keys)) == 1
    assert len(keys) == 3


def test_who_has_no_patience_is_told_at_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(LinkDown, match=r"http://x does not answer \(refused\): is `fleet up` running there"):
        client(answer).get("/v1/tasks")


def test_a_request_that_is_not_settled_yet_is_asked_after() -> None:
    states = iter(["pending", "pending", "accepted"])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json={}, headers={"Location": "/v1/requests/r1"})
        assert request.url.path == "/v1/requests/r1"
        return httpx.Response(200, json={"request_id": "r1", "state": next(states), "problem": "", "detail": ""})

    assert client(answer).post("/v1/tasks")["request"]["state"] == "accepted"


def test_a_request_that_is_refused_later_is_a_refusal() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json={}, headers={"Location": "/v1/requests/r1"})
        refused = {"request_id": "r1", "state": "refused", "problem": "stale", "detail": "too late"}
        return httpx.Response(200, json=refused)

    with pytest.raises(ApiProblem, match="too late") as caught:
        client(answer).post("/v1/escalations/E1/decision")
    assert caught.value.code == "stale"


def test_a_request_that_nobody_takes_up_is_no_success() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(202, json={}, headers={"Location": "/v1/requests/r1"})
        return httpx.Response(200, json={"request_id": "r1", "state": "pending", "problem": "", "detail": ""})

    with pytest.raises(ApiProblem, match="no supervisor has taken it up") as caught:
        client(answer).post("/v1/tasks")
    assert caught.value.code == "pending"


def test_all_pages_of_a_list_are_read() -> None:
    pages = {"": {"items": [{"n": 1}, {"n": 2}], "next": "b"}, "b": {"items": [{"n": 3}], "next": None}}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=pages[request.url.params.get("cursor", "")])

    assert [item["n"] for item in client(answer).pages("/v1/tasks")] == [1, 2, 3]


def test_after_the_login_the_new_token_is_used_and_no_cookie() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/login":
            return httpx.Response(200, json={"token": "t2"}, headers={"Set-Cookie": "fleet_session=t2"})
        return httpx.Response(
            200, json={"auth": request.headers["Authorization"], "cookie": "Cookie" in request.headers}
        )

    with client(answer) as fleet:
        fleet.login(token="once")
        assert fleet.get("/v1/me") == {"auth": "Bearer t2", "cookie": False}
