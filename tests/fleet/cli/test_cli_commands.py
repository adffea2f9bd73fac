from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleet.cli.http import ApiProblem
from fleet.cli.main import app, exit_code, main
from fleet.cli.tasks import parsed
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import FleetError, InvalidField, LinkDown
from fleet.model.events import MissionAccepted, SupervisorStarted, TaskChanged
from fleet.model.tasks import MissionSpec, TaskSpec, TaskState

runner = CliRunner()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    mission = MissionSpec(mission_id="m", title="t", tasks=(TaskSpec(task_id="a", skill="dock"),))
    with SqliteStore(tmp_path / "fleet.sqlite") as store:
        epoch = store.take_lead("s", 10, 0)
        assert epoch is not None
        store.append(
            [SupervisorStarted(supervisor_id="s", epoch=epoch), MissionAccepted(mission=mission, by="x")], 1, epoch
        )
        store.append([TaskChanged(task_id="a", state=TaskState.QUEUED, because="ready")], 2.5, epoch)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    result = runner.invoke(app, list(arguments), catch_exceptions=True)
    if isinstance(result.exception, FleetError):
        return exit_code(result.exception), result.stdout, str(result.exception)
    return result.exit_code, result.stdout, result.stderr


def test_a_good_journal_verifies(journal: Path) -> None:
    code, out, _ = run("journal", "verify", str(journal), "--json")
    assert code == 0
    assert json.loads(out)["records"] == 3
    assert json.loads(out)["problem"] == ""


def test_a_damaged_journal_is_exit_code_1(journal: Path) -> None:
    import sqlite3

    with sqlite3.connect(journal / "fleet.sqlite") as db:
        db.execute('UPDATE events SET body = replace(body, \'"by":"x"\', \'"by":"y"\') WHERE seq = 2')
    code, out, _ = run("journal", "verify", str(journal / "fleet.sqlite"))
    assert code == 1
    assert "DOES NOT HOLD: " in out
    assert "seq 2" in out


def test_replaying_gives_the_same_digest_each_time(journal: Path) -> None:
    code, out, _ = run("journal", "replay", str(journal), "--json")
    digest = json.loads(out)["digest"]
    assert code == 0
    assert run("journal", "replay", str(journal), "--expect", digest)[0] == 0
    code, out, _ = run("journal", "replay", str(journal), "--expect", "0" * 64)
    assert code == 1
    assert "DIFFERS" in out


def test_replaying_up_to_a_record_leaves_out_what_came_after(journal: Path) -> None:
    state = json.loads(run("journal", "replay", str(journal), "--until", "2", "--json")[1])["state"]
    assert state["tasks requested"] == 1


def test_records_can_be_filtered(journal: Path) -> None:
    code, out, _ = run("journal", "show", str(journal), "--kind", "TaskChanged", "--json")
    assert code == 0
    assert [r["seq"] for r in json.loads(out)] == [3]
    assert [r["seq"] for r in json.loads(run("journal", "show", str(journal), "--task", "a", "--json")[1])] == [2, 3]
    assert [r["seq"] for r in json.loads(run("journal", "show", str(journal), "--after", "2", "--json")[1])] == [3]
    assert "TaskChanged" in run("journal", "show", str(journal))[1]


def test_an_unknown_kind_of_event_is_bad_input(journal: Path) -> None:
    code, _, error = run("journal", "show", str(journal), "--kind", "Tsak")
    assert code == 2
    assert "known: CanaryPlanted, " in error and "SupervisorStarted" in error


def test_a_journal_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    code, _, error = run("journal", "verify", str(tmp_path))
    assert code == 2
    assert "expected a journal" in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["sim", "none.yaml"],
        ["up", "none.yaml"],
        ["task", "submit"],
        ["task", "submit", "dock", "--file", "x.yaml"],
        ["task", "submit", "dock"],
        ["task", "submit", "dock", "x", "--why", "y"],
        ["login", "--token", "a", "--name", "b"],
        ["status", "/nowhere"],
        ["nonsense"],
        ["up", "x.yaml", "--port", "70000"],
    ],
)
def test_bad_input_is_exit_code_2(arguments: list[str]) -> None:
    code, _, error = run(*arguments)
    assert code == 2
    assert error


def test_the_program_says_what_is_wrong_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["fleet", "sim", "none.yaml"])
    assert main() == 2
    assert capsys.readouterr().err.startswith("error: none.yaml, line 1: ")


def test_exit_codes_follow_the_kind_of_error() -> None:
    assert exit_code(InvalidField("a", 1, "b")) == 2
    assert exit_code(LinkDown("x")) == 1
    assert exit_code(ApiProblem(422, {})) == 2
    assert exit_code(ApiProblem(409, {})) == 1


def test_parameters_are_read_from_pairs() -> None:
    assert parsed(["object=colour:blue,size:small", "to=table_2", "seconds=2.5"]) == {
        "object": {"colour": "blue", "size": "small"},
        "to": "table_2",
        "seconds": 2.5,
    }


@pytest.mark.parametrize("pair", ["x", "=1", "x=", "x=a:", "x=:b", "x=a:b,c"])
def test_a_pair_that_is_none_is_refused(pair: str) -> None:
    with pytest.raises(InvalidField, match="PARAMETERS"):
        parsed([pair])


def test_help_is_there_for_every_command() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in ("up", "demo", "sim", "task", "escalations", "robots", "hold-all", "login", "journal", "report"):
        assert name in out
        assert run(name, "--help")[0] == 0
