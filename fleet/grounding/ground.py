"""Grounding: the tasks that an instruction may mean, each with a score, and what in it means nothing here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fleet.grounding.interpret import Interpretation, interpret
from fleet.grounding.plans import Plan, PlanStep, plans
from fleet.grounding.sentence import Sentence, parse
from fleet.grounding.world import Kind, Known

_KEPT = 12
_TARGETS: dict[str, tuple[Kind, ...]] = {
    "carry": ("place", "zone", "person"),
    "hand_over": ("person",),
    "inspect": ("zone", "place", "person"),
    "walk_to": ("place", "zone", "person"),
    "dock": ("place",),
}
_TARGET = {"carry": "to", "hand_over": "person", "inspect": "target", "walk_to": "place", "dock": "dock"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A task that may be meant: skill and parameters with ids of things that exist, and what is to be done `then`.
    Scores of all add up to less than 1; the rest is for "none of these"."""

    skill: str
    parameters: dict[str, str]
    score: float
    because: str
    then: tuple[tuple[str, dict[str, str]], ...] = ()


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
    return grounding_of(interpret(text, known), known)


def grounding_of(read: Interpretation, known: Known) -> Grounding:
    """The same, of what was read already."""
    said = read.steps[0].sentence if read.steps else parse(read.text)
    said = replace(said, why=read.why or said.why)
    missing = tuple(m for step in read.steps for m in step.missing)
    if read.calls_off:
        missing = ("something to be done, and not to be left",)
    elif read.refusal and not missing:
        missing = ("what is to be done",)
    if missing:
        return Grounding(sentence=said, candidates=(), missing=missing, unknown=read.unknown)
    found = plans(read, known, {}, most=_KEPT)
    share = max(1.0, sum(p.score for p in found) + 1e-6)  # plans of several steps have the score of their worst one
    made = tuple(_candidate(plan, known, share) for plan in found)
    return Grounding(sentence=said, candidates=made, missing=(), unknown=read.unknown)


def _candidate(plan: Plan, known: Known, share: float) -> Candidate:
    (skill, parameters), *then = [_task(step, known) for step in plan.steps]
    score = round(plan.score / share, 6)
    return Candidate(skill=skill, parameters=parameters, score=score, because=plan.because, then=tuple(then))


def _task(step: PlanStep, known: Known) -> tuple[str, dict[str, str]]:
    parameters = {"object": step.object_id} if step.object_id else {}
    if step.target in known.things and step.skill in _TARGET:
        parameters[_TARGET[step.skill]] = step.target
    return step.skill, parameters


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
