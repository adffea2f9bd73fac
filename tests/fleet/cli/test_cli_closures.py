"""`fleet traffic closed|close|open`: what they call, and what they print."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from fleet.cli import closure_commands
from fleet.cli.main import app
from tests.fleet.cli.answering import Answering

CLOSED = {"what": "corridor", "by": "Mia", "reason": "wet", "since_s": 5.0, "until_s": None}


def listed(path: str) -> Any:
    assert path == "/v1/closures"
    return {"items": [CLOSED]}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Answering:
    found = Answering(listed, {"closure": CLOSED})
    monkeypatch.setattr(closure_commands, "client_for", lambda _url: found)
    return found


@pytest.mark.parametrize(
    ("told", "call"),
    [
        (["close", "d1", "--reason", "wet"], ("/v1/closures", {"what": "d1", "reason": "wet"})),
        (
            ["close", "d1", "--reason", "wet", "--for", "9"],
            ("/v1/closures", {"what": "d1", "reason": "wet", "for_s": 9.0}),
        ),
        (["open", "d1", "--reason", "dry"], ("/v1/closures/d1/open", {"reason": "dry"})),
    ],
)
def test_a_way_is_closed_and_opened(client: Answering, told: list[str], call: tuple[str, Any]) -> None:
    done = CliRunner().invoke(app, ["traffic", *told])
    assert (done.exit_code, client.called) == (0, [call]), done.output
    assert "d1 is" in done.output


def test_what_is_closed_is_a_table(client: Answering) -> None:
    done = CliRunner().invoke(app, ["traffic", "closed"])
    assert done.exit_code == 0
    assert "corridor" in done.output and "it is opened" in done.output and "Mia" in done.output


def test_a_reason_is_needed(client: Answering) -> None:
    done = CliRunner().invoke(app, ["traffic", "close", "d1"])
    assert done.exit_code == 2 and client.called == []
