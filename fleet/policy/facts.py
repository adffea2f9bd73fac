"""The facts that policies and standing orders may ask about. Whatever is not known has the value given here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.model.errors import InvalidField
from fleet.policy.types import BOOL, DOUBLE, INT, STRING, ListOf, Type

FAR_M = 1e6
NO_DEADLINE_S = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact: its type, what it is where nothing is known, and what it means."""

    type: Type
    otherwise: Any
    help: str


def _text(help: str) -> Fact:
    return Fact(type=STRING, otherwise="", help=help)


def _number(help: str, otherwise: float = 0.0) -> Fact:
    return Fact(type=DOUBLE, otherwise=otherwise, help=help)


def _count(help: str) -> Fact:
    return Fact(type=INT, otherwise=0, help=help)


def _flag(help: str, otherwise: bool = False) -> Fact:
    return Fact(type=BOOL, otherwise=otherwise, help=help)


def _texts(help: str) -> Fact:
    return Fact(type=ListOf(STRING), otherwise=(), help=help)


FACTS: dict[str, Fact] = {
    # the decision
    "decision_class": _text("what is to be decided: which_object, is_the_claim_true, which_recovery, ..."),
    "severity": _text("low, medium or high"),
    "options": _texts("what could be done, in words"),
    "scores": Fact(type=ListOf(DOUBLE), otherwise=(), help="how well each option fits, 0 to 1; unusable ones are 0"),
    "scores_usable": _flag("there is a score from 0 to 1 for every option", True),
    "best_option": _text("the option with the highest score; empty without usable scores"),
    "best_score": _number("its score"),
    "margin": _number("how far it is ahead of the next"),
    "conflicts": _texts("what is open between sources or robots, each in words"),
    "marks": _texts("what is special about the decision: irreversible, ethical, ..."),
    "reversible": _flag("no mark says irreversible: what is done can be undone", True),
    "loss_if_wrong": _number("what being wrong costs, s of a person's time"),
    # the task
    "task": _text("the task's id"),
    "mission": _text("its mission's id"),
    "skill": _text("walk_to, pick, place, carry, hand_over, inspect, guide, greet, wait or dock"),
    "priority": _count("of the task, 0 (whenever) to 100 (now)"),
    "requested_by": _text("who asked for it; supervisor for what the fleet gives itself"),
    "attempt": _count("how many commands were sent for it"),
    "rung": _text("of a recovery: retries, replans or reassignments"),
    "slack_s": _number("time to its deadline, s; 1e9 without one", NO_DEADLINE_S),
    "place": _text("where something is to go, or the place it is about"),
    "person": _text("the person whom it serves"),
    # the robot
    "robot": _text("the robot's id; empty where the decision is about none"),
    "robot_model": _text("its model, e.g. unitree_g1"),
    "robot_posture": _text("standing, walking, sitting, kneeling, lying, fallen or unknown"),
    "robot_battery": _number("its battery, 0 to 1", 1.0),
    "holds_load": _flag("it has something in its hands"),
    "in_contact": _flag("it is heard", True),
    # the object
    "object": _text("the object's id"),
    "object_kind": _text("its kind, e.g. box"),
    "payload_kg": _number("what is lifted: as the task says, or the object's mass"),
    "fragile": _flag("the inventory says that the object must not fall"),
    # where, and who is there
    "zone": _text("where the robot is; without one, where the object is believed to be"),
    "zone_kind": _text("that zone's kind, e.g. ward"),
    "people_near": _count("people seen within 2 m of the robot in the last 30 s, or served by it there"),
    "nearest_person_m": _number("distance to the nearest of them, m; 1e6 where nobody was seen", FAR_M),
    # people's time
    "load": _number("questions of the last ten minutes; 1 is as much as one operator can bear"),
    "operators": Fact(type=INT, otherwise=1, help="people on shift, as the file of who is asked says"),
    "accountable": _text("who answers for what happens by default in this shift"),
    "hour": _number("time of day of the fleet's clock, h, 0 to 24 (UTC)"),
    "now_s": _number("fleet time, s"),
}
TYPES: dict[str, Type] = {name: fact.type for name, fact in FACTS.items()}
OTHERWISE: dict[str, Any] = {name: fact.otherwise for name, fact in FACTS.items()}


def complete(given: Mapping[str, Any]) -> dict[str, Any]:
    """All facts: those given, and what holds where nothing is known for the rest."""
    return {**OTHERWISE, **given}


def telling(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Only the facts that say something, as they are kept on record; `complete` gives the rest back."""
    return {name: value for name, value in facts.items() if value != OTHERWISE[name]}


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that somebody wrote down, with the types that expressions need.

    Raises:
        InvalidField: a name that is no fact, or a value that cannot be its.
    """
    found = {}
    for name, value in given.items():
        if name not in FACTS:
            raise InvalidField(name, value, f"one of the facts {', '.join(FACTS)}")
        found[name] = _checked(name, value, FACTS[name].type)
    return found


def _checked(name: str, value: Any, kind: Type) -> Any:
    if isinstance(kind, ListOf):
        if not isinstance(value, (list, tuple)):
            raise InvalidField(name, value, f"a {kind}")
        return tuple(_checked(f"{name}[{i}]", v, kind.item) for i, v in enumerate(value))
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    good = {
        STRING: isinstance(value, str),
        BOOL: isinstance(value, bool),
        INT: number and float(value) == int(value) if number else False,
        DOUBLE: number,
    }
    if not good[str(kind)]:
        what = {STRING: "a text", BOOL: "true or false", INT: "a whole number", DOUBLE: "a finite number"}
        raise InvalidField(name, value, what[str(kind)])
    return float(value) if kind == DOUBLE else int(value) if kind == INT else value


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON holds them: lists instead of tuples."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in facts.items()}


def table(names: Iterable[str] = FACTS) -> list[tuple[str, str, str, str]]:
    """Name, type, value where nothing is known, and meaning, for people."""
    return [(n, str(FACTS[n].type), _said(FACTS[n].otherwise), FACTS[n].help) for n in names]


def _said(value: Any) -> str:
    if value == () or value == "":
        return "empty"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"
