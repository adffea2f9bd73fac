"""Left, right, north, upper: words that tell things apart by where they lie on the plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fleet.grounding.match import Fit
from fleet.grounding.words import words
from fleet.grounding.world import Known

# On the plan, as the console shows it: east is right, north is up. The speaker may have meant their own left, so that
# this tilts and does not rule out.
_SIDES: dict[str, tuple[str, float]] = {
    "left": ("x", -1.0),
    "leftmost": ("x", -1.0),
    "western": ("x", -1.0),
    "west": ("x", -1.0),
    "right": ("x", 1.0),
    "rightmost": ("x", 1.0),
    "eastern": ("x", 1.0),
    "east": ("x", 1.0),
    "northern": ("y", 1.0),
    "north": ("y", 1.0),
    "southern": ("y", -1.0),
    "south": ("y", -1.0),
}
_TILT = 0.8  # left of the fit of what lies at the far end
_AS_GOOD = 0.75  # things that fit so well, in relation to the best, are told apart


def side_in(phrase: str, known: Known, *, alone: bool = False) -> tuple[str, str]:
    """(the phrase without it, the word of a side in it); no side where something here goes by that word, or where the
    side is all that was said (unless it may stand `alone`)."""
    for word in re.findall(r"[a-z]+", phrase.lower()):
        if word in _SIDES and not any(word in v for v in known.vocabulary.values()):
            shorter = re.sub(rf"\b(?:hand\s+)?{word}(?:[- ]hand)?(?:\s+(?:side|end))?\b", " ", phrase, flags=re.I)
            return (shorter, word) if alone or words(shorter) else (phrase, "")
    return phrase, ""


def tilted(fits: Sequence[Fit], side: str) -> tuple[Fit, ...]:
    """The fits with those that lie more to the other side made less, best first."""
    if not side or not fits:
        return tuple(fits)
    axis, sign = _SIDES[side]
    best = max(f.fit for f in fits)
    where = {f.thing.thing_id: getattr(f.thing, axis) for f in fits if f.fit >= _AS_GOOD * best}
    known = sorted({sign * v for v in where.values() if v is not None}, reverse=True)
    made = []
    for f in fits:
        at = where.get(f.thing.thing_id)
        if f.thing.thing_id in where and at is not None and len(known) > 1:
            share = known.index(sign * at) / (len(known) - 1)  # 0 for the outermost on that side
            factor = 1.0 if share == 0.0 else _TILT - (1 - _TILT) * share
            made.append(replace(f, fit=round(f.fit * factor, 6), because=f"{f.because}, {side} on the plan"))
        else:
            made.append(f)
    return tuple(sorted(made, key=lambda f: (-f.fit, f.thing.thing_id)))
