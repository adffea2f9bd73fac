"""Handlers of events: every event has exactly one, and it looks only at the state and the event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from fleet.supervisor.state import FleetState

E = TypeVar("E")
Handler = Callable[[FleetState, Any, float], FleetState]
HANDLERS: dict[type, Handler] = {}


class IllegalTransition(AssertionError):
    """An event would take a task, mission or escalation where its table does not let it go."""


def on(kind: type[E]) -> Callable[[Callable[[FleetState, E, float], FleetState]], Callable[..., FleetState]]:
    """Make a function the handler of one kind of event."""

    def register(handler: Callable[[FleetState, E, float], FleetState]) -> Callable[..., FleetState]:
        if kind in HANDLERS:
            raise ValueError(f"{kind.__name__} has a handler already")
        HANDLERS[kind] = cast(Handler, handler)
        return handler

    return register


def check(table: dict[Any, frozenset[Any]], old: Any, new: Any, what: str) -> None:
    """Raise `IllegalTransition` where the table does not let `what` go from `old` to `new`."""
    if new not in table[old]:
        raise IllegalTransition(f"{what} cannot go from {old.value} to {new.value}")
