"""A frozen record with some fields changed, as `dataclasses.replace`, several times faster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from types import MemberDescriptorType
from typing import Any, TypeVar

T = TypeVar("T")
_Read = Callable[[Any], Any]
_Write = Callable[[Any, Any], None]
_Slots = tuple[tuple[tuple[_Read, _Write], ...], dict[str, _Write]]
_SLOTS: dict[type, _Slots | None] = {}


def altered(record: T, **changes: Any) -> T:
    """A copy of a dataclass record with these fields changed.

    Records with slots that check nothing when they are made are copied slot by slot; others are made anew by `replace`.

    Raises:
        TypeError: a field that the record does not have.
    """
    kind = type(record)
    if kind not in _SLOTS:
        _SLOTS[kind] = _slots_of(kind)
    known = _SLOTS[kind]
    if known is None:
        made: T = replace(record, **changes)  # type: ignore[type-var]
        return made
    slots, writes = known
    new = object.__new__(kind)
    for read, write in slots:
        write(new, read(record))
    for name, value in changes.items():
        if name not in writes:
            raise TypeError(f"{kind.__name__} has no field {name!r}")
        writes[name](new, value)
    return new


def _slots_of(kind: type) -> _Slots | None:
    """How each field of the class is read and written past its freezing; None for classes that need their own init."""
    slots: dict[str, Any] = {f.name: getattr(kind, f.name, None) for f in fields(kind)}
    if hasattr(kind, "__post_init__") or not all(isinstance(s, MemberDescriptorType) for s in slots.values()):
        return None
    return tuple((s.__get__, s.__set__) for s in slots.values()), {n: s.__set__ for n, s in slots.items()}
