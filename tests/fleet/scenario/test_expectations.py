"""What expectations mean, and which ones are refused before anything is run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.deployment.fields import FileError, parse_yaml
from fleet.scenario.evaluate import Outcome, findings
from fleet.scenario.expect import read_expectations
from fleet.scenario.pattern import Happening
from fleet.scenario.record import Finding


def happened(*events: tuple[float, str, dict[str, Any]]) -> Outcome:
    return Outcome(
        happenings=[Happening(at_s=at, kind=kind, fields=fields) for at, kind, fields in events],
        measures={"falls": 1.0, "makespan_s": None},
        at_end={"task": {"a": {"state": "done", "robot_id": "g1"}, "b": {"state": "failed", "robot_id": "g2"}}},
        end_s=100.0,
    )


def judged(text: str, outcome: Outcome) -> Finding:
    [found] = findings(read_expectations(parse_yaml(f"- {text}", "s.yaml")), outcome)
    return found


FELL = "{event: robot_fell, robot_id: g1}"
LOST = (10.0, "ContactLost", {"robot_id": "g1"})
BACK = (14.0, "ContactRegained", {"robot_id": "g1"})
OTHER_BACK = (12.0, "ContactRegained", {"robot_id": "g2"})


@pytest.mark.parametrize(
    ("text", "events", "kept"),
    [
        ("{within_s: 5, of: {event: ContactLost}, then: {event: ContactRegained}}", [LOST, BACK], True),
        ("{within_s: 3, of: {event: ContactLost}, then: {event: ContactRegained}}", [LOST, BACK], False),
        ("{within_s: 5, of: {event: ContactLost}, then: {event: ContactRegained}}", [BACK], False),
        ("{within_s: 3, of: {event: ContactLost}, then: {event: ContactRegained}}", [LOST, OTHER_BACK, BACK], True),
        (
            "{within_s: 3, of: {event: ContactLost}, then: {event: ContactRegained, robot_id: $robot_id}}",
            [LOST, OTHER_BACK, BACK],
            False,
        ),
        ("{within_s: 20, then: {event: ContactLost}}", [LOST], True),
        ("{never: {event: ContactRegained}}", [LOST], True),
        ("{never: {event: ContactRegained}}", [LOST, BACK], False),
        ("{never: {event: ContactLost}, after: {event: ContactRegained}}", [LOST, BACK], True),
        ("{never: {event: ContactLost}, after: {event: ContactRegained}}", [LOST], False),
        ("{never: {event: ContactRegained, robot_id: g1}, until: {event: ContactRegained, robot_id: g2}}",
         [LOST, OTHER_BACK, BACK], True),
        ("{always: {event: ContactLost}, is: {robot_id: 'g*'}}", [LOST], True),
        ("{always: {event: ContactLost}, is: {robot_id: '!g1'}}", [LOST], False),
        ("{always: {event: ContactLost}, is: {robot_id: g1}}", [], False),
        ("{eventually: {event: ContactLost, robot_id: [g3, g1]}}", [LOST], True),
        ("{in_order: [{event: ContactLost}, {event: ContactRegained}]}", [LOST, BACK], True),
        ("{in_order: [{event: ContactRegained}, {event: ContactLost}]}", [LOST, BACK], False),
        ("{count: {event: ContactRegained}, exactly: 2}", [OTHER_BACK, BACK], True),
        ("{count: {event: ContactRegained}, max: 1}", [OTHER_BACK, BACK], False),
        ("{bound: falls <= 1}", [], True),
        ("{bound: falls < 1}", [], False),
        ("{bound: makespan_s <= 600}", [], False),  # never measured
        ("{at_end: {task: a}, is: {state: done}}", [], True),
        ("{at_end: {task: '*'}, is: {state: done}}", [], False),
        ("{at_end: {task: z}, is: {state: done}}", [], False),
    ],
)  # fmt: skip
def test_an_expectation_is_kept_or_not(text: str, events: list[Any], kept: bool) -> None:
    assert judged(text, happened(*events)).kept is kept


def test_a_broken_expectation_says_when_it_broke_and_why() -> None:
    found = judged("{never: {event: ContactRegained}}", happened(LOST, BACK))
    assert found.broke_at_s == 14.0
    assert "ContactRegained at 14.0 s (robot_id=g1)" in found.detail
    late = judged("{within_s: 3, of: {event: ContactLost}, then: {event: ContactRegained}}", happened(LOST, BACK))
    assert late.broke_at_s == pytest.approx(13.0)
    assert "only after 4.0 s" in late.detail


def test_what_was_never_put_to_the_test_says_so() -> None:
    found = judged("{always: {event: ContactLost}, is: {robot_id: g1}}", happened())
    assert not found.kept
    assert "never put to the test" in found.detail


def test_without_the_world_what_needs_it_is_not_evaluated() -> None:
    outcome = happened()
    blind = Outcome(happenings=[], measures=outcome.measures, at_end={}, end_s=1.0, truth=False)
    found = judged(f"{{never: {FELL}}}", blind)
    assert not found.evaluated
    assert "not evaluated" in found.detail
    assert judged("{never: {event: ContactLost}}", blind).evaluated


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{never: {event: robot_flew}}", "never.event: got 'robot_flew', expected one of"),
        ("{never: {event: robot_fell, robot: g1}}", "unknown field robot"),
        ("{never: {event: TaskChanged, state: finished}}", "got 'finished', expected one of requested, queued"),
        ("{within_s: -1, then: {event: robot_fell}}", "within_s: got -1, expected a number of seconds above 0"),
        ("{within_s: 5}", "no field then"),
        ("{never: {event: robot_fell}, count: {event: robot_fell}}", "expected exactly one of"),
        ("{never: {event: robot_fell}, exactly: 1}", "beside never only after, until, because"),
        ("{count: {event: robot_fell}}", "one of exactly, min, max"),
        ("{count: {event: robot_fell}, min: 3, max: 2}", "a number up to max (2)"),
        ("{count: {event: robot_fell}, min: 0}", "a bound that can be broken"),
        ("{bound: speed of light < 3}", "MEASURE, one of"),
        ("{bound: fals <= 1}", "one of the measures"),
        ("{at_end: {tool: x}, is: {state: done}}", "one of task, mission, robot, box, body"),
        ("{at_end: {task: x}}", "the field is"),
        ("{in_order: [{event: robot_fell}]}", "at least two events"),
        ("{}", "none of them"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(FileError) as refused:
        read_expectations(parse_yaml(f"# a comment\n- {text}", "s.yaml"))
    assert says in str(refused.value)
    assert str(refused.value).startswith("s.yaml, line 2: ")


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["ContactLost", "ContactRegained"])), max_size=8))
def test_never_is_the_opposite_of_eventually(times: list[tuple[float, str]]) -> None:
    outcome = happened(*((at, kind, {"robot_id": "g1"}) for at, kind in sorted(times)))
    never = judged("{never: {event: ContactLost}}", outcome)
    eventually = judged("{eventually: {event: ContactLost}}", outcome)
    assert never.kept is not eventually.kept
