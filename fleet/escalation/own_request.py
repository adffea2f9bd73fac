"""Who asked may not approve: what a site reserved for people is not approved by whoever wants it done."""

from __future__ import annotations

from fleet.escalation.refusal import Refusal
from fleet.escalation.reserved import ALWAYS
from fleet.model.escalation import Escalation, Option
from fleet.supervisor.state import FleetState

_HARMLESS = ("cancel", "hold")  # giving one's own request up, or leaving it as it is, approves nothing


def check_not_own(state: FleetState, asked: Escalation, option: Option, actor: str) -> None:
    """Raises `Refusal` where `actor` would approve their own request.

    Only what was reserved for this decision is an approval; what no robot may decide on any site (`ALWAYS`: a fall, a
    silence) comes up by itself and is nobody's request.
    """
    because = asked.ruled.choice.reserved if asked.ruled is not None else ""
    if not because or because == ALWAYS.get(asked.decision_class):
        return
    if option.action.get("do") in _HARMLESS or actor not in requesters(state, asked):
        return
    detail = f"{actor} asked for it and may not approve it: somebody else must ({because}); you may give it up"
    raise Refusal("forbidden", detail, "option_id")


def requesters(state: FleetState, asked: Escalation) -> frozenset[str]:
    """Who asked for the work that the question is about."""
    tasks = [state.tasks[t] for t in asked.task_ids if t in state.tasks]
    missions = [state.missions[t.mission_id] for t in tasks if t.mission_id in state.missions]
    said = state.instructions.get(asked.instruction_id)
    by = {said.by} if said is not None else set()
    return frozenset({*(t.requested_by for t in tasks), *(m.requested_by for m in missions), *by})
