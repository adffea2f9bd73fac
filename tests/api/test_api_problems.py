"""Every error has the same shape, whatever is wrong."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import httpx
import pytest

from api.problems import shown
from tests.api.hall import Hall, HallTelemetry, carry


def check(answer: httpx.Response, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:humanoid-fleet:problem:{code}"
    assert body["title"]
    assert body["detail"]
    return body


def test_a_path_that_is_not_there(ana: httpx.Client):
    assert check(ana.get("/v1/nothing"), 404, "not_found")["instance"] == "/v1/nothing"
    check(ana.get("/nothing"), 404, "not_found")
    check(ana.post("/v1/robots/r1/dance", json={}), 404, "not_found")


def test_a_method_that_is_not_there_says_which_are(ana: httpx.Client):
    answer = ana.delete("/v1/tasks")
    check(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"


def test_a_body_that_is_not_json(ana: httpx.Client):
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    for content in (b"{", b"", b"\xff\xfe", b"[" * 100_000, b'{"a": 1,}'):
        answer = ana.post("/v1/tasks", content=content, headers=headers)
        assert answer.status_code in (400, 422), content[:10]
        assert answer.headers["content-type"] == "application/problem+json"
    check(ana.post("/v1/tasks", content=b"{", headers=headers), 400, "malformed")
    answer = ana.post("/v1/tasks", content=b"[1]", headers=headers)
    check(answer, 422, "invalid")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_kind(ana: httpx.Client, kind: str):
    answer = ana.post("/v1/tasks", content=b"{}", headers={"Content-Type": kind, "Idempotency-Key": "k"})
    check(answer, 415, "unsupported_media_type")


def test_a_body_that_says_it_is_too_large(ana: httpx.Client):
    body = carry(why="x" * (1 << 20))
    check(ana.post("/v1/tasks", json=body, headers={"Idempotency-Key": "k"}), 413, "too_large")


def test_a_body_that_turns_out_too_large_is_cut_off_while_it_comes(ana: httpx.Client):
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (1 << 17)

    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    with contextlib.suppress(httpx.WriteError):  # the server may hang up before all was sent: as good
        check(ana.post("/v1/tasks", content=endless(), headers=headers), 413, "too_large")
    assert ana.get("/v1/me").status_code == 200, "the server is well"


def test_a_length_that_is_a_lie_does_not_hang_or_hurt(hall: Hall):
    for length in ("-5", "abc", "99999999999999999999999"):
        with socket.create_connection(("127.0.0.1", hall.server.port), timeout=5) as raw:
            head = "POST /v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            raw.sendall(f"{head}Content-Length: {length}\r\n\r\n{{}}".encode())
            answer = raw.recv(100)
            assert answer.split()[1] in (b"400", b"413"), answer


def test_what_is_shown_back_is_short_and_always_json():
    assert shown(float("nan")) == "nan"
    assert shown(10**30) == repr(10**30)
    assert len(shown("x" * 5000)) < 250
    assert shown({"a": [1]}) == "{'a': [1]}"
    assert shown(True) is True


def test_an_error_of_the_program_tells_nothing_of_itself(own_hall: Hall, monkeypatch: pytest.MonkeyPatch):
    def broken(_: HallTelemetry) -> None:
        raise RuntimeError("a secret path")

    client = own_hall.client()
    monkeypatch.setattr(HallTelemetry, "robots", broken)
    answer = client.get("/v1/robots")
    assert "secret" not in check(answer, 500, "internal")["detail"]
