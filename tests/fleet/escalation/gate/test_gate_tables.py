"""Tables of cases from files, and `fleet calibration evaluate` over them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from fleet.cli.main import app
from fleet.escalation.gate.tables import read_cases
from fleet.model.errors import InvalidField
from tests.fleet.escalation.gate.test_gate_promises import cases

CSV = "score_a,score_b,truth,class\n0.9,0.1,a,which\n0.2,0.8,1,which\n0.5,0.5,a|b,where\n"


def test_the_three_kinds_of_files_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(CSV)
    rows = {"score_a": [0.9, 0.2, 0.5], "score_b": [0.1, 0.8, 0.5], "truth": ["a", "1", "a|b"], "class": [*"xxy"]}
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    right = np.array([[1, 0], [0, 1], [1, 1]], dtype=bool)
    np.savez(tmp_path / "t.npz", scores=np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]), acceptable=right)
    for name in ("t.csv", "t.parquet", "t.npz"):
        found = read_cases(tmp_path / name)
        assert found.table.acceptable.tolist() == right.tolist()
        assert found.table.scores[1].tolist() == [0.2, 0.8]
    assert {c: len(t) for c, t in read_cases(tmp_path / "t.csv").by_class().items()} == {"which": 2, "where": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("score_a,score_b,truth\n0.9,x,a\n", "row 1, score_b: got 'x'"),
        ("score_a,score_b,truth\n0.9,0.1,a\n0.9,nan,a\n", "row 2, score_b: got 'nan'"),
        ("score_a,score_b,truth\n0.9,0.1,c\n", "row 1, truth: got 'c', expected one of: a, b"),
        ("score_a,truth\n", "TABLE"),
        ("a,b\n1,2\n", "score_<option>"),
        ("", "TABLE"),
    ],
)
def test_what_cannot_be_is_refused_with_its_row(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InvalidField) as error:
        read_cases(tmp_path / "t.csv")
    assert said in str(error.value)


@pytest.mark.parametrize("name", ["no.csv", "t.txt", "t.npz", "t.parquet"])
def test_files_that_are_none_are_refused(tmp_path: Path, name: str) -> None:
    for other in ("t.txt", "t.npz", "t.parquet"):
        (tmp_path / other).write_text("rubbish")
    with pytest.raises(InvalidField, match="TABLE"):
        read_cases(tmp_path / name)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    made = cases(600, seed=30)
    np.savez(tmp_path / "t.npz", scores=made.scores, truth=made.acceptable.argmax(axis=1))
    return tmp_path / "t.npz"


def test_promises_are_held_against_a_table(table: Path) -> None:
    done = CliRunner().invoke(app, ["calibration", "evaluate", str(table), "--splits", "30", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["classes"]["all"]
    assert found["coverage"] == pytest.approx(0.9, abs=0.03)
    assert found["act_and_wrong"] <= 0.06
    assert found["others_at_equal_success"]["always"] == 1.0
    assert CliRunner().invoke(app, ["calibration", "evaluate", str(table), "--splits", "5"]).exit_code == 0


def test_the_same_seed_gives_the_same_report(table: Path) -> None:
    command = ["calibration", "evaluate", str(table), "--splits", "5", "--seed", "7", "--json"]
    assert CliRunner().invoke(app, command).stdout == CliRunner().invoke(app, command).stdout


def test_along_a_stream_both_levels_are_reported(table: Path) -> None:
    done = CliRunner().invoke(app, ["calibration", "evaluate", str(table), "--stream", "--epsilon", "0.15", "--json"])
    found = json.loads(done.stdout)["classes"]["all"]
    assert 0.5 < found["static"]["worst_window"] <= found["static"]["coverage"] < 1.0
    assert CliRunner().invoke(app, ["calibration", "evaluate", str(table), "--stream"]).exit_code == 0


def test_scores_that_are_worthless_are_asked_about(tmp_path: Path) -> None:
    """The option with the highest score is never the right one."""
    rng = np.random.default_rng(0)
    scores = rng.dirichlet([1, 1, 1], size=900)
    np.savez(tmp_path / "t.npz", scores=scores, truth=scores.argmin(axis=1))
    done = CliRunner().invoke(app, ["calibration", "evaluate", str(tmp_path / "t.npz"), "--splits", "20", "--json"])
    found = json.loads(done.stdout)["classes"]["all"]
    assert found["act_and_wrong"] <= 0.05, "the gate asks where its scores are worthless"
    assert done.exit_code == 0


@pytest.mark.parametrize("option", [["--epsilon", "0"], ["--alpha", "1"], ["--part", "1.5"], ["--splits", "0"]])
def test_numbers_out_of_range_are_refused(table: Path, option: list[str]) -> None:
    done = CliRunner().invoke(app, ["calibration", "evaluate", str(table), *option])
    assert isinstance(done.exception, InvalidField)
