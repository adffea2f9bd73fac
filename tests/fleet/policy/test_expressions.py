"""Conditions in CEL: checked against the facts before anything runs, then the same for the same facts."""

from __future__ import annotations

import pytest

from fleet.model.errors import InvalidField
from fleet.policy.expression import LONGEST, Expression, prepared
from fleet.policy.facts import FACTS, checked, complete, plain, telling


def holds(text: str, **facts) -> bool:
    return Expression(text).holds(prepared(plain(complete(checked(facts)))))


@pytest.mark.parametrize(
    ("text", "facts", "wanted"),
    [
        ("fragile && severity == 'high'", {"fragile": True, "severity": "high"}, True),
        ("fragile && severity == 'high'", {"fragile": True, "severity": "low"}, False),
        ("payload_kg > 10.0", {"payload_kg": 12}, True),
        ("double(priority) >= 50.5", {"priority": 51}, True),
        ("'blue_1' in options", {"options": ["blue_1", "blue_2"]}, True),
        ("options.exists(o, o.startsWith('blue'))", {"options": ["red", "blue_2"]}, True),
        ("options.all(o, o.contains('x'))", {"options": ["ax", "b"]}, False),
        ("scores.exists_one(s, s > 0.5)", {"scores": [0.9, 0.1]}, True),
        ("size(options) == 2 && options[1] == 'b'", {"options": ["a", "b"]}, True),
        ("zone == 'lab' ? fragile : true", {"zone": "ward"}, True),
        ("!(robot in ['g1_1', 'g1_2'])", {"robot": "g1_3"}, True),
        ("priority % 2 == 1 || priority > 90", {"priority": 3}, True),
        ("nearest_person_m < 1.0", {}, False),
    ],
)
def test_a_condition_holds_or_does_not(text, facts, wanted):
    assert holds(text, **facts) is wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fragil", "one of: fragile"),
        ("severity", "this is a string"),
        ("payload_kg > 10", "write 2.0 for a double"),
        ("severity == 1", "the same type on both sides"),
        ("severity && fragile", "true or false"),
        ("!severity", "true or false"),
        ("fragile < true", "numbers, or texts"),
        ("'a' in severity", "a list of strings"),
        ("options.exists(o, o == 1)", "the same type"),
        ("options.exists(severity, true)", "a new name"),
        ("options.map(o, o)", "one of"),
        ("severity.matches('a.*')", "no function is called .matches"),
        ("now()", "no function is called now"),
        ("robot.model == 'x'", "stand by themselves"),
        ("{'a': 1}.a == 1", "expected"),
        ("[1, 'a'].exists(x, true)", "one type"),
        ("null == null", "a text, a number"),
        ("fragile &&", "can be read"),
        ("fragile fragile", "can be read (at 'fragile'"),
        ("", "a condition"),
        ("(" * 60 + "fragile" + ")" * 60, "at most 20 brackets"),
        ("!" * 60 + "fragile", "at most 20 brackets"),
        ("fragile || " * 61 + "fragile", "at most 60 in one condition"),
        ("fragile || " * 400 + "fragile", f"at most {LONGEST} characters"),
        ("fragile; import os", "can be read"),
        ("__import__('os').system('true') == 0", "no function is called"),
    ],
)
def test_what_cannot_be_right_is_found_before_anything_runs(text, says):
    with pytest.raises(InvalidField) as found:
        Expression(text, "reserved[0].when")
    assert says in str(found.value)
    assert str(found.value).startswith("reserved[0].when: got ")


def test_the_largest_conditions_hold_from_deep_within_a_program():
    large = " || ".join(["fragile"] * 61)
    deep = "(" * 20 + "fragile" + ")" * 20
    found = [Expression(large), Expression(deep)]
    facts = prepared(plain(complete({"fragile": True})))

    def below(depth: int) -> list[bool]:
        return below(depth - 1) if depth else [e.holds(facts) for e in found]

    assert below(300) == [True, True]


def test_a_condition_knows_the_facts_it_asks_about():
    assert Expression("options.exists(o, o == zone) || fragile").names == {"options", "zone", "fragile"}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"fragille": True}, "fragille: got True, expected one of the facts"),
        ({"fragile": "yes"}, "fragile: got 'yes', expected true or false"),
        ({"payload_kg": float("nan")}, "expected a finite number"),
        ({"priority": 1.5}, "a whole number"),
        ({"options": "blue_1"}, "a list of strings"),
        ({"scores": [1, "x"]}, "scores[1]: got 'x'"),
    ],
)
def test_facts_that_cannot_be_are_named(facts, says):
    with pytest.raises(InvalidField) as found:
        checked(facts)
    assert says in str(found.value)


def test_facts_that_say_nothing_are_left_out_of_the_record_and_come_back():
    facts = complete({"zone": "lab", "fragile": True})
    assert telling(facts) == {"zone": "lab", "fragile": True}
    assert complete(telling(facts)) == facts
    assert set(facts) == set(FACTS)
