"""`fleet policy`, `fleet orders` and `fleet oversight` as somebody at a terminal meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleet.cli.main import app, exit_code
from fleet.cli.oversight_people import in_words
from fleet.model.errors import FleetError
from fleet.model.wire import to_plain
from fleet.oversight.people.report import of_person
from fleet.supervisor.state import FleetState

runner = CliRunner()
POLICY = """format: humanoid-fleet-policy/1
name: ward
reserved:
  - {name: night, when: hour >= 22.0, because: at night the nurse in charge decides}
tests:
  - {name: at night, facts: {hour: 23}, expect: reserved, by: [night]}
"""


def run(*arguments: str) -> tuple[int, str, str]:
    result = runner.invoke(app, list(arguments), catch_exceptions=True)
    if isinstance(result.exception, FleetError):
        return exit_code(result.exception), result.stdout, str(result.exception)
    return result.exit_code, result.stdout, result.stderr


def test_policies_are_tested_with_junit_and_exit_codes(tmp_path: Path):
    path, junit = tmp_path / "ward.yaml", tmp_path / "junit.xml"
    path.write_text(POLICY)
    code, out, _ = run("policy", "test", str(path), "--junit", str(junit))
    assert (code, "1 tests, 0 failed" in out) == (0, True)
    assert 'tests="1" failures="0"' in junit.read_text()
    path.write_text(POLICY.replace("by: [night]", "by: [falls]"))
    assert run("policy", "test", str(path))[0] == 1
    path.write_text(POLICY.replace("hour >= 22.0", "houre >= 22.0"))
    code, _, said = run("policy", "test", str(path))
    assert code == 2
    assert "line 4: reserved[0].when: got 'houre >= 22.0', expected one of: hour" in said
    assert run("policy", "test", str(tmp_path / "nothing.yaml"))[0] == 2


def test_the_packages_own_policies_are_shown_and_tested():
    assert run("policy", "test")[0] == 0
    code, out, _ = run("policy", "show", "--json")
    assert code == 0
    assert {"falls", "irreversible"} <= {r["name"] for r in json.loads(out)["rules"]}
    assert "nearest_person_m" in run("policy", "facts")[1]


@pytest.mark.parametrize(
    ("facts", "code", "says"),
    [
        ('{"decision_class": "after_a_fall"}', 0, "a person decides"),
        ('{"decision_class": "which_object"}', 0, "a robot may decide"),
        ('{"decison_class": "x"}', 2, "expected one of the facts"),
        ("{", 2, "JSON such as"),
        ("[]", 2, "an object of facts"),
        ("@/nowhere/facts.json", 2, "a file that can be read"),
    ],
)
def test_facts_are_explained_or_refused(facts, code, says):
    found, out, error = run("policy", "explain", "--facts", facts)
    assert (found, says in out + error) == (code, True)


def test_an_order_needs_an_answer_or_a_class_and_an_end():
    code, _, said = run("orders", "make", "x", "--reason", "r", "--days", "1")
    assert (code, "an answered question, or --class and --option" in said) == (2, True)
    code, _, said = run("orders", "make", "x", "--reason", "r", "--days", "400", "--from", "E1")
    assert (code, "at most 90" in said) == (2, True)


def test_a_report_of_nothing_says_so():
    lines = in_words(to_plain(of_person(FleetState(), "Ana", 10.0)))
    assert lines[0] == "Ana, up to 10.0 s of fleet time"
    assert "answered 0 questions (none), half of them within -" in lines[1]
