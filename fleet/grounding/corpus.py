"""Instructions with known truth, made for a site: what a scorer is calibrated and measured on.

A speaker has something in mind (skill, object, place or person) and says it in one of many ways: by id, colour, label,
where it stands, with synonyms that the word list knows and some that it does not, with slips of the keyboard, with too
little said (then several things fit and one was meant), or with something wrong. The truth is what the speaker had in
mind, whether or not it can be read off the words; an instruction about what does not exist has no right option.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from fleet.grounding.corpus_words import Speaker
from fleet.grounding.interpret import CLASSES, WHICH_OBJECT, WHICH_PLACE, WHICH_SKILL, Slot, interpret
from fleet.grounding.world import Known, from_site
from fleet.model.severity import Severity
from fleet.model.site import SiteMap

SEVERITY = Severity.MEDIUM
"""The severity that decisions about instructions are taken at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueStep:
    """What the speaker had in mind with one order; empty where the order has no such part, or it does not exist."""

    skill: str
    object_id: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An instruction, the world it was said in, and the truth.

    `kind` is how it was made: clear, ambiguous, wrong (something said is not so), absent (it does not exist), steps.
    `where` says of objects that were moved where they stand.
    """

    case_id: str
    site: str
    text: str
    kind: str
    truth: tuple[TrueStep, ...]
    where: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One decision with known truth, as the gate sees it. `right` are the indices of options that are right (none
    where no option is)."""

    case_id: str
    decision_class: str
    severity: Severity
    options: tuple[str, ...]
    scores: tuple[float, ...]
    features: tuple[float, ...]
    right: frozenset[int]


KINDS = (("clear", 0.66), ("ambiguous", 0.12), ("wrong", 0.05), ("absent", 0.03), ("steps", 0.14))
"""How instructions are made, and how often. A guess at how people who know their site speak: nobody has counted them.
A site that has a journal calibrates on what its own people said and meant."""


def cases(site: SiteMap, count: int, seed: int = 0) -> Iterator[Case]:
    """`count` distinct instructions for a site. The same site, count and seed give the same.

    Raises:
        ValueError: the site has nothing to carry or nowhere to put it.
    """
    if not site.objects or not any(p.surface is not None for p in site.places.values()):
        raise ValueError(f"site {site.site_id!r}: got no objects or no places to put them, expected some of each")
    rng = np.random.default_rng([seed, zlib.crc32(b"instructions"), zlib.crc32(site.site_id.encode())])
    names, weights = [k for k, _ in KINDS], np.array([w for _, w in KINDS])
    seen: set[str] = set()
    tries = 0
    while len(seen) < count and tries < 40 * count:
        tries += 1
        where = _moved(site, rng)
        kind = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        text, truth = Speaker(site, where, rng).says(kind)
        if text.lower() not in seen:
            seen.add(text.lower())
            steps = tuple(TrueStep(skill=s, object_id=o, target=t) for s, o, t in truth)
            case_id = f"{site.site_id}-{seed}-{len(seen)}"
            yield Case(case_id=case_id, site=site.site_id, text=text, kind=kind, truth=steps, where=where)


def _moved(site: SiteMap, rng: np.random.Generator) -> dict[str, str]:
    """Some objects stand elsewhere than the inventory says."""
    free = [p.place_id for p in site.places.values() if p.surface is not None]
    taken = {o.place_id for o in site.objects.values()}
    free = [p for p in free if p not in taken]
    moved: dict[str, str] = {}
    for object_id in site.objects:
        if free and rng.random() < 0.15:
            moved[object_id] = free.pop(int(rng.integers(len(free))))
    return moved


def examples(site: SiteMap, made: Iterable[Case], robots: Iterable[str] = ()) -> Iterator[Example]:
    """The decisions that the interpretation of each case comes to. Cases that are refused outright, before any
    decision, come to none: nothing is done about them and nobody is wrong."""
    robots = tuple(robots)
    for case in made:
        for slot in interpret(case.text, from_site(site, case.where, robots)).slots:
            yield _example(case, slot)


def _example(case: Case, slot: Slot) -> Example:
    truth = _truth(case, slot)
    return Example(
        case_id=case.case_id,
        decision_class=slot.decision_class,
        severity=SEVERITY,
        options=tuple(" / ".join(o) for o in slot.options),
        scores=slot.scores,
        features=slot.features,
        right=frozenset(i for i, o in enumerate(slot.options) if truth is not None and o == truth),
    )


def _truth(case: Case, slot: Slot) -> tuple[str, ...] | None:
    """What was meant, for the steps that the slot is about; None where the steps were not even told apart."""
    assert slot.decision_class in CLASSES
    if not slot.steps or slot.steps[-1] >= len(case.truth):
        return None
    steps = [case.truth[i] for i in slot.steps]
    part = {
        WHICH_SKILL: [s.skill for s in steps],
        WHICH_OBJECT: [s.object_id for s in steps],
        WHICH_PLACE: [s.target for s in steps],
    }
    return tuple(part[slot.decision_class])


def known_for(case: Case, site: SiteMap) -> Known:
    """The world that the case was said in."""
    return from_site(site, case.where)


def renamed(case: Case, prefix: str) -> Case:
    """The case under another id, so that several corpora go into one table."""
    return replace(case, case_id=f"{prefix}{case.case_id}")
