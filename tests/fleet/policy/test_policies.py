"""Policies: files that reserve decisions for people, checked, tested, and on the safe side where they fail."""

from __future__ import annotations

import pytest

from fleet.deployment.fields import FileError
from fleet.policy.load import DEFAULT, default_policy, policy_of
from fleet.policy.testing import junit, run_tests

HEAD = "format: humanoid-fleet-policy/1\nname: ward\n"
NIGHT = HEAD + "reserved:\n  - {name: night, when: hour >= 22.0, because: at night the nurse in charge decides}\n"


def written(folder, text, name="ward.yaml"):
    path = folder / name
    path.write_text(text)
    return path


def test_the_packages_own_tests_hold():
    outcomes = run_tests([])
    assert len(outcomes) >= 10
    assert [o for o in outcomes if o.wrong] == []


def test_every_rule_of_the_package_says_why_and_is_tested():
    policy = default_policy()
    tested = {name for file in policy.files for test in file.tests for name in test.by}
    assert tested == set(policy.rules)
    assert all(len(rule.rule.because) > 20 for rule in policy.rules.values())


def test_a_site_adds_to_what_is_reserved_and_cannot_take_from_it(tmp_path):
    policy = policy_of([written(tmp_path, NIGHT)])
    assert policy.reserved({"hour": 23.0}) == "at night the nurse in charge decides"
    assert policy.reserved({"hour": 12.0}) == ""
    assert "a robot lies on the floor" in policy.reserved({"decision_class": "after_a_fall", "hour": 12.0})


def test_a_rule_that_fails_reserves(tmp_path):
    path = written(tmp_path, HEAD + "reserved:\n  - {name: first, when: 'options[3] == \"x\"', because: three}\n")
    said = policy_of([path]).reserved({"options": ("a",)})
    assert "cannot tell" in said
    assert "so a person decides" in said


def test_a_limit_reserves_beyond_it(tmp_path):
    text = HEAD + (
        "limits:\n  - {name: heavy, fact: payload_kg, at_most: 10, when: skill == 'carry', because: too heavy}\n"
        "  - {name: early, fact: priority, at_least: 5, because: not important}\n"
    )
    policy = policy_of([written(tmp_path, text)])
    assert policy.reserved({"payload_kg": 11.0, "skill": "carry", "priority": 50}) == "too heavy"
    assert policy.reserved({"payload_kg": 11.0, "skill": "pick", "priority": 50}) == ""
    assert policy.reserved({"payload_kg": 10.0, "skill": "carry", "priority": 4}) == "not important"


def test_what_may_be_lifted_is_lifted_under_a_name(tmp_path):
    facts = {"decision_class": "which_recovery", "fragile": True, "rung": "retries"}
    assert default_policy().reserved(facts)
    lift = HEAD + "lifts:\n  - {rule: fragile_loads, owner: Mia Berger, because: all boxes are padded}\n"
    policy = policy_of([written(tmp_path, lift)])
    assert policy.reserved(facts) == ""
    assert policy.lifted["fragile_loads"].owner == "Mia Berger"


def test_the_digest_changes_with_what_decides_and_not_with_tests(tmp_path):
    plain = policy_of([written(tmp_path, NIGHT)]).digest
    tested = NIGHT + "tests:\n  - {name: x, facts: {hour: 23}, expect: reserved}\n"
    assert policy_of([written(tmp_path, tested)]).digest == plain
    assert policy_of([written(tmp_path, NIGHT.replace("22.0", "21.0"))]).digest != plain


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (NIGHT.replace("hour", "houre"), "line 4: reserved[0].when: got 'houre >= 22.0', expected one of: hour"),
        (NIGHT.replace("22.0", ""), "line 4: reserved[0].when"),
        (NIGHT.replace("night,", "falls,"), "line 4: reserved[0].name: got 'falls', expected a name used once"),
        (HEAD + "limits:\n  - {name: x, fact: zone, at_most: 1, because: y}\n", "a fact that is a number"),
        (HEAD + "limits:\n  - {name: x, fact: load, because: y}\n", "a number here, or at at_least"),
        (HEAD + "limits:\n  - {name: x, fact: load, at_most: 1, at_least: 2, because: y}\n", "up to at_most"),
        (HEAD + "lifts:\n  - {rule: falls, owner: Mia, because: we are quick}\n", "this one holds always"),
        (HEAD + "lifts:\n  - {rule: fall, owner: Mia, because: we are quick}\n", "that may be lifted: fragile_loads"),
        (HEAD + "tests:\n  - {name: x, expect: free, by: [falls]}\n", "no by where free is expected"),
        (HEAD + "tests:\n  - {name: x, expect: maybe}\n", "expected one of reserved, free"),
        (NIGHT.replace("policy/1", "policy/2"), "humanoid-fleet-policy/1"),
        (NIGHT.replace("because", "reason"), "one of the fields name, when, because, always"),
        ("[1, 2", "well-formed YAML"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_line_and_what_would_be_right(tmp_path, text, says):
    with pytest.raises(FileError) as found:
        policy_of([written(tmp_path, text)])
    assert says in str(found.value)
    assert "ward.yaml, line " in str(found.value)


def test_a_folder_is_taken_in_the_order_of_names_and_an_empty_one_is_an_error(tmp_path):
    with pytest.raises(FileError, match="at least one policy file"):
        policy_of([tmp_path])
    written(tmp_path, NIGHT.replace("ward", "b").replace("night", "late"), "b.yaml")
    written(tmp_path, NIGHT, "a.yaml")
    assert [f.name for f in policy_of([tmp_path]).files] == ["default", "ward", "b"]


def test_tests_in_files_say_what_they_expected_and_what_they_found(tmp_path):
    tests = (
        "tests:\n"
        "  - {name: at night, facts: {hour: 23}, expect: reserved, by: [night]}\n"
        "  - {name: at noon, facts: {hour: 12}, expect: reserved}\n"
        "  - {name: by another, facts: {hour: 23}, expect: reserved, by: [falls]}\n"
    )
    outcomes = run_tests([written(tmp_path, NIGHT + tests)])
    assert [o.wrong for o in outcomes] == [
        "",
        "expected reserved, found free",
        "expected reserved by falls, found reserved by night",
    ]
    text = junit(outcomes)
    assert 'tests="3" failures="2"' in text
    assert "expected reserved, found free" in text


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("{name: x, facts: {hours: 23}, expect: free}", "tests[0].facts.hours: got '23', expected one of the facts"),
        ("{name: x, facts: {hour: noon}, expect: free}", "tests[0].facts.hour: got 'noon', expected a finite number"),
        ("{name: x, expect: reserved, by: [nigth]}", "tests[0].by: got 'nigth', expected rules in force"),
    ],
)
def test_a_test_that_cannot_be_is_an_error_of_the_file(tmp_path, test, says):
    with pytest.raises(FileError) as found:
        run_tests([written(tmp_path, NIGHT + f"tests:\n  - {test}\n")])
    assert says.replace("got '23'", "got 23") in str(found.value)


def test_the_default_file_is_shipped_with_the_package():
    assert DEFAULT.is_file()
