"""What instructions mean in a world, and what in them means nothing there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from fleet.cli.main import app
from fleet.deployment.fields import FileError
from fleet.grounding.files import load_world
from fleet.grounding.ground import Grounding, checked, ground
from fleet.grounding.sentence import parse
from fleet.grounding.words import words
from fleet.grounding.world import Known
from sim_worlds.site import bundled_site

WORLD = """
format: humanoid-fleet-world/1
things:
  - {id: store, kind: zone, holds: true}
  - {id: ward_room, kind: zone, names: [ward], holds: true}
  - {id: corridor, kind: zone}
  - {id: corridor_east, kind: place, at: corridor}
  - {id: shelf_a1, kind: place, at: store, holds: true}
  - {id: shelf_c1, kind: place, at: store, holds: true}
  - {id: table_1, kind: place, at: ward_room, holds: true}
  - {id: station_3, kind: place, names: [counter], holds: true}
  - {id: dock_1, kind: place, names: [dock]}
  - {id: blue_1, kind: object, names: [box], attributes: {colour: blue, size: small, label: dressings}, at: shelf_a1}
  - {id: blue_2, kind: object, names: [box], attributes: {colour: blue, size: small, label: dressings}, at: shelf_c1}
  - {id: red_1, kind: object, names: [box], attributes: {colour: red, size: small, label: antibiotics}, at: shelf_a1}
  - {id: linen_1, kind: object, names: [box], attributes: {colour: white, size: large, label: linen}, at: shelf_c1}
  - {id: yellow_1, kind: object, names: [box], attributes: {colour: yellow, size: small, label: gloves}, at: shelf_a1}
  - {id: nurse_amy, kind: person, names: [Amy Okafor], at: ward_room}
  - {id: doctor_lin, kind: person, names: [Lin Wei]}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Known:
    path = tmp_path_factory.mktemp("world") / "world.yaml"
    path.write_text(WORLD)
    return load_world(path)


def best(found: Grounding) -> tuple[str, dict[str, str]]:
    return found.candidates[0].skill, found.candidates[0].parameters


@pytest.mark.parametrize(
    ("text", "skill", "parameters"),
    [
        ("Bring the red box to station 3.", "carry", {"object": "red_1", "to": "station_3"}),
        ("take blue_2 to table_1", "carry", {"object": "blue_2", "to": "table_1"}),
        ("fetch the linen from shelf c to the counter", "carry", {"object": "linen_1", "to": "station_3"}),
        ("move the large white crate onto table 1 please", "carry", {"object": "linen_1", "to": "table_1"}),
        ("give nurse Amy the gloves", "hand_over", {"object": "yellow_1", "person": "nurse_amy"}),
        ("hand the antibiotics to Dr Lin", "hand_over", {"object": "red_1", "person": "doctor_lin"}),
        ("bring the gloves to Amy", "hand_over", {"object": "yellow_1", "person": "nurse_amy"}),
        ("inspect the corridor", "inspect", {"target": "corridor"}),
        ("please have a look at the ward", "inspect", {"target": "ward_room"}),
        ("go to the corridor's east end", "walk_to", {"place": "corridor_east"}),
        ("go and charge", "dock", {}),
        ("tke the antibiotiks to statoin 3", "", {}),
        ("take the antibiotiks to station 3", "carry", {"object": "red_1", "to": "station_3"}),
        ("take the antibiotics to the ward", "carry", {"object": "red_1", "to": "ward_room"}),
    ],
)
def test_what_is_meant_comes_first(world: Known, text: str, skill: str, parameters: dict[str, str]) -> None:
    found = ground(text, world)
    if not skill:
        assert found.candidates == () and found.missing
        return
    assert best(found) == (skill, parameters)
    assert found.candidates[0].score > 0.5


def test_what_fits_two_gets_two_scores_alike(world: Known) -> None:
    found = ground("take the blue box to table 1; why: the nurse is waiting", world)
    first, second = found.candidates[:2]
    assert {first.parameters["object"], second.parameters["object"]} == {"blue_1", "blue_2"}
    assert first.score == second.score < 0.5
    assert found.sentence.why == "the nurse is waiting"


def test_where_it_is_tells_two_apart(world: Known) -> None:
    assert best(ground("take the blue box from shelf c to table 1", world))[1]["object"] == "blue_2"


def test_another_colour_rules_a_thing_out(world: Known) -> None:
    scores = {c.parameters["object"]: c for c in ground("take the red box to table 1", world).candidates}
    assert set(scores) == {"red_1"}


@pytest.mark.parametrize(
    ("text", "unknown"),
    [("take the purple elephant to table 1", "elephant"), ("take the red box to the moon", "moon")],
)
def test_what_does_not_exist_is_named_and_nothing_is_made_up(world: Known, text: str, unknown: str) -> None:
    found = ground(text, world)
    assert unknown in found.unknown
    assert found.missing or found.candidates[0].score < 0.5


@pytest.mark.parametrize("text", ["", "   ", "make coffee", "don't take the blue box to table 1", "42", "?!"])
def test_what_is_no_task_is_missing_something(world: Known, text: str) -> None:
    found = ground(text, world)
    assert found.candidates == () and found.missing


@given(st.text(max_size=80))
def test_nothing_that_is_said_makes_it_fail_or_name_what_is_not_there(world: Known, text: str) -> None:
    found = ground(f"take {text} to table 1", world)
    for candidate in found.candidates:
        assert set(candidate.parameters.values()) <= set(world.things)
        assert 0.0 < candidate.score < 1.0
    assert sum(found.scores) < 1.0


@pytest.mark.parametrize(
    ("text", "seconds"), [("within 5 minutes", 300.0), ("in 90 s", 90.0), ("within 1.5 hours", 5400.0), ("soon", None)]
)
def test_a_limit_in_time_is_understood(text: str, seconds: float | None) -> None:
    said = parse(f"take the red box to table 1 {text} because Amy asked")
    assert (said.within_s, said.why) == (seconds, "Amy asked")


def test_words_are_brought_together() -> None:
    assert words("The Nurses' boxes, crates and hallways") == ["nurse", "box", "box", "corridor"]


@pytest.mark.parametrize(
    ("proposal", "said"),
    [
        ({"skill": "fly", "parameters": {}, "score": 0.5}, "no such skill"),
        (
            {"skill": "carry", "parameters": {"object": "green_9"}, "score": 0.9},
            "nothing of that name",
        ),
        ({"skill": "carry", "parameters": {"object": "table_1", "to": "table_1"}, "score": 0.9}, "is a place"),
        ({"skill": "carry", "parameters": {"colour": "blue"}, "score": 0.9}, "no such parameter"),
        ({"skill": "carry", "parameters": {}, "score": 7}, "not in [0, 1]"),
        ({"skill": "carry", "parameters": {}, "score": True}, "not in [0, 1]"),
        ({"skill": "carry"}, "no proposal"),
        ("carry the box", "no proposal"),
        (None, "no proposal"),
    ],
)
def test_what_a_model_makes_up_is_struck_out_and_said(world: Known, proposal: object, said: str) -> None:
    good = {"skill": "carry", "parameters": {"object": "red_1", "to": "table_1"}, "score": 0.8}
    kept, struck = checked([proposal, good], world)
    assert [c.parameters for c in kept] == [good["parameters"]]
    assert len(struck) == 1 and said in struck[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  - {id: red_1, kind: object}", "used once"),
        ("  - {id: x, kind: ghost}", "kind"),
        ("  - {id: x, kind: object, at: nowhere}", "the id of a thing"),
        ("  - {kind: object}", "id"),
    ],
)
def test_a_world_that_cannot_be_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "w.yaml").write_text(WORLD + line + "\n")
    with pytest.raises(FileError, match=said) as error:
        load_world(tmp_path / "w.yaml")
    assert "w.yaml" in str(error.value)


def test_the_command_shows_candidates_scores_set_and_verdict(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(WORLD)
    command = ["ground", "--world", str(tmp_path / "w.yaml"), "take the blue box to table 1"]
    shown = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert len(shown["grounding"]["candidates"]) >= 2
    assert shown["ruling"]["act"] is False
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0 and "ask: A person decides" in done.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("take the red box to table 1", "which_object: red_1"),
        ("take the black box to table 1", "comes near: blue_1, but its colour is blue, not black"),
        ("don't take the red box to table 1", "shall not be done"),
        ("make coffee", "refused: no order was found"),
    ],
)
def test_the_command_says_each_decision_or_why_there_is_none(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "w.yaml").write_text(WORLD)
    done = CliRunner().invoke(app, ["ground", "--world", str(tmp_path / "w.yaml"), text])
    assert done.exit_code == 0 and said in done.output
    shown = json.loads(CliRunner().invoke(app, ["ground", "--world", str(tmp_path / "w.yaml"), text, "--json"]).stdout)
    assert bool(shown["decisions"]) == (said.startswith("which"))


def test_a_site_file_is_a_world_too() -> None:
    site = str(bundled_site("ward"))
    shown = CliRunner().invoke(app, ["ground", "--world", site, "bring the orange box to table 3", "--json"])
    best = json.loads(shown.stdout)["grounding"]["candidates"][0]
    assert best["parameters"] == {"object": "orange_1", "to": "table_3"}
