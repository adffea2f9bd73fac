"""Stopping robots waits for nothing; letting them go on waits for everything."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import httpx
import pytest

from fleet.model.requests import Role
from tests.api.hall import Hall, carry, until


def last_told(hall: Hall) -> tuple[str, str | None, str, str]:
    return hall.stop_line.told[-1]


def test_hold_all_tells_the_robots_and_is_on_record(own_hall: Hall):
    ana = own_hall.client()
    answer = ana.post("/v1/hold-all", json={"reason": "smoke in the corridor"})
    assert answer.status_code == 200
    assert answer.json() == {
        "told": True,
        "recorded": True,
        "robot_id": None,
        "because": "smoke in the corridor",
        "by": "Ana",
    }
    assert last_told(own_hall) == ("hold", None, "smoke in the corridor", "Ana")
    robots = until(lambda: (r := ana.get("/v1/robots").json())["hold_all"] and r, "the supervisor knows")
    assert (robots["hold_all"], robots["hold_all_by"]) == ("smoke in the corridor", "Ana")
    until(lambda: all(r.state().holding for r in own_hall.robots.values()), "the supervisor holds them too")
    ana.post("/v1/release-all", json={"reason": "it was toast"})
    assert last_told(own_hall) == ("release", None, "it was toast", "Ana")
    assert ana.get("/v1/robots").json()["hold_all"] == ""
    until(lambda: not any(r.state().holding for r in own_hall.robots.values()), "they go on")


def test_hold_all_does_not_wait_for_a_locked_store_and_is_on_record_later(own_hall: Hall):
    ana = own_hall.client()
    ana.get("/v1/me")
    with own_hall.store_locked():
        began = time.monotonic()
        answer = ana.post("/v1/hold-all", json={"reason": "now"})
        took = time.monotonic() - began
        assert (answer.status_code, answer.json()["recorded"]) == (200, False)
        assert last_told(own_hall)[0] == "hold"
        assert took < 3.0
        refused = ana.post("/v1/release-all", json={"reason": "too soon"})
        assert refused.status_code == 503, "no release before the hold is on record"
        assert last_told(own_hall)[0] == "hold"
    until(lambda: own_hall.projection.state.hold_all == "now", "the record follows by itself")


def test_hold_all_works_without_a_supervisor(own_hall: Hall):
    ana = own_hall.client()
    with own_hall.supervisor_away():
        answer = ana.post("/v1/hold-all", json={"reason": "now"})
        assert (answer.status_code, answer.json()["recorded"]) == (200, True)
        assert last_told(own_hall) == ("hold", None, "now", "Ana")


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", ""), (b"{", "application/json"), (b"\xff", "application/json"), (b"stop!", "text/plain"),
     (b"[1]", "application/json"), (b'{"reason": 7}', "application/json"), (b'{"extra": 1}', "application/json"),
     (b'{"reason": "\\ud800"}', "application/json"), (b"[" * 50_000, "application/json")],
)  # fmt: skip
def test_a_stop_is_never_refused_for_its_form(hall: Hall, ana: httpx.Client, content: bytes, kind: str):
    for path in ("/v1/hold-all", "/v1/robots/r1/hold"):
        headers = {"Content-Type": kind, "Idempotency-Key": "bad key"} if kind else {}
        before = len(hall.stop_line.told)
        answer = ana.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["recorded"]) == (200, True), answer.text
        assert len(hall.stop_line.told) == before + 1
        assert answer.json()["because"]


def test_a_body_that_never_comes_does_not_delay_a_stop(hall: Hall):
    token = hall.token("Ana", Role.OPERATOR)
    with socket.create_connection(("127.0.0.1", hall.server.port), timeout=5) as raw:
        head = f"POST /v1/hold-all HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        began, before = time.monotonic(), len(hall.stop_line.told)
        raw.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n".encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 3.0
        assert len(hall.stop_line.told) == before + 1


def test_a_stop_line_that_is_down_is_told_loudly(own_hall: Hall):
    ana = own_hall.client()
    own_hall.stop_line.broken = True
    answer = ana.post("/v1/hold-all", json={"reason": "now"})
    assert (answer.status_code, answer.json()["code"]) == (503, "stop_line_down")
    assert "emergency stop" in answer.json()["detail"]
    assert answer.json()["recorded"] is True
    until(lambda: all(r.state().holding for r in own_hall.robots.values()), "the supervisor holds them instead")
    released = ana.post("/v1/release-all", json={"reason": "over"})
    assert released.status_code == 503, "the line has to carry the release too"


def test_the_same_stop_again_stops_again(own_hall: Hall):
    ana, key = own_hall.client(), {"Idempotency-Key": "one"}
    assert ana.post("/v1/hold-all", json={"reason": "a"}, headers=key).json()["recorded"]
    assert ana.post("/v1/release-all", json={"reason": "b"}).status_code == 200
    assert ana.post("/v1/hold-all", json={"reason": "a"}, headers=key).json()["recorded"]
    until(lambda: own_hall.projection.state.hold_all == "a", "held again")
    assert ana.post("/v1/hold-all", json={"reason": "other"}, headers=key).json()["recorded"], "nor for a used key"


def test_a_new_process_says_again_that_all_are_held(tmp_path: Path):
    first = Hall(tmp_path)
    first.start()
    first.client().post("/v1/hold-all", json={"reason": "smoke"})
    until(lambda: first.projection.state.hold_all, "held")
    first.stop()
    second = Hall(tmp_path)
    second.start()
    until(lambda: second.stop_line.told, "it is said again")
    assert last_told(second) == ("hold", None, "smoke", "Ana")
    second.stop()


def test_a_release_that_is_not_settled_reaches_the_robots_when_it_is(own_hall: Hall):
    ana = own_hall.client()
    ana.post("/v1/hold-all", json={"reason": "a"})
    until(lambda: own_hall.projection.state.hold_all, "held")
    with own_hall.supervisor_away():
        answer = ana.post("/v1/release-all", json={"reason": "b"})
        assert answer.status_code == 202
        assert last_told(own_hall)[0] == "hold", "not before it is settled"
    until(lambda: last_told(own_hall) == ("release", None, "b", "Ana"), "told once it is settled")


def test_a_release_does_not_end_a_hold_that_came_after_it(own_hall: Hall):
    ana, ben = own_hall.client(), own_hall.client("Ben")
    ana.post("/v1/hold-all", json={"reason": "a"})
    until(lambda: own_hall.projection.state.hold_all, "held")
    with own_hall.supervisor_away():
        assert ana.post("/v1/release-all", json={"reason": "b"}).status_code == 202
        ben.post("/v1/hold-all", json={"reason": "c"})
    until(lambda: own_hall.projection.state.hold_all == "c", "both were taken up in order")
    time.sleep(0.05)
    assert last_told(own_hall) == ("hold", None, "c", "Ben")
    same = {"Idempotency-Key": "r"}
    assert ana.post("/v1/release-all", json={"reason": "d"}, headers=same).status_code == 200
    ben.post("/v1/hold-all", json={"reason": "e"})
    until(lambda: own_hall.projection.state.hold_all == "e", "held")
    again = ana.post("/v1/release-all", json={"reason": "d"}, headers=same)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert last_told(own_hall) == ("hold", None, "e", "Ben")


def test_one_robot_is_held_and_released(own_hall: Hall):
    ana = own_hall.client()
    assert ana.post("/v1/robots/r1/hold", json={"reason": "door"}).json()["robot_id"] == "r1"
    assert last_told(own_hall) == ("hold", "r1", "door", "Ana")
    until(lambda: ana.get("/v1/robots/r1").json()["held_because"] == "door", "on record")
    assert ana.get("/v1/robots/r2").json()["held_because"] == ""
    answer = ana.post("/v1/robots/r1/release", json={"reason": "shut"})
    assert answer.json()["robot"]["held_because"] == ""
    assert last_told(own_hall) == ("release", "r1", "shut", "Ana")
    assert ana.post("/v1/robots/r9/hold", json={"reason": "x"}).status_code == 404
    assert ana.post("/v1/robots/r9/release", json={"reason": "x"}).status_code == 404
    assert ana.post("/v1/robots/r1/release", json={}).status_code == 422, "letting go on needs a reason"


def test_robots_show_their_last_word_and_how_old_it_is(ana: httpx.Client):
    robot = ana.get("/v1/robots/r1").json()
    assert robot["robot_id"] == "r1"
    assert robot["description"]["payload_kg"] == 5
    assert robot["live"]["age_s"] == 0.1
    assert robot["live"]["state"]["posture"] == "standing"
    assert ana.get("/v1/robots/r9").status_code == 404


def test_a_person_takes_a_robot_over_and_hands_it_back(own_hall: Hall):
    ana, ben = own_hall.client(), own_hall.client("Ben")
    taken = ana.post("/v1/robots/r1/lease/take", json={"reason": "to look at its hand"})
    assert taken.json()["robot"]["lease_person"] == "Ana"
    second = ben.post("/v1/robots/r1/lease/take", json={"reason": "me too"})
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    assert "Ana" in second.json()["detail"]
    assert ben.post("/v1/robots/r1/lease/return", json={"reason": "x"}).status_code == 409
    assert ana.post("/v1/robots/r1/lease/return", json={"reason": "done"}).json()["robot"]["lease_person"] == ""
    assert ana.post("/v1/robots/r9/lease/take", json={"reason": "x"}).status_code == 404


def test_a_robot_that_was_seen_to_gets_work_again(own_hall: Hall):
    ana = own_hall.client()
    assert ana.post("/v1/robots/r1/recovered", json={"reason": "x"}).status_code == 409, "it was never set aside"
    own_hall.robots["r1"].fall()
    until(lambda: ana.get("/v1/robots/r1").json()["aside_because"], "it is set aside")
    assert ana.post("/v1/robots/r1/recovered", json={"reason": "not true"}).status_code == 409
    own_hall.robots["r1"].stand_up()
    posture = lambda: ana.get("/v1/robots/r1").json()["state"]["posture"]  # noqa: E731
    until(lambda: posture() == "standing", "it says it stands")
    answer = ana.post("/v1/robots/r1/recovered", json={"reason": "set on its feet, checked the knee"})
    assert answer.status_code == 200
    assert answer.json()["robot"]["aside_because"] == ""
    task = carry(skill="wait", parameters={"seconds": 0}, robot_id="r1")
    assert ana.post("/v1/tasks", json=task, headers={"Idempotency-Key": "k"}).status_code == 201
