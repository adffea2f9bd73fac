"""`fleet sim report`: reports from runs that were done elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleet.cli.main import app
from fleet.model.errors import InvalidField
from fleet.scenario.record import RunRecord, write_record
from tests.fleet.scenario.reports.recorded import a_run, not_done

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


def reported(folder: Path, *runs: RunRecord, options: tuple[str, ...] = ()) -> tuple[int, str]:
    for run in runs:
        (folder / run.run_id).mkdir()
        write_record(run, folder / run.run_id / "run.json")
    result = CliRunner().invoke(app, ["sim", "report", str(folder), *options], catch_exceptions=False)
    return result.exit_code, result.output


def test_runs_of_several_machines_become_one_report(tmp_path: Path) -> None:
    code, output = reported(tmp_path, a_run(1), a_run(2), options=("--render",))
    assert code == 0
    assert "2 of 2 runs kept every expectation" in output
    assert (tmp_path / "report.html").is_file()
    assert (tmp_path / "fall-seed-1" / "run.gif").is_file()


def test_a_broken_run_gives_1_and_one_that_was_not_done_2(tmp_path: Path) -> None:
    code, output = reported(tmp_path, a_run(1), a_run(2, broken=True), options=("--json",))
    assert code == 1
    assert (json.loads(output)["kept"], json.loads(output)["broken"]) == (1, 1)
    code, output = reported(tmp_path, not_done(), options=("--render",))
    assert code == 2
    assert "1 of 3 runs kept every expectation" in output


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match="no run is there"):
        reported(tmp_path)
