"""A report's folder: what is written, and what cannot be reported on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleet.model.errors import InvalidField
from fleet.scenario.record import Verdict, write_record
from fleet.scenario.reports import find_records, write_reports
from tests.fleet.scenario.reports.recorded import a_run, not_done


def kept_in(folder: Path, *seeds: int) -> None:
    for seed in seeds:
        run = folder / "fall_with_load" / f"seed-{seed}"
        run.mkdir(parents=True)
        write_record(a_run(seed), run / "run.json")


def test_a_folder_of_runs_gets_its_reports(tmp_path: Path) -> None:
    kept_in(tmp_path, 10, 2)
    written = write_reports(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"fall_with_load", "junit.xml", "report.json", "report.html"}
    summary = json.loads(written.json.read_text())
    assert summary["format"] == "humanoid-fleet-report/1"
    assert [r["seed"] for r in summary["run_lines"]] == [2, 10], "by number, not by letter"
    assert summary["run_lines"][0]["record_file"] == "fall_with_load/seed-2/run.json"
    [distance] = [s for s in summary["spreads"] if s["measure"] == "person_distance_m"]
    assert (distance["runs"], distance["least"], distance["most"]) == (2, 1.0, 1.8)
    assert not [s for s in summary["spreads"] if s["measure"] == "makespan_s"], "there was nothing to measure"
    assert written.summary.ok


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    reports = [write_reports(tmp_path / name, [a_run(1), a_run(2, broken=True)]) for name in ("one", "other")]
    for kind in ("junit", "json", "html"):
        one, other = (getattr(r, kind).read_bytes() for r in reports)
        assert one == other, kind


def test_an_interrupted_report_says_that_runs_are_missing(tmp_path: Path) -> None:
    stopped = a_run(2, verdict=Verdict.INTERRUPTED, error="stopped by Ctrl-C at 60.0 s")
    written = write_reports(tmp_path, [a_run(1), stopped], planned=50, interrupted=True)
    assert not written.summary.ok
    page = written.html.read_text()
    assert "runs are missing" in page
    assert "2 runs of 50" in page


@pytest.mark.parametrize(
    "change",
    [{"interrupted": True}, {"planned": 2}],
)
def test_a_partial_report_is_never_ok(tmp_path: Path, change: dict[str, int]) -> None:
    assert not write_reports(tmp_path, [a_run(1)], **change).summary.ok  # type: ignore[arg-type]


def test_nothing_to_report_on(tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match=r"expected at least one run"):
        write_reports(tmp_path, [])
    with pytest.raises(InvalidField, match=r"no run is there"):
        write_reports(tmp_path)
    with pytest.raises(InvalidField, match=r"nowhere.*expected the folder of a report"):
        find_records(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(InvalidField, match=r"taken.*a folder in which reports can be written"):
        write_reports(taken, [a_run(1)])


def test_a_record_of_another_version_is_named(tmp_path: Path) -> None:
    kept_in(tmp_path, 1)
    file = tmp_path / "fall_with_load" / "seed-1" / "run.json"
    file.write_text(file.read_text().replace("humanoid-fleet-run/1", "humanoid-fleet-run/9"))
    with pytest.raises(InvalidField, match=r"run\.json.*of the format humanoid-fleet-run/1.*humanoid-fleet-run/9"):
        write_reports(tmp_path)


def test_a_record_that_was_cut_short_is_named(tmp_path: Path) -> None:
    kept_in(tmp_path, 1)
    file = tmp_path / "fall_with_load" / "seed-1" / "run.json"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(InvalidField, match=r"run\.json"):
        write_reports(tmp_path)


def test_runs_that_could_not_be_done_are_counted(tmp_path: Path) -> None:
    summary = write_reports(tmp_path, [a_run(1), not_done()]).summary
    assert (summary.runs, summary.kept, summary.errors, summary.ok) == (2, 1, 1, False)
