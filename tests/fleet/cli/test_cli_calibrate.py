"""`fleet calibrate` and `fleet calibration report`, as a user meets them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleet.cli.calibrating.exploring import ExploringGate
from fleet.cli.calibrating.promises import FEATURES, PROMISES
from fleet.cli.main import app
from fleet.escalation.gate.settings import GateSettings, data_of
from fleet.escalation.gate.store import key_text, read_data, write_data
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import InvalidField
from fleet.model.ruling import Choice
from fleet.model.severity import Severity

run = CliRunner()


def test_instructions_of_known_meaning_become_a_file_that_the_gate_can_use(tmp_path: Path) -> None:
    out = tmp_path / "ours.jsonl"
    done = run.invoke(app, ["calibrate", "--instructions", "3", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told["classes"]) >= {"which_object/medium", "which_place/medium", "which_described_object/medium"}
    found = read_data(out)
    assert found.promises[("which_object", Severity.MEDIUM)] == PROMISES[("which_object", Severity.MEDIUM)]
    assert {c.source.site for c in found.cases} == {"assembly", "office", "ward", "warehouse"}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ([], "--scenarios"),
        (["--scenarios", "nowhere.yaml"], "nowhere"),
        (["--journal", "nowhere.sqlite"], "FILE"),
        (["--instructions", "1", "--add-to", "nowhere.jsonl"], "calibration"),
    ],
    ids=["nothing", "no scenario", "no journal", "no data"],
)
def test_what_cannot_be_learned_from_is_named(tmp_path: Path, arguments: list[str], field: str) -> None:
    done = run.invoke(app, ["calibrate", *arguments, "--out", str(tmp_path / "x.jsonl")])
    assert isinstance(done.exception, InvalidField) and field in str(done.exception)


def test_a_journal_without_decisions_teaches_nothing_and_says_so(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "empty.sqlite").close()
    done = run.invoke(
        app, ["calibrate", "--journal", str(tmp_path / "empty.sqlite"), "--out", str(tmp_path / "x.jsonl")]
    )
    assert (done.exit_code, "nothing was learned" in done.output) == (1, True)


def test_the_report_is_a_table_json_and_one_page_with_plots(tmp_path: Path) -> None:
    page, ours = tmp_path / "report.html", tmp_path / "ours.jsonl"
    shipped, key = data_of(GateSettings()), ("which_object", Severity.MEDIUM)
    write_data(replace(shipped, cases=tuple(c for c in shipped.cases if c.key == key)), ours)
    arguments = ["--data", str(ours), "--splits", "2", "--html", str(page), "--json"]
    done = run.invoke(app, ["calibration", "report", *arguments])
    assert done.exit_code in (0, 1), done.output
    told = json.loads(done.stdout)
    assert told["classes"]["which_object/medium"]["held_out"]["splits"] == 2
    text = page.read_text(encoding="utf-8")
    assert "which_object/medium" in text and "data:image/png;base64," in text and "http" not in text


def test_either_data_or_a_journal(tmp_path: Path) -> None:
    done = run.invoke(app, ["calibration", "report", "--data", "a", "--journal", "b"])
    assert isinstance(done.exception, InvalidField)


def test_what_is_shipped_keeps_to_what_is_promised_and_named() -> None:
    shipped = data_of(GateSettings())
    for key in shipped.classes():
        assert shipped.promises[key] == PROMISES[key], key_text(key)
        assert shipped.features[key] == FEATURES[key], key_text(key)
    assert all(c.enough for c in shipped.calibrations().values()), "what is not enough only makes it ask"


def test_only_what_is_neither_reserved_nor_contested_is_tried() -> None:
    gate = ExploringGate()
    choice = Choice(decision_class="which_recovery", severity=Severity.LOW, options=("yes", "no"), scores=(0.2, 0.8))
    assert (gate.rule(choice).act, gate.rule(choice).chosen) == (True, 0)
    claim = Choice(decision_class="is_the_claim_true", severity=Severity.MEDIUM, options=("a", "b"), scores=(0.2, 0.8))
    assert gate.rule(claim).chosen == 1
    assert not gate.rule(replace(choice, reserved="a person is near")).act
    assert not gate.rule(replace(choice, conflicts=("sources disagree",))).act
    assert not gate.rule(replace(choice, scores=(float("nan"), 0.1))).act
