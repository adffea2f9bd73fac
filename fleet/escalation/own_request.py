"""Who asked may not approve: what a site reserved for people is not approved by whoever wants it done."""

from __future__ import annotations

from fleet.escalation.refusal import Refusal
from fleet.escalation.reserved import ALWAYS
from fleet.model.escalation import Escalation, Option
from fleet.supervisor.draft import Draft
from fleet.supervisor.state import FleetState

_HARMLESS = ("cancel", "hold", "keep_waiting")  # giving it up, or leaving it as it is, approves nothing
_PACKAGE = "default"  # the policies that come with the package
_ABOUT_THE_REQUEST = ("irreversible", "ethical")  # those of them that are about what was asked for


def check_not_own(draft: Draft, asked: Escalation, option: Option, actor: str) -> None:
    """Raises `Refusal` where `actor` would approve their own request.

    An approval is what a site's own policies reserved, or what cannot be undone or weighs people's interests. What
    comes up by itself while the work is done (a fall, a silence, a person near, a fragile load) is nobody's request:
    whoever knows answers it.
    """
    because = approval(draft, asked)
    if not because or option.action.get("do") in _HARMLESS or actor not in requesters(draft.state, asked):
        return
    detail = f"{actor} asked for it and may not approve it: somebody else must ({because}); you may give it up"
    raise Refusal("forbidden", detail, "option_id")


def approval(draft: Draft, asked: Escalation) -> str:
    """Why the question is an approval of what was asked for; empty where it is none."""
    reserved = asked.ruled.choice.reserved if asked.ruled is not None else ""
    by_itself = {*ALWAYS.values()} | {
        rule.rule.because
        for rule in draft.context.policy.rules.values()
        if rule.file == _PACKAGE and rule.name not in _ABOUT_THE_REQUEST
    }
    for known in sorted(by_itself, key=len, reverse=True):
        reserved = reserved.replace(known, "")
    return reserved.strip("; ")


def requesters(state: FleetState, asked: Escalation) -> frozenset[str]:
    """Who asked for the work that the question is about."""
    tasks = [state.tasks[t] for t in asked.task_ids if t in state.tasks]
    missions = [state.missions[t.mission_id] for t in tasks if t.mission_id in state.missions]
    said = state.instructions.get(asked.instruction_id)
    by = {said.by} if said is not None else set()
    return frozenset({*(t.requested_by for t in tasks), *(m.requested_by for m in missions), *by})
