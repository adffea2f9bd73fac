"""The orders in what was said: one sentence may hold several, and words that are no order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from fleet.grounding.sentence import Sentence, parse

_VERBS = (
    r"take|bring|carry|deliver|fetch|move|transport|get|put|place|return|collect|send|hand|give|pass|inspect|check|"
    r"look|survey|count|head to|proceed|dock|charge|recharge|walk|go|come|wait|stand|pick|grab|lift"
)
_NEXT = re.compile(
    rf"(?:\s*[,;.]?\s+|\s*[,;.]\s*)(?:and\s+)?(?:then|after that|afterwards|thereafter|finally)\b,?\s*"
    rf"|\s*[;\n]+\s*|\s*[.!?]+\s+|\s*,?\s+and\s+(?=(?:please\s+)?(?:{_VERBS})\b)|\s*,\s+(?=(?:{_VERBS})\b)",
    re.I,
)
_WHY = re.compile(r"\b(?:why|reason)\s*:\s*", re.I)
_POLITE = re.compile(
    r"\b(?:hi|hello|hey|please|kindly|thanks|thank you|asap|urgent|urgently|quickly|now|hurry|up|it is|it's|very|"
    r"robots?|team|fleet|everyone|all|good|morning|could|can|would|will|you|i|we|need|want|to|cheers|and|much)\b",
    re.I,
)
_ENDS = re.compile(
    r"(?:[\s,;.!]*\b(?:please|now|right now|thanks|thank you|asap|quickly|urgently|at once|immediately|"
    r"(?:it is|it's|this is) (?:very )?urgent|cheers))+[\s.!]*$",
    re.I,
)
_IT = re.compile(r"^(?:it|them|that|this|that one|this one|the same(?: one)?|these|those)\b(?:\s+back)?[\s,]*$", re.I)
_THERE = re.compile(r"\b(?:there|that place|the same place)\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What was said, in orders. `leftover` are parts that are no order and no courtesy: nobody knows what they ask."""

    orders: tuple[Sentence, ...]
    leftover: tuple[str, ...]
    why: str
    within_s: float | None


def orders_in(text: str) -> Orders:
    """Take `text` apart. Never fails: what is not understood is in `leftover`."""
    said, why = _why(text)
    found: list[Sentence] = []
    leftover: list[str] = []
    reasons = [why] if why else []
    for clause in _NEXT.split(said):
        if not clause or not clause.strip(" ,.;!?"):
            continue
        order = parse(_ENDS.sub("", clause).strip() or clause.strip())
        if order.skill:
            found.append(order)
            reasons += [order.why] if order.why else []
        elif order.why and not order.what:
            reasons.append(order.why)
        elif _POLITE.sub("", clause).strip(" ,.;:!?-"):
            leftover.append(clause.strip())
    limits = [o.within_s for o in found if o.within_s is not None]
    return Orders(
        orders=tuple(_joined(found)),
        leftover=tuple(leftover),
        why="; ".join(reasons),
        within_s=min(limits) if limits else None,
    )


def _why(text: str) -> tuple[str, str]:
    """`why:` takes the rest of what was said."""
    found = _WHY.search(text)
    if found is None:
        return text, ""
    return text[: found.start()].rstrip(" ,;("), text[found.end() :].strip(" .;)")


def _joined(found: list[Sentence]) -> list[Sentence]:
    """`pick up the linen and bring it to the ward` is one order: one robot takes it up and brings it."""
    joined: list[Sentence] = []
    for order in found:
        last = joined[-1] if joined else None
        if last is not None and last.skill == "walk_to" and not last.target:
            joined.pop()  # the go of `go and charge`
            last = joined[-1] if joined else None
        fetched = last is not None and (last.skill == "pick" or (last.skill == "carry" and not last.target))
        if last is not None and fetched and order.skill in ("carry", "hand_over") and means_the_same(order.what):
            source = order.source or last.source
            joined[-1] = replace(order, what=last.what, source=source, text=f"{last.text} and {order.text}")
        else:
            joined.append(order)
    return joined


def means_the_same(phrase: str) -> bool:
    """Whether the phrase points back to what was spoken of before: it, them, that one."""
    return bool(_IT.match(phrase.strip()))


def points_back(phrase: str) -> bool:
    """Whether a target points back to the place before: there."""
    return bool(_THERE.search(phrase))
