"""`fleet sim run`, `shrink`, `list`: exit codes, reports, replays, workers that die, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
import yaml

from fleet.cli.scenario.build import build
from fleet.cli.scenario.jobs import job_of
from fleet.cli.scenario.pool import Pool
from fleet.cli.scenario.reference import page, schema
from fleet.model.errors import InvalidField
from fleet.scenario.load import load_scenario, scenario_from_text
from fleet.scenario.record import Verdict, read_record

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
FLEET = str(Path(sys.executable).with_name("fleet"))
WALK = """\
format: humanoid-fleet-scenario/2
name: walk
protects: A walk.
site: ward
within_s: 40
fleet:
  - {id: iron, model: xpeng_iron, start: ward_west}
  - {id: gr, model: fourier_gr2}
arrivals:
  - tasks: [{task_id: walk, skill: walk_to, parameters: {place: ward_east}, robot_id: iron}]
faults:
  - {id: cell, kind: battery_drop, robot: gr, fraction: 0.5, at_s: 2}
  - {id: radio, kind: silent, robot: iron, at_s: 3, duration_s: 5}
expect:
  - {at_end: {task: walk}, is: {state: done}}
"""
BROKEN = WALK + "  - {never: {event: ContactLost}}\n"


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    file = tmp_path / "walk.yaml"
    file.write_text(WALK)
    return file


def fleet(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FLEET, "sim", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_a_run_leaves_records_and_reports_and_replays_bit_for_bit(walk: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = fleet("run", walk, "--seeds", "1..2", "--report", out, "--json")
    assert done.returncode == 0, done.stderr
    runs = json.loads(done.stdout)["runs"]
    assert [r["verdict"] for r in runs] == ["kept", "kept"]
    assert {p.name for p in out.iterdir()} >= {"junit.xml", "report.json", "report.html", "walk"}
    record = read_record(out / "walk" / "seed-2" / "run.json")
    assert record.verdict is Verdict.KEPT
    assert {t.subject for t in record.tracks} >= {"iron", "gr", "nurse_amy", "blue_1"}
    assert {f.fault_id for f in record.faults} == {"cell", "radio"}
    again = fleet("run", "--replay", out / "walk" / "seed-2" / "run.json", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["same"] is True


@pytest.mark.slow
def test_a_broken_expectation_is_told_with_its_line_and_the_command_that_shows_it_again(tmp_path: Path) -> None:
    file = tmp_path / "walk.yaml"
    file.write_text(BROKEN)
    done = fleet("run", file)
    assert done.returncode == 1
    assert f"{file}, line 16: never ContactLost" in done.stdout
    assert f"again: fleet sim run {file} --seed 1" in done.stdout


@pytest.mark.slow
def test_shrinking_leaves_only_what_breaks_it(tmp_path: Path) -> None:
    file, small = tmp_path / "walk.yaml", tmp_path / "small.yaml"
    file.write_text(BROKEN.replace("within_s: 40", "within_s: 40\nseed: 3"))
    done = fleet("shrink", file, "--out", small)
    assert done.returncode == 0, done.stderr
    left = yaml.safe_load(small.read_text())
    assert [f["id"] for f in left["faults"]] == ["radio"]
    assert [r["id"] for r in left["fleet"]] == ["iron"]
    assert "0" in done.stdout.split("seed ")[1]
    assert left["expect"] == [{"never": {"event": "ContactLost"}}]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("site: ward", "site: castle", "line 4: site: got 'castle', expected"),
        ("model: fourier_gr2", "model: c3po", "line 8"),
        ("place: ward_east", "place: moon", "got 'moon', expected a place of the site"),
        ("robot_id: iron}]", "robot_id: r2d2}]", "got 'r2d2', expected one of iron, gr"),
        ("robot: gr,", "robot: r2d2,", "line 12"),
        ("{task: walk}", "{task: run}", "got 'run', expected the id of a task: walk"),
        ("{at_end: {task: walk}, is: {state: done}}", "{bound: 'person_distance_m > 0'}", ""),
        ("start: ward_west", "start: {x: 8.5, y: 14.5, yaw_deg: 0}", "robots[0] (iron): start"),
        ("{at_end: {task: walk}", "{within_s: 50, then: {event: robot_fell}}\n  - {at_end: {task: walk}", "line 15"),
        ("{at_end: {task: walk}", "{never: {event: robot_fell, robot_id: r2d2}}\n  - {at_end: {task: walk}", "r2d2"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_runs(old: str, new: str, says: str) -> None:
    assert old in WALK
    text = WALK.replace(old, new, 1)
    if not says:
        build(scenario_from_text(text, "s.yaml", Path()), 1)
        return
    with pytest.raises(InvalidField) as refused:
        build(scenario_from_text(text, "s.yaml", Path()), 1)
    assert says in str(refused.value)
    assert str(refused.value).startswith("s.yaml, line ")


@pytest.mark.slow
def test_bad_input_ends_with_two(walk: Path) -> None:
    walk.write_text(WALK.replace("site: ward", "site: castle"))
    done = fleet("run", walk)
    assert done.returncode == 2
    assert f"{walk}, line 4: site: got 'castle'" in done.stderr


@pytest.mark.slow
def test_a_worker_that_dies_is_reported_and_its_run_repeated_once(walk: Path, tmp_path: Path) -> None:
    job = job_of(load_scenario(walk), 1, tmp_path)
    deaths: list[str] = []
    pool = Pool(1, on_death=lambda j, why: deaths.append(f"{j.run_id}: {why}"))

    def kill_once(_progress: object) -> None:
        if not deaths:
            [worker] = pool._running
            worker.process.kill()

    pool.on_progress = kill_once
    ended = pool.run([job])
    assert ended[job.run_id].verdict is Verdict.KEPT
    assert deaths == ["walk/seed-1: its worker died (signal 9)"]
    assert read_record(Path(job.out) / "run.json").attempts == 2


@pytest.mark.slow
def test_ctrl_c_leaves_a_usable_partial_report(tmp_path: Path) -> None:
    file, out = tmp_path / "walk.yaml", tmp_path / "out"
    file.write_text(WALK.replace("within_s: 40", "within_s: 100000\nends: at_time"))
    command = [FLEET, "sim", "run", str(file), "--seeds", "1..2", "--report", str(out)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored if these tests run in the background
    )
    journal = out / "walk" / "seed-1" / "journal.sqlite"
    try:
        while not journal.exists() and process.poll() is None:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 2, stderr
    assert "interrupted" in stdout
    records = [read_record(out / "walk" / f"seed-{n}" / "run.json") for n in (1, 2)]
    assert [r.verdict for r in records] == [Verdict.INTERRUPTED] * 2
    assert (out / "report.html").is_file()


def test_shipped_scenarios_each_protect_something_and_fit_the_schema() -> None:
    checker = jsonschema.Draft202012Validator(schema())
    found = [f for f in SCENARIOS if "scenario/2" in f.read_text(encoding="utf-8")]
    assert len(found) >= 25
    for file in found:
        plain = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert file.stem == plain["name"]
        assert plain["protects"].endswith(".")
        assert not list(checker.iter_errors(plain)), file.name


def test_the_reference_is_what_the_program_says() -> None:
    folder = ROOT / "docs" / "reference"
    assert (folder / "scenario-format.md").read_text(encoding="utf-8") == page(), (
        "python -m fleet.cli.scenario.reference"
    )
    assert json.loads((folder / "scenario.schema.json").read_text(encoding="utf-8")) == schema()


def test_a_scenario_of_a_deployment_has_its_people_and_conditions_unless_it_brings_its_own(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("people:\n  - {id: porter, routine: walk, goals: [ward_west, ward_east]}\n")
    (tmp_path / "conditions.yaml").write_text("localisation: {bias_m: 0.02}\n")
    plain = yaml.safe_load((ROOT / "deployments" / "demo.yaml").read_text())
    plain["world"] |= {"people": "people.yaml", "conditions": "conditions.yaml"}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(plain))
    text = WALK.replace("site: ward\n", "deployment: small.yaml\n")
    head, tail = text.split("fleet:\n")[0], "arrivals:\n" + text.split("arrivals:\n")[1].split("faults:\n")[0]
    text = head + tail.replace("robot_id: iron", "robot_id: iron_1") + "expect:\n  - {bound: collisions == 0}\n"
    file = tmp_path / "of_deployment.yaml"
    file.write_text(text)
    built = build(load_scenario(file), 1)
    assert [p.person_id for p in built.people] == ["porter"] and built.conditions.localisation.bias_m == 0.02
    file.write_text(text + "people: {count: 3, routine: wander}\n")
    built = build(load_scenario(file), 1)
    assert len(built.people) == 3 and built.conditions.localisation.bias_m == 0.02
