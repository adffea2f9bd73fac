"""How the gate fared in a journal: what was ruled, and what came to be known of it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fleet.escalation.gate.adaptive import missed
from fleet.escalation.gate.store import key_text
from fleet.escalation.learned import Known, Learned, key_of_ruling
from fleet.model.ruling import Ruled

_SURE = 0.95


def as_ruled(learned: Learned) -> dict[str, Any]:
    """By class and severity, of the rulings in a journal.

    `help_rate` is counted. `coverage` and `act_and_wrong` are estimates: what people answered counts once, what was
    reviewed by one over the chance of having been drawn (Hajek); None where nothing is known. The upper bound of
    `act_and_wrong` is Clopper and Pearson's (95 %) for the share wrong among reviewed acts, times the share acted.
    """
    by_class: dict[str, list[Ruled]] = {}
    for ruled in learned.rulings:
        by_class.setdefault(key_text(key_of_ruling(ruled)), []).append(ruled)
    return {name: _one(rulings, learned) for name, rulings in sorted(by_class.items())}


def _one(rulings: Sequence[Ruled], learned: Learned) -> dict[str, Any]:
    known = [learned.known[r.ruling_id] for r in rulings if r.ruling_id in learned.known]
    acted = [r for r in rulings if r.ruling.act]
    reviewed = [k for k in known if k.ruled.ruling.act]
    wrong = [k.ruled.ruling.chosen not in k.acceptable for k in reviewed]
    weights = [k.weight for k in reviewed]
    share = len(acted) / len(rulings)
    estimate = float(np.average(wrong, weights=weights)) if reviewed else None
    return {
        "rulings": len(rulings),
        "acted": len(acted),
        "help_rate": 1.0 - share,
        "by": _counted([r.by for r in acted]),
        "reserved": sum(1 for r in rulings if r.choice.reserved),
        "known": len(known),
        "reviewed": len(reviewed),
        "reviewed_wrong": sum(wrong),
        "coverage": _coverage(known),
        "act_and_wrong": None if estimate is None else share * estimate,
        "act_and_wrong_at_most": share * _upper(sum(wrong), len(reviewed)),
        "why_asked": _counted(
            [c.name for r in rulings if not r.ruling.act for c in r.ruling.conditions if not c.holds]
        ),
    }


def _counted(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names))}


def _coverage(known: Sequence[Known]) -> float | None:
    """Share of sets with a right option in them, among rulings that had a set."""
    told = [(missed(k.ruled, k.acceptable), k.weight) for k in known]
    hits = [(not miss, weight) for miss, weight in told if miss is not None]
    if not hits:
        return None
    return float(np.average([h for h, _ in hits], weights=[w for _, w in hits]))


def _upper(wrong: int, of: int) -> float:
    """Upper end of Clopper and Pearson's interval; 1 where nothing was looked at."""
    if wrong >= of:
        return 1.0
    from scipy.stats import beta  # slow to import

    return float(beta.ppf(1.0 - (1.0 - _SURE) / 2.0, wrong + 1, of - wrong))
