"""What a scenario says of people is checked with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.deployment.fields import FileError
from fleet.scenario.load import scenario_from_text

GOOD = """
format: humanoid-fleet-scenario/2
name: s
protects: nothing
site: ward
within_s: 100
ends: at_time
fleet: [{id: r, model: m}]
interventions:
  - {at_s: 5, do: shelve, cause: any, for_s: 60, reason: later}
others:
  - {name: Lea Braun}
expect: [{bound: tasks >= 0}]
"""
SHELVE = "do: shelve, cause: any, for_s: 60"


def test_people_may_put_aside_hand_on_and_announce() -> None:
    spec = scenario_from_text(GOOD, "s.yaml", Path()).spec
    assert (spec.interventions[0].do, spec.others[0].name) == ("shelve", "Lea Braun")


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        (SHELVE, "do: shelve, cause: any", 10, "the field for_s for shelve"),
        (SHELVE, "do: shelve, for_s: 60", 10, "the field cause for shelve"),
        (SHELVE, "do: shelve, cause: boredom, for_s: 60", 10, "one of ambiguous_instruction"),
        (SHELVE, "do: delegate, cause: any", 10, "the field to for delegate"),
        (SHELVE, "do: maintenance, window: w, for_s: 60", 10, "one of the fields zone, robot"),
        (SHELVE, "do: hold_all, zone: store", 10, "no zone for hold_all"),
        (SHELVE, "do: end_maintenance", 10, "the field window for end_maintenance"),
        ("at_s: 5", "at_s: 500", 10, "a time before the end"),
        ("name: Lea Braun", "name: Mia Berger", 12, "a name used once"),
        ("name: Lea Braun", "name: Lea, answers_after_s: [9, 3]", 12, "[least, most]"),
        ("ends: at_time", "ends: at_time\noversight: none.yaml", 8, "a file that is there"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_line(old: str, new: str, line: int, text: str) -> None:
    assert old in GOOD
    with pytest.raises(FileError) as told:
        scenario_from_text(GOOD.replace(old, new, 1), "s.yaml", Path())
    assert str(told.value).startswith(f"s.yaml, line {line}: "), told.value
    assert text in str(told.value), told.value
