"""A frozen record with some fields changed, as `dataclasses.replace`, several times faster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from types import MemberDescriptorType
from typing import Any, TypeVar

T = TypeVar("T")
_Slot = tuple[Callable[[Any], Any], Callable[[Any, Any], None]]
_SLOTS: dict[type, tuple[tuple[_Slot, ...], dict[str, Callable[[Any, Any], None]]] | None] = {}


def altered(record: T, **changes: Any) -> T:
    """A copy of a dataclass record with these fields changed.

    Records with slots that check nothing when they are made are copied slot by slot; others are made anew by `replace`.

    Raises:
        TypeError: a field that the record does not have.
    """
    kind = type(record)
    known = _SLOTS.get(kind, False)
    if known is False:
        known = _SLOTS[kind] = _slots_of(kind)
    if known is None:
        return replace(record, **changes)  # type: ignore[type-var]
    slots, setters = known  # type: ignore[misc]
    new: T = object.__new__(kind)
    for get, put in slots:
        put(new, get(record))
    for name, value in changes.items():
        if name not in setters:
            raise TypeError(f"{kind.__name__} has no field {name!r}")
        setters[name](new, value)
    return new


def _slots_of(kind: type) -> tuple[tuple[_Slot, ...], dict[str, Callable[[Any, Any], None]]] | None:
    """How each field of the class is read and written past its freezing; None for classes that need their own init."""
    names = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    slots = {name: getattr(kind, name, None) for name in names}
    if hasattr(kind, "__post_init__") or not all(isinstance(s, MemberDescriptorType) for s in slots.values()):
        return None
    return tuple((s.__get__, s.__set__) for s in slots.values()), {n: s.__set__ for n, s in slots.items()}
