"""The journal as it comes: from any place in it, at once, and without harm from clients that do not read."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api.auth.identity import COOKIE
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.requests import Role
from tests.api.hall import Hall, carry, until


def address(hall: Hall, **query: Any) -> str:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return f"ws://127.0.0.1:{hall.server.port}/v1/stream?{text}"


def listen(hall: Hall, **query: Any) -> ClientConnection:
    headers = {"Authorization": f"Bearer {hall.token('Vic', Role.VIEWER)}"}
    return connect(address(hall, **query), additional_headers=headers)


def take(client: ClientConnection, kind: str = "event", within_s: float = 5.0) -> dict[str, Any]:
    """The next message of a type."""
    end = time.monotonic() + within_s
    while True:
        message = json.loads(client.recv(timeout=max(0.01, end - time.monotonic())))
        if message["type"] == kind:
            return message


def test_the_stream_says_where_it_is_then_sends_what_comes(own_hall: Hall):
    ana = own_hall.client()
    with listen(own_hall, kind="MissionAccepted") as client:
        hello = take(client, "hello")
        assert hello["head"] == hello["after"] > 0
        began = time.monotonic()
        ana.post("/v1/tasks", json=carry(task_id="seen"), headers={"Idempotency-Key": "k"})
        event = take(client)
        assert time.monotonic() - began < 3.0
        assert event["kind"] == "MissionAccepted"
        assert event["event"]["mission"]["tasks"][0]["task_id"] == "seen"
        assert event["seq"] > hello["head"]


def test_a_client_comes_back_where_it_was_and_misses_nothing(own_hall: Hall):
    ana = own_hall.client()
    with listen(own_hall, after=0) as client:
        first = [take(client) for _ in range(3)]
    ana.post("/v1/tasks", json=carry(), headers={"Idempotency-Key": "k"})
    head = own_hall.store.head()
    with listen(own_hall, after=first[-1]["seq"]) as client:
        rest = [take(client) for _ in range(head - 3)]
    assert [m["seq"] for m in first + rest] == list(range(1, head + 1))
    pages = ana.get("/v1/events", params={"limit": 1000}).json()["items"][:head]
    assert [{k: v for k, v in m.items() if k != "type"} for m in first + rest] == pages


def test_the_past_is_read_from_the_journal_where_memory_does_not_reach(own_hall: Hall):
    own_hall.projection._kept.clear()
    with listen(own_hall, after=0) as client:
        assert take(client)["seq"] == 1


def test_a_heartbeat_comes_while_nothing_happens(own_hall: Hall):
    with own_hall.supervisor_away(), listen(own_hall) as client:
        assert take(client, "heartbeat")["head"] == own_hall.store.head()


def test_a_place_ahead_of_the_journal_is_told(own_hall: Hall):
    with listen(own_hall, after=10**6) as client:
        with pytest.raises(ConnectionClosed):
            take(client)
        assert client.protocol.close_code == 4409
        assert "ahead" in str(client.protocol.close_reason)


def flood(hall: Hall) -> None:
    """20 MB of records for whoever follows the stream."""
    big = ev.TaskProgressed(task_id="x", phase="p" * 50_000, fraction=0.1)
    last = hall.store.head()
    records = [
        Record(seq=last + 1 + i, batch=0, at_s=0.0, epoch=1, event=big, checksum="") for i in range(400)
    ]  # fmt: skip
    hall.projection.kept_after = lambda seq: [r for r in records if r.seq > seq]  # type: ignore[method-assign]


def test_a_client_that_does_not_read_is_dropped_and_harms_nobody(own_hall: Hall):
    token = own_hall.token("Vic", Role.VIEWER)
    with socket.create_connection(("127.0.0.1", own_hall.server.port)) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(
            f"GET /v1/stream?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        until(lambda: own_hall.streams() == 1, "it is connected")
        flood(own_hall)
        began = time.monotonic()
        until(lambda: own_hall.streams() == 0, "it is dropped", 10.0)
        assert own_hall.client().get("/v1/me").status_code == 200
        assert time.monotonic() - began < 5


def test_who_logs_out_hears_no_more(own_hall: Hall):
    client = own_hall.client("Eve")
    token = client.headers["Authorization"].removeprefix("Bearer ")
    with connect(address(own_hall), additional_headers={"Authorization": f"Bearer {token}"}) as stream:
        take(stream, "hello")
        client.post("/v1/logout")
        with pytest.raises(ConnectionClosed):
            take(stream, "never")
        assert stream.protocol.close_code == 4401


def test_who_may_listen(hall: Hall):
    token = hall.token("Vic", Role.VIEWER)
    good: list[dict[str, Any]] = [
        {"additional_headers": {"Authorization": f"Bearer {token}"}},
        {"subprotocols": ["fleet.v1", f"bearer.{token}"]},
        {"additional_headers": {"Cookie": f"{COOKIE}={token}", "Origin": hall.url}},
    ]
    for options in good:
        with connect(address(hall), **options) as client:
            take(client, "hello")
            assert client.subprotocol in (None, "fleet.v1"), "the token is not sent back"
    bad: list[tuple[dict[str, Any], int]] = [
        ({}, 401),
        ({"additional_headers": {"Authorization": "Bearer made-up"}}, 401),
        ({"additional_headers": {"Cookie": f"{COOKIE}={token}", "Origin": "https://evil.example"}}, 403),
        ({"additional_headers": {"Cookie": f"{COOKIE}={token}"}}, 403),
    ]
    for options, status in bad:
        with pytest.raises(InvalidStatus) as refused:
            connect(address(hall), **options)
        assert refused.value.response.status_code == status
        assert json.loads(refused.value.response.body)["status"] == status


@pytest.mark.parametrize("query", ["after=-1", "after=x", "kind=Nonsense"])
def test_a_stream_that_makes_no_sense_is_refused(hall: Hall, query: str):
    headers = {"Authorization": f"Bearer {hall.token('Vic', Role.VIEWER)}"}
    with pytest.raises(InvalidStatus) as refused:
        connect(address(hall) + query, additional_headers=headers)
    assert refused.value.response.status_code == 422


def test_events_come_in_pages(own_hall: Hall):
    ana = own_hall.client()
    first = ana.get("/v1/events", params={"limit": 2}).json()
    assert [e["seq"] for e in first["items"]] == [1, 2]
    assert first["next"] == 2
    assert first["head"] >= own_hall.store.head() - 5
    then = ana.get("/v1/events", params={"after": 2, "limit": 1}).json()
    assert then["items"][0]["seq"] == 3
    described = ana.get("/v1/events", params={"kind": "RobotDescribed"}).json()["items"]
    assert {e["kind"] for e in described} == {"RobotDescribed"}
    assert ana.get("/v1/events", params={"after": 10**9}).json()["items"] == []
    assert ana.get("/v1/events", params={"kind": "Nonsense"}).status_code == 422


def test_streams_end_when_the_server_ends(own_hall: Hall):
    with listen(own_hall) as client:
        take(client, "hello")
        own_hall.server.should_exit = True
        with pytest.raises(ConnectionClosed):
            take(client, "never")
