"""One condition in CEL (Common Expression Language), checked against the documented facts, then evaluated."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from fleet.model.errors import InvalidField
from fleet.policy.facts import TYPES
from fleet.policy.types import BOOL, Mistyped, Node, Type, type_of

LONGEST = 2000  # characters
JOINTS = 60  # && and || in one condition; celpy recurses for each, when it reads and when it evaluates
_DEEPEST = 20  # brackets within brackets, for the same reason


class Expression:
    """A condition over facts: true or false, the same for the same facts in every process.

    Args:
        text: the condition, e.g. `fragile && decision_class == "which_recovery"`.
        field: where it stands, for complaints.

    Raises:
        InvalidField: it cannot be read, names a fact that there is none of, mixes types, or is not a condition.
    """

    def __init__(self, text: str, field: str = "when", names: Mapping[str, Type] = TYPES) -> None:
        self.text = text
        tree = _parsed(text, field)
        try:
            found = type_of(tree, names)
        except Mistyped as error:
            raise InvalidField(field, text, f"{error.expected} ({error.found})") from None
        except RecursionError:
            raise InvalidField(field, text[:80], "fewer brackets within brackets") from None
        if found != BOOL:
            raise InvalidField(field, text, f"a condition, something that is true or false; this is a {found}")
        self.names = frozenset(t for t in _identifiers(tree) if t in names)
        try:
            self._program = _environment().program(tree)
        except RecursionError:
            raise InvalidField(field, text[:80], "fewer brackets within brackets") from None

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it is true of these facts (as `prepared` gives them).

        Raises:
            Exception: whatever goes wrong on the way (division by zero, an item that is not there, a fact that was not
                given). The caller decides on the safe side.
        """
        value = self._program.evaluate(facts)
        if not isinstance(value, (bool, int)) or isinstance(value, float):
            raise TypeError(f"{self.text!r} gave {value!r}, not true or false")
        return bool(value)


def joints(text: str) -> int:
    """How many && and || a condition has (or seems to: in quotes they count too)."""
    return text.count("||") + text.count("&&")


def prepared(facts: Mapping[str, Any]) -> Any:
    """Facts in the form that expressions take, to be made once for many of them."""
    from celpy.adapter import json_to_cel

    return json_to_cel(dict(facts))


@cache
def _environment() -> Any:
    import celpy

    # It logs every failed evaluation as an internal error; what fails is reported with the ruling instead.
    for name in ("celpy", "Environment", "Evaluator", "celpy.Environment", "celpy.evaluation", "celpy.Evaluator"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    limit = sys.getrecursionlimit()
    try:
        return celpy.Environment(runner_class=celpy.CompiledRunner)
    finally:
        sys.setrecursionlimit(limit)  # it raises that of the whole process; our conditions are small


def _parsed(text: str, field: str) -> Any:
    from celpy.celparser import CELParseError

    if not text.strip():
        raise InvalidField(field, text, "a condition, e.g. fragile && severity == 'high'")
    if len(text) > LONGEST:
        raise InvalidField(field, f"{len(text)} characters", f"a condition of at most {LONGEST} characters")
    if joints(text) > JOINTS:
        raise InvalidField(field, f"{joints(text)} of && and ||", f"at most {JOINTS} in one condition")
    deep = most = 0
    for sign in text:
        deep += (sign in "([{") - (sign in ")]}")
        most = max(most, deep)
    if most > _DEEPEST or "!" * _DEEPEST in text or "-" * _DEEPEST in text:
        raise InvalidField(field, text[:80], f"at most {_DEEPEST} brackets or signs within each other")
    try:
        return _environment().compile(text)
    except CELParseError as error:
        line, column = getattr(error, "line", None) or 1, getattr(error, "column", None) or 1
        rows = text.splitlines()
        rest = rows[line - 1][column - 1 :] if line <= len(rows) else ""
        where = f"at {rest[:20]!r}" if rest.strip() else "at its end"
        place = f"line {line} of it, character {column}" if len(rows) > 1 else f"character {column}"
        raise InvalidField(field, text, f"CEL that can be read ({where}, {place})") from None
    except RecursionError:
        raise InvalidField(field, text[:80], "a condition with less nesting") from None


def _identifiers(tree: Node) -> set[str]:
    children = getattr(tree, "children", None)
    if children is None:
        return {str(tree)}
    return {name for child in children for name in _identifiers(child)}
