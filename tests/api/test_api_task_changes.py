"""Saying after submission who may do a task and what it waits for; teams and resources over HTTP."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest

from tests.api.hall import carry

_keys = itertools.count()
WHY = {"reason": "I know better"}


def submit(ana: httpx.Client, **more: Any) -> httpx.Response:
    headers = {"Idempotency-Key": f"changes-{next(_keys)}"}
    return ana.post("/v1/tasks", json=carry(**{"earliest_start_in_s": 5000, **more}), headers=headers)


def robots(ana: httpx.Client) -> list[str]:
    return [r["robot_id"] for r in ana.get("/v1/robots").json()["items"]]


def test_a_task_is_pinned_unpinned_and_a_robot_ruled_out_and_allowed_again(ana: httpx.Client) -> None:
    assert submit(ana, task_id="ch-1").status_code == 201
    first, second, *_ = robots(ana)
    pinned = ana.post("/v1/tasks/ch-1/pin", json={"robot_id": first, **WHY})
    assert pinned.status_code == 200
    assert pinned.json()["task"]["spec"]["robot_id"] == first
    clash = ana.post("/v1/tasks/ch-1/ban", json={"robot_id": first, **WHY})
    assert (clash.status_code, clash.json()["detail"]) == (409, f"ch-1 is pinned to {first}; unpin it first")
    assert ana.post("/v1/tasks/ch-1/pin", json={"robot_id": None, **WHY}).json()["task"]["spec"]["robot_id"] is None
    banned = ana.post("/v1/tasks/ch-1/ban", json={"robot_id": second, **WHY}).json()["task"]
    assert banned["spec"]["needs"]["not_robots"] == [second]
    allowed = ana.post("/v1/tasks/ch-1/ban", json={"robot_id": second, "banned": False, **WHY}).json()["task"]
    assert allowed["spec"]["needs"]["not_robots"] == []


def test_what_it_waits_for_is_changed_and_a_circle_is_refused_and_named(ana: httpx.Client) -> None:
    assert submit(ana, task_id="ch-2").status_code == 201
    assert submit(ana, task_id="ch-3", depends_on=["ch-2"]).status_code == 201
    circle = ana.post("/v1/tasks/ch-2/after", json={"after": ["ch-3"], **WHY})
    assert circle.status_code == 422
    assert "circle" in circle.text and "ch-2" in circle.text and "ch-3" in circle.text
    free = ana.post("/v1/tasks/ch-3/after", json={"after": [], **WHY})
    assert free.json()["task"]["spec"]["depends_on"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("ghost/pin", {"robot_id": None, **WHY}, 404),
        ("ch-4/pin", {"robot_id": "r-nobody", **WHY}, 404),
        ("ch-4/pin", WHY, 422),
        ("ch-4/ban", {"robot_id": None, **WHY}, 422),
        ("ch-4/ban", {"robot_id": "x", "banned": "perhaps", **WHY}, 422),
        ("ch-4/after", {"after": ["ghost"], **WHY}, 422),
        ("ch-4/after", {"after": "ch-1", **WHY}, 422),
        ("ch-4/pin", {"robot_id": None}, 422),
    ],
)
def test_rubbish_is_refused_with_a_problem(ana: httpx.Client, path: str, body: dict[str, Any], status: int) -> None:
    submit(ana, task_id="ch-4")
    answer = ana.post(f"/v1/tasks/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_teams_and_resources_are_taken_and_what_cannot_be_is_refused(ana: httpx.Client) -> None:
    kept = submit(ana, task_id="ch-5", resources=["bench_1"]).json()["task"]["spec"]
    assert (kept["team"], kept["resources"]) == (1, ["bench_1"])
    alone = submit(ana, task_id="ch-6", team=2)
    assert alone.status_code == 422
    assert "works only alone" in alone.text
    for wrong in ({"team": 0}, {"team": 5}, {"resources": [""]}, {"resources": ["x" * 65]}):
        assert submit(ana, **wrong).status_code == 422
