"""`fleet traffic solve`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleet.cli.main import app
from fleet.model.errors import InvalidField

LANE = {
    "format": "fleet-traffic-instance",
    "version": 1,
    "name": "a lane",
    "map": [".....", "@@.@@"],
    "robots": [{"id": "left", "start": [0, 0], "goal": [0, 4]}, {"id": "right", "start": [0, 4], "goal": [0, 0]}],
}


@pytest.fixture
def lane(tmp_path: Path) -> Path:
    (tmp_path / "lane.json").write_text(json.dumps(LANE))
    return tmp_path / "lane.json"


def test_two_robots_change_places(lane: Path) -> None:
    out = lane.parent / "plan.json"
    done = CliRunner().invoke(
        app, ["traffic", "solve", str(lane), "--rounds", "20", "--check", "--json", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["solved"] and said["check"]["ok"] and said["least_cost"] == 8 <= said["cost"] <= said["first_cost"]
    written = json.loads(out.read_text())
    assert written["paths"]["left"][0] == [0, 0] and written["paths"]["left"][-1] == [0, 4]


def test_for_people_it_says_what_it_checked(lane: Path) -> None:
    done = CliRunner().invoke(app, ["traffic", "solve", str(lane), "--rounds", "5", "--check"])
    assert done.exit_code == 0
    assert "checked: nothing wrong" in done.stdout and "x the shortest ways" in done.stdout


def test_where_there_is_no_plan_it_says_so_and_fails(lane: Path) -> None:
    lane.write_text(json.dumps(LANE | {"map": [".....", "@@@@@"]}))
    done = CliRunner().invoke(app, ["traffic", "solve", str(lane), "--rounds", "0"])
    assert done.exit_code == 1 and "there is no plan for all of them" in done.stdout


def test_a_league_input_is_played(tmp_path: Path) -> None:
    (tmp_path / "m.map").write_text("type octile\nheight 3\nwidth 4\nmap\n....\n.@..\n....\n")
    (tmp_path / "m.agents").write_text("2\n0\n11\n")
    (tmp_path / "m.tasks").write_text("3\n3,8\n2\n4,7\n")
    league = {"mapFile": "m.map", "agentFile": "m.agents", "taskFile": "m.tasks", "teamSize": 2}
    (tmp_path / "l.json").write_text(json.dumps(league))
    done = CliRunner().invoke(app, ["traffic", "solve", str(tmp_path / "l.json"), "--steps", "40", "--check", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["tasks_finished"], said["tasks_left"], said["check"]["ok"]) == (3, 0, True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--rounds", "1", "--seconds", "1"], "--rounds: got 1, expected either --seconds or --rounds"),
        (["--steps", "5"], "--steps: got 5, expected a League input"),
        (["--agents", "3"], "--agents: got 3, expected at most 2"),
        (["--out", "/no/such/folder/x.json", "--rounds", "0"], "--out: got '/no/such/folder/x.json', expected a file"),
    ],
)
def test_options_that_do_not_fit_are_named(lane: Path, options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["traffic", "solve", str(lane), *options])
    assert isinstance(done.exception, InvalidField) and says in str(done.exception)
