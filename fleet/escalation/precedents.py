"""What people decided when something like this was asked before: the nearest three, shown beside a question."""

from __future__ import annotations

import math
from collections.abc import Collection

from fleet.escalation.outcomes import turned_out
from fleet.model.escalation import Cause, DecidedHow, Decision, Escalation, Precedent
from fleet.model.ruling import Ruled
from fleet.supervisor.state import FleetState

SHOWN = 3
_LOOKED_THROUGH = 500  # of the newest; what people decided long ago says little about how they decide now


def precedents(
    state: FleetState, cause: Cause, dedup_key: str, ruled: Ruled | None, object_ids: Collection[str]
) -> tuple[Precedent, ...]:
    """The nearest past questions of the same cause and decision class that a person answered, nearest first.

    Nearest is: about the very same thing, then about one of the same objects, then by the Euclidean distance of what
    the gate knows of the two cases (its features, where both were ruled on by the same kind of numbers), then the newer
    one. Synthetic questions are no precedent.
    """
    found = []
    for asked in reversed(list(state.escalations.values())[-_LOOKED_THROUGH:]):
        made = asked.decision
        if made is None or made.how is not DecidedHow.ANSWERED or asked.escalation_id in state.oversight.canaries:
            continue
        if asked.cause is not cause or asked.dedup_key.rpartition("|")[2] != dedup_key.rpartition("|")[2]:
            continue
        apart = _apart(ruled, asked.ruled)
        same = asked.dedup_key == dedup_key
        shared = bool(set(object_ids) & set(asked.object_ids))
        rank = (not same, not shared, math.inf if apart is None else apart, -made.decided_at_s)
        found.append((rank, asked, made, apart))
    nearest = sorted(found, key=lambda f: f[0])[:SHOWN]
    return tuple(_precedent(state, asked, made, apart) for _, asked, made, apart in nearest)


def _apart(one: Ruled | None, other: Ruled | None) -> float | None:
    """None where the two cannot be compared."""
    if one is None or other is None:
        return None
    a, b = one.choice.features, other.choice.features
    return round(math.dist(a, b), 3) if a and len(a) == len(b) else None


def _precedent(state: FleetState, asked: Escalation, made: Decision, apart: float | None) -> Precedent:
    option = asked.option(made.option_id)
    return Precedent(
        escalation_id=asked.escalation_id,
        question=asked.question,
        option_id=made.option_id,
        label=option.label if option is not None else made.option_id,
        by=made.operator,
        reason=made.reason,
        decided_at_s=made.decided_at_s,
        turned_out=turned_out(state, asked, made),
        distance=apart,
    )
