"""From events to state. Every event has exactly one handler, in one of the `fold_*` modules."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.altered import altered
from fleet.supervisor import (
    fold_closures,
    fold_deadlines,
    fold_instructions,
    fold_keys,
    fold_learning,
    fold_orders,
    fold_oversight,
    fold_people,
    fold_plan,
    fold_plan_choice,
    fold_policies,
    fold_presence,
    fold_previews,
    fold_queue,
    fold_reviews,
    fold_robots,
    fold_silence,
    fold_tasks,
    fold_team,
    fold_traffic,
    fold_whereabouts,
)
from fleet.supervisor.folding import HANDLERS, IllegalTransition
from fleet.supervisor.state import FleetState

__all__ = ["HANDLERS", "IllegalTransition", "apply", "fold", "replay"]
_MODULES = (
    fold_closures,
    fold_deadlines,
    fold_instructions,
    fold_keys,
    fold_learning,
    fold_orders,
    fold_oversight,
    fold_policies,
    fold_people,
    fold_plan,
    fold_plan_choice,
    fold_presence,
    fold_previews,
    fold_queue,
    fold_reviews,
    fold_robots,
    fold_silence,
    fold_tasks,
    fold_team,
    fold_traffic,
    fold_whereabouts,
)  # importing them registers their handlers


def apply(state: FleetState, event: ev.Event, at_s: float) -> FleetState:
    """The state after `event`, which happened at fleet time `at_s`.

    Raises:
        IllegalTransition: the event does not fit the state; a journal that was written by `step` never does that.
    """
    state = HANDLERS[type(event)](state, event, at_s)
    return altered(state, now_s=max(state.now_s, at_s), events=state.events + 1)


def fold(state: FleetState, record: Record) -> FleetState:
    """The state after one journal record."""
    return apply(state, record.event, record.at_s)


def replay(records: Iterable[Record], state: FleetState | None = None) -> FleetState:
    """The state after all records, from the beginning or from a snapshot's `state`."""
    state = state or FleetState()
    for record in records:
        state = fold(state, record)
    return state
