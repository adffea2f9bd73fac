"""What a scenario file says of people: who answers, who is away, who steps in. Every complaint names its line."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from fleet.deployment.fields import Source
from fleet.model.errors import InvalidField
from fleet.model.order_requests import MakeStandingOrder, RevokeStandingOrder
from fleet.model.wire import convert
from fleet.scenario.operator import choices
from fleet.scenario.spec import CAUSES, POLICIES, Intervention, OperatorModel, ScenarioSpec

_NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("hold", "release", "take_over", "hand_back", "recovered"), ("robot",)),
    "cancel_task": ("task",),
    "cancel_mission": ("mission",),
    "acknowledge": ("cause",),
    "unshelve": ("cause",),
    "shelve": ("cause", "for_s"),
    "delegate": ("cause", "to"),
    "maintenance": ("window", "for_s"),
    "end_maintenance": ("window",),
    "standing_order": ("order", "for_s"),
    "revoke_order": ("order",),
    "pin_task": ("task", "robot"),
    "unpin_task": ("task",),
    "ban_robot": ("task", "robot"),
    "allow_robot": ("task", "robot"),
    "order_task": ("task", "after"),
    "close": ("what",),
    "open": ("what",),
}
_MAY = {"maintenance": ("zone", "robot"), "close": ("for_s",)}
_ONE_OF = {"maintenance": ("zone", "robot")}
_OF_ACTS = ("robot", "task", "mission", "cause", "for_s", "to", "zone", "window", "order", "after", "what")


T = TypeVar("T", bound=msgspec.Struct)


def strict(kind: type[T], plain: dict[str, Any]) -> T:
    """Like `convert`, and unknown fields are an error."""
    known = kind.__struct_fields__
    for name, value in plain.items():
        if name not in known:
            raise InvalidField(name, value, "one of " + ", ".join(known))
    return convert(kind, plain)


def check_people(source: Source, spec: ScenarioSpec) -> None:
    """Raises `FileError` naming file, line, field, value, and what would be right."""
    _check_model(source, "operator", spec.operator)
    names = {spec.operator.name}
    for i, other in enumerate(spec.others):
        _check_model(source, f"others[{i}]", other)
        if other.name in names:
            source.find(f"others[{i}].name").fail("a name used once; it is there already", other.name)
        names.add(other.name)
    for i, act in enumerate(spec.interventions):
        _check_act(source.find(f"interventions[{i}]"), act)
        if act.at_s >= spec.within_s:
            source.find(f"interventions[{i}].at_s").fail(f"a time before the end ({spec.within_s:g} s)")


def _check_model(source: Source, at: str, model: OperatorModel) -> None:
    least_most = model.answers_after_s
    if len(least_most) != 2 or least_most[0] > least_most[1]:
        source.find(f"{at}.answers_after_s").fail("a number of seconds, or [least, most]", list(least_most))
    seen: set[str] = set()
    for i, answer in enumerate(model.answers):
        where = f"{at}.answers[{i}]"
        if answer.cause not in CAUSES:
            source.find(f"{where}.cause").fail("one of " + ", ".join(CAUSES))
        if answer.cause in seen:
            source.find(f"{where}.cause").fail("each cause once")
        seen.add(answer.cause)
        for choice in choices(answer):
            if not (isinstance(choice, dict) and choice) and choice not in POLICIES:
                expected = "what the option's action has, e.g. {do: requeue}, or " + ", ".join(POLICIES)
                source.find(f"{where}.choose").fail(expected, choice)
    for i, away in enumerate(model.goes_away):
        if away.to_s <= away.from_s:
            source.find(f"{at}.goes_away[{i}].to_s").fail(f"a time after from_s ({away.from_s:g})")


def _check_order(source: Source, act: Intervention) -> None:
    try:
        order_of(act, 0.0)
    except InvalidField as error:
        source.fail(f"an order as POST /v1/orders takes it: {error.expected}", act.order)


def order_of(act: Intervention, now_s: float) -> MakeStandingOrder | RevokeStandingOrder:
    """The request to decide in advance, or to take that back. Raises `InvalidField` for unknown fields."""
    plain = {**(act.order or {}), "reason": act.reason}
    if act.do == "standing_order":
        return strict(MakeStandingOrder, {**plain, "expires_at_s": now_s + (act.for_s or 0.0)})
    return strict(RevokeStandingOrder, plain)


def _check_act(source: Source, act: Intervention) -> None:
    needed, may = _NEEDS.get(act.do, ()), _MAY.get(act.do, ())
    for name in _OF_ACTS:
        given = getattr(act, name) is not None
        if given != (name in needed) and not (given and name in may):
            expected = f"the field {name} for {act.do}" if name in needed else f"no {name} for {act.do}"
            source.fail(expected, f"{name}: {getattr(act, name)}")
    one_of = _ONE_OF.get(act.do, ())
    if one_of and not any(getattr(act, name) is not None for name in one_of):
        source.fail("one of the fields " + ", ".join(one_of), "none of them")
    if act.order is not None:
        _check_order(source.find("order"), act)
    if act.cause is not None and act.cause not in CAUSES:
        source.find("cause").fail("one of " + ", ".join(CAUSES))
