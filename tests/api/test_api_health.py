"""Alive is one thing, of use another."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from api.server import AddressInUse, Server
from api.settings import ApiSettings
from fleet.model.errors import InvalidField
from fleet.model.requests import Role
from tests.api.hall import Hall, until


def test_a_fleet_that_is_well_is_ready(hall: Hall):
    stranger = hall.stranger()
    assert stranger.get("/healthz").json() == {"status": "ok"}
    answer = stranger.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("seq") > 0
    assert body == {"ready": True, "journal": "", "projection": "", "leader": ""}


def test_without_a_leader_it_is_alive_and_not_ready(own_hall: Hall):
    stranger = own_hall.stranger()
    with own_hall.supervisor_away():
        answer = stranger.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["leader"] == "no supervisor has been heard"
        assert stranger.get("/healthz").status_code == 200


def test_a_store_that_cannot_be_read_is_told_and_comes_back(own_hall: Hall, monkeypatch: pytest.MonkeyPatch):
    def gone(*_: object) -> None:
        raise OSError("the disk is gone")

    stranger = own_hall.stranger()
    with monkeypatch.context() as patch:
        patch.setattr(own_hall.store, "head", gone)
        patch.setattr(own_hall.store, "read", gone)
        answer = stranger.get("/readyz")
        assert answer.status_code == 503
        assert "the disk is gone" in answer.json()["journal"]
        own_hall.clock.steady_s = lambda: 1e9  # type: ignore[method-assign]
        assert "was last read" in stranger.get("/readyz").json()["projection"]
        del own_hall.clock.steady_s
    until(lambda: stranger.get("/readyz").status_code == 200, "it is ready again")


def test_what_is_not_current_is_not_shown_as_if_it_were(own_hall: Hall, monkeypatch: pytest.MonkeyPatch):
    vic = own_hall.client("Vic", Role.VIEWER)
    monkeypatch.setattr(own_hall.projection, "_caught_up", False)
    with own_hall.supervisor_away():
        monkeypatch.setattr(own_hall.projection, "_read_once", _never)
        for path in ("/v1/tasks", "/v1/robots", "/v1/escalations", "/v1/report"):
            own_hall.projection._caught_up = False
            answer = vic.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), path
        own_hall.projection.problem = "after record 3: damaged"
        assert "damaged" in vic.get("/v1/tasks").json()["detail"]
        assert "damaged" in own_hall.stranger().get("/readyz").json()["projection"]


async def _never() -> bool:
    await asyncio.sleep(0.01)
    return False


def test_settings_that_are_not_safe_or_not_possible_are_refused(tmp_path: Path):
    good = ApiSettings(auth_path=tmp_path / "auth.db")
    assert good.host == "127.0.0.1"
    bad: list[tuple[str, dict[str, object]]] = [
        ("api.host", {"host": "0.0.0.0"}),
        ("api.host", {"host": "192.168.1.5"}),
        ("api.host", {"host": "example.org"}),
        ("api.host", {"host": ""}),
        ("api.port", {"port": 70000}),
        ("api.port", {"port": True}),
        ("api.origins", {"origins": ("fleet.example.org",)}),
        ("api.origins", {"origins": ("https://fleet.example.org/console",)}),
        ("api.session_s", {"session_s": 0}),
        ("api.poll_s", {"poll_s": float("nan")}),
        ("api.max_body_bytes", {"max_body_bytes": -1}),
    ]
    for field, change in bad:
        with pytest.raises(InvalidField) as error:
            replace(good, **change)  # type: ignore[arg-type]
        assert error.value.field == field
    assert replace(good, host="0.0.0.0", allow_remote=True).allow_remote
    for host in ("localhost", "::1", "127.0.0.2"):
        replace(good, host=host)
    assert replace(good, origins=("https://fleet.example.org",)).secure_cookie


def test_an_address_that_is_taken_is_told_before_anything_starts(hall: Hall):
    with pytest.raises(AddressInUse, match=f"127.0.0.1:{hall.server.port}"):
        Server(hall.app, replace(hall.settings, port=hall.server.port))
