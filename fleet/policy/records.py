# ruff: noqa: RUF009 - `setting` makes a dataclass field, as dataclasses.field does
"""What a policy file says. `docs/how-to/policies.md` explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from fleet.deployment.fields import setting

FORMAT = "humanoid-fleet-policy/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Decisions that a person takes, whatever the numbers say."""

    name: str = setting("the rule's name, unique among all files", is_id=True)
    when: str = setting("a condition in CEL over the facts; decisions for which it holds are reserved")
    because: str = setting("why a person must decide, as the person who is asked reads it")
    always: bool = setting("no file may lift it", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far a number may go before a person decides. At least one of `at_least` and `at_most`."""

    name: str = setting("the limit's name, unique among all files", is_id=True)
    fact: str = setting("a fact that is a number", is_id=True)
    at_least: float | None = setting("below this a person decides", default=None)
    at_most: float | None = setting("above this a person decides", default=None)
    when: str = setting("only for decisions for which this holds, a condition in CEL", default="true")
    because: str = setting("why a person must decide, as the person who is asked reads it")
    always: bool = setting("no file may lift it", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """A rule or limit of an earlier file that does not hold here, and who answers for that."""

    rule: str = setting("the name of the rule or limit", is_id=True)
    owner: str = setting("the person who answers for it")
    because: str = setting("why it need not hold here")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTest:
    """Facts, and what must come of them, with the policies before this file and those of this file in force."""

    name: str = setting("what is tested, in words")
    facts: dict[str, Any] = setting("the facts that are known", factory=dict)
    expect: Literal["reserved", "free"] = setting("reserved: a person decides; free: a robot may")
    by: tuple[str, ...] = setting("all rules and limits that reserve it; unchecked if left out", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """One file of policies."""

    format: Literal["humanoid-fleet-policy/1"] = setting("the version of this format: " + FORMAT)
    name: str = setting("the file's name, as it is told with its rules", is_id=True)
    reserved: tuple[Rule, ...] = setting("rules", default=())
    limits: tuple[Limit, ...] = setting("limits", default=())
    lifts: tuple[Lift, ...] = setting("rules of earlier files that do not hold here", default=())
    tests: tuple[PolicyTest, ...] = setting("what must come of which facts; `fleet policy test` runs them", default=())
