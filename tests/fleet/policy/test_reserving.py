"""Policies in the supervisor: what they reserve is asked, whatever speaks for acting, and the reason is on record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fleet.model import events as ev
from fleet.model.commands import ExecuteSkill
from fleet.policy.load import policy_of
from fleet.policy.policy import Policy
from fleet.supervisor.context import Context
from tests.fleet.supervisor.building import Desk, a_robot, carry

ALL = """format: humanoid-fleet-policy/1
name: hall
reserved:
  - {name: red, when: 'object == "crate" || options.exists(o, o == "crate")', because: the crate is not ours}
"""


def policy(tmp_path: Path, text: str = ALL) -> Policy:
    path = tmp_path / "hall.yaml"
    path.write_text(text)
    return policy_of([path])


def desk(with_policy: Policy) -> Desk:
    at = Desk(a_robot("big", payload_kg=20.0))
    known = at.context
    at.context = Context(
        site=known.site,
        settings=known.settings,
        travel=known.travel,
        allocator=known.allocator,
        gate=known.gate,
        policy=with_policy,
    )
    return at


def test_what_a_policy_reserves_is_asked_and_not_done(tmp_path):
    red = {"colour": "red"}
    free = Desk(a_robot("big", payload_kg=20.0))
    free.submit(carry("t1", what=red))
    assert free.questions() == []  # only one thing is red
    at = desk(policy(tmp_path))
    at.submit(carry("t1", what=red))
    (asked,) = at.questions()
    assert asked.ruled is not None
    assert "the crate is not ours" in asked.ruled.choice.reserved
    assert asked.ruled.policy == at.context.in_force
    assert not [c for c in at.commands if isinstance(c, ExecuteSkill)]


def test_a_policy_that_fails_asks(tmp_path):
    at = desk(policy(tmp_path, ALL.replace('object == "crate" || ', 'options[9] == "x" && ')))
    at.submit(carry("t1", what={"colour": "red"}))
    (asked,) = at.questions()
    assert asked.ruled is not None
    assert "the policy red cannot tell" in asked.ruled.choice.reserved


def test_a_ruling_keeps_what_the_policies_were_shown(tmp_path):
    at = desk(policy(tmp_path))
    at.submit(carry("t1", what={"colour": "red"}))
    (asked,) = at.questions()
    assert asked.ruled is not None
    facts = asked.ruled.facts
    assert (facts["task"], facts["skill"], facts["requested_by"]) == ("t1", "carry", "dana")
    assert "fragile" not in facts  # says nothing


def test_what_is_in_force_is_on_record_once():
    at = Desk(a_robot("g1_1"))
    at.take(started=ev.SupervisorStarted(supervisor_id="again", epoch=2))
    said = [e for e in at.events if isinstance(e, ev.PoliciesInForce)]
    assert len(said) == 1
    assert said[0].in_force == at.context.in_force == at.state.in_force
    assert "falls" in said[0].rules


def test_another_policy_is_another_digest(tmp_path):
    first, other = Desk(a_robot("g1_1")), desk(policy(tmp_path))
    assert first.context.in_force != other.context.in_force
    assert replace(first.context.settings) == other.context.settings
