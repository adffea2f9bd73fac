"""`fleet plan solve`, `check` and `generate` as people use them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from fleet.allocation.files.schema import plan_schema
from fleet.cli import main as cli

DATA = Path(__file__).resolve().parents[1] / "allocation" / "files" / "data"


@pytest.fixture
def fleet(monkeypatch, capsys):
    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fleet", *map(str, arguments)])
        try:
            code = cli.main()
        except SystemExit as done:
            code = int(done.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def file(tmp_path, fleet):
    path = tmp_path / "instance.json"
    code, out, _ = fleet("plan", "generate", "--out", path, "--robots", 3, "--tasks", 8, "--seed", 4)
    assert (code, "3 robots, 8 tasks" in out) == (0, True)
    return path


@pytest.mark.parametrize("method", ["append", "auction", "regret"])
def test_a_plan_is_made_printed_and_checked(fleet, file, method):
    code, out, _ = fleet("plan", "solve", file, "--method", method, "--check")
    assert code == 0
    assert "checked: nothing wrong" in out
    assert all(f"t0000{n}" in out for n in range(8))
    assert "makespan" in out


def test_a_plan_as_json_fits_its_schema_and_can_be_checked_again(fleet, file, tmp_path):
    code, out, _ = fleet("plan", "solve", file, "--iterations", 50, "--seed", 1, "--json", "--check")
    plan = json.loads(out)
    jsonschema.Draft202012Validator(plan_schema()).validate(plan)
    assert (code, plan["check"]["ok"], plan["method"]) == (0, True, "lns")
    again = json.loads(fleet("plan", "solve", file, "--iterations", 50, "--seed", 1, "--json")[1])
    assert again["routes"] == plan["routes"], "the same budget and seed, the same plan"
    path = tmp_path / "plan.json"
    path.write_text(out)
    assert fleet("plan", "check", file, path)[0] == 0
    robot = next(r for r, visits in plan["routes"].items() if visits)
    plan["routes"][robot][0]["ends_s"] -= 1.0
    path.write_text(json.dumps(plan))
    code, out, _ = fleet("plan", "check", file, path)
    assert code == 1
    assert "wrong: times: " in out


def test_routing_files_are_read_and_say_what_is_left_out(fleet):
    code, out, err = fleet("plan", "solve", DATA / "corner.txt", "--method", "append", "--check")
    assert (code, "vehicle_1" in out) == (0, True)
    assert "demands and capacities are left out" in err
    code, out, _ = fleet("plan", "solve", DATA / "ring.vrp", "--method", "append", "--weight", "makespan=2", "--json")
    assert json.loads(out)["weights"]["makespan"] == 2.0


def test_a_hard_deadline_that_cannot_be_met_is_exit_code_1(fleet, tmp_path):
    path = tmp_path / "late.json"
    task = {"task_id": "far", "stops": [1], "latest_s": 5}
    document = {"format": "fleet-plan-instance", "version": 1, "points_m": [[0, 0], [90, 0]], "tasks": [task]}
    path.write_text(json.dumps({**document, "robots": [{"robot_id": "r", "at": 0}]}))
    for method in ("append", "regret"):
        code, _, err = fleet("plan", "solve", path, "--method", method, "--check")
        assert code == 1
        assert "hard deadline not met: task far: " in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--method", "magic"), "--method: got 'magic', expected one of lns, regret, append, auction"),
        (("--seconds", "1", "--iterations", "3"), "either --seconds or --iterations, not both"),
        (("--method", "append", "--seconds", "1"), "lns with --seconds or --iterations"),
        (("--weight", "beauty=3"), "--weight: got 'beauty=3', expected NAME=VALUE, NAME one of makespan"),
        (("--weight", "travel=-3"), "--weight travel: got '-3'"),
        (("--weight", "travel=nan"), "--weight travel: got 'nan'"),
        (("--seconds", "-1"), "Invalid value for '--seconds'"),
    ],
)
def test_what_makes_no_sense_is_exit_code_2(fleet, file, arguments, says):
    code, _, err = fleet("plan", "solve", file, *arguments)
    assert code == 2
    assert says in " ".join(err.split())


def test_files_that_cannot_be_used_are_exit_code_2(fleet, file, tmp_path):
    file.write_text(file.read_text().replace('"speed_mps": ', '"speed_mps": -', 1))
    code, _, err = fleet("plan", "solve", file)
    assert code == 2
    assert "instance.json, line" in err
    assert "robots[0].speed_mps: got -" in err
    assert fleet("plan", "solve", tmp_path / "nowhere.json")[0] == 2
    assert fleet("plan", "check", DATA / "ring.vrp", DATA / "corner.txt")[0] == 2
    assert fleet("plan", "generate", "--out", file)[0] == 2, "the file is there"
    assert fleet("plan", "generate", "--out", tmp_path / "x.json", "--with", "wings")[0] == 2


def test_an_auction_of_what_is_not_plain_is_refused(fleet, tmp_path):
    path = tmp_path / "teams.json"
    fleet("plan", "generate", "--out", path, "--robots", 4, "--tasks", 20, "--with", "teams")
    code, _, err = fleet("plan", "solve", path, "--method", "auction")
    assert code == 2
    assert "team: got 2, expected a plain instance for an auction" in err
