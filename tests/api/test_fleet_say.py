"""`fleet say` against a real API."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from fleet.cli.main import app, exit_code
from fleet.model.errors import FleetError
from fleet.model.requests import Role
from tests.api.hall import Hall


@pytest.fixture
def logged_in(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_URL", hall.url)
    monkeypatch.setenv("FLEET_TOKEN", hall.token("Sana", Role.OPERATOR))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["say", *arguments])
    if isinstance(result.exception, FleetError):
        return exit_code(result.exception), str(result.exception)
    return result.exit_code, result.output


@pytest.mark.usefixtures("logged_in")
def test_what_became_of_it_is_said() -> None:
    code, out = run("r1, wait for 0.1 s", "--why", "a test", "--id", "s-1")
    assert (code, out.strip()) == (0, "s-1: understood without a person; tasks: s-1-1")
    code, out = run("take the blue box to table_3; why: a test", "--id", "s-2")
    assert code == 0 and "a person is asked, question E" in out
    code, out = run("wait for 0.1 s because it is a test", "--id", "s-3", "--json")
    assert json.loads(out)["instruction"]["why"] == "it is a test"


@pytest.mark.usefixtures("logged_in")
def test_a_preview_shows_readings_and_says_by_its_exit_code_whether_there_are_any() -> None:
    code, out = run("take the crate to table_3", "--preview")
    assert code == 0 and out.startswith("no    carry crate to table_3")
    assert run("take the blue box to table_3", "--preview")[1].startswith("0.4")
    code, out = run("make coffee", "--preview")
    assert code == 1 and "not understood" in out


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["make coffee", "--why", "x"], "no order was found"),
        (["take box_a to table_1"], "why is it wanted"),
        (["", "--why", "x"], "text"),
        (["x" * 3000, "--why", "x"], "at most 2000"),
    ],
)
def test_what_cannot_be_is_exit_code_2_with_its_reason(arguments: list[str], said: str) -> None:
    code, out = run(*arguments)
    assert code == 2 and said in out
