from __future__ import annotations

from pathlib import Path

import pytest

from fleet.cli.session import NotLoggedIn, Session, SessionFile
from fleet.model.errors import InvalidField


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLEET_URL", raising=False)
    monkeypatch.delenv("FLEET_TOKEN", raising=False)


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    files = SessionFile(tmp_path / "deep" / "sessions.json")
    files.store(Session("http://a", "t1", "Ana", "operator"))
    assert files.path.stat().st_mode & 0o777 == 0o600


def test_the_latest_login_is_used_when_no_address_is_given(tmp_path: Path) -> None:
    files = SessionFile(tmp_path / "s.json")
    files.store(Session("http://a", "t1"))
    files.store(Session("http://b", "t2"))
    assert files.find().token == "t2"
    files.store(Session("http://a", "t3"))
    assert files.find() == Session("http://a", "t3")
    assert files.find("http://b/").token == "t2"


def test_who_is_not_logged_in_is_told_how_to(tmp_path: Path) -> None:
    with pytest.raises(NotLoggedIn, match="run `fleet login http://c`"):
        SessionFile(tmp_path / "s.json").find("http://c")


def test_logging_out_forgets_one_address(tmp_path: Path) -> None:
    files = SessionFile(tmp_path / "s.json")
    files.store(Session("http://a", "t1"))
    files.store(Session("http://b", "t2"))
    files.forget("http://b")
    assert files.find().url == "http://a"


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_TOKEN", "e")
    monkeypatch.setenv("FLEET_URL", "http://e")
    assert SessionFile(tmp_path / "s.json").find() == Session("http://e", "e")


@pytest.mark.parametrize("content", ["", "[1]", '{"http://a": 5}', '{"http://a": {}}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(content)
    with pytest.raises(InvalidField, match=r"s\.json: .*expected a file written by `fleet login`"):
        SessionFile(path).find()
