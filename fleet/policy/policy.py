"""Policies in force: which decisions are reserved for people, and why. Pure: the same facts give the same answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fleet.model.errors import InvalidField
from fleet.model.wire import digest
from fleet.policy.expression import JOINTS, LONGEST, Expression, joints, prepared
from fleet.policy.facts import FACTS, complete, plain
from fleet.policy.records import Lift, Limit, PolicyFile, Rule
from fleet.policy.types import DOUBLE, INT


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Why a decision is a person's: the rule, the file it is in, and its reason. `failed` says that the rule could not
    be evaluated, which reserves the decision too."""

    rule: str
    file: str
    because: str
    failed: str = ""

    def __str__(self) -> str:
        if self.failed:
            return f"the policy {self.rule} cannot tell ({self.failed}), so a person decides"
        return self.because


class InForce:
    """A rule or a limit, ready to be held against facts.

    Raises:
        InvalidField: a condition or limit that cannot be right; the field is from the rule on.
    """

    def __init__(self, rule: Rule | Limit, file: str) -> None:
        self.rule, self.file, self.name, self.always = rule, file, rule.name, rule.always
        text = rule.when if isinstance(rule, Rule) else _condition_of(rule)
        if isinstance(rule, Limit):
            Expression(rule.when)  # so that complaints are about what was written
        self.condition = Expression(text)

    def reserves(self, facts: Any) -> Reservation | None:
        """Why it reserves a decision with these facts (as `prepared` gives them), or None."""
        try:
            holds = self.condition.holds(facts)
        except Exception as error:  # whatever it is: what cannot be judged is a person's
            return self._reservation(f"{type(error).__name__}: {_short(error)}")
        return self._reservation("") if holds else None

    def _reservation(self, failed: str) -> Reservation:
        return Reservation(rule=self.name, file=self.file, because=self.rule.because, failed=failed)


def _short(error: Exception) -> str:
    text = str(error.args[2] if len(error.args) > 2 else error)
    return text if len(text) <= 120 else text[:117] + "..."


def _condition_of(limit: Limit) -> str:
    fact = FACTS.get(limit.fact)
    if fact is None or fact.type not in (INT, DOUBLE):
        numbers = ", ".join(n for n, f in FACTS.items() if f.type in (INT, DOUBLE))
        raise InvalidField("fact", limit.fact, f"a fact that is a number: {numbers}")
    if limit.at_least is None and limit.at_most is None:
        raise InvalidField("at_most", None, "a number here, or at at_least")
    if limit.at_least is not None and limit.at_most is not None and limit.at_least > limit.at_most:
        raise InvalidField("at_least", limit.at_least, f"a number up to at_most, {limit.at_most:g}")
    value = f"double({limit.fact})"
    beyond = [f"{value} < {float(limit.at_least)!r}"] if limit.at_least is not None else []
    beyond += [f"{value} > {float(limit.at_most)!r}"] if limit.at_most is not None else []
    return f"({limit.when}) && ({' || '.join(beyond)})"


def _at_length(text: str) -> Expression:
    # The brackets around a condition of full length make it two characters longer.
    return Expression(text if len(text) <= LONGEST else text[1:-1])


class Policy:
    """All files together, in their order: later ones add to earlier ones, and may lift what is not marked `always`.

    Raises:
        InvalidField: a rule that cannot be right, a name used twice, or a lift of what cannot be lifted. The field
            begins with the file's place, e.g. `files[1].reserved[0].when`.
    """

    def __init__(self, files: Sequence[PolicyFile] = ()) -> None:
        self.files = tuple(files)
        self.rules: dict[str, InForce] = {}
        self.lifted: dict[str, Lift] = {}
        for i, file in enumerate(self.files):
            self._add(file, f"files[{i}]")

    def _add(self, file: PolicyFile, where: str) -> None:
        for i, lift in enumerate(file.lifts):
            self._lift(lift, f"{where}.lifts[{i}].rule")
        kinds: tuple[tuple[str, tuple[Rule | Limit, ...]], ...] = (("reserved", file.reserved), ("limits", file.limits))
        for kind, rules in kinds:
            for i, rule in enumerate(rules):
                at = f"{where}.{kind}[{i}]"
                if rule.name in self.rules or rule.name in self.lifted:
                    raise InvalidField(f"{at}.name", rule.name, "a name used once among all policies")
                try:
                    self.rules[rule.name] = InForce(rule, file.name)
                except InvalidField as error:
                    raise error.under(at) from None

    def _lift(self, lift: Lift, where: str) -> None:
        found = self.rules.get(lift.rule)
        if found is None:
            known = ", ".join(n for n, r in self.rules.items() if not r.always) or "none"
            raise InvalidField(where, lift.rule, f"a rule or limit of an earlier file that may be lifted: {known}")
        if found.always:
            raise InvalidField(where, lift.rule, "a rule that may be lifted; this one holds always")
        self.lifted[lift.rule] = lift
        del self.rules[lift.rule]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that decides; tests are not part of it."""
        return digest([[f.name, f.reserved, f.limits, f.lifts] for f in self.files])

    def _none_reserves(self, ready: Any) -> bool:
        """Whether plainly none does: all at once is several times as fast as one after the other."""
        try:
            return not any(condition.holds(ready) for condition in self._together)
        except Exception:  # one of them cannot be judged: each is looked at by itself
            return False

    @cached_property
    def _together(self) -> tuple[Expression, ...]:
        """All conditions, as few as they fit into."""
        groups: list[str] = []
        for rule in self.rules.values():
            text = f"({rule.condition.text})"
            fits = groups and len(groups[-1]) + len(text) + 4 <= LONGEST
            if fits and joints(groups[-1]) + joints(text) < JOINTS:
                groups[-1] += f" || {text}"
            else:
                groups.append(text)
        return tuple(map(_at_length, groups))

    @cached_property
    def _asked(self) -> frozenset[str]:
        return frozenset(name for rule in self.rules.values() for name in rule.condition.names)

    def explain(self, facts: Mapping[str, Any]) -> tuple[Reservation, ...]:
        """All reasons why a person decides, in the order of the rules; empty where a robot may.

        Args:
            facts: those that are known (see `fleet.policy.facts`); the rest are as where nothing is known.
        """
        asked = self._asked
        ready = prepared(plain({name: v for name, v in complete(facts).items() if name in asked}))
        if self._none_reserves(ready):
            return ()
        found = (rule.reserves(ready) for rule in self.rules.values())
        return tuple(reservation for reservation in found if reservation is not None)

    def reserved(self, facts: Mapping[str, Any]) -> str:
        """The reasons in words; empty where a robot may."""
        return "; ".join(str(r) for r in self.explain(facts))
