"""Grounding: the tasks that an instruction may mean, each with a score, and what in it means nothing here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fleet.grounding.match import Fit, Match, match
from fleet.grounding.sentence import Sentence, parse
from fleet.grounding.world import Kind, Known

_SHARPNESS = 8.0  # of scores: how much more a thing that fits a little better is meant
_NONE = 0.06  # weight of "none of these", against 1 for a thing that fits perfectly
_LEAST = 0.01
_KEPT = 12
_TARGETS: dict[str, tuple[Kind, ...]] = {
    "carry": ("place", "zone", "person"),
    "hand_over": ("person",),
    "inspect": ("zone", "place", "person"),
    "walk_to": ("place", "zone", "person"),
    "dock": ("place",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A task that may be meant: skill and parameters with ids of things that exist. Scores of all add up to less
    than 1; the rest is for "none of these"."""

    skill: str
    parameters: dict[str, str]
    score: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounding:
    """What was understood. `missing` are parts that a task needs and nothing was said about, or nothing fits;
    `unknown` are words that nothing in this world goes by; `struck` are proposals that name what does not exist."""

    sentence: Sentence
    candidates: tuple[Candidate, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    struck: tuple[str, ...] = ()

    @property
    def scores(self) -> tuple[float, ...]:
        """The candidates' scores, in their order."""
        return tuple(c.score for c in self.candidates)


def ground(text: str, known: Known) -> Grounding:
    """The tasks that `text` may mean in this world, best first. Never fails: what is not understood is missing."""
    said = parse(text)
    if not said.skill:
        return Grounding(sentence=said, candidates=(), missing=("what is to be done",), unknown=_unknown(text, known))
    if said.negated:
        missing_order = ("something to be done, and not to be left",)
        return Grounding(sentence=said, candidates=(), missing=missing_order, unknown=())
    moves = said.skill in ("carry", "hand_over", "pick")
    what = match(said.what, known, ("object",), said.source) if moves else None
    kinds = _TARGETS.get(said.skill)
    target = match(said.target, known, kinds, holding=moves) if kinds is not None else None
    missing = [name for name, found in (("which object", what), ("where or to whom", target)) if _nothing(found)]
    if said.skill == "dock" and target is not None and not target.fits:
        missing, target = [], None  # any dock will do
    unknown = tuple(dict.fromkeys((*(what.unknown if what else ()), *(target.unknown if target else ()))))
    if missing:
        return Grounding(sentence=said, candidates=(), missing=tuple(missing), unknown=unknown)
    return Grounding(sentence=said, candidates=_candidates(said, what, target), missing=(), unknown=unknown)


def _nothing(found: Match | None) -> bool:
    return found is not None and not found.fits


def _unknown(text: str, known: Known) -> tuple[str, ...]:
    return match(text, known, ()).unknown


def _candidates(said: Sentence, what: Match | None, target: Match | None) -> tuple[Candidate, ...]:
    weighed: list[tuple[float, str, dict[str, str], str]] = []
    for thing in what.fits[:_KEPT] if what else (None,):
        for place in target.fits[:_KEPT] if target else (None,):
            weight = _weight(thing) * _weight(place)
            if weight >= 1e-6:
                skill, parameters = _task(said.skill, thing, place)
                weighed.append((weight, skill, parameters, _because(thing, place)))
    total = sum(w for w, *_ in weighed) + _NONE
    made = [
        Candidate(skill=skill, parameters=given, score=round(w / total, 6), because=because)
        for w, skill, given, because in weighed
        if w / total >= _LEAST
    ]
    return tuple(sorted(made, key=lambda c: (-c.score, sorted(c.parameters.items()))))[:_KEPT]


def _weight(fit: Fit | None) -> float:
    return 1.0 if fit is None else fit.fit**_SHARPNESS


def _task(skill: str, thing: Fit | None, place: Fit | None) -> tuple[str, dict[str, str]]:
    parameters = {"object": thing.thing.thing_id} if thing else {}
    if place is None:
        return skill, parameters
    if skill == "carry" and place.thing.kind == "person":
        return "hand_over", {**parameters, "person": place.thing.thing_id}
    name = {"carry": "to", "hand_over": "person", "inspect": "target", "walk_to": "place", "dock": "dock"}[skill]
    return skill, {**parameters, name: place.thing.thing_id}


def _because(*fits: Fit | None) -> str:
    return "; ".join(f"{f.thing.thing_id}: {f.because}" for f in fits if f is not None)


def checked(proposals: Sequence[Any], known: Known) -> tuple[list[Candidate], list[str]]:
    """What a model proposed, held against what exists: (candidates, what was struck out and why).

    A proposal is `{skill, parameters, score}`; whatever else it is, it is struck out, never an error.
    """
    kept: list[Candidate] = []
    struck: list[str] = []
    for proposal in proposals:
        problem = _problem(proposal, known)
        if problem:
            struck.append(problem)
        else:
            parameters = {str(k): str(v) for k, v in proposal["parameters"].items()}
            score = float(proposal["score"])
            skill = str(proposal["skill"])
            kept.append(Candidate(skill=skill, parameters=parameters, score=score, because="proposed by a model"))
    return kept, struck


_NAMES: dict[str, tuple[Kind, ...]] = {
    "object": ("object",),
    "to": ("place", "zone"),
    "place": ("place", "zone"),
    "target": ("zone", "place"),
    "person": ("person",),
    "dock": ("place",),
}


def _problem(proposal: Any, known: Known) -> str:
    if not isinstance(proposal, dict) or not isinstance(proposal.get("parameters"), dict):
        return f"{proposal!r:.80}: no proposal with skill, parameters and score"
    skill, score = proposal.get("skill"), proposal.get("score")
    if skill not in _TARGETS and skill != "wait":
        return f"skill {skill!r}: no such skill"
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0.0 <= score <= 1.0:
        return f"score {score!r}: not in [0, 1]"
    for name, value in proposal["parameters"].items():
        thing = known.things.get(str(value))
        if name not in _NAMES:
            return f"parameter {name!r}: no such parameter"
        if thing is None:
            return f"{name} {value!r}: nothing of that name exists here"
        if thing.kind not in _NAMES[name]:
            return f"{name} {value!r}: is a {thing.kind}, not a {' or '.join(_NAMES[name])}"
    return ""
