"""How well things fit a phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from fleet.grounding.words import COLOURS, colour_of, likeness, literally, words
from fleet.grounding.world import Kind, Known, Thing

_EXCLUDED = 0.25  # left of a fit when the phrase says blue and the thing is red
_MORE = 0.85  # "the corridor" is the corridor rather than its east end
_NOT_NAMED = 0.5  # left of a fit when another thing is called by its id
_BY_NAME = 0.7  # left of a colour that is in a thing's name, where its colour is another
_WHERE = 0.6  # words that fit only where it is tell less than words that fit the thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A thing, how well it fits in [0, 1], and why in words; `against` is what was said of it that is not so."""

    thing: Thing
    fit: float
    because: str
    against: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The fits of a phrase, best first, and the words that nothing in the world goes by."""

    phrase: str
    fits: tuple[Fit, ...]
    unknown: tuple[str, ...]


def match(phrase: str, known: Known, kinds: Sequence[Kind], source: str = "", *, holding: bool = False) -> Match:
    """Score every thing of these kinds against the phrase; `source` is where it is said to be.

    With `holding` only places and zones where something can be put down, and people, are looked at.
    """
    said = list(dict.fromkeys(words(phrase)))
    where = list(dict.fromkeys(words(source)))
    things = [t for t in known.of(*kinds) if not holding or t.holds or t.kind == "person"]
    fits = [f for t in things if (f := _fit(said, where, t, known)).fit > 0.0]
    named = {t.thing_id for t in things if literally(t.thing_id) == literally(phrase)}
    named = named or {t.thing_id for t in things if list(dict.fromkeys(words(t.thing_id))) == said}
    if named:  # called by its very id
        fits = [f if f.thing.thing_id in named else replace(f, fit=round(f.fit * _NOT_NAMED, 6)) for f in fits]
    unknown = tuple(w for w in (*said, *where) if not any(_best(w, v) > 0 for v in known.vocabulary.values()))
    return Match(phrase=phrase, fits=tuple(sorted(fits, key=lambda f: (-f.fit, f.thing.thing_id))), unknown=unknown)


def _fit(said: Sequence[str], where: Sequence[str], thing: Thing, known: Known) -> Fit:
    own, around = known.vocabulary[thing.thing_id], _around(thing, known)
    total = sum(known.weight(w) for w in (*said, *where))
    if total <= 0.0:
        return Fit(thing=thing, fit=0.0, because="nothing was said about it")
    got, reasons = 0.0, []
    for word in said:
        itself, near = _best(word, own), _WHERE * _best(word, around)
        if word in COLOURS and colour_of(word) not in words(thing.attributes.get("colour", word)):
            itself *= _BY_NAME  # red_2 is a pink box: its name tells less than its colour
        got += known.weight(word) * max(itself, near)
        if max(itself, near) > 0:
            reasons.append(word if itself >= near else f"{word} (where it is)")
    for word in where:
        near = _best(word, around)
        got += known.weight(word) * near
        if near > 0:
            reasons.append(f"from {word}")
    if not any(_best(word, own) for word in said) and said:
        got *= 0.5  # fits only by where it is
    fit, against = got / total, _against(said, thing, known)
    if against:
        fit *= _EXCLUDED
        reasons.append(against)
    if not where and thing.kind in ("place", "zone") and set(words(thing.thing_id)) > set(said):
        fit *= _MORE
        reasons.append("its name says more than was said")
    because = ", ".join(reasons) or "nothing fits"
    return Fit(thing=thing, fit=round(min(fit, 1.0), 6), because=because, against=against)


def _around(thing: Thing, known: Known) -> frozenset[str]:
    """The words of where it is: its place, and the place's zone."""
    found: frozenset[str] = frozenset()
    at = thing.at
    for _ in range(3):
        if not at or at not in known.things:
            return found | frozenset(words(at))
        found |= known.vocabulary[at] | frozenset(words(at))
        at = known.things[at].at
    return found


def _against(said: Sequence[str], thing: Thing, known: Known) -> str:
    """An attribute for which the phrase names another value than the thing has."""
    for attribute, value in thing.attributes.items():
        values = known.values.get(attribute, {})
        coloured = COLOURS if attribute == "colour" else frozenset[str]()
        named = [w for w in said if w in values or colour_of(w) in values or w in coloured]
        own = {*words(value), *known.vocabulary[thing.thing_id]}
        if named and not own.intersection((*named, *map(colour_of, named))):
            return f"but its {attribute} is {value}, not {named[0]}"
    return ""


@lru_cache(maxsize=200_000)
def _best(word: str, vocabulary: frozenset[str]) -> float:
    if word in vocabulary:
        return 1.0
    return max((likeness(word, other) for other in vocabulary), default=0.0)
