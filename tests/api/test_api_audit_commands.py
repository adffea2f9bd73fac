"""`fleet key` and `fleet audit witness` against a real API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleet.audit.notes import COSIGNATURE, Signer
from fleet.audit.server_key import write_key
from fleet.cli.http import ApiProblem
from fleet.cli.main import app
from fleet.cli.session import Session, SessionFile
from fleet.model.errors import InvalidField
from fleet.model.requests import Role
from tests.api.hall import Hall, until

run = CliRunner().invoke
WITNESS = Signer.generate("witness.example", COSIGNATURE)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    made = Hall(tmp_path_factory.mktemp("hall"), audited=True, witnesses=[WITNESS.verifier])
    made.start()
    yield made
    made.stop()


@pytest.fixture
def somebody(hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody new is logged in on a machine of their own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    name = f"Ana {tmp_path.name}"
    SessionFile().store(Session(hall.url, hall.token(name, Role.OPERATOR), name, "operator"))
    return name


def test_a_key_is_made_registered_used_and_revoked(hall: Hall, somebody: str) -> None:
    made = run(app, ["key", "new", "--label", "laptop", "--json"])
    assert made.exit_code == 0, made.output
    said = json.loads(made.output)
    file = Path(said["file"])
    assert file.stat().st_mode & 0o777 == 0o600
    again = run(app, ["key", "new"])
    assert isinstance(again.exception, InvalidField)

    client = hall.client(somebody + "'s helper")
    where = {"object": {"colour": "blue"}, "to": "table_1"}
    task = {"task_id": "b1", "skill": "carry", "parameters": where, "why": "it is needed there"}
    assert client.post("/v1/tasks", json=task, headers={"Idempotency-Key": "b1"}).status_code == 201
    listed = until(lambda: client.get("/v1/escalations", params={"open": True}).json()["items"], "a question")
    arguments = ["escalations", "answer", listed[0]["escalation_id"], "cancel", "--reason", "  not needed  "]
    moved = file.rename(file.with_suffix(".away"))
    assert isinstance(run(app, arguments).exception, ApiProblem)  # on record, but not on this machine
    moved.rename(file)
    done = run(app, arguments)
    assert done.exit_code == 0, done.exception
    shown = run(app, ["key", "list", "--of", somebody])
    assert "good" in shown.output
    assert run(app, ["key", "revoke", said["key_id"], "--reason", "a new laptop"]).exit_code == 0
    assert "revoked by" in run(app, ["key", "list", "--of", somebody]).output
    assert isinstance(run(app, ["key", "revoke", "nothing", "--reason", "x"]).exception, ApiProblem)
    assert isinstance(run(app, ["key", "register"]).exception, ApiProblem)  # revoked ones do not come back


def test_a_key_may_be_kept_behind_a_passphrase(somebody: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refused = run(app, ["key", "new", "--passphrase"])  # nobody at a keyboard, and none in the environment
    assert isinstance(refused.exception, InvalidField)
    assert "FLEET_KEY_PASSPHRASE" in str(refused.exception)
    monkeypatch.setenv("FLEET_KEY_PASSPHRASE", "correct horse")
    made = run(app, ["key", "new", "--passphrase", "--json"])
    assert made.exit_code == 0, made.output
    file = Path(json.loads(made.output)["file"])
    assert file.read_text().startswith("SEALED+KEY+")
    monkeypatch.setenv("FLEET_KEY_NEW_PASSPHRASE", "battery staple")
    assert run(app, ["key", "protect"]).exit_code == 0
    assert isinstance(run(app, ["key", "protect"]).exception, InvalidField)  # the first passphrase opens it no more
    monkeypatch.setenv("FLEET_KEY_PASSPHRASE", "battery staple")
    assert run(app, ["key", "protect", "--off"]).exit_code == 0
    assert file.read_text().startswith("PRIVATE+KEY+")
    assert file.stat().st_mode & 0o777 == 0o600
    witness = tmp_path / "witness.key"
    assert run(app, ["audit", "new-key", str(witness), "--name", "w.example", "--passphrase"]).exit_code == 0
    assert witness.read_text().startswith("SEALED+KEY+w.example+")


def test_without_a_key_there_is_nothing_to_register(somebody: str) -> None:
    assert isinstance(run(app, ["key", "protect"]).exception, InvalidField)
    assert isinstance(run(app, ["key", "register"]).exception, InvalidField)


def test_a_witness_looks_signs_and_refuses(hall: Hall, somebody: str, tmp_path: Path) -> None:
    client = hall.client()
    log_key = until(lambda: client.get("/v1/audit").json().get("server_key"), "the log's key")
    key, state = tmp_path / "witness.key", tmp_path / "seen.json"
    write_key(key, WITNESS)
    arguments = ["audit", "witness", "--key", str(key), "--state", str(state), "--log-key"]
    done = run(app, [*arguments, log_key])
    assert done.exit_code == 0, done.output
    assert "has only grown" in done.output
    bundle = client.get("/v1/audit/bundle").json()
    notes = [bundle["checkpoint"], *(e["checkpoint"] for e in bundle["earlier"])]
    assert any("witness.example" in note for note in notes)
    kept = json.loads(state.read_text())
    kept[next(iter(kept))]["size"] += 100
    state.write_text(json.dumps(kept))
    cut = run(app, [*arguments, log_key])
    assert cut.exit_code == 1
    state.write_text("rubbish")
    assert isinstance(run(app, [*arguments, log_key]).exception, InvalidField)
    assert isinstance(run(app, [*arguments, "rubbish"]).exception, InvalidField)
    stranger = run(app, [*arguments, Signer.generate("x").verifier.text()])
    assert stranger.exit_code == 1
