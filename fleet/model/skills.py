"""The skills and the schemas of their parameters. One table, used by the API, the supervisor and the adapters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fleet.model.errors import InvalidField


class ParameterKind(str, Enum):
    """What a parameter names or measures."""

    OBJECT = "object"  # an object id, or a description: {"kind": "box", "colour": "blue"}
    PLACE = "place"
    PERSON = "person"
    ZONE_OR_PLACE = "zone_or_place"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: numbers are within [minimum, maximum], in `unit`."""

    name: str
    kind: ParameterKind
    required: bool = True
    minimum: float = -math.inf
    maximum: float = math.inf
    unit: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """What a robot can be told to do."""

    name: str
    parameters: tuple[Parameter, ...]
    help: str
    moves_object: bool = False


_P = Parameter
_K = ParameterKind
_OBJECT = _P(name="object", kind=_K.OBJECT, help="an object id, or a description such as {colour: blue}")
_TO = _P(name="to", kind=_K.PLACE, help="the place where it shall end up")

SKILLS: dict[str, Skill] = {
    s.name: s
    for s in (
        Skill(name="walk_to", parameters=(_P(name="place", kind=_K.PLACE),), help="walk to a place and stand there"),
        Skill(name="pick", parameters=(_OBJECT,), help="walk to an object and take it up", moves_object=True),
        Skill(name="place", parameters=(_OBJECT, _TO), help="put a held object down at a place", moves_object=True),
        Skill(name="carry", parameters=(_OBJECT, _TO), help="fetch an object and put it down", moves_object=True),
        Skill(
            name="hand_over",
            parameters=(_OBJECT, _P(name="person", kind=_K.PERSON)),
            help="fetch an object and give it to a person",
            moves_object=True,
        ),
        Skill(
            name="inspect",
            parameters=(_P(name="target", kind=_K.ZONE_OR_PLACE),),
            help="go there and report what is to be seen",
        ),
        Skill(
            name="wait",
            parameters=(_P(name="seconds", kind=_K.NUMBER, minimum=0, maximum=3600, unit="s"),),
            help="stand still",
        ),
        Skill(
            name="dock", parameters=(_P(name="dock", kind=_K.PLACE, required=False),), help="go to a dock and charge"
        ),
    )
}

TEAM_SKILLS = ("carry",)
"""What several robots can do together."""


def skill_named(name: str) -> Skill:
    """The skill. Raises `InvalidField` naming the ones there are."""
    try:
        return SKILLS[name]
    except (KeyError, TypeError):
        raise InvalidField("skill", name, "one of " + ", ".join(sorted(SKILLS))) from None


def check_parameters(skill_name: str, parameters: Mapping[str, Any]) -> None:
    """Check shape and range of a skill's parameters (not whether the things named exist).

    Raises:
        InvalidField: with a path such as `parameters.seconds`.
    """
    skill = skill_named(skill_name)
    known = {p.name: p for p in skill.parameters}
    for name in parameters:
        if name not in known:
            expected = ", ".join(known) or "nothing"
            raise InvalidField(
                f"parameters.{name}", parameters[name], f"no such parameter; {skill_name} takes {expected}"
            )
    for name, parameter in known.items():
        if name not in parameters or parameters[name] is None:
            if parameter.required:
                raise InvalidField(f"parameters.{name}", None, f"{parameter.help or parameter.kind.value} (required)")
            continue
        _check_value(parameter, parameters[name])


def _check_value(parameter: Parameter, value: Any) -> None:
    where = f"parameters.{parameter.name}"
    if parameter.kind is ParameterKind.NUMBER:
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if not number or not parameter.minimum <= value <= parameter.maximum:
            unit = f" {parameter.unit}" if parameter.unit else ""
            raise InvalidField(where, value, f"a number from {parameter.minimum:g} to {parameter.maximum:g}{unit}")
    elif parameter.kind is ParameterKind.OBJECT and isinstance(value, Mapping):
        if not value or not all(isinstance(k, str) and isinstance(v, str) and v for k, v in value.items()):
            raise InvalidField(where, dict(value), "a description with text values, e.g. {colour: blue}")
    elif not isinstance(value, str) or not value.strip():
        raise InvalidField(where, value, f"the id of a {parameter.kind.value.replace('_', ' ')}")
