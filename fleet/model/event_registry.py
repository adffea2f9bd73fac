"""Which events there are, and which of them are inputs. Every event's class registers itself here."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T", bound=type)

_INPUTS: set[type] = set()
EVENT_KINDS: dict[str, type] = {}


def event(cls: T) -> T:
    """Make a class an event that the journal may hold, under its name."""
    EVENT_KINDS[cls.__name__] = cls
    return cls


def input_event(cls: T) -> T:
    """Make a class an event that tells what was heard rather than what was decided."""
    _INPUTS.add(cls)
    return event(cls)


def is_input(happened: object) -> bool:
    """Whether the event tells what was heard rather than what was decided."""
    return type(happened) in _INPUTS
