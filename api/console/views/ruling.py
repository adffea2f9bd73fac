"""Why the fleet did not decide a question itself: the gate's conditions and the numbers behind them, for people."""

from __future__ import annotations

from typing import Any

from api.console.views.words import plainly
from fleet.model.escalation import Escalation
from fleet.model.ruling import Condition, Ruled

_ASKS = {
    "calibrated": "It has seen too few such cases",
    "one option": "More than one answer could be right",
    "sure enough": "It is not sure enough",
    "precedent": "Nothing like it has happened before",
    "no conflict": "Sources contradict each other",
    "not reserved": "It is for people to decide",
    "asking is not worth it": "A mistake would cost more than your time",
}
# What is so because there are no past cases at all need not be said again and again.
_FOLLOWS = ("one option", "sure enough", "asking is not worth it")
_FIRST = ("not reserved", "no conflict")


def why_asked(asked: Escalation) -> dict[str, Any] | None:
    """The conditions that do not hold, in words, and all numbers; None for a question that came without a ruling."""
    ruled = asked.ruled
    if ruled is None:
        return None
    return {
        "id": ruled.ruling_id,
        "because": [{"name": _name(c), "detail": c.detail} for c in _failed(ruled)],
        "scores": _scores(ruled),
        "numbers": _numbers(ruled),
    }


def _failed(ruled: Ruled) -> list[Condition]:
    """The conditions that do not hold, what a person can do most about first; without what follows from another."""
    failed = [c for c in ruled.ruling.conditions if not c.holds]
    if ruled.ruling.examples == 0 or not _counts_cases(failed):
        failed = [c for c in failed if c.name not in _FOLLOWS]
    return sorted(failed, key=lambda c: _FIRST.index(c.name) if c.name in _FIRST else len(_FIRST))


def _counts_cases(failed: list[Condition]) -> bool:
    return all("past cases" in c.detail for c in failed if c.name == "calibrated")


def _name(condition: Condition) -> str:
    if condition.name == "calibrated" and not _counts_cases([condition]):
        return "Its numbers tell nothing apart"
    return _ASKS.get(condition.name, plainly(condition.name))


def _scores(ruled: Ruled) -> list[dict[str, Any]]:
    choice = ruled.choice
    if len(choice.scores) != len(choice.options) or len(set(choice.scores)) < 2:
        return []  # all the same: they say nothing
    inside = set(ruled.ruling.in_set)
    ranked = sorted(range(len(choice.scores)), key=lambda i: -choice.scores[i])
    return [{"option": choice.options[i], "score": round(choice.scores[i], 3), "could_be": i in inside} for i in ranked]


def _numbers(ruled: Ruled) -> list[dict[str, str]]:
    ruling, known = ruled.ruling, []
    if ruled.choice.flaw:
        known.append(("Scores", ruled.choice.flaw))
    known.append(("Past cases", str(ruling.examples)))
    if ruling.examples:
        known.append(("May miss the right answer in", f"{ruling.level:.1%} of cases"))
        known.append(("May act and be wrong in", f"{ruling.alpha:.1%} of cases"))
    if ruling.bar is not None:
        known.append(("Score needed to act", f"{ruling.bar:.3g}"))
    if ruling.novelty_p is not None:
        known.append(("As strange in the past", f"{ruling.novelty_p:.1%} of cases"))
    if ruling.p_wrong is not None:
        known.append(("Wrong so far when as sure", f"{ruling.p_wrong:.1%} of cases"))
    return [{"name": name, "value": value} for name, value in known]
