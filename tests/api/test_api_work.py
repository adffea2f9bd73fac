"""Submitting, looking at and cancelling work."""

from __future__ import annotations

import itertools
import json
import threading
from typing import Any

import httpx
import pytest

from fleet.model.requests import Role
from tests.api.hall import Hall, carry, until

_keys = itertools.count()


def key() -> dict[str, str]:
    return {"Idempotency-Key": f"work-{next(_keys)}"}


def errors_of(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    assert answer.headers["content-type"] == "application/problem+json"
    return {error["field"]: error for error in answer.json().get("errors", [])}


def test_a_task_is_accepted_and_a_robot_does_it(hall: Hall, ana: httpx.Client):
    body = {"skill": "wait", "parameters": {"seconds": 0.1}, "why": "a test"}
    answer = ana.post("/v1/tasks", json=body, headers=key())
    assert answer.status_code == 201
    task = answer.json()["task"]
    assert answer.headers["location"] == f"/v1/tasks/{task['task_id']}"
    assert answer.json()["request"]["state"] == "accepted"
    assert (task["requested_by"], task["spec"]["why"]) == ("Ana", "a test")
    where = f"/v1/tasks/{task['task_id']}"
    until(lambda: ana.get(where).json()["started_at_s"] is not None, "a robot starts")


def test_a_mission_is_accepted_as_a_whole(ana: httpx.Client):
    tasks = [carry(task_id="a-1"), {"skill": "inspect", "parameters": {"target": "hall"}, "depends_on": ["a-1"]}]
    body = {"mission_id": "m-a", "title": "Bring it", "why": "the round begins", "tasks": tasks}
    answer = ana.post("/v1/missions", json=body, headers=key())
    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/missions/m-a"
    first, second = answer.json()["tasks"]
    assert second["spec"]["depends_on"] == ["a-1"]
    assert second["spec"]["why"] == "the round begins"
    assert first["spec"]["why"] == "it is needed there"
    looked = ana.get("/v1/missions/m-a").json()
    assert looked["mission"]["task_ids"] == [first["task_id"], second["task_id"]]
    assert sum(looked["mission"]["states"].values()) == 2


def test_a_directive_comes_with_its_first_mission_and_later_ones_name_it(ana: httpx.Client):
    mission = {"title": "First", "why": "it begins", "tasks": [carry()]}
    body = {
        "directive_id": "d-1",
        "objective": "wards are stocked",
        "reason": "the night delivery failed",
        "limits": ["nobody enters the isolation room"],
        "expires_in_s": 600,
        "mission": mission,
    }
    answer = ana.post("/v1/directives", json=body, headers=key())
    assert answer.status_code == 201
    directive = answer.json()["directive"]
    assert directive["limits"] == ["nobody enters the isolation room"]
    assert directive["expires_at_s"] > ana.get("/v1/clock").json()["now_s"]
    second = {"title": "Second", "why": "it goes on", "directive_id": "d-1", "tasks": [carry()]}
    assert ana.post("/v1/missions", json=second, headers=key()).status_code == 201
    assert len(ana.get("/v1/directives/d-1").json()["mission_ids"]) == 2
    assert [d["directive_id"] for d in ana.get("/v1/directives").json()["items"]] == ["d-1"]
    assert len(ana.get("/v1/missions", params={"directive_id": "d-1"}).json()["items"]) == 2


BAD_TASKS = [
    (carry(skill="dance"), "skill", "one of carry"),
    (carry(parameters={"object": "box_a"}), "parameters.to", "required"),
    (carry(parameters={"object": "box_a", "to": "table_1", "speed": 3}), "parameters.speed", "no such parameter"),
    (carry(parameters={"object": "box_z", "to": "table_1"}), "parameters.object", "box_a"),
    (carry(parameters={"object": "box_a", "to": "nowhere"}), "parameters.to", "shelf_1"),
    (carry(parameters={"object": {"colour": "green"}, "to": "table_1"}), "parameters.object", "inventory"),
    (carry(parameters={"object": "crate", "to": "table_1"}), "parameters.object", "12 kg > 5 kg"),
    (carry(needs={"payload_kg": 6}), "needs.payload_kg", "r1: 6 kg > 5 kg; r2: 6 kg > 5 kg"),
    (carry(needs={"payload_kg": -1}), "needs.payload_kg", "greater than or equal to 0"),
    (carry(needs={"models": ["tesla"]}), "skill", "model scripted"),
    (carry(robot_id="r9"), "robot_id", "r1, r2"),
    (carry(deadline_s=12.0), "deadline_s", "a time to come"),
    (carry(deadline_in_s=-5), "deadline_in_s", "a time to come"),
    (carry(deadline_in_s=5, deadline_s=5000), "deadline_in_s", "not both"),
    (carry(deadline_in_s=5, earliest_start_in_s=9), "deadline_in_s", "after the earliest start"),
    (carry(priority=101), "priority", "less than or equal to 100"),
    (carry(why="  "), "why", "at least 1 character"),
    (carry(depends_on=["ghost"]), "depends_on[0]", "an earlier one"),
    (carry(task_id="no spaces"), "task_id", "match pattern"),
    (carry(colour="blue"), "colour", "no such field"),
    (carry(directive_id="d-none"), "directive_id", "given before"),
    ({"parameters": {}, "why": "x"}, "skill", "required"),
    (carry(skill="wait", parameters={"seconds": 1e9}), "parameters.seconds", "from 0 to 3600"),
    (carry(skill="dock", parameters={"dock": "shelf_1"}), "parameters.dock", "dock_1"),
    (carry(parameters={"object": "\ud800", "to": "table_1"}), "parameters", "valid Unicode"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field", "says"), BAD_TASKS, ids=lambda value: str(value)[:40])
def test_a_task_that_makes_no_sense_is_refused_naming_the_field(ana: httpx.Client, body: Any, field: str, says: str):
    before = ana.get("/v1/clock").json()["seq"]
    answer = ana.post("/v1/tasks", content=json.dumps(body), headers={**key(), "Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    errors = errors_of(answer)
    assert field in errors, answer.text
    assert says in errors[field]["expected"], answer.text
    kinds = ana.get("/v1/events", params={"after": before, "kind": "RequestReceived"}).json()["items"]
    assert kinds == [], "what is refused at the door does not reach the supervisor"


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(ana: httpx.Client, bad: str):
    text = json.dumps({"skill": "wait", "parameters": {"seconds": 0.25}, "why": "x"}).replace("0.25", bad)
    answer = ana.post("/v1/tasks", content=text, headers={**key(), "Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_errors_in_a_mission_name_the_task(ana: httpx.Client):
    tasks = [carry(), carry(skill="dance")]
    answer = ana.post("/v1/missions", json={"title": "T", "why": "w", "tasks": tasks}, headers=key())
    assert "tasks[1].skill" in errors_of(answer)
    tasks = [carry(task_id="x", depends_on=["y"]), carry(task_id="y", depends_on=["x"])]
    answer = ana.post("/v1/missions", json={"title": "T", "why": "w", "tasks": tasks}, headers=key())
    (error,) = errors_of(answer).values()
    assert "no circle" in error["expected"]
    tasks = [carry(task_id="x"), carry(task_id="x")]
    answer = ana.post("/v1/missions", json={"title": "T", "why": "w", "tasks": tasks}, headers=key())
    assert "tasks[1].task_id" in errors_of(answer)
    answer = ana.post("/v1/missions", json={"title": "T", "why": "w", "tasks": []}, headers=key())
    assert "tasks" in errors_of(answer)


def test_several_errors_are_told_at_once(ana: httpx.Client):
    tasks = [carry(parameters={"object": "box_z", "to": "nowhere"}), carry(robot_id="r9")]
    answer = ana.post("/v1/missions", json={"title": "T", "why": "w", "tasks": tasks}, headers=key())
    wrong = {"tasks[0].parameters.object", "tasks[0].parameters.to", "tasks[1].robot_id"}
    assert set(errors_of(answer)) == wrong


def test_an_id_that_is_taken_is_a_conflict(ana: httpx.Client):
    body = carry(task_id="only-once")
    assert ana.post("/v1/tasks", json=body, headers=key()).status_code == 201
    answer = ana.post("/v1/tasks", json=body, headers=key())
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "only-once" in answer.json()["detail"]


def test_creating_needs_an_idempotency_key(ana: httpx.Client):
    for path, body in (("/v1/tasks", carry()), ("/v1/missions", {"title": "T", "why": "w", "tasks": [carry()]})):
        answer = ana.post(path, json=body)
        assert answer.status_code == 422
        assert "header Idempotency-Key" in errors_of(answer)
    answer = ana.post("/v1/tasks", json=carry(), headers={"Idempotency-Key": "x" * 201})
    assert answer.status_code == 422


def test_the_same_call_twice_happens_once(ana: httpx.Client):
    same, body = key(), carry(deadline_in_s=500)
    first = ana.post("/v1/tasks", json=body, headers=same)
    again = ana.post("/v1/tasks", json=body, headers=same)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["request"] == first.json()["request"]
    assert again.json()["task"]["task_id"] == first.json()["task"]["task_id"]
    assert again.json()["task"]["spec"] == first.json()["task"]["spec"], "the deadline counts from the first call"


def test_the_same_call_many_times_at_once_happens_once(hall: Hall):
    token = hall.token("Max", Role.OPERATOR)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "at-once"}
    answers: list[httpx.Response] = []

    def call() -> None:
        answers.append(httpx.post(f"{hall.url}/v1/tasks", json=carry(deadline_in_s=500), headers=headers, timeout=20))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status_code for a in answers] == [201] * 8
    assert len({a.json()["task"]["task_id"] for a in answers}) == 1
    assert sum("idempotency-replayed" not in a.headers for a in answers) == 1


def test_a_key_with_another_body_is_refused(ana: httpx.Client):
    same = key()
    first = ana.post("/v1/tasks", json=carry(), headers=same)
    other = ana.post("/v1/tasks", json=carry(priority=99), headers=same)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert other.json()["request_id"] == first.json()["request"]["request_id"]


def test_keys_are_each_persons_own(hall: Hall, ana: httpx.Client):
    same = key()
    ben = hall.client("Ben")
    first = ana.post("/v1/tasks", json=carry(), headers=same)
    other = ben.post("/v1/tasks", json=carry(priority=99), headers=same)
    assert other.status_code == 201
    assert other.json()["task"]["task_id"] != first.json()["task"]["task_id"]


def test_a_repeated_call_is_answered_though_its_deadline_has_passed(own_hall: Hall):
    ana = own_hall.client()
    body = carry(deadline_in_s=50)
    assert ana.post("/v1/tasks", json=body, headers={"Idempotency-Key": "k"}).status_code == 201
    own_hall.clock.ahead_s = 100.0
    again = ana.post("/v1/tasks", json=body, headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")


def test_without_a_supervisor_the_call_is_durable_and_can_be_asked_for_later(own_hall: Hall):
    ana = own_hall.client()
    with own_hall.supervisor_away():
        answer = ana.post("/v1/tasks", json=carry(task_id="later"), headers={"Idempotency-Key": "k"})
        assert answer.status_code == 202
        where = answer.headers["location"]
        assert ana.get(where).json()["state"] == "pending"
        again = ana.post("/v1/tasks", json=carry(task_id="later"), headers={"Idempotency-Key": "k"})
        assert (again.status_code, again.headers["location"]) == (202, where)
    until(lambda: ana.get(where).json()["state"] == "accepted", "the supervisor takes it up")
    assert ana.get("/v1/tasks/later").status_code == 200
    assert ana.get("/v1/requests/req-none").status_code == 404


def test_what_the_supervisor_refuses_is_a_problem_with_its_reason(own_hall: Hall):
    """Two calls for the same id while the supervisor is away: both pass the door, one is refused later."""
    ana = own_hall.client()
    with own_hall.supervisor_away():
        for k in ("k1", "k2"):
            assert ana.post("/v1/tasks", json=carry(task_id="x"), headers={"Idempotency-Key": k}).status_code == 202
    until(lambda: "x" in own_hall.projection.state.tasks, "taken up")
    answer = ana.post("/v1/tasks", json=carry(task_id="x"), headers={"Idempotency-Key": "k2"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.headers["idempotency-replayed"] == "true"


def test_cancelling_a_task_and_a_mission(ana: httpx.Client):
    tasks = [carry(task_id="c-1", earliest_start_in_s=900), carry(task_id="c-2", earliest_start_in_s=900)]
    body = {"mission_id": "m-c", "title": "T", "why": "w", "tasks": tasks}
    ana.post("/v1/missions", json=body, headers=key())
    answer = ana.post("/v1/tasks/c-1/cancel", json={"reason": "not needed"})
    assert answer.status_code == 200
    assert answer.json()["task"]["state"] == "cancelled"
    assert "not needed" in answer.json()["task"]["because"]
    assert ana.post("/v1/tasks/c-1/cancel", json={"reason": "again"}).status_code == 409
    answer = ana.post("/v1/missions/m-c/cancel", json={"reason": "all of it"})
    assert answer.status_code == 200
    assert {t["state"] for t in answer.json()["tasks"]} == {"cancelled"}
    assert ana.post("/v1/missions/m-c/cancel", json={"reason": "again"}).status_code == 409
    assert ana.post("/v1/tasks/none/cancel", json={"reason": "x"}).status_code == 404
    assert ana.post("/v1/missions/none/cancel", json={"reason": "x"}).status_code == 404
    assert ana.post("/v1/tasks/c-1/cancel", json={}).status_code == 422


def test_lists_come_in_pages_and_can_be_filtered(own_hall: Hall):
    ana = own_hall.client()
    tasks = [carry(task_id=f"p-{i}", earliest_start_in_s=900) for i in range(7)]
    body = {"mission_id": "m-p", "title": "T", "why": "w", "tasks": tasks}
    ana.post("/v1/missions", json=body, headers=key())
    ana.post("/v1/tasks/p-3/cancel", json={"reason": "x"})
    seen, cursor, pages = [], None, 0
    while True:
        page = ana.get("/v1/tasks", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        seen += [t["task_id"] for t in page["items"]]
        cursor, pages = page["next"], pages + 1
        if cursor is None:
            break
    assert (seen, pages) == ([f"p-{i}" for i in range(7)], 3)
    newest = ana.get("/v1/tasks", params={"newest": "true", "limit": 1}).json()
    assert newest["items"][0]["task_id"] == "p-6"
    cancelled = ana.get("/v1/tasks", params={"state": "cancelled"}).json()["items"]
    assert [t["task_id"] for t in cancelled] == ["p-3"]
    both = ana.get("/v1/tasks", params={"state": ["cancelled", "requested"], "mission_id": "m-p"}).json()["items"]
    assert len(both) == 7
    assert ana.get("/v1/tasks", params={"robot_id": "r1"}).json()["items"] == []
    assert [m["mission_id"] for m in ana.get("/v1/missions", params={"state": "active"}).json()["items"]] == ["m-p"]
    assert ana.get("/v1/tasks", params={"cursor": "ghost"}).status_code == 422
    assert ana.get("/v1/tasks", params={"state": "dancing"}).status_code == 422
    assert ana.get("/v1/tasks", params={"limit": 0}).status_code == 422
    assert ana.get("/v1/tasks/ghost").status_code == 404


def test_the_catalogue_says_what_there_is(vic: httpx.Client):
    skills = {s["name"]: s for s in vic.get("/v1/skills").json()["items"]}
    (seconds,) = skills["wait"]["parameters"]
    assert (seconds["minimum"], seconds["maximum"], seconds["unit"]) == (0, 3600, "s")
    assert skills["carry"]["robots"] == ["r1", "r2"]
    assert vic.get("/v1/site").json()["places"]["table_1"]["kind"] == "slot"
    assert vic.get("/v1/clock").json()["now_s"] > 1000
    assert vic.get("/v1/report").json()["questions"] >= 0
