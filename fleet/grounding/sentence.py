"""The parts of an instruction: what is to be done, with what, where to, for whom, why, and until when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fleet.grounding.words import one_slip

_SKILLS = (
    ("pick", r"pick up|pick|grab|lift up|lift"),
    ("hand_over", r"hand over|hand out|hand|give|pass"),
    ("carry", r"take|bring|carry|deliver|fetch|move|transport|get|put|place|return|collect|send"),
    (
        "inspect",
        r"go and (?:see|check|inspect|look at)|go (?:see|check)|inspect|check|have a look at|"
        r"look at|look around|look into|look|survey|count|see",
    ),
    ("dock", r"dock|charge|recharge|go and charge|go charge|go to (?:a|the) (?:dock|charger)"),
    ("walk_to", r"walk to|walk|head to|proceed to|go to|go|come to|come|wait at|stand at|stand by|stand"),
    ("wait", r"wait"),
)
_WHY = re.compile(r"\b(?:why\s*:|because of|because|since|so that|reason\s*:)\s*", re.I)
_WITHIN = re.compile(r"\b(?:with)?in\s+(\d+(?:\.\d+)?)\s*(s|sec|secs|seconds?|min|mins|minutes?|h|hours?)\b", re.I)
_TO = re.compile(r"\b(?:to|onto|into|on|at|for|in)\b", re.I)
_FROM = re.compile(r"\b(?:from|off)\b", re.I)
_TOGETHER = re.compile(
    r"\b(?:(?:both|you two|(?:the )?two(?: of you| robots)?|with (?:two|2) robots|2 robots)\b,?\s*)?\btogether\b|"
    r"\b(?:with (?:two|2) robots|as a (?:team|pair)|in pairs|the two of you)\b",
    re.I,
)
_OTHER_VERBS = (
    "make",
    "bake",
    "wake",
    "cook",
    "clean",
    "wash",
    "open",
    "close",
    "lock",
    "unlock",
    "paint",
    "live",
    "sing",
)
_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0}
_REFUSAL = re.compile(r"\b(?:don'?t|do not|never|stop|no longer|cancel|forget)\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """An instruction in parts; texts are as they were said, empty where nothing was."""

    text: str
    skill: str = ""
    verb: str = ""
    what: str = ""
    source: str = ""
    target: str = ""
    why: str = ""
    within_s: float | None = None
    negated: bool = False
    team: int = 1  # robots that are to do it together


def parse(text: str) -> Sentence:
    """The parts of `text`. Never fails: what is not understood leaves its part empty, and that is a question."""
    order, why = _cut(text.strip().rstrip(".!?"), _WHY)
    within = _WITHIN.search(order)
    within_s = float(within.group(1)) * _UNIT_S[within.group(2)[0].lower()] if within else None
    order = _WITHIN.sub(" ", order).strip(" ,;")
    team = 2 if _TOGETHER.search(order) else 1
    order = re.sub(r"\s{2,}", " ", _TOGETHER.sub(" ", order)).strip(" ,;")
    skill, verb, rest = _verb(order)
    source = target = ""
    if skill in ("carry", "hand_over"):
        rest, target = _to_whom(rest) if skill == "hand_over" else _cut_last(rest, _TO)
        rest, source = _cut(rest, _FROM)
        target, later = _cut(target, _FROM)
        source = source or later
    elif skill == "pick":
        rest, source = _cut(rest, _FROM)
    elif skill in ("inspect", "walk_to", "dock"):
        rest, target = "", _TO.sub(" ", rest, count=1) if _TO.match(rest) else rest
    return Sentence(
        text=text,
        skill=skill,
        verb=verb,
        what=rest.strip(" ,;"),
        source=source.strip(" ,;"),
        target=target.strip(" ,;"),
        why=why.strip(" ,;()"),
        within_s=within_s,
        negated=bool(_REFUSAL.search(order)),
        team=team,
    )


def _verb(order: str) -> tuple[str, str, str]:
    """(skill, verb, what follows). The first verb counts; nothing where there is none."""
    best: tuple[int, int, str, str, str] | None = None
    for skill, verbs in _SKILLS:
        found = re.search(rf"\b(?:{verbs})\b", order, re.I)
        if found is not None:
            key = (found.start(), -len(found.group(0)), skill, found.group(0).lower(), order[found.end() :])
            best = key if best is None or key[:2] < best[:2] else best
    if best is None:
        return _mistyped(order)
    return best[2], best[3], best[4].strip(" ,;")


def _mistyped(order: str) -> tuple[str, str, str]:
    """A verb of four letters or more with one slip, if it is among the first words."""
    for found in list(re.finditer(r"[A-Za-z]+", order))[:3]:
        said = found.group(0).lower()
        if said in _OTHER_VERBS:
            break
        for skill, verbs in _SKILLS if len(said) >= 4 else ():
            for verb in verbs.split("|"):
                if len(verb) >= 4 and verb.isalpha() and one_slip(said, verb):
                    return skill, verb, order[found.end() :].strip(" ,;")
    return "", "", order


def _to_whom(rest: str) -> tuple[str, str]:
    """`nurse Amy the gloves` and `the gloves to nurse Amy`: (what, to whom)."""
    what, whom = _cut_last(rest, re.compile(r"\b(?:to|for)\b", re.I))
    if whom:
        return what, whom
    split = re.search(r"\b(?:the|a|an|some)\b", rest, re.I)
    return (rest[split.start() :], rest[: split.start()]) if split and split.start() > 0 else (rest, "")


def _cut(text: str, at: re.Pattern[str]) -> tuple[str, str]:
    found = at.search(text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _cut_last(text: str, at: re.Pattern[str]) -> tuple[str, str]:
    """Cut at the last preposition: `the box on the shelf to the ward` is a box on a shelf. `to` goes before others."""
    found = list(re.finditer(r"\b(?:to|onto|into|for)\b", text, re.I)) or list(at.finditer(text))
    if not found:
        return text, ""
    return text[: found[-1].start()], text[found[-1].end() :]
