"""Which decisions a person takes, whatever the numbers say."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.ruling import Choice
from fleet.supervisor.draft import Draft

# Classes that no robot decides on any site. A site's policies add to them, and cannot take any away.
ALWAYS: Mapping[str, str] = {
    "after_a_fall": "a robot lies on the floor: what happens beside it is for a person to say",
    "after_lost_contact": "nobody can know from afar how a robot is that is not heard",
}


def reserved_because(draft: Draft, choice: Choice, subject: Mapping[str, str]) -> str:  # noqa: ARG001
    """Why a person must decide this, in words; empty where a robot may.

    Args:
        subject: what it is about, in ids: `task`, `robot`, `object`, `claim`.
    """
    return choice.reserved or ALWAYS.get(choice.decision_class, "")
