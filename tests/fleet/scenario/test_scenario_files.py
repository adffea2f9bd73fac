"""Scenario files: what they may say, and how they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.deployment.fields import FileError
from fleet.scenario.load import load_scenario, scenario_from_text

GOOD = """\
format: humanoid-fleet-scenario/2
name: small
protects: Something.
site: ward
within_s: 100
fleet:
  - {id: iron, model: xpeng_iron, count: 2}
arrivals:
  - tasks: [{skill: walk_to, parameters: {place: ward_west}}]
operator:
  answers_after_s: 3
  answers:
    - {cause: any, choose: best}
expect:
  - {bound: tasks_done == 1}
"""


def load(text: str, folder: Path = Path()) -> object:
    return scenario_from_text(text, "s.yaml", folder)


def test_what_need_not_be_said_is_made() -> None:
    scenario = scenario_from_text(GOOD, "s.yaml", Path())
    [mission] = scenario.scripted
    assert mission.mission_id == "arrival-1"
    assert mission.plain["tasks"][0]["task_id"] == "arrival-1-1"
    assert scenario.spec.operator.answers_after_s == (3.0, 3.0)
    assert scenario.spec.supervisor.shift.accountable == "Mia Berger"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("protects: Something.\n", "", 1, "no field protects"),
        ("within_s: 100", "within_s: soon", 5, "a finite number"),
        ("site: ward", "site: ward\ndeployment: x.yaml", 4, "either deployment, or site and fleet"),
        ("count: 2}", "count: 2, start: dock_1}", 7, "no start for several robots"),
        ("count: 2}", "count: 2}\n  - {id: iron_2, model: xpeng_iron}", 8, "iron_2 is there already"),
        ("skill: walk_to", "skill: fly", 9, "one of carry"),
        ("place: ward_west", "plaice: ward_west", 9, "no such parameter; walk_to takes place"),
        ("- tasks:", "- at_s: 100\n    tasks:", 5, "a time after the last arrival"),
        ("cause: any", "cause: boredom", 13, "one of ambiguous_instruction"),
        ("choose: best", "choose: worst", 13, "best, first_possible, safe_default"),
        ("answers_after_s: 3", "answers_after_s: [5, 3]", 11, "[least, most]"),
        ("operator:", "operator:\n  goes_away: [{from_s: 5, to_s: 4}]", 11, "a time after from_s (5)"),
        ("expect:\n  - {bound: tasks_done == 1}", "expect: []", 14, "at least one expectation"),
        ("expect:", "interventions: [{at_s: 5, do: hold, reason: x}]\nexpect:", 14, "the field robot for hold"),
        ("expect:", "trace: nowhere.csv\nexpect:", 14, "looked for"),
        ("expect:", "supervisor: {shift: {accountable: x}}\nexpect:", 14, "no shift here"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    with pytest.raises(FileError) as refused:
        load(GOOD.replace(old, new, 1))
    assert f"s.yaml, line {line}: " in str(refused.value)
    assert says in str(refused.value)


def test_a_trace_is_refused_with_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("at_s, skill, place\n0, walk_to, ward_west\nsoon, walk_to, ward_east\n")
    (tmp_path / "s.yaml").write_text(GOOD.replace("expect:", "trace: t.csv\nexpect:"))
    with pytest.raises(FileError, match=r"t.csv, line 3: at_s: got 'soon', expected a number of 0 or more"):
        load_scenario(tmp_path / "s.yaml")


def test_arrivals_come_from_csv_and_jsonl(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("at_s, skill, place, priority\n7, walk_to, ward_west, 60\n3, walk_to, ward_east,\n")
    (tmp_path / "s.yaml").write_text(GOOD.replace("expect:", "trace: t.csv\nexpect:"))
    missions = load_scenario(tmp_path / "s.yaml").scripted
    assert [m.at_s for m in missions] == [0, 3, 7]
    assert missions[2].plain["tasks"][0]["priority"] == 60
    (tmp_path / "t.jsonl").write_text('{"at_s": 5, "task": {"skill": "wait", "parameters": {"seconds": 2}}}\n')
    (tmp_path / "s.yaml").write_text(GOOD.replace("expect:", "trace: t.jsonl\nexpect:"))
    assert [m.at_s for m in load_scenario(tmp_path / "s.yaml").scripted] == [0, 5]


SAID = GOOD.replace(
    "  - tasks: [{skill: walk_to, parameters: {place: ward_west}}]", "  - {text: go to ward_west, id: go, why: x}"
)


def test_an_arrival_may_be_said_in_plain_words() -> None:
    [mission] = scenario_from_text(SAID, "s.yaml", Path()).scripted
    assert (mission.mission_id, mission.text, mission.plain["tasks"]) == ("go", "go to ward_west", [])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("text: go to ward_west", "text: ' '", "an instruction in plain words"),
        ("text: go to ward_west", "text: " + 2001 * "x", "1 to 2000 characters"),
        ("text: go to ward_west", "text: go, tasks: []", "either text, or mission, or tasks"),
        ("text: go to ward_west, id: go", "id: go, tasks: [{skill: dock}]", "only with text"),
        ("why: x}", "why: x}\n  - {text: go to ward_east, id: go}", "go is there already"),
    ],
)
def test_words_that_cannot_be_are_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(FileError, match=says):
        load(SAID.replace(old, new))
