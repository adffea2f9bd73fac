"""The commands about the queue: what they call, and what they print."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from fleet.cli import queue_commands
from fleet.cli.main import app
from fleet.cli.testing.ros import _call
from fleet.model import queue_requests as qr
from tests.fleet.cli.answering import Answering

PLACE = {
    "escalation_id": "E1",
    "question": "Which box?",
    "severity": "medium",
    "group_id": "G1",
    "tier": 0,
    "tiers": [{"people": ["Mia"]}, {"people": []}],
    "acknowledged_by": None,
    "cost_words": "42 s left",
    "shelved": {"until_s": 90.0, "by": "Mia", "reason": "round"},
}
QUEUE = {
    "flood": {"since_s": 5.0, "questions": 12},
    "load": 1.5,
    "waiting": [PLACE],
    "shelved": [PLACE],
    "sources": [{"source": "O1", "what": "4 robots are silent", "escalation_ids": ["E2"]}],
}


def listed(path: str) -> Any:
    return QUEUE if path == "/v1/queue" else {"items": []}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Answering:
    found = Answering(listed, {"place": PLACE})
    monkeypatch.setattr(queue_commands, "client_for", lambda _url: found)
    return found


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_the_queue_says_what_waits_what_is_aside_and_what_is_silenced_by_what(client: Answering) -> None:
    text = run("escalations", "queue")
    assert "FLOOD since" in text
    assert "1 of 2" in text
    assert "put aside until" in text
    assert "O1: 4 robots are silent; silences E2" in text


def test_each_command_calls_its_route_with_the_reason(client: Answering) -> None:
    run("escalations", "delegate", "E1", "--to", "Lea", "--reason", "x")
    run("escalations", "shelve", "E1", "--for", "60", "--reason", "x")
    run("escalations", "unshelve", "E1", "--reason", "x")
    run("maintenance", "set", "w", "--zone", "lab", "--robot", "r1", "--for", "60", "--reason", "x")
    run("maintenance", "end", "w", "--reason", "x")
    assert client.called == [
        ("/v1/escalations/E1/delegate", {"to": "Lea", "reason": "x"}),
        ("/v1/escalations/E1/shelve", {"for_s": 60.0, "reason": "x"}),
        ("/v1/escalations/E1/unshelve", {"reason": "x"}),
        ("/v1/maintenance", {"window_id": "w", "for_s": 60.0, "reason": "x", "robot_ids": ["r1"], "zone": "lab"}),
        ("/v1/maintenance/w/end", {"reason": "x"}),
    ]
    assert "no maintenance" in run("maintenance", "list")


@pytest.mark.parametrize("missing", [("shelve", "E1", "--for", "60"), ("delegate", "E1", "--reason", "x")])
def test_what_is_missing_is_a_usage_error(client: Answering, missing: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["escalations", *missing]).exit_code == 2
    assert client.called == []


def test_scenarios_over_ros_take_the_same_routes() -> None:
    shelve = qr.ShelveEscalation(escalation_id="E1", until_s=60.0, reason="x")
    hand_on = qr.DelegateEscalation(escalation_id="E1", to="Lea", reason="x")
    window = qr.SetMaintenance(window_id="w", zone="lab", from_s=1.0, to_s=9.0, reason="x")
    assert _call(shelve) == ("/v1/escalations/E1/shelve", {"reason": "x", "until_s": 60.0})
    assert _call(hand_on) == ("/v1/escalations/E1/delegate", {"reason": "x", "to": "Lea"})
    told = {"window_id": "w", "zone": "lab", "from_s": 1.0, "to_s": 9.0, "reason": "x"}
    assert _call(window) == ("/v1/maintenance", told)
