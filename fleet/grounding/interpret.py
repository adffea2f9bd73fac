"""What an instruction may mean here: for each thing it leaves open the values that fit, each with a score.

Three decisions are taken from it, each on its own: which skill, which object, which place (or person). An instruction
of several steps is decided as a whole: an option is one value for each step, and its score the smallest of the steps'.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.grounding.match import Fit, match
from fleet.grounding.sentence import Sentence
from fleet.grounding.sides import side_in, tilted
from fleet.grounding.steps import means_the_same, orders_in, points_back
from fleet.grounding.words import words
from fleet.grounding.world import Kind, Known

WHICH_SKILL, WHICH_OBJECT, WHICH_PLACE = "which_skill", "which_object", "which_place"
CLASSES = (WHICH_SKILL, WHICH_OBJECT, WHICH_PLACE)
FEATURES = ("best score", "its lead", "in the running", "unknown words", "words said", "steps")
"""What a slot's `features` are, in their order: see `_features`."""
MOST_STEPS = 8
"""Of one instruction."""
ANY_DOCK = "*"
"""The value of a dock that may be any."""

_SHARPNESS = 8.0  # how much more a thing that fits a little better is meant
_NONE = 0.01  # weight of "none of these", against 1 for a thing that fits perfectly
_LEAST = 0.005
_KEPT = 24
_NEAR = 5
_TINY = 1e-6
_FAR = 0.15  # what fits less has nothing to do with it
_TARGETS: dict[str, tuple[Kind, ...]] = {
    "carry": ("place", "zone", "person"),
    "hand_over": ("person", "place", "zone"),
    "inspect": ("zone", "place"),
    "walk_to": ("place", "zone"),
    "dock": ("place",),
}
# What else a verb is used for; the rest of 1 is for what it says first.
_ALSO: dict[str, dict[str, float]] = {
    "get": {"pick": 0.05},
    "collect": {"pick": 0.08},
    "see": {"walk_to": 0.15},
    "check": {"walk_to": 0.02},
    "look": {"walk_to": 0.05},
    "come": {"inspect": 0.02},
}
_WHERE = re.compile(r"\b(?:on|in|at|near|beside|standing|lying)\b", re.I)
_FOR = re.compile(r"\b(\d+(?:\.\d+)?)\s*(s|secs?|seconds?|mins?|minutes?|h|hours?)\b", re.I)
_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0}
_NO_SKILL = 0.02  # of every verb: something that robots here cannot do


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A value that may be meant: a skill, or the id of something that exists."""

    value: str
    score: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRead:
    """One order. `objects` and `targets` are best first; `None` where the order has no such part. `near` are things
    that fit all but something that was said, with what; `it` and `there` point back to the step before."""

    sentence: Sentence
    skills: tuple[Meant, ...]
    objects: tuple[Meant, ...] | None
    targets: tuple[Meant, ...] | None
    it: bool = False
    there: bool = False
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    near: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One decision: `options[i]` has a value for each of `steps`, `scores[i]` is the smallest of their scores."""

    decision_class: str
    steps: tuple[int, ...]
    options: tuple[tuple[str, ...], ...]
    scores: tuple[float, ...]
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """What was understood. `refusal` says, in words for whoever said it, why nothing can be done with it; `doubts` are
    parts that nobody understood although the rest was: they forbid acting without a person."""

    text: str
    why: str
    within_s: float | None
    robot_id: str | None
    steps: tuple[StepRead, ...]
    slots: tuple[Slot, ...]
    doubts: tuple[str, ...]
    unknown: tuple[str, ...]
    refusal: str = ""
    calls_off: bool = False  # it says that something shall not be done


def interpret(text: str, known: Known) -> Interpretation:
    """What `text` may mean in this world. Never fails and never names what does not exist."""
    said, robot_id = _addressed(text, known)
    orders = orders_in(said)
    steps: list[StepRead] = []
    for order in orders.orders[:MOST_STEPS]:
        steps.append(_read(order, known, steps))
    slots = tuple(s for name in CLASSES if (s := _slot(name, steps)) is not None)
    unknown = tuple(dict.fromkeys(w for s in steps for w in s.unknown))
    refusal = _refusal(text, steps, unknown)
    if len(orders.orders) > MOST_STEPS:
        refusal = f"{len(orders.orders)} steps; at most {MOST_STEPS} are taken at once: say it in several instructions"
    return Interpretation(
        text=text,
        why=orders.why,
        within_s=orders.within_s,
        robot_id=robot_id,
        steps=tuple(steps),
        slots=() if refusal else slots,
        doubts=tuple(f"this part is not understood: “{part:.120}”" for part in orders.leftover),
        unknown=unknown,
        refusal=refusal,
        calls_off=any(s.sentence.negated for s in steps),
    )


# ---- one order ----------------------------------------------------------------------------------------------


def _read(order: Sentence, known: Known, before: Sequence[StepRead]) -> StepRead:
    moves = order.skill in ("carry", "hand_over", "pick", "place")
    it = moves and means_the_same(order.what) and any(s.objects or s.it for s in before)
    there = points_back(order.target) and any(s.targets for s in before)
    objects, unknown, near = _objects(order, known) if moves and not it else (None, (), ())
    targets, more = _targets(order, known) if not there else (None, ())
    missing = []
    if moves and not it and not objects:
        missing.append("which object")
    if order.skill == "dock" and not targets:
        targets = (Meant(value=ANY_DOCK, score=1.0 - _NO_SKILL, because="any dock will do"),)
    elif order.skill in _TARGETS and not there and not targets:
        missing.append("where or to whom")
    if order.skill == "wait" and waiting_s(order) is None:
        missing.append("for how long")
    return StepRead(
        sentence=order,
        skills=_skills(order, targets or (), known),
        objects=objects,
        targets=targets,
        it=it,
        there=there,
        missing=tuple(missing),
        unknown=(*unknown, *more),
        near=near,
    )


def _objects(order: Sentence, known: Known) -> tuple[tuple[Meant, ...], tuple[str, ...], tuple[tuple[str, str], ...]]:
    said = order.what
    at = _WHERE.search(said)
    said, source = (said[: at.start()], f"{said[at.end() :]} {order.source}") if at else (said, order.source)
    what, side = side_in(said, known)
    source, side = (source, side) if side else side_in(source, known, alone=True)
    found = match(what, known, ("object",), source)
    fits = tilted(found.fits, side)
    near = tuple((f.thing.thing_id, f.against) for f in fits if f.against)[:_NEAR]
    return _meant(fits), found.unknown, near


def _targets(order: Sentence, known: Known) -> tuple[tuple[Meant, ...] | None, tuple[str, ...]]:
    kinds = _TARGETS.get(order.skill)
    if kinds is None or not order.target:
        return (() if kinds else None), ()
    phrase, side = side_in(order.target, known)
    found = match(phrase, known, kinds, holding=order.skill in ("carry", "hand_over"))
    fits = tilted(_not_inside(found.fits, phrase), side)
    return _meant(fits), found.unknown


def _not_inside(fits: Sequence[Fit], phrase: str) -> list[Fit]:
    """Who says “the lab” means the lab: its single places, which go by the same word, are not alternatives to it."""
    said = set(words(phrase))
    zones = {f.thing.thing_id: f.fit for f in fits if f.thing.kind == "zone"}
    kept = []
    for f in fits:
        around = zones.get(f.thing.at)
        own = set(words(f.thing.thing_id))
        if (
            f.thing.kind == "place"
            and around is not None
            and around >= f.fit
            and not (own & said) - set(words(f.thing.at))
        ):
            continue
        kept.append(f)
    return kept


def _meant(fits: Sequence[Fit]) -> tuple[Meant, ...]:
    """Scores: each fit's share of all, with a share for "none of these"."""
    weighed = [(f, f.fit**_SHARPNESS) for f in fits]
    total = sum(w for _, w in weighed) + _NONE
    made = [Meant(value=f.thing.thing_id, score=max(round(w / total, 6), _TINY), because=f.because) for f, w in weighed]
    likely = tuple(m for m in made if m.score >= _LEAST)[:_KEPT]
    # Where next to nothing fits, a person is shown what comes nearest, at the small scores that it has.
    return (
        likely or tuple(m for m, (f, _) in zip(made, weighed, strict=True) if f.fit >= _FAR and not f.against)[:_NEAR]
    )


def _skills(order: Sentence, targets: Sequence[Meant], known: Known) -> tuple[Meant, ...]:
    """What the verb says, in the form that the target calls for: to bring something to a person is to hand it over."""
    first = 1.0 - _NO_SKILL - sum(_ALSO.get(order.verb, {}).values())
    if order.skill in ("carry", "hand_over") and targets:
        weights = {t.value: max(t.score, _TINY) for t in targets}
        total = sum(weights.values())
        people = sum(w for value, w in weights.items() if known.things[value].kind == "person")
        given = people / total
        scores = {"hand_over": first * given, "carry": first * (1.0 - given)}
    else:
        scores = {order.skill: first}
    for skill, score in _ALSO.get(order.verb, {}).items():
        scores[skill] = scores.get(skill, 0.0) + score
    made = [Meant(value=s, score=round(v, 6), because=f"“{order.verb}”") for s, v in scores.items() if v >= _LEAST]
    return tuple(sorted(made, key=lambda m: (-m.score, m.value)))


def waiting_s(order: Sentence) -> float | None:
    """How long a `wait` shall last, in s; None where that was not said."""
    found = _FOR.search(order.text)
    return float(found.group(1)) * _UNIT_S[found.group(2)[0].lower()] if found else order.within_s


# ---- decisions over all steps -------------------------------------------------------------------------------


def _slot(name: str, steps: Sequence[StepRead]) -> Slot | None:
    parts: list[tuple[int, tuple[Meant, ...]]] = []
    for i, step in enumerate(steps):
        values = {WHICH_SKILL: step.skills, WHICH_OBJECT: step.objects, WHICH_PLACE: step.targets}[name]
        if values:
            parts.append((i, values))
    if not parts:
        return None
    beam: list[tuple[tuple[str, ...], float, float]] = [((), 1.0, 1.0)]
    for _, values in parts:
        grown = [((*v, m.value), min(least, m.score), product * m.score) for v, least, product in beam for m in values]
        beam = sorted(grown, key=lambda b: (-b[1], -b[2], b[0]))[:_KEPT]
    scores = tuple(b[1] for b in beam)
    return Slot(
        decision_class=name,
        steps=tuple(i for i, _ in parts),
        options=tuple(b[0] for b in beam),
        scores=scores,
        features=_features(scores, [steps[i] for i, _ in parts]),
    )


def _features(scores: Sequence[float], steps: Sequence[StepRead]) -> tuple[float, ...]:
    """What makes a decision like others: best score, its lead, how many are in the running (log2), the share of words
    that nothing here goes by, words said (log2), steps. All in about [0, 4]."""
    ordered = sorted(scores, reverse=True)
    lead = ordered[0] - ordered[1] if len(ordered) > 1 else ordered[0]
    running = sum(1 for s in scores if s >= 0.1 * ordered[0])
    said = [w for s in steps for part in (s.sentence.what, s.sentence.source, s.sentence.target) for w in words(part)]
    unknown = sum(len(s.unknown) for s in steps)
    share = unknown / len(said) if said else 0.0
    found = (ordered[0], lead, math.log2(1 + running), share, math.log2(1 + len(said)), float(len(steps)))
    return tuple(round(f, 6) for f in found)


# ---- what cannot be done anything with ----------------------------------------------------------------------


def _addressed(text: str, known: Known) -> tuple[str, str | None]:
    """(the text without it, the robot that is named in it)."""
    for robot in known.of("robot"):
        name = re.escape(robot.thing_id).replace("_", "[_ ]")
        found = re.search(rf"(?:\b(?:with|using|by|have|let)\s+)?\b{name}\b\s*[,:]?", text, re.I)
        if found is not None:
            return f"{text[: found.start()]} {text[found.end() :]}".strip(), robot.thing_id
    return text, None


def _refusal(text: str, steps: Sequence[StepRead], unknown: Sequence[str]) -> str:
    if not text.strip():
        return "nothing was said"
    if not steps:
        return (
            "no order was found in it: say what is to be done (take, bring, hand, inspect, go to, wait, charge), "
            "with what, and where to; only English is understood"
        )
    for number, step in enumerate(steps, start=1):
        if step.sentence.negated or not step.missing or step.near:
            continue
        which = f" (step {number})" if len(steps) > 1 else ""
        strange = f"; nothing here goes by {', '.join(repr(w) for w in unknown[:5])}" if unknown else ""
        return f"“{step.sentence.verb}”{which}: {' and '.join(step.missing)} was not understood{strange}"
    return ""
