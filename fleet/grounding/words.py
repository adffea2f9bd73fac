"""Words of an instruction: lower case, no endings, a few that mean the same. English; no model, no download."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

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
    ]
)
# Each group is one meaning; the first word stands for it.
_SAME = (
    "box carton crate package parcel container bin",
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
    "1 one",
    "2 two second",
    "3 three third",
    "4 four fourth",
)
_ONE_FOR = {word: group.split()[0] for group in _SAME for word in group.split()}
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("'s", ""), ("s", ""))
CLOSE = 0.84
"""Two longer words that are so alike are taken for one that was mistyped."""


def words(text: str) -> list[str]:
    """The words that say something, in order, each as the one that stands for its meaning."""
    return [meaning(w) for w in _WORD.findall(text.lower().replace("_", " ").replace("-", " ")) if w not in _STOP]


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


def likeness(said: str, known: str) -> float:
    """1 for the same word, less for one that may be mistyped, 0 for another."""
    if said == known:
        return 1.0
    if min(len(said), len(known)) < 5 or said[0] != known[0] or said.isdigit() or known.isdigit():
        return 0.0
    ratio = SequenceMatcher(None, said, known).ratio()
    return ratio if ratio >= CLOSE else 0.0
