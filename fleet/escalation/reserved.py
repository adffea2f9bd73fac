"""Which decisions a person takes, whatever the numbers say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.escalation.load import load
from fleet.model.ruling import Choice
from fleet.policy.gather import facts_of
from fleet.supervisor.draft import Draft

# Classes that no robot decides on any site. A site's policies add to them, and cannot take any away.
ALWAYS: Mapping[str, str] = {
    "after_a_fall": "a robot lies on the floor: what happens beside it is for a person to say",
    "after_lost_contact": "nobody can know from afar how a robot is that is not heard",
    "after_an_outage": "nobody can know from afar how robots are that are not heard",
}


def known_facts(draft: Draft, choice: Choice, subject: Mapping[str, str]) -> dict[str, Any]:
    """What policies and standing orders are shown of a decision.

    Args:
        subject: what it is about, in ids: `task`, `robot`, `object`, `claim`.
    """
    people = draft.context.oversight.operators(draft.now_s)
    return facts_of(
        draft.state,
        draft.context.site,
        choice,
        subject,
        draft.now_s,
        load=load(draft.state, draft.now_s, people),
        operators=people,
        accountable=draft.context.settings.shift.accountable,
    )


def reserved_because(draft: Draft, choice: Choice, facts: Mapping[str, Any]) -> str:
    """Why a person must decide this, in words; empty where a robot may. A policy that fails reserves too."""
    reasons = (
        choice.reserved,
        ALWAYS.get(choice.decision_class, ""),
        *(str(reservation) for reservation in draft.context.policy.explain(facts)),
    )
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))
