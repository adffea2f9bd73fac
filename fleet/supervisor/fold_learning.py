"""What events make of the levels at which the gate keeps its promises, and of things that nobody knows."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.severity import Severity
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


def level_key(decision_class: str, severity: Severity) -> str:
    """Under what a class's level is kept in the state."""
    return f"{decision_class}/{severity.value}"


@on(ev.LevelMoved)
def _level_moved(state: FleetState, event: ev.LevelMoved, at_s: float) -> FleetState:
    return replace(state, levels={**state.levels, level_key(event.decision_class, event.severity): event.level})


_KEPT = 20  # unknown things a source; one that reports more is not believed the more for it


@on(ev.UnknownReported)
def _unknown_reported(state: FleetState, event: ev.UnknownReported, at_s: float) -> FleetState:
    reported = {**state.unknown.get(event.source, {}), event.object_id: event.observed_at_s}
    newest = dict(list(reported.items())[-_KEPT:])
    return replace(state, unknown={**state.unknown, event.source: newest})
