"""Examples from a journal: what people decided, and what they found when they looked at a random share of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fleet.escalation.gate.records import NONE_OF_THESE, Example
from fleet.escalation.gate.store import Case, Key, Source
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.escalation import DecidedHow, Decision
from fleet.model.review import ReviewVerdict
from fleet.model.ruling import Ruled


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A ruling and what would have been right. `weight` is the inverse of the chance that this came to be known."""

    ruled: Ruled
    acceptable: tuple[int, ...]
    weight: float
    how: str  # decided, reviewed


@dataclass
class Learned:
    """What a journal tells. `left` counts rulings whose truth is not known, by why."""

    rulings: list[Ruled] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)

    def cases(self, source: Source) -> list[Case]:
        """Examples, in the order of the rulings. Those without usable scores teach nothing."""
        made = []
        for ruled in self.rulings:
            known = self.known.get(ruled.ruling_id)
            if known is not None and usable(ruled):
                origin = source if known.how == "decided" else Source(kind="review", name=source.name)
                made.append(Case(key=key_of_ruling(ruled), example=_example(known), source=origin))
        return made


def key_of_ruling(ruled: Ruled) -> Key:
    """Decision class and severity."""
    return ruled.choice.decision_class, ruled.choice.severity


def usable(ruled: Ruled) -> bool:
    """Whether the gate could have ruled on its scores: as many as options, and not reserved for people, for then they
    are a formality."""
    choice = ruled.choice
    return len(choice.scores) == len(choice.options) > 0 and not choice.reserved and not choice.flaw


def learn(records: Iterable[Record]) -> Learned:
    """Read a journal, or a part of it, in its order.

    Asked: the person's answer, where the choice says what each answer means (`Choice.answers`); weight 1, as every
    question comes to people. A safe default is no answer. Acted: what a review found, weighted by one over the chance
    of having been drawn, counting the chance that a drawn one is never looked at as independent of what it would find.
    """
    found, waiting = Learned(), dict[str, list[Ruled]]()
    by_id: dict[str, Ruled] = {}
    for record in records:
        event = record.event
        if isinstance(event, ev.RulingMade):
            ruled = event.ruled
            found.rulings.append(ruled)
            by_id[ruled.ruling_id] = ruled
            if ruled.escalation_id:
                waiting.setdefault(ruled.escalation_id, []).append(ruled)
        elif isinstance(event, ev.EscalationDecided):
            for ruled in waiting.pop(event.decision.escalation_id, []):
                _decided(found, ruled, event.decision)
        elif isinstance(event, ev.RulingReviewed) and event.ruling_id in by_id:
            _reviewed(found, by_id[event.ruling_id], event)
    _count_left(found, by_id)
    return found


def _decided(found: Learned, ruled: Ruled, decision: Decision) -> None:
    acceptable = answered(ruled, decision)
    if acceptable:
        found.known[ruled.ruling_id] = Known(ruled=ruled, acceptable=acceptable, weight=1.0, how="decided")


def answered(ruled: Ruled, decision: Decision) -> tuple[int, ...]:
    """Indices of the options that a person's answer says were right; empty where it says nothing about that."""
    if decision.how is not DecidedHow.ANSWERED or not any(ruled.choice.answers):
        return ()
    said = tuple(i for i, answers in enumerate(ruled.choice.answers) if decision.option_id in answers)
    if said:
        return said
    # "None of these": in a choice between things, giving up says that none of them was meant.
    among_things = all(ruled.choice.answers) and decision.option_id == "cancel"
    return (NONE_OF_THESE,) if among_things else ()


def _reviewed(found: Learned, ruled: Ruled, event: ev.RulingReviewed) -> None:
    if event.verdict is ReviewVerdict.CANNOT_TELL or not event.acceptable:
        found.left["reviewed, and could not be told"] += 1
        return
    weight = 1.0 / event.chance if event.chance > 0 else 1.0
    known = Known(ruled=ruled, acceptable=event.acceptable, weight=weight, how="reviewed")
    found.known[ruled.ruling_id] = known


def _count_left(found: Learned, by_id: dict[str, Ruled]) -> None:
    for ruling_id, ruled in by_id.items():
        if ruling_id in found.known:
            if not usable(ruled):
                found.left["without scores, or reserved for people"] += 1
        elif ruled.ruling.act:
            found.left["acted, not drawn for a review" if not ruled.review else "drawn, not looked at"] += 1
        else:
            found.left["asked, and the answer does not tell"] += 1


def _example(known: Known) -> Example:
    choice = known.ruled.choice
    return Example(
        scores=choice.scores,
        acceptable=known.acceptable,
        features=choice.features,
        weight=known.weight,
        at_s=known.ruled.ruled_at_s,
    )
