"""What events make of the previews of a question's options."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace

from fleet.model.preview_events import OptionsPreviewed
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(OptionsPreviewed)
def _previewed(state: FleetState, event: OptionsPreviewed, at_s: float) -> FleetState:
    known = state.escalations[event.escalation_id]
    return state.with_escalation(
        replace(known, previews=event.previews, preview_digests=(*known.preview_digests, event.digest))
    )
