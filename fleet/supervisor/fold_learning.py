"""What events make of the levels at which the gate keeps its promises."""

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
