"""Words of an instruction: lower case, no endings, a few that mean the same. English; no model, no download."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "some",
        "any",
        "all",
        "of",
        "and",
        "or",
        "please",
        "kindly",
        "just",
        "now",
        "then",
        "there",
        "here",
        "it",
        "its",
        "them",
        "their",
        "my",
        "our",
        "your",
        "his",
        "her",
        "one",
        "ones",
        "with",
        "which",
        "who",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "do",
        "does",
        "go",
        "over",
        "up",
        "down",
        "out",
        "away",
        "back",
        "end",
        "off",
        "thing",
        "item",
        "next",
        "closest",
        "nearest",
        "named",
        "called",
        "labelled",
        "labeled",
        "marked",
        "on",
        "at",
        "near",
        "beside",
        "by",
        "standing",
        "lying",
        "stands",
        "lies",
        "full",
        "mr",
        "mrs",
        "ms",
    ]
)
# Each group is one meaning; the first word stands for it.
_SAME = (
    "box carton crate package parcel container bin case tote",
    "part component piece",
    "grey gray",
    "small little tiny",
    "large big huge",
    "violet purple",
    "teal turquoise cyan",
    "ward patients",
    "nurse sister",
    "store storage storeroom stockroom warehouse",
    "lab laboratory",
    "corridor hallway hall passage",
    "dock charger charging",
    "shelf rack shelving",
    "medicine medication drugs",
    "station desk",
    "table bedside nightstand",
    "technician tech",
    "doctor dr physician",
    "infusion fluids fluid drip",
    "glove gloves",
    "1 one first",
    "2 two second",
    "3 three third",
    "4 four fourth",
    "5 five fifth",
    "6 six sixth",
    "kitchen canteen",
    "reception lobby_desk frontdesk",
    "letter mail post",
    "clear transparent",
    "bandage dressing",
    "painkiller analgesic",
    "syringe injection",
    "worker operator",
    "cable wire lead",
    "screen display monitor",
    "laptop notebook",
    "finished done complete",
)
# A shade is not the colour, but is as good as the colour where nothing has the shade.
_SHADE_OF = {
    shade: colour
    for colour, shades in {
        "blue": "navy azure cobalt indigo",
        "red": "scarlet crimson ruby",
        "green": "olive emerald",
        "yellow": "golden gold",
        "violet": "lilac mauve lavender",
        "brown": "tan beige",
        "grey": "silvery ash",
        "white": "ivory cream",
        "teal": "aqua",
        "pink": "rose magenta",
    }.items()
    for shade in shades.split()
}
COLOURS = frozenset(
    "blue red green yellow violet brown grey white teal pink black orange silver lime clear".split()  # noqa: SIM905
) | frozenset(_SHADE_OF)
"""Words that say a colour, whether or not anything here has it."""
SHADE = 0.95
"""How well a shade fits the colour that it is a shade of."""
_ONE_FOR = {word: group.split()[0] for group in _SAME for word in group.split()}
_ROWS = ("shelf", "rack", "row", "aisle", "archive", "part", "parts", "bay")
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("'s", ""), ("s", ""))
CLOSE = 0.84
"""Two longer words that are so alike are taken for one that was mistyped."""


def words(text: str) -> list[str]:
    """The words that say something, in order, each as the one that stands for its meaning."""
    said = _WORD.findall(text.lower().replace("_", " ").replace("-", " "))
    return [meaning(w) for i, w in enumerate(said) if w not in _STOP or _names_a_row(said, i)]


def _names_a_row(said: list[str], i: int) -> bool:
    """The a of `shelf a`, `a 1` and `a1` is a name and not an article."""
    if said[i] != "a" or len(said) == 1:
        return False
    last = i + 1 == len(said)  # no article ends a phrase: this is the a of `box_a`
    return last or said[i + 1].isdigit() or (i > 0 and said[i - 1] in _ROWS)


def literally(text: str) -> tuple[str, ...]:
    """The words as they were said, without articles and the like, and without bringing together what means the same."""
    said = _WORD.findall(text.lower().replace("_", " ").replace("-", " "))
    return tuple(w for i, w in enumerate(said) if w not in _STOP or _names_a_row(said, i))


def meaning(word: str) -> str:
    """The word that stands for it: plural and genitive taken off, synonyms brought together."""
    if word in _ONE_FOR:
        return _ONE_FOR[word]
    for ending, instead in _ENDINGS:
        if (
            word.endswith(ending)
            and len(word) - len(ending) >= 2 + (ending == "s")
            and not word.endswith(("ss", "us", "is"))
        ):
            word = word[: -len(ending)] + instead
            break
    return _ONE_FOR.get(word, word)


def colour_of(word: str) -> str:
    """The colour that a word is a shade of; the word itself where it is none."""
    return _SHADE_OF.get(word, word)


@lru_cache(maxsize=100_000)
def likeness(said: str, known: str) -> float:
    """1 for the same word, less for a shade of it or one that may be mistyped, 0 for another."""
    if said == known:
        return 1.0
    if _SHADE_OF.get(said) == known:
        return SHADE
    if min(len(said), len(known)) < 5 or said[0] != known[0] or said.isdigit() or known.isdigit():
        return 0.0
    ratio = SequenceMatcher(None, said, known).ratio()
    return ratio if ratio >= CLOSE else 0.0


def one_slip(said: str, word: str) -> bool:
    """Whether one letter was left out, put in, changed, or swapped with its neighbour (Damerau's four slips)."""
    if abs(len(said) - len(word)) > 1 or said == word:
        return False
    start = next((i for i, (a, b) in enumerate(zip(said, word, strict=False)) if a != b), min(len(said), len(word)))
    a, b = said[start:], word[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
