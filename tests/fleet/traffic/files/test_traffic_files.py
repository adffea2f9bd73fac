"""Instances of traffic by file: what is right is read, what is wrong is named with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from fleet.deployment.fields import FileError
from fleet.traffic.files.instances import TrafficInstance
from fleet.traffic.files.league import LeagueInstance
from fleet.traffic.files.load import load_instance
from fleet.traffic.files.movingai import map_from_text, map_text, scenario_text, scenarios_from_text
from fleet.traffic.files.ours import schema

MAP = "type octile\nheight 2\nwidth 4\nmap\n....\n@..T\n"
SCEN = "version 1\n0\tm.map\t4\t2\t0\t0\t3\t0\t3.0\n0\tm.map\t4\t2\t3\t0\t1\t1\t3.0\n"
OURS: dict[str, Any] = {
    "format": "fleet-traffic-instance",
    "version": 1,
    "map": ["....", "@..T"],
    "robots": [{"id": "a", "start": [0, 0], "goal": [0, 3]}, {"id": "b", "start": [0, 3], "goal": [1, 1]}],
}
LEAGUE = {"mapFile": "m.map", "agentFile": "m.agents", "taskFile": "m.tasks", "teamSize": 2, "numTasksReveal": 1.5}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.map").write_text(MAP)
    (tmp_path / "m.scen").write_text(SCEN)
    (tmp_path / "m.agents").write_text("2\n0\n3\n")
    (tmp_path / "m.tasks").write_text("# version for LoRR 2024\n3\n1,2\n5\n6,0,1\n")
    (tmp_path / "ours.json").write_text(json.dumps(OURS, indent=1))
    (tmp_path / "league.json").write_text(json.dumps(LEAGUE, indent=1))
    return tmp_path


def test_a_map_with_its_scenario_and_our_json_give_the_same_instance(folder: Path) -> None:
    one = load_instance(folder / "m.map", folder / "m.scen", None)
    two = load_instance(folder / "ours.json", None, None)
    assert isinstance(one, TrafficInstance) and isinstance(two, TrafficInstance)
    assert np.array_equal(one.grid.free, two.grid.free) and one.grid.free.tolist()[1] == [False, True, True, False]
    assert one.starts.tolist() == two.starts.tolist() == [0, 3]
    assert one.goals.tolist() == two.goals.tolist() == [3, 4]
    assert len(load_instance(folder / "m.map", folder / "m.scen", 1).starts) == 1


def test_our_json_may_name_a_map_file_and_fits_its_schema(folder: Path) -> None:
    document = {k: v for k, v in OURS.items() if k != "map"} | {"map_file": "m.map"}
    for one in (OURS, document):
        jsonschema.validate(one, schema())
    (folder / "other.json").write_text(json.dumps(document))
    assert load_instance(folder / "other.json", None, None).starts.tolist() == [0, 3]


def test_the_published_schema_is_the_readers() -> None:
    published = Path(__file__).resolve().parents[4] / "docs" / "reference" / "traffic-instance.schema.json"
    assert json.loads(published.read_text()) == schema()


def test_maps_and_scenarios_are_read_as_they_were_written() -> None:
    free = map_from_text(MAP, "m")
    assert np.array_equal(map_from_text(map_text(free), "m"), free)
    (scenario,) = scenarios_from_text(scenario_text("m.map", free, [((0, 0), (1, 2), 3)]), "s")
    assert (scenario.start, scenario.goal, scenario.size, scenario.optimal) == ((0, 0), (1, 2), (2, 4), 3.0)


def test_a_league_input_is_read(folder: Path) -> None:
    found = load_instance(folder / "league.json", None, None)
    assert isinstance(found, LeagueInstance)
    assert (found.starts.tolist(), found.revealed) == ([0, 3], 3)
    assert found.tasks == ((1, 2), (4,), (5, 0, 1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("type octile\nheight 2\n", "m, line 3: width: got 'nothing', expected a line `width W`"),
        (MAP.replace("height 2", "height 3"), "m, line 6: map: got '2 rows', expected 3 rows, as height says"),
        (MAP.replace("@..T", "@..."), None),
        (MAP.replace("@..T", "@.."), "m, line 6: map row 1: got '3 cells', expected 4 cells"),
        (MAP.replace("@..T", "@.?T"), "m, line 6: map row 1, column 2: got '?', expected one of"),
        (MAP.replace("width 4", "width -4"), "m, line 3: width: got '-4', expected a whole number from 1"),
        (MAP.replace("width 4", "width 4000000"), "m, line 2: height: got '2 x 4000000 cells', expected a map of at"),
    ],
)
def test_a_map_says_what_is_wrong_with_it(text: str, says: str | None) -> None:
    if says is None:
        assert map_from_text(text, "m").sum() == 7
        return
    with pytest.raises(FileError) as error:
        map_from_text(text, "m")
    assert str(error.value).startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version 1", "wersion 1", "line 1: version: got 'wersion 1'"),
        ("\t3.0\n0", "\n0", "line 2: the line: got '8 columns', expected 9 columns"),
        ("0\t0\t3\t0", "0\tx\t3\t0", "line 2: start y: got 'x', expected a whole number from 0"),
        ("m.map\t4\t2\t0", "m.map\t5\t2\t0", "line 2: width x height: got '5 x 2', expected the map's, 4 x 2"),
        ("0\t0\t3\t0", "0\t1\t3\t0", "line 2: robot 0: start: got (1, 0), expected a cell that is free"),
        ("0\t0\t3\t0", "3\t0\t3\t0", "line 3: robot 1: start: got (0, 3), expected a cell of its own; robot 0 has"),
        ("0\t0\t3\t0", "0\t9\t3\t0", "line 2: robot 0: start: got (9, 0), expected a cell on the map"),
    ],
)
def test_a_scenario_says_what_is_wrong_with_it(folder: Path, old: str, new: str, says: str) -> None:
    (folder / "m.scen").write_text(SCEN.replace(old, new, 1))
    with pytest.raises(FileError) as error:
        load_instance(folder / "m.map", folder / "m.scen", None)
    assert str(error.value).startswith(f"{folder / 'm.scen'}, {says}")


def test_a_map_in_parts_names_who_cannot_reach_what(folder: Path) -> None:
    (folder / "m.map").write_text(MAP.replace("....\n", "..@.\n").replace("@..T", "@..@"))
    with pytest.raises(FileError, match=r"line 2: robot 0: goal: got \(0, 3\), expected a cell that it can reach from"):
        load_instance(folder / "m.map", folder / "m.scen", None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "x"}, "line 2: format: got 'x', expected 'fleet-traffic-instance'"),
        ({"more": 1}, "more: got 'unknown field more', expected one of the fields format"),
        ({"map_file": "m.map"}, "map: got 'map and map_file', expected exactly one of map and map_file"),
        ({"map": ["....", "..."]}, "map row 1: got '3 cells', expected 4 cells"),
        ({"map": []}, "map: got 'a list', expected a list of texts"),
        ({"robots": {}}, "robots: got 'a mapping', expected a list of at most"),
        ({"robots": [{"id": "a", "start": [0, 0]}]}, "robots[0]: got 'no goal', expected the field goal"),
        (
            {"robots": [{"id": "a", "start": [0.5, 0], "goal": [0, 0]}]},
            "robots[0].start: got '[0.5, 0]', expected [row",
        ),
        ({"robots": [OURS["robots"][0]] * 2}, "robots[1].id: got 'a', expected each id once"),
    ],
)
def test_our_json_says_what_is_wrong_with_it(folder: Path, change: dict[str, Any], says: str) -> None:
    (folder / "ours.json").write_text(json.dumps(OURS | change, indent=1))
    with pytest.raises(FileError) as error:
        load_instance(folder / "ours.json", None, None)
    assert says in str(error.value) and ", line " in str(error.value)


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("m.agents", "2\n0\n0\n", "m.agents, line 3: start: got '0', expected a cell of its own; line 2 has the same"),
        ("m.agents", "2\n0\n4\n", "m.agents, line 3: start: got '4', expected a cell that is free"),
        ("m.agents", "1\n0\n", "m.agents, line 2: the file: got '1 robots', expected 2, as teamSize says"),
        ("m.agents", "x\n0\n", "m.agents, line 1: the first line: got 'x', expected how many robots there are"),
        ("m.tasks", "2\n1,2\n", "m.tasks, line 2: the file: got '1 tasks', expected 2, as it says"),
        ("m.tasks", "1\n1,99\n", "m.tasks, line 2: task: got '99', expected row x 4 + column, from 0 to 7"),
        ("league.json", json.dumps(LEAGUE | {"teamSize": 0}), "teamSize: got 0, expected a whole number from 1"),
        ("league.json", json.dumps(LEAGUE | {"taskFile": "no"}), "taskFile: got 'no', expected a file that is there"),
        (
            "league.json",
            json.dumps(LEAGUE | {"numTasksReveal": -1}),
            "numTasksReveal: got -1, expected a number above 0",
        ),
    ],
)
def test_a_league_input_says_what_is_wrong_with_it(folder: Path, file: str, text: str, says: str) -> None:
    (folder / file).write_text(text)
    with pytest.raises(FileError) as error:
        load_instance(folder / "league.json", None, None)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("file", "scen", "agents", "says"),
    [
        ("m.map", None, None, "--scen: got 'nothing', expected a `.scen` file"),
        ("ours.json", "m.scen", None, "the file: got '{', expected a MovingAI map, since --scen is given"),
        ("m.map", "m.scen", 3, "--agents: got 3, expected at most 2"),
        ("ours.json", None, 3, "--agents: got 3, expected at most 2"),
        ("m.tasks", None, None, "the file: got '# version for LoRR 2024', expected a MovingAI map, a League input"),
        ("nothing", None, None, "expected a file in UTF-8 that can be read"),
    ],
)
def test_files_and_options_that_do_not_fit(
    folder: Path, file: str, scen: str | None, agents: int | None, says: str
) -> None:
    with pytest.raises(FileError) as error:
        load_instance(folder / file, folder / scen if scen else None, agents)
    assert says in str(error.value)
